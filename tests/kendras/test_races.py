"""Races at the counters, with real threads: one winner, and nothing of what the losers wanted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import close_old_connections, connection, transaction

from appointments.models import Hold, Request
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from kendras.models import AssistedBooking, Consent, Kendra, KendraCharge, Lookup, SeatHold
from kendras.services import consents, people
from kendras.services.consents import ConsentGiven
from tests.at_a_kendra import (
    a_key,
    booking,
    errors,
    known,
    operators,
    paper,
    read_out,
    slot,
    somebody,
)
from tests.counters import make_kendra
from tests.people import Cast, make_cast, make_post, open_hours

pytestmark = pytest.mark.django_db(transaction=True)
Race = Callable[..., list[Any]]
NEW = "+919812345678"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    close_old_connections()
    return make_cast()


@pytest.fixture
def one_seat(cast: Cast) -> Kendra:
    """A Kendra with a single seat."""
    return make_kendra("REW-0777", seats=1)


def test_the_last_seat_goes_to_one_of_ten_with_ten_offices(one_seat: Kendra, race: Race) -> None:
    posts = [make_post(f"OFF-{number}") for number in range(10)]
    for post in posts:
        open_hours(post)
    span = slot(posts[0], 5)
    pressed = [
        booking(one_seat, by, post, slot=span)
        for by, post in zip(operators(one_seat, 10), posts, strict=True)
    ]
    outcomes = race(*pressed)
    assert errors(outcomes) == {"ok": 1, "SeatTaken": 9}
    assert SeatHold.objects.count() == 1
    # Nothing of the others: no slot, no request, no person, no consent, no message.
    for rows in (Hold, Request, Consent, AssistedBooking):
        assert rows.objects.count() == 1
    assert Citizen.objects.filter(given_name="Savitri").count() == 1
    assert all(one.ok or len(one.error.alternatives) == 3 for one in outcomes)


def test_two_kendras_at_the_same_slot_make_one_booking(
    cast: Cast, kendra: Kendra, other_kendra: Kendra, race: Race
) -> None:
    span = slot(cast.rewari, 5)
    pressed = [
        booking(place, by, cast.rewari, slot=span)
        for place in (kendra, other_kendra)
        for by in operators(place, 4)
    ]
    outcomes = race(*pressed)
    assert errors(outcomes) == {"ok": 1, "SlotTaken": 7}
    assert Hold.objects.count() == SeatHold.objects.count() == 1
    winner = next(one.value.booking for one in outcomes if one.ok)
    assert SeatHold.objects.get().desk.kendra == winner.kendra
    assert Citizen.objects.filter(given_name="Savitri").count() == 1


def test_one_key_sent_ten_times_at_once_makes_one_booking(
    cast: Cast, kendra: Kendra, operator: User, race: Race
) -> None:
    press = booking(kendra, operator, cast.rewari, person=somebody(NEW))
    outcomes = race(*[press] * 10)
    assert errors(outcomes) == {"ok": 10}
    assert len({one.value.reference for one in outcomes}) == 1
    assert sum(one.value.pin is not None for one in outcomes) == 1
    for rows in (Request, Hold, SeatHold, Consent, AssistedBooking):
        assert rows.objects.count() == 1
    assert Message.objects.filter(template__key="request_received").count() == 1


def test_one_slip_is_good_for_one_booking(cast: Cast, kendra: Kendra, race: Race) -> None:
    pressed = [
        booking(kendra, by, cast.rewari, slot=slot(cast.rewari, place), consent=paper("A17"))
        for place, by in enumerate(operators(kendra, 5))
    ]
    outcomes = race(*pressed)
    assert errors(outcomes) == {"ok": 1, "Refused": 4}
    assert {one.error.rule for one in outcomes if not one.ok} == {"slip_used"}
    for rows in (Request, Hold, SeatHold, Consent):
        assert rows.objects.count() == 1


def test_one_code_is_good_for_one_booking(
    cast: Cast, kendra: Kendra, other_kendra: Kendra, race: Race
) -> None:
    key = a_key()
    first, second = operators(kendra, 1)[0], operators(other_kendra, 1)[0]
    read_out(kendra, first, "+919800000001", key)
    code = ConsentGiven("code")
    outcomes = race(
        booking(kendra, first, cast.rewari, key, person=known(cast.asha), consent=code),
        booking(
            other_kendra,
            second,
            cast.rewari,
            key,
            person=known(cast.ramesh),
            slot=slot(cast.rewari, 3),
            consent=code,
        ),
    )
    assert errors(outcomes) == {"ok": 1, "Refused": 1}
    assert Consent.objects.count() == Request.objects.count() == 1


def test_a_charge_that_ends_between_page_and_press_books_nothing(
    cast: Cast, kendra: Kendra, race: Race
) -> None:
    """Whoever is first under the lock: booked before it ended, or nothing at all."""
    for place, by in enumerate(operators(kendra, 6)):

        def end(by: User = by) -> Any:
            with transaction.atomic():
                row = KendraCharge.objects.select_for_update().get(user=by)
                row.ends_at = clock.now()
                row.save()
            return row.ends_at

        press = booking(kendra, by, cast.rewari, slot=slot(cast.rewari, place))
        done, ended = race(press, end)
        assert ended.ok
        if done.ok:
            assert done.value.booking.booked_at < ended.value
        else:
            assert isinstance(done.error, PermissionDenied)
            assert not Request.objects.filter(made_by=by).exists()
        with pytest.raises(PermissionDenied):
            booking(kendra, by, cast.rewari, slot=slot(cast.rewari, 40))()


def test_a_charge_cannot_end_while_a_booking_is_written(
    cast: Cast, kendra: Kendra, operator: User, race: Race
) -> None:
    """The booking waits for the person; the charge's end waits for the booking."""
    order: list[str] = []
    waits = booking(kendra, operator, cast.rewari, person=known(cast.asha))

    def hold_the_person() -> None:
        with transaction.atomic():
            Citizen.objects.select_for_update().get(pk=cast.asha.pk)
            until(lambda: waiting_for_a_lock() >= 2)
            order.append("person")

    def press() -> None:
        until(lambda: locked("accounts_citizen"))
        waits()
        order.append("booked")

    def end() -> None:
        until(lambda: waiting_for_a_lock() >= 1)
        with transaction.atomic():
            KendraCharge.objects.select_for_update().get(user=operator)
            KendraCharge.objects.filter(user=operator).update(ends_at=clock.now())
        order.append("ended")

    outcomes = race(hold_the_person, press, end)
    assert errors(outcomes) == {"ok": 3}
    assert order[0] == "person"
    row = AssistedBooking.objects.get()
    assert row.booked_at < KendraCharge.objects.get(user=operator).ends_at  # type: ignore[operator]


