"""The pause after a meeting can be waived by the office with a reason: once, seen and recorded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from appointments.models import Request, Waiver
from appointments.services import fairness
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from tests.booking import sent, sent_by_asha, slots
from tests.office import assert_strict, content, page, sms
from tests.people import Cast, make_cast, sign_in_household, sign_in_staff
from tests.races import Outcome

pytestmark = pytest.mark.django_db
REASON = "The tehsildar has measured anew and she must see the map."


def held(request: Request, *, days_ago: int = 3, **fields: Any) -> Request:
    """Make ``request`` one whose meeting was held."""
    moment = clock.now() - timedelta(days=days_ago)
    Request.objects.filter(pk=request.pk).update(
        **{
            "status": "met",
            "starts_at": moment,
            "ends_at": moment + timedelta(minutes=15),
            "answered_at": moment,
            "closed_at": moment,
            "next_reminder_at": None,
            **fields,
        }
    )
    request.holds.update(released_at=moment)
    request.refresh_from_db()
    return request


@pytest.fixture
def met(cast: Cast) -> Request:
    """Asha met DC Rewari three days ago; the pause lasts 30 days."""
    return held(sent_by_asha(cast))


def refused(cast: Cast) -> Refused:
    with pytest.raises(Refused) as problem:
        sent_by_asha(cast)
    return problem.value


def waive(client: Client, row: Request, reason: str = REASON, **fields: str) -> Any:
    address = reverse("admin:appointments_request_waiver", args=[row.reference])
    return client.post(address, {"reason": reason, "key": new_key(), **fields})


# --- the rule


def test_the_pause_says_when_it_ends_and_that_the_office_can_waive_it(
    cast: Cast, met: Request
) -> None:
    refusal = refused(cast)
    assert refusal.rule == "pause"
    assert met.starts_at is not None
    assert refusal.until == met.starts_at + timedelta(days=cast.rewari.pause_days)
    with translation.override("en"):
        assert "the office can let somebody ask" in str(refusal.message)


def test_a_waiver_lets_this_person_ask_this_office_once(cast: Cast, met: Request) -> None:
    waiver = fairness.give_waiver(request=met, by=cast.suresh, reason=REASON)
    again = sent_by_asha(cast)
    waiver.refresh_from_db()
    assert waiver.used_by == again
    held(again, days_ago=1)
    assert refused(cast).rule == "pause"


def test_a_waiver_is_not_used_up_while_no_pause_runs(cast: Cast, met: Request) -> None:
    fairness.give_waiver(request=met, by=cast.suresh, reason=REASON)
    held(met, days_ago=40)
    sent_by_asha(cast)
    assert Waiver.objects.get().used_by is None


def test_a_waiver_is_for_nobody_else_of_the_household(cast: Cast, met: Request) -> None:
    fairness.give_waiver(request=met, by=cast.suresh, reason=REASON)
    held(sent(cast.rewari, cast.ramesh, slots(cast.rewari, 1)[0]))
    with pytest.raises(Refused) as problem:
        sent(cast.rewari, cast.ramesh, slots(cast.rewari, 1)[0])
    assert problem.value.rule == "pause"


def test_a_refused_booking_leaves_the_waiver_unused(cast: Cast, met: Request) -> None:
    fairness.give_waiver(request=met, by=cast.suresh, reason=REASON)
    slot = slots(cast.rewari, 1)[0]
    sent(cast.rewari, cast.ramesh, slot)
    with pytest.raises(Refused):
        sent(cast.rewari, cast.asha, slot)
    assert Waiver.objects.get().used_by is None


def test_whom_the_office_let_in_and_left_unanswered_may_ask_again(cast: Cast, met: Request) -> None:
    fairness.give_waiver(request=met, by=cast.suresh, reason=REASON)
    again = sent_by_asha(cast)
    moment = clock.now()
    Request.objects.filter(pk=again.pk).update(
        status="released", answered_at=moment, closed_at=moment, next_reminder_at=None
    )
    again.holds.update(released_at=moment)
    assert sent_by_asha(cast).priority


def test_a_booking_without_a_waiver_costs_no_statement_more(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as caught:
        sent_by_asha(cast)
    said = [one["sql"] for one in caught.captured_queries if "appointments_waiver" in one["sql"]]
    assert len(said) == 1
    assert "looked_at" in said[0]


def test_one_waiver_lets_in_one_of_two_bookings(
    race: Callable[..., list[Outcome]],
) -> None:
    cast = make_cast()
    met = held(sent_by_asha(cast))
    fairness.give_waiver(request=met, by=cast.suresh, reason=REASON)
    first, second = slots(cast.rewari, 2)
    outcomes = race(
        lambda: sent(cast.rewari, cast.asha, first), lambda: sent(cast.rewari, cast.asha, second)
    )
    assert sorted(one.ok for one in outcomes) == [False, True]
    lost = next(one.error for one in outcomes if not one.ok)
    assert isinstance(lost, Refused)
    assert Waiver.objects.get().used_by is not None


def test_of_two_who_waive_at_once_one_is_told(race: Callable[..., list[Outcome]]) -> None:
    cast = make_cast()
    met = held(sent_by_asha(cast))
    outcomes = race(
        lambda: fairness.give_waiver(request=met, by=cast.suresh, reason=REASON),
        lambda: fairness.give_waiver(request=met, by=cast.meera, reason=REASON),
    )
    assert sorted(one.ok for one in outcomes) == [False, True]
    lost = next(one.error for one in outcomes if not one.ok)
    assert isinstance(lost, Refused)
    assert lost.rule == "waiver_there"
    assert sms(met, "waiver_given") == 1


def test_nothing_is_waived_without_a_pause_or_for_an_open_request(cast: Cast) -> None:
    asked = sent_by_asha(cast)
    with pytest.raises(Refused, match="still_open"):
        fairness.give_waiver(request=asked, by=cast.suresh, reason=REASON)
    held(asked, days_ago=40)
    with pytest.raises(Refused, match="no_pause"):
        fairness.give_waiver(request=asked, by=cast.suresh, reason=REASON)


def test_only_those_in_charge_of_the_post_waive(cast: Cast, met: Request) -> None:
    with pytest.raises(PermissionDenied):
        fairness.give_waiver(request=met, by=cast.kavita, reason=REASON)
    assert not Waiver.objects.exists()


# --- the page


def test_the_page_of_a_held_meeting_waives_the_pause(office: Client, met: Request) -> None:
    shown = office.get(page(met))
    assert_strict(shown)
    assert "Let this person ask again before the pause ends" in content(shown)
    assert waive(office, met).status_code == 302
    waiver = Waiver.objects.get()
    assert (waiver.citizen, waiver.post, waiver.reason) == (met.citizen, met.post, REASON)
    assert sms(met, "waiver_given") == 1
    entry = Entry.objects.get(act="waiver_given")
    assert entry.detail.data["reason"] == REASON
    after = content(office.get(page(met)))
    assert REASON in after
    assert "Let them ask again" not in after


def test_the_citizen_is_told_that_it_was_waived_and_not_why(
    client: Client, cast: Cast, met: Request
) -> None:
    fairness.give_waiver(request=met, by=cast.suresh, reason=REASON)
    client.cookies["language"] = "en"
    sign_in_household(client, cast.household)
    shown = client.get(reverse("appointments:detail", args=[met.reference])).content.decode()
    assert "lets this person ask again" in shown
    assert REASON not in shown


@pytest.mark.parametrize("reason", ["", "too short", "   a   b   "])
def test_a_waiver_needs_a_reason(office: Client, met: Request, reason: str) -> None:
    answer = waive(office, met, reason)
    assert "#waiver_reason" in content(answer)
    assert not Waiver.objects.exists()


def test_the_same_form_sent_twice_waives_once(office: Client, met: Request) -> None:
    key = new_key()
    for _time in range(2):
        assert waive(office, met, key=key).status_code == 302
    assert Waiver.objects.count() == 1
    waive(office, met)
    assert Waiver.objects.count() == 1


def test_an_open_request_s_page_says_nothing_of_a_pause(office: Client, asked: Request) -> None:
    assert "Let this person ask again" not in content(office.get(page(asked)))


def test_the_waiver_opens_for_nobody_else(client: Client, cast: Cast, met: Request) -> None:
    address = reverse("admin:appointments_request_waiver", args=[met.reference])
    assert client.post(address, {}).status_code == 302
    sign_in_staff(client, cast.kavita)
    assert waive(client, met).status_code == 404
    sign_in_staff(client, cast.suresh)
    assert client.get(address).status_code == 405
    assert not Waiver.objects.exists()
