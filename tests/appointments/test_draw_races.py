"""Draws against what happens at the same moment, with real connections."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections

from appointments.models import Draw, DrawWish, Hold, Request
from appointments.services import drawing, draws
from appointments.services.draw_wishes import take_back
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from tests.booking import sent, slots
from tests.draws import announced, due, open_day, wished
from tests.people import Cast, make_cast, make_citizen, make_household

pytestmark = pytest.mark.django_db(transaction=True)

Race = Callable[..., list[Any]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    close_old_connections()
    return make_cast()


def errors(outcomes: list[Any]) -> Counter[str]:
    return Counter(
        "ok" if one.ok else getattr(one.error, "rule", repr(one.error)) for one in outcomes
    )


def test_four_workers_at_one_draw_answer_each_wish_once_in_order(cast: Cast, race: Race) -> None:
    draw = announced(cast)
    wishes = [wished(draw) for _ in range(16)]
    due(draw)
    outcomes = race(*[drawing.draw_due for _ in range(4)])
    assert errors(outcomes) == {"ok": 4}
    assert sum(one.value for one in outcomes) == 16
    ranked = list(DrawWish.objects.order_by("rank").select_related("request"))
    assert [wish.code for wish in ranked] == sorted(
        (wish.code for wish in wishes), key=lambda code: drawing.rank_key(draw.seed, code)
    )
    times = [wish.request.starts_at for wish in ranked if wish.request]
    assert (len(times), times) == (12, sorted(times))  # type: ignore[type-var]
    assert Message.objects.filter(template__key="draw_won", channel="sms").count() == 12
    assert Message.objects.filter(template__key="draw_lost", channel="sms").count() == 4
    draw.refresh_from_db()
    assert draw.status == Draw.Status.DRAWN


def test_at_the_closing_second_the_databases_time_decides(cast: Cast, race: Race) -> None:
    draw = announced(cast)
    draw.closes_at = clock.now() + timedelta(milliseconds=150)
    draw.save(update_fields=["closes_at"])
    people = [make_citizen(make_household(), f"Person {n}") for n in range(12)]
    outcomes = race(*[lambda p=person: wished(draw, p) for person in people])
    assert set(errors(outcomes)) <= {"ok", "draw_not_open"}
    assert DrawWish.objects.count() == errors(outcomes)["ok"]
    for wish in DrawWish.objects.all():
        assert wish.made_at < draw.closes_at


def test_one_person_on_two_phones_gets_one_wish(cast: Cast, race: Race) -> None:
    draw = announced(cast)
    outcomes = race(lambda: wished(draw, cast.asha), lambda: wished(draw, cast.asha))
    assert errors(outcomes) == {"ok": 1, "draw_once": 1}


def test_booking_against_announcing(cast: Cast, race: Race) -> None:
    day = open_day()
    free = [slot for slot in slots(cast.rewari, 90) if clock.day_of(slot.start) == day][:6]
    people = [make_citizen(make_household(), f"Person {n}") for n in range(6)]
    outcomes = race(
        lambda: announced(cast),
        *[
            lambda p=person, s=slot: sent(cast.rewari, p, s)
            for person, slot in zip(people, free, strict=True)
        ],
    )
    assert outcomes[0].ok
    assert set(errors(outcomes)) <= {"ok", "draw"}
    draw = Draw.objects.get()
    # Who came before stands there and is shown; who came after was refused.
    before = Request.objects.count()
    assert before == errors(outcomes[1:])["ok"]
    shown = draws.preview(cast.rewari, day, day, moment=clock.now())
    assert len(shown.bookings) == before
    assert all(hold.taken_at < draw.made_at for hold in shown.bookings)


def test_cancelling_against_taking_part_leaves_nobody_waiting(cast: Cast, race: Race) -> None:
    draw = announced(cast)
    outcomes = race(
        lambda: draws.cancel(draw=draw, by=cast.meera, words="The programme has changed."),
        *[lambda: wished(draw) for _ in range(5)],
    )
    assert outcomes[0].ok
    assert set(errors(outcomes)) <= {"ok", "draw_not_open"}
    assert not DrawWish.objects.filter(status="waiting").exists()


def test_taking_back_against_the_draw_ends_in_one_state(cast: Cast, race: Race) -> None:
    draw = announced(cast)
    wish = wished(draw, cast.asha)
    due(draw)
    race(drawing.draw_due, lambda: take_back(wish=wish, by=cast.household.user))
    drawing.draw_due()
    wish.refresh_from_db()
    assert wish.status == "won"
    assert Hold.objects.filter(released_at=None).count() == 1
