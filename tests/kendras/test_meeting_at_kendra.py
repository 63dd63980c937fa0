"""A walk-in attends at the Kendra's seat: the operator opens it, the office lets them in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import after_meeting, wishes
from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from kendras import opened
from kendras.models import Kendra, KendraCharge
from kendras.services import operator_pins
from meetings.models import Room, Seat
from meetings.services import seats
from tests.at_a_kendra import somebody
from tests.counters import serve_at
from tests.kendras.meetings import meeting_here
from tests.office import assert_strict, content, queries
from tests.people import Cast, make_staff, sign_in_staff

At = Callable[[Client, User], Client]


@pytest.fixture
def here(client: Client, operator: User, at_counter: At) -> Client:
    return at_counter(client, operator)


@pytest.fixture
def row(kendra: Kendra, operator: User, cast: Cast) -> Request:
    return meeting_here(kendra, operator, cast)


def at(name: str, *args: object, code: str = "REW-0001") -> str:
    return reverse(f"kendras:{name}", args=[code, *args])


def enter(client: Client, row: Request, code: str = "REW-0001") -> Any:
    """As the page's script does."""
    address = at("meeting-enter", row.reference, code=code)
    return client.post(address, {"side": "guest"}, content_type="application/json")


def poll(client: Client, row: Request, page: int) -> Any:
    address = reverse("meetings:poll", args=[row.reference])
    return client.post(address, {"page": page}, content_type="application/json").json()


def seat_of(row: Request) -> Seat:
    return Seat.objects.get(room__request=row, kind=Seat.Kind.COUNTER)


# The list


def test_the_list_says_when_at_which_seat_who_meets_whom(here: Client, row: Request) -> None:
    page = content(here.get(at("meetings")))
    assert row.citizen.name in page
    assert "DC Rewari" in page
    assert "seat 1" in page
    assert at("meeting", row.reference) in page


def test_of_a_private_request_the_reference_stands_there_alone(
    here: Client, kendra: Kendra, operator: User, cast: Cast
) -> None:
    row = meeting_here(kendra, operator, cast, private=True)
    page = content(here.get(at("meetings")))
    assert row.citizen.name not in page
    assert "DC Rewari" not in page
    assert row.reference[2:6] in page


def test_an_empty_day_says_so(here: Client) -> None:
    assert "No meeting is held here today." in content(here.get(at("meetings")))


def test_tomorrows_and_other_kendras_meetings_are_not_listed(
    here: Client, cast: Cast, operator: User, kendra: Kendra, other_kendra: Kendra,
    other_operator: User,
) -> None:  # fmt: skip
    meeting_here(kendra, operator, cast, begins_in=timedelta(days=1))
    meeting_here(other_kendra, other_operator, cast, place=1)
    assert "No meeting is held here today." in content(here.get(at("meetings")))


def test_a_meeting_that_was_held_stays_in_the_list_as_over(
    here: Client, row: Request, cast: Cast
) -> None:
    after_meeting.record_outcome(
        request=row, by=cast.meera, version=row.version, outcome="met",
        decision="The pension is paid from April on.", actions=(),
    )  # fmt: skip
    page = content(here.get(at("meetings")))
    assert "over" in page
    assert at("meeting", row.reference) not in page


def test_the_list_takes_as_many_queries_for_five_as_for_one(
    here: Client, row: Request, kendra: Kendra, operator: User, cast: Cast
) -> None:
    here.get(at("meetings"))
    one = len(queries(here, at("meetings")))
    for place in range(1, 5):
        meeting_here(kendra, operator, cast, begins_in=timedelta(minutes=20 * place), place=place)
    assert len(queries(here, at("meetings"))) == one


# The page


def test_the_page_is_the_guests_with_the_words_of_a_kendra(here: Client, row: Request) -> None:
    answer = here.get(at("meeting", row.reference))
    page = content(answer)
    assert_strict(answer)
    assert "Help: the operator" in page
    assert "call the help line" not in page
    assert f'data-enter="{at("meeting-enter", row.reference)}"' in page
    assert f'data-after-leaving="{at("counter")}"' in page
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert row.subject not in page


