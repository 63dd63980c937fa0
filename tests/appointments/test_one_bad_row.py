"""One request that cannot be answered, or one message that cannot be written, stops nothing."""

from collections.abc import Iterator

import pytest

from appointments.models import Breach, Request
from appointments.services import deadlines
from appointments.tasks import enforce_deadlines
from esachivalaya.notifications import templates
from esachivalaya.notifications.models import Message, MessageTemplate
from tests.booking import overdue, sent, slots
from tests.people import Cast, make_citizen, make_household, make_post, open_hours

pytestmark = pytest.mark.django_db


def two_overdue(cast: Cast) -> tuple[Request, Request]:
    """Two overdue requests to DC Rewari; the first one is the older."""
    other = make_citizen(make_household(), "Balbir Singh")
    last = slots(cast.rewari, 60)
    bad = overdue(sent(cast.rewari, cast.asha, last[-1]))
    return bad, overdue(sent(cast.rewari, other, last[-2]))


def make_unanswerable(request: Request) -> None:
    """A version that cannot be counted on: every change of status fails."""
    Request.objects.filter(pk=request.pk).update(version=2**31 - 1)


def test_a_request_that_cannot_be_answered_keeps_no_other_waiting(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = two_overdue(cast)
    make_unanswerable(bad)
    assert deadlines.sweep() == 1
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, good.confirmed_by) == ("confirmed", "rule")
    assert bad.status == "requested"
    assert bad.holds.filter(released_at__isnull=True).count() == 1
    assert not Message.objects.filter(
        subject_id=str(bad.pk), template__key="request_confirmed_by_rule"
    ).exists()
    assert f"Request {bad.pk} stays overdue" in caplog.text


def test_what_failed_is_tried_again_by_the_next_sweep(cast: Cast) -> None:
    bad, _good = two_overdue(cast)
    make_unanswerable(bad)
    deadlines.sweep()
    Request.objects.filter(pk=bad.pk).update(version=1)
    assert deadlines.sweep() == 1
    bad.refresh_from_db()
    assert bad.status == "confirmed"


def test_a_whole_batch_of_bad_requests_does_not_hide_the_ones_behind_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "BATCH", 1)
    bad, good = two_overdue(cast)
    make_unanswerable(bad)
    assert deadlines.sweep() == 1
    good.refresh_from_db()
    assert good.status == "confirmed"


def test_the_log_of_a_failure_names_no_phone(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    bad, _good = two_overdue(cast)
    make_unanswerable(bad)
    deadlines.sweep()
    assert bad.phone not in caplog.text
    assert "DETAIL" not in caplog.text


@pytest.fixture
def words_forgotten() -> Iterator[None]:
    """The words that this process keeps, read anew after the test: they were spoilt in it."""
    yield
    templates.forget()


@pytest.mark.usefixtures("words_forgotten")
@pytest.mark.parametrize("key", ["request_confirmed_by_rule", "office_allotted"])
def test_a_message_that_cannot_be_written_does_not_undo_the_answer(
    cast: Cast, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = two_overdue(cast)
    for words in MessageTemplate.objects.filter(key=key):
        words.pk, words.version, words.body_hi = None, words.version + 1, "{nobody_knows_this}"
        words.save(force_insert=True)
    templates.forget()
    assert deadlines.sweep() == 2
    for request in (bad, good):
        request.refresh_from_db()
        assert request.status == "confirmed"
        assert Breach.objects.filter(request=request).count() == 1
    assert "is not written" in caplog.text


def test_a_post_that_is_no_longer_met_gives_no_time_by_the_rule(cast: Cast) -> None:
    request = overdue(sent(cast.rewari, cast.asha))
    cast.rewari.active = False
    cast.rewari.save()
    deadlines.sweep()
    request.refresh_from_db()
    assert request.status == "released"


def test_the_office_is_reminded_although_an_answer_failed(cast: Cast) -> None:
    bad, _good = two_overdue(cast)
    make_unanswerable(bad)
    post = make_post("SDM-REW")
    open_hours(post)
    waiting = sent(post, cast.ramesh, slots(post, 60)[-1])
    Request.objects.filter(pk=waiting.pk).update(next_reminder_at=waiting.created_at)
    enforce_deadlines()
    waiting.refresh_from_db()
    assert waiting.next_reminder_at != waiting.created_at
