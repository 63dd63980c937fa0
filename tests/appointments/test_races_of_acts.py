"""Two acts at once on one request, or on one time: one wins, and the other learns who did."""

from collections import Counter
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import close_old_connections, transaction
from psycopg2.errors import DeadlockDetected

from appointments.models import Hold, Offer, Request
from appointments.services import answers, holds, wishes
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common.clock import at, day_of
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from officials.diary import slots_on
from tests.booking import sent, sent_by_asha, slots
from tests.people import Cast, make_cast, make_citizen, make_household, make_post, open_hours

pytestmark = pytest.mark.django_db(transaction=True)

Race = Callable[..., list[Any]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    close_old_connections()
    return make_cast()


def errors(outcomes: list[Any]) -> Counter[str]:
    return Counter("ok" if one.ok else type(one.error).__name__ for one in outcomes)


def live_holds() -> list[Hold]:
    return list(Hold.objects.filter(released_at__isnull=True))


def crowd(count: int) -> list[Any]:
    return [make_citizen(make_household(), f"Person {n}") for n in range(count)]


def test_twenty_bookers_of_one_half_hour_on_two_grids_make_one_booking(
    cast: Cast, race: Race
) -> None:
    post = make_post("DC-GGM")
    every_day = (0, 1, 2, 3, 4, 5, 6)
    open_hours(post, weekdays=every_day, starts=time(10), ends=time(10, 30), minutes=30)
    open_hours(post, weekdays=every_day, starts=time(10, 10), ends=time(10, 30), minutes=20)
    first = slots(post, 1)[0]
    day = day_of(first.start)
    spans = [
        Span(at(day, time(10)), at(day, time(10, 30))),
        Span(at(day, time(10, 10)), at(day, time(10, 30))),
    ]
    # Each moment is offered once, whichever grid it is on.
    assert len(slots_on(post, day)) == 1
    outcomes = race(
        *[
            lambda who=person, span=spans[n % 2]: sent(
                post, who, span, channel="kendra", by=cast.suresh
            )
            for n, person in enumerate(crowd(20))
        ]
    )
    assert errors(outcomes)["ok"] == 1
    assert all(one.ok or isinstance(one.error, Refused) for one in outcomes)
    assert len(live_holds()) == 1


def test_twenty_overlapping_starts_at_the_last_place_make_one_hold(cast: Cast, race: Race) -> None:
    """Below the grid: what stands behind it when two grids are read by two bookers at once."""
    base = slots(cast.rewari, 40)[-1].start
    rows = [sent(cast.rewari, person, channel="kendra", by=cast.suresh) for person in crowd(20)]

    @transaction.atomic
    def take(row: Request, minutes: int) -> Hold:
        start = base + timedelta(minutes=minutes)
        moment = holds.lock_day(cast.rewari, day_of(start))
        return holds.take(
            row,
            cast.rewari,
            Span(start, start + timedelta(minutes=30)),
            purpose=Hold.Purpose.ASKED,
            own_phone=False,
            moment=moment,
        )

    outcomes = race(*[lambda r=row, m=n: take(r, m) for n, row in enumerate(rows)])
    assert errors(outcomes) == {"ok": 1, "SlotTaken": 19}
    assert len(live_holds()) == 1


def test_without_the_lock_the_constraint_alone_lets_one_through(cast: Cast, race: Race) -> None:
    base = slots(cast.rewari, 40)[-1].start
    one, other = (
        sent(cast.rewari, person, channel="kendra", by=cast.suresh) for person in crowd(2)
    )

    @transaction.atomic
    def take(row: Request, minutes: int) -> Hold:
        start = base + timedelta(minutes=minutes)
        return holds.take(
            row,
            cast.rewari,
            Span(start, start + timedelta(minutes=30)),
            purpose=Hold.Purpose.ASKED,
            own_phone=False,
            moment=base,
        )

    outcomes = race(lambda: take(one, 0), lambda: take(other, 10))
    assert sum(found.ok for found in outcomes) == 1
    assert len(live_holds()) == 1
    # Two rows written at the same instant wait for each other; PostgreSQL then ends one as the
    # loser of a deadlock instead of naming the constraint. Either way it was refused.
    (loser,) = (found.error for found in outcomes if not found.ok)
    deadlock = isinstance(getattr(loser, "__cause__", None), DeadlockDetected)
    assert isinstance(loser, SlotTaken) or deadlock


def test_two_answers_of_two_kinds_give_one_answer_and_one_message(cast: Cast, race: Race) -> None:
    asked = sent_by_asha(cast)
    outcomes = race(
        lambda: answers.confirm(request=asked, by=cast.meera, version=1),
        lambda: answers.decline(
            request=asked, by=cast.suresh, version=1, reason="answered", words="It is settled."
        ),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    keys = ("request_confirmed", "request_declined")
    assert Message.objects.filter(template__key__in=keys, channel="sms").count() == 1


def test_a_stale_confirmation_against_a_cancellation_revives_nothing(
    cast: Cast, race: Race
) -> None:
    asked = sent_by_asha(cast)
    answers.confirm(request=asked, by=cast.meera, version=1)
    outcomes = race(
        lambda: answers.cancel(request=asked, by=cast.meera, version=2, words="Called away."),
        lambda: answers.confirm(request=asked, by=cast.suresh, version=1),
    )
    assert [type(one.error).__name__ for one in outcomes] == ["NoneType", "Overtaken"]
    asked.refresh_from_db()
    assert asked.status == "cancelled_by_office"
    assert live_holds() == []


def test_both_sides_cancelling_cancel_once(cast: Cast, race: Race) -> None:
    asked = sent_by_asha(cast)
    answers.confirm(request=asked, by=cast.meera, version=1)
    outcomes = race(
        lambda: answers.cancel(request=asked, by=cast.meera, version=2, words="Called away."),
        lambda: wishes.withdraw(request=asked, by=None, version=2),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    keys = ("request_withdrawn", "request_cancelled_by_office")
    assert Message.objects.filter(template__key__in=keys, channel="sms").count() == 1
    assert live_holds() == []


def test_handing_over_against_declining_ends_in_one_office(cast: Cast, race: Race) -> None:
    gurugram = make_post("DC-GGM")
    open_hours(gurugram)
    asked = sent_by_asha(cast)
    outcomes = race(
        lambda: answers.hand_over(request=asked, to=gurugram, by=cast.meera, version=1),
        lambda: answers.decline(
            request=asked, by=cast.suresh, version=1, reason="answered", words="It is settled."
        ),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    asked.refresh_from_db()
    found = (asked.status, asked.post_id, [hold.post_id for hold in live_holds()])
    assert found in [
        ("requested", gurugram.pk, [gurugram.pk]),
        ("declined", cast.rewari.pk, []),
    ]
    keys = ("request_handed_over", "request_declined")
    assert Message.objects.filter(template__key__in=keys, channel="sms").count() == 1


def test_an_offer_accepted_against_one_taken_back_ends_one_way(cast: Cast, race: Race) -> None:
    asked = sent_by_asha(cast)
    first, second = slots(cast.rewari, 40)[-2:]
    made = answers.offer(request=asked, slot=first, by=cast.meera, version=1)
    outcomes = race(
        lambda: wishes.accept_offer(offer=made, by=None),
        lambda: answers.offer(request=asked, slot=second, by=cast.meera, version=2),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    asked.refresh_from_db()
    made.refresh_from_db()
    accepted = made.status == Offer.Status.ACCEPTED
    assert accepted == (asked.status == "confirmed")
    assert len(live_holds()) == (1 if accepted else 2)


def test_an_offer_accepted_against_one_refused_ends_one_way(cast: Cast, race: Race) -> None:
    asked = sent_by_asha(cast)
    slot = slots(cast.rewari, 40)[-1]
    made = answers.offer(request=asked, slot=slot, by=cast.meera, version=1)
    outcomes = race(
        lambda: wishes.accept_offer(offer=made, by=None),
        lambda: wishes.refuse_offer(offer=made, by=None),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    assert len(live_holds()) == 1