def test_before_the_room_opens_the_page_says_when(
    here: Client, kendra: Kendra, operator: User, cast: Cast
) -> None:
    row = meeting_here(kendra, operator, cast)
    # Its seat is today's at any hour at which the test runs; only the room opens later.
    soon = clock.now() + timedelta(minutes=1)
    Room.objects.filter(request=row).update(opens_at=soon, starts_at=soon + timedelta(seconds=1))
    assert "The room opens at" in content(here.get(at("meeting", row.reference)))
    answer = enter(here, row)
    assert answer.status_code == 409
    assert answer.json()["rule"] == "room_not_open"


def test_any_spelling_of_the_reference_leads_to_the_page(here: Client, row: Request) -> None:
    answer = here.get(at("meeting", row.reference.lower()))
    assert answer.headers["Location"] == at("meeting", row.reference)


def test_the_operator_opens_the_seat_and_the_walk_in_waits(
    here: Client, row: Request, operator: User
) -> None:
    answer = enter(here, row)
    assert answer.status_code == 200, answer.content
    seat = seat_of(row)
    assert seat.status == Seat.Status.WAITING
    assert (seat.user, seat.name) == (operator, row.citizen.name)
    assert "Atal Seva Kendra Bawal (REW-0001)" in seat.place
    assert poll(here, row, answer.json()["page"])["status"] == "waiting"
    assert "waits to be let in" in content(here.get(at("meetings")))


def test_that_the_citizen_is_there_is_noted_with_the_operators_name(
    here: Client, row: Request, operator: User
) -> None:
    enter(here, row)
    row.refresh_from_db()
    assert row.citizen_came_at is not None
    assert Entry.objects.get(act="citizen_came").actor == operator


def test_nobody_is_in_before_the_office_lets_them_in(
    here: Client, row: Request, cast: Cast
) -> None:
    page = enter(here, row).json()["page"]
    assert poll(here, row, page)["people"] is None
    seat = seat_of(row)
    seats.admit(seat=seat, by=cast.meera, version=seat.version)
    assert poll(here, row, page)["status"] == "admitted"


def test_without_a_script_the_place_is_taken_by_a_plain_form(here: Client, row: Request) -> None:
    assert "Take my place in the waiting room" in content(here.get(at("meeting", row.reference)))
    answer = here.post(at("meeting-enter", row.reference), {"side": "guest"})
    assert answer.headers["Location"] == at("meeting", row.reference)
    assert "You are in the waiting room" in content(here.get(at("meeting", row.reference)))


def test_the_seat_stays_the_walk_ins_when_another_operator_takes_over(
    here: Client, row: Request, cast: Cast, kendra: Kendra
) -> None:
    enter(here, row)
    seat = seat_of(row)
    seats.admit(seat=seat, by=cast.meera, version=seat.version)
    second = serve_at(kendra, make_staff("rakesh"))
    operator_pins.set_pin(user=second, pin="490317")
    with_second = Client()
    page = enter(sign_in_staff(with_second, second), row).json()["page"]
    assert seat_of(row).pk == seat.pk
    assert poll(with_second, row, page)["status"] == "admitted"


def test_the_meeting_goes_on_while_the_counter_is_locked(here: Client, row: Request) -> None:
    page = enter(here, row).json()["page"]
    here.post(at("lock"))
    assert poll(here, row, page)["status"] == "waiting"
    assert here.get(at("meeting", row.reference)).status_code == 302
    assert enter(here, row).status_code == 302


# Whose it is


def test_another_kendras_meeting_is_not_there(
    here: Client, row: Request, other_operator: User, at_counter: At
) -> None:
    elsewhere = at_counter(Client(), other_operator)
    assert elsewhere.get(at("meeting", row.reference, code="GGM-0001")).status_code == 404
    assert enter(elsewhere, row, code="GGM-0001").status_code == 404
    assert elsewhere.get(at("meeting", row.reference)).status_code == 404
    assert not Seat.objects.filter(kind="counter").exists()


