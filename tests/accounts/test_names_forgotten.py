"""No name, number or waiting change outlives an erasure, and whom the portal still serves stays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from appointments.models import CallBack, Companion, Request
from appointments.services import own_data as of_appointments
from esachivalaya.accounts.models import Citizen, Household, NumberChange, User
from esachivalaya.accounts.services import erasing, households, new_number, own_data
from esachivalaya.common import clock, registry
from meetings.models import Call, Room, Seat
from meetings.models.rooms import CLOSES_AFTER, OPENS_BEFORE
from tests import people
from tests.booking import sent, sent_by_asha
from tests.people import Cast

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=3 * 365 + 1)
NOBODY, OFFICE = "–", "Deputy Commissioner"


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


def over(request: Request, ago: timedelta = timedelta(0)) -> Request:
    """The request, withdrawn so long ago."""
    Request.objects.filter(pk=request.pk).update(
        status="withdrawn",
        created_at=F("created_at") - ago,
        due_at=F("due_at") - ago,
        answered_at=F("created_at") - ago,
        next_reminder_at=None,
    )
    request.refresh_from_db()
    return request


def met(request: Request, cast: Cast) -> Room:
    """A room of the request: the citizen at home and at a Kendra, Bhola with them, the office."""
    starts_at = clock.now() - timedelta(hours=2)
    ends_at = starts_at + timedelta(minutes=15)
    room = Room.objects.create(
        name=f"m-{request.pk:032}",
        request=request,
        engine="peer",
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=starts_at - OPENS_BEFORE,
        closes_at=ends_at + CLOSES_AFTER,
    )
    Room.objects.filter(pk=room.pk).update(
        status="closed", closed_at=clock.now(), closed_for="ended"
    )
    bhola = Companion.objects.create(
        request=request, position=1, name="Bhola", relation="brother", phone="+919800000077"
    )
    name = request.citizen.name
    Seat.objects.create(room=room, kind="citizen", name=name)
    Seat.objects.create(room=room, kind="counter", name=name, user=cast.anil)
    Seat.objects.create(room=room, kind="office", name=OFFICE, user=cast.meera)
    beside = Seat.objects.create(room=room, kind="companion", name="Bhola", companion=bhola)
    Call.objects.create(room=room, seat=beside, by=cast.meera, guest_call_id="CA1")
    return room


def names_in(room: Room) -> dict[str, str]:
    return dict(Seat.objects.filter(room=room).values_list("kind", "name"))


def silent() -> None:
    """Nobody has used a number, or was named, for three years and a day."""
    Household.objects.update(phone_seen_at=None, created_at=clock.now() - LONG_AGO)
    Citizen.objects.update(created_at=clock.now() - LONG_AGO)


@contextmanager
def failing(hook: Any, function: Callable[..., Any]) -> Iterator[None]:
    """An app that cannot do its part."""
    hook.add(function)
    try:
        yield
    finally:
        hook._functions.remove(function)


@pytest.mark.parametrize("own_wish", [True, False])
def test_no_guest_of_a_meeting_is_named_any_more(cast: Cast, own_wish: bool) -> None:
    room = met(over(sent_by_asha(cast), timedelta(0) if own_wish else LONG_AGO), cast)
    if own_wish:
        erasing.erase(person=cast.asha, by=cast.household.user)
    else:
        assert of_appointments.forget_old_words() == 1
    names = {"citizen": NOBODY, "counter": NOBODY, "companion": NOBODY, "office": OFFICE}
    assert names_in(room) == names
    assert not Companion.objects.exclude(name=NOBODY, relation="", phone="").exists()
    assert Call.objects.get().guest_call_id == ""


def test_a_private_meeting_keeps_who_came_along_and_not_the_person(cast: Cast) -> None:
    private = over(sent(cast.rewari, cast.asha, private=True))
    room = met(private, cast)
    CallBack.objects.create(
        request=private, phone="+919800000001", language="hi", asked_at=clock.now()
    )
    erasing.erase(person=cast.asha, by=cast.household.user)
    names = {"citizen": NOBODY, "counter": NOBODY, "companion": "Bhola", "office": OFFICE}
    assert names_in(room) == names
    # Without a number the office's desk would ask somebody to call nobody.
    assert not CallBack.objects.exists()


def test_the_seats_are_handed_out_but_for_private_ones(cast: Cast) -> None:
    met(over(sent_by_asha(cast)), cast)
    met(over(sent(cast.rewari, cast.asha, private=True)), cast)
    told = next(found for found in own_data.held(cast.asha) if found.key == "seats")
    assert sorted((row["as"], row["name"]) for row in told.rows) == [
        ("citizen", "Asha Devi"),
        ("companion", "Bhola"),
        ("counter", "Asha Devi"),
    ]
    assert len(told.lines) == 3


def test_a_change_that_waits_brings_no_number_back(cast: Cast) -> None:
    assert cast.household.user is not None
    change = new_number.ask_for_number(
        household=cast.household, new_phone="+919800000055", by=cast.household.user
    )
    for person in (cast.asha, cast.ramesh):
        erasing.erase(person=person, by=None)
    change.refresh_from_db()
    assert (change.status, change.old_phone, change.new_phone) == ("lapsed", "", "")
    NumberChange.objects.update(takes_effect_at=F("asked_at"))
    assert new_number.settle_due() == 0
    assert Household.objects.get(pk=cast.household.pk).phone is None


def test_nobody_comes_by_the_name_of_somebody_erased(cast: Cast) -> None:
    erased = erasing.erase(person=cast.asha, by=None)
    assert not households.is_the_name_of(person=erased, typed=erased.name)
    assert households.is_the_name_of(person=cast.ramesh, typed=cast.ramesh.name)


@pytest.mark.parametrize(("ago", "erased"), [(timedelta(days=1), 0), (LONG_AGO, 2)])
def test_whom_a_kendra_served_lately_is_not_forgotten(
    cast: Cast, ago: timedelta, erased: int
) -> None:
    over(sent(cast.rewari, cast.asha), ago)
    silent()
    assert erasing.erase_dormant() == erased
    assert Citizen.objects.filter(erased_at__isnull=False).count() == erased


def test_a_number_without_people_goes_after_three_years(cast: Cast) -> None:
    empty = people.make_household("+919800000044")
    assert erasing.erase_dormant() == 0
    Household.objects.filter(pk=empty.pk).update(phone_seen_at=clock.now() - LONG_AGO)
    assert erasing.erase_dormant() == 1
    empty.refresh_from_db()
    assert empty.phone is None
    assert empty.user is not None
    assert not User.objects.filter(pk=empty.user.pk, is_active=True).exists()
    assert erasing.erase_dormant() == 0


def test_who_waits_for_an_answer_keeps_nobody_else_here(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 1)
    monkeypatch.setattr(erasing, "TOGETHER", 1)
    sent_by_asha(cast)
    other = people.make_citizen(name="Savitri Bai")
    silent()
    assert erasing.erase_dormant() == 1
    other.refresh_from_db()
    assert other.erased_at is not None


def test_one_who_cannot_be_erased_keeps_nobody_else_here(cast: Cast) -> None:
    other = people.make_citizen(name="Savitri Bai")
    silent()

    def fails(pk: int) -> None:
        if pk == cast.asha.pk:
            raise OSError("the store is away")

    with failing(registry.erased, fails):
        assert erasing.erase_dormant() >= 1
    other.refresh_from_db()
    cast.asha.refresh_from_db()
    assert other.erased_at is not None
    assert cast.asha.erased_at is None


def test_one_request_that_cannot_be_emptied_keeps_no_other_waiting(cast: Cast) -> None:
    stays = over(sent_by_asha(cast), LONG_AGO)
    goes = over(sent(cast.division, cast.asha), LONG_AGO)

    def fails(_kind: str, pk: int) -> None:
        if pk == stays.pk:
            raise ValueError("a bad row")

    with failing(registry.words_forgotten, fails):
        assert of_appointments.forget_old_words() == 1
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (bool(stays.subject), goes.subject) == (True, "")
