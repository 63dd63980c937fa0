"""Dead letters: an operator sends one again and says why; and how long words are kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.old_rows import sweep
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications import dead_letters, delivery
from esachivalaya.notifications.models import Message
from tests.notifications.fake_twilio import FakeTwilio
from tests.notifications.letters import confirmed_letter, sms
from tests.people import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead() -> Message:
    row = sms(confirmed_letter())
    Message.objects.filter(channel="email").delete()
    Message.objects.filter(pk=row.pk).update(
        status="dead", attempts=8, problem="Twilio: HTTP 503.", finished_at=clock.now()
    )
    row.refresh_from_db()
    return row


def test_a_dead_letter_goes_again_with_the_operators_reason(
    dead: Message, twilio: FakeTwilio
) -> None:
    by = make_staff("watcher")
    assert list(dead_letters.letters()) == [dead]
    dead_letters.replay(message=dead, by=by, reason=" Twilio works again. ")
    delivery.send_due()
    dead.refresh_from_db()
    assert dead.status == "accepted"
    assert len(twilio.taken) == 1
    entry = Entry.objects.get(act="message_replayed")
    assert entry.actor_id == by.pk
    assert Detail.objects.get(entry=entry).data["reason"] == "Twilio works again."


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_without_a_reason_nothing_goes(dead: Message, reason: str) -> None:
    with pytest.raises(Refusal) as refusal:
        dead_letters.replay(message=dead, by=make_staff("watcher"), reason=reason)
    assert refusal.value.field == "reason"


@pytest.mark.parametrize(
    "changes",
    [{"klass": "code"}, {"body": ""}, {"to": ""}, {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)}],
)
def test_what_cannot_or_should_not_go_again_is_refused(
    dead: Message, changes: dict[str, Any]
) -> None:
    Message.objects.filter(pk=dead.pk).update(**changes)
    with pytest.raises(Refusal):
        dead_letters.replay(message=dead, by=make_staff("watcher"), reason="Please.")


@pytest.mark.parametrize("status", ["accepted", "queued", "delivered", "failed"])
def test_only_the_dead_come_again(dead: Message, status: str) -> None:
    Message.objects.filter(pk=dead.pk).update(status=status)
    with pytest.raises(Overtaken):
        dead_letters.replay(message=dead, by=make_staff("watcher"), reason="Please.")


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_one_sends_it_again(dead: Message, race: Any) -> None:
    by = make_staff("watcher")

    def replay() -> Message:
        return dead_letters.replay(message=dead, by=by, reason="Please.")

    outcomes = race(replay, replay, replay)
    assert sorted(outcome.ok for outcome in outcomes) == [False, False, True]
    assert Entry.objects.filter(act="message_replayed").count() == 1


# --- retention ---


@pytest.mark.parametrize("status", ["accepted", "failed", "unknown", "queued", "dead"])
def test_a_code_is_forgotten_when_it_can_no_longer_be_used(status: str) -> None:
    row, fresh = sms(), sms()
    over = clock.now() - timedelta(seconds=1)
    Message.objects.filter(pk=row.pk).update(status=status, expires_at=over)
    sweep()
    row.refresh_from_db()
    fresh.refresh_from_db()
    assert row.body == ""
    assert "123456" in fresh.body


def test_old_words_and_numbers_go_and_the_figures_stay(settings: Any) -> None:
    settings.MESSAGE_RETENTION_DAYS = 30
    old, young, waiting = (sms(confirmed_letter()) for _number in range(3))
    segments = old.segments
    long_ago = clock.now() - timedelta(days=31)
    Message.objects.filter(pk=old.pk).update(status="delivered", created_at=long_ago)
    Message.objects.filter(pk=young.pk).update(
        status="delivered", created_at=long_ago + timedelta(days=2)
    )
    Message.objects.filter(pk=waiting.pk).update(created_at=long_ago)
    sweep()
    for row in (old, young, waiting):
        row.refresh_from_db()
    assert (old.body, old.to, old.callback_token) == ("", "", "")
    assert old.redacted_at is not None
    assert (old.segments, old.klass, old.status) == (segments, "transactional", "delivered")
    assert young.body
    assert waiting.body
    sweep()
    first = old.redacted_at
    old.refresh_from_db()
    assert old.redacted_at == first