def test_a_meeting_without_a_seat_here_is_not_opened(
    here: Client, kendra: Kendra, operator: User, cast: Cast
) -> None:
    row = meeting_here(kendra, operator, cast, seat_wanted=False)
    assert here.get(at("meeting", row.reference)).status_code == 404
    assert enter(here, row).status_code == 404


def test_with_its_pin_any_meeting_is_opened_at_any_kendra(
    client: Client, kendra: Kendra, operator: User, cast: Cast, other_kendra: Kendra,
    other_operator: User, at_counter: At,
) -> None:  # fmt: skip
    row = meeting_here(kendra, operator, cast, seat_wanted=False)
    elsewhere = at_counter(client, other_operator)
    request = elsewhere.get(at("meetings", code="GGM-0001")).wsgi_request
    opened.open_for_half_an_hour(request, other_kendra, row.reference, moment=clock.now())
    request.session.save()
    assert enter(elsewhere, row, code="GGM-0001").status_code == 200
    assert "(GGM-0001)" in seat_of(row).place


def test_what_is_private_opens_with_its_pin(
    here: Client, kendra: Kendra, operator: User, cast: Cast
) -> None:
    row = meeting_here(kendra, operator, cast, private=True)
    answer = here.get(at("meeting", row.reference))
    assert answer.headers["Location"] == f"{at('help')}?reference={row.reference}"
    assert enter(here, row).status_code == 302
    assert not Seat.objects.filter(kind="counter").exists()


def test_a_meeting_that_was_cancelled_has_no_seat_to_enter(
    here: Client, kendra: Kendra, operator: User, cast: Cast
) -> None:
    row = meeting_here(kendra, operator, cast, begins_in=timedelta(minutes=1))
    wishes.withdraw(request=row, by=None, version=row.version)
    assert enter(here, row).status_code == 404
    assert "The meeting was cancelled" in content(here.get(at("meeting", row.reference)))
    assert "No meeting is held here today." in content(here.get(at("meetings")))


def test_a_charge_that_ended_opens_no_seat(here: Client, row: Request, operator: User) -> None:
    KendraCharge.objects.filter(user=operator).update(ends_at=clock.now() - timedelta(seconds=1))
    assert enter(here, row).status_code == 404
    assert here.get(at("meeting", row.reference)).status_code == 404


@pytest.mark.parametrize("name", ["meetings", "meeting"])
def test_a_page_is_only_looked_at(here: Client, row: Request, name: str) -> None:
    args = [row.reference] if name == "meeting" else []
    assert here.post(at(name, *args)).status_code == 405
    assert here.get(at("meeting-enter", row.reference)).status_code == 405


def test_the_office_reads_from_which_kendra_somebody_waits(
    here: Client, row: Request, cast: Cast, at_counter: At
) -> None:
    enter(here, row)
    office = at_counter(Client(), cast.meera)
    page = content(office.get(reverse("meetings:office", args=[row.reference])))
    assert row.citizen.name in page
    assert "(REW-0001)" in content(office.get(reverse("meetings:day")))


def test_looking_at_the_page_changes_nothing(here: Client, row: Request) -> None:
    before = (Seat.objects.count(), Entry.objects.count(), Room.objects.count())
    here.get(at("meeting", row.reference))
    here.get(at("meetings"))
    assert (Seat.objects.count(), Entry.objects.count(), Room.objects.count()) == before


def test_a_walk_in_of_another_booking_is_not_mixed_in(
    here: Client, row: Request, kendra: Kendra, operator: User, cast: Cast
) -> None:
    """Two meetings at one counter have each their own seat in the session."""
    second = meeting_here(
        kendra, operator, cast, place=1, begins_in=timedelta(minutes=15), person=somebody()
    )
    first_page = enter(here, row).json()["page"]
    enter(here, second)
    assert poll(here, row, first_page)["current"] is True
    assert Seat.objects.filter(kind="counter").count() == 2