def until(true: Callable[[], bool]) -> None:
    """Look until it is so; the race gives up by itself when it never is."""
    deadline = clock.now().timestamp() + 30
    while not true():
        if clock.now().timestamp() > deadline:
            raise TimeoutError


def waiting_for_a_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def locked(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = %s::regclass AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND mode = 'RowShareLock' AND pid <> pg_backend_pid())",
            [table],
        )
        return bool(cursor.fetchone()[0])


def test_a_kendra_put_out_of_service_books_nothing_more(
    cast: Cast, kendra: Kendra, race: Race
) -> None:
    pressed = [
        booking(kendra, by, cast.rewari, slot=slot(cast.rewari, place))
        for place, by in enumerate(operators(kendra, 4))
    ]

    def close() -> None:
        Kendra.objects.filter(pk=kendra.pk).update(active=False)

    outcomes = race(*pressed, close)
    found = errors(outcomes)
    assert found["ok"] + found["PermissionDenied"] == 5
    assert Request.objects.count() == found["ok"] - 1


def test_a_new_number_at_two_counters_makes_one_household(
    cast: Cast, kendra: Kendra, other_kendra: Kendra, race: Race
) -> None:
    pressed = [
        booking(place, by, cast.rewari, slot=slot(cast.rewari, number), person=somebody(NEW))
        for number, (place, by) in enumerate(
            (place, by) for place in (kendra, other_kendra) for by in operators(place, 3)
        )
    ]
    outcomes = race(*pressed)
    assert errors(outcomes) == {"ok": 6}
    assert Household.objects.get(phone=NEW).citizens.count() == 6


def test_a_family_without_a_number_at_two_counters_makes_one_household(
    cast: Cast, kendra: Kendra, other_kendra: Kendra, race: Race
) -> None:
    before = Household.objects.count()
    pressed = [
        booking(
            place,
            by,
            cast.rewari,
            slot=slot(cast.rewari, number),
            person=somebody(family_id="4PNH7731"),
        )
        for number, (place, by) in enumerate(
            (place, by) for place in (kendra, other_kendra) for by in operators(place, 3)
        )
    ]
    assert errors(race(*pressed)) == {"ok": 6}
    assert Household.objects.count() == before + 1


def test_lookups_at_once_end_at_the_limit(
    cast: Cast, kendra: Kendra, operator: User, race: Race
) -> None:
    Lookup.objects.bulk_create(
        Lookup(kendra=kendra, operator=operator, phone_digest=str(number))
        for number in range(people.LOOKUPS_A_DAY - 3)
    )
    outcomes = race(
        *[
            lambda n=number: people.people_behind(
                kendra=kendra, by=operator, phone=f"+91981200000{n}"
            )
            for number in range(8)
        ]
    )
    assert errors(outcomes) == {"ok": 3, "Refused": 5}


def test_a_code_asked_for_twice_at_once_is_one_sms(
    cast: Cast, kendra: Kendra, operator: User, race: Race
) -> None:
    key = a_key()

    def send() -> Any:
        return consents.send_code(kendra=kendra, by=operator, phone=NEW, key=key, language="hi")

    outcomes = race(*[send] * 4)
    assert errors(outcomes) == {"ok": 4}
    assert Message.objects.count() == 1
