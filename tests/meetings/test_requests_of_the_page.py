"""What a meeting's page may ask and learn, proved by requests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from meetings.models import Room, Seat, Signal
from meetings.services import mailbox, rooms, seats
from officials.models import Charge
from tests.meeting_rooms import open_room, room_in
from tests.meetings_in_browsers import OFFER, Page, address, let_in, page_of
from tests.people import (
    Cast,
    give_charge,
    make_household,
    make_post,
    make_staff,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db


def test_the_citizen_waits_and_the_office_is_in_at_once(guest: Page, officer: Page) -> None:
    assert guest.polled()["status"] == "waiting"
    assert officer.polled()["status"] == "admitted"


def test_a_waiting_guest_learns_no_name_and_gets_no_credential(guest: Page, officer: Page) -> None:
    told = guest.polled(entry=True)
    assert told["people"] is told["signals"] is told["chat"] is told["guests"] is None
    assert told["paper"] is None
    assert "entry" not in told
    assert "Suresh" not in str(told)


def test_a_waiting_guest_cannot_signal(guest: Page, officer: Page) -> None:
    sent = guest.post("signal", to=officer.seat, to_page=officer.page, **OFFER)
    assert sent.status_code == 403
    assert not Signal.objects.exists()


def test_a_waiting_guest_cannot_write_nor_read_a_shared_page(guest: Page, room: Room) -> None:
    assert guest.post("chat", words="Namaste").status_code == 403
    picture = reverse("meetings:shared", args=[room.request.reference, 1, 1])
    assert guest.client.get(picture).status_code == 404


@pytest.mark.parametrize("act", ["admit", "refuse", "remove", "end", "share"])
def test_a_guest_cannot_do_what_the_office_does(guest: Page, act: str) -> None:
    seat = Seat.objects.get(pk=guest.seat)
    asked = {"seat": seat.pk, "version": seat.version, "key": "k" * 24, "position": 1}
    assert guest.post(act, **asked).status_code in {403, 404}
    seat.refresh_from_db()
    assert seat.status == "waiting"


def test_an_admitted_guest_gets_a_credential_when_asked_for(
    guest: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    assert "entry" not in guest.polled()
    assert guest.polled(entry=True)["entry"]["engine"] == "peer"


def test_a_word_reaches_the_mailbox_it_is_for_and_no_other(
    guest: Page, officer: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    other = page_of(sign_in_staff(Client(), cast.meera), room, "office")
    sent = guest.post("signal", to=officer.seat, to_page=officer.page, **OFFER)
    assert sent.json() == {"sent": True}
    assert [one["content"] for one in officer.polled()["signals"]] == ["v=0"]
    assert other.polled()["signals"] is None
    assert guest.polled()["signals"] is None


def test_the_same_word_sent_twice_is_there_once(
    guest: Page, officer: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    for _time in range(2):
        guest.post("signal", to=officer.seat, to_page=officer.page, **OFFER)
    assert Signal.objects.count() == 1


def test_an_admitted_guest_cannot_read_the_mailbox_of_another(
    guest: Page, officer: Page, room: Room, cast: Cast
) -> None:
    """Whatever numbers are sent along, the mailbox is the one of the session's seat."""
    let_in(room, cast.meera)
    second = page_of(sign_in_staff(Client(), cast.meera), room, "office")
    second.post("signal", to=officer.seat, to_page=officer.page, **OFFER)
    told = guest.post("poll", page=officer.page, seat=officer.seat).json()
    assert told["signals"] is None
    assert told["current"] is False
    assert guest.polled(seat=officer.seat)["signals"] is None


def test_an_officer_of_another_office_gets_404(room: Room) -> None:
    post = make_post("DC-GGM")
    stranger = make_staff("harish")
    give_charge(stranger, post)
    client = sign_in_staff(Client(), stranger)
    asked = {"side": "office", "seat": 1, "version": 1, "key": "k" * 24}
    for act in ("enter", "poll", "signal", "leave", "admit", "refuse", "remove", "end", "chat"):
        answer = client.post(address(room, act), asked, content_type="application/json")
        assert answer.status_code == 404, act
    for name in ("office", "guest"):
        page = reverse(f"meetings:{name}", args=[room.request.reference])
        assert client.get(page).status_code == 404


def test_a_household_cannot_enter_the_room_of_another(room: Room) -> None:
    client = sign_in_household(Client(), make_household())
    for side in ("guest", "office", "companion"):
        answer = client.post(
            address(room, "enter"), {"side": side}, content_type="application/json"
        )
        assert answer.status_code == 404


def test_a_seat_of_one_room_opens_nothing_in_another(guest: Page, room: Room, cast: Cast) -> None:
    let_in(room, cast.meera)
    other = open_room(cast, citizen=cast.ramesh)
    for act in ("poll", "signal", "chat", "leave"):
        answer = guest.client.post(
            address(other, act), {"page": guest.page}, content_type="application/json"
        )
        assert answer.status_code == 404, act


def test_nothing_works_before_the_room_opens(cast: Cast) -> None:
    room = room_in(cast, timedelta(minutes=16))
    client = sign_in_household(Client(), cast.household)
    answer = client.post(address(room, "enter"), {"side": "guest"}, content_type="application/json")
    assert answer.status_code == 409
    assert answer.json()["rule"] == "room_not_open"
    assert answer.json()["until"]
    assert not Seat.objects.exclude(status="expected").exists()


def test_nothing_works_when_the_time_is_over_even_before_the_sweep(
    guest: Page, officer: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    past(room)
    told = guest.polled(entry=True)
    assert told["room_open"] is False
    assert told["people"] is None
    assert "entry" not in told
    sent = guest.post("signal", to=officer.seat, to_page=officer.page, **OFFER)
    assert sent.status_code == 403
    assert guest.post("chat", words="Still here?").status_code == 409
    answer = guest.post("enter", side="guest")
    assert answer.json()["rule"] == "room_closed"


def past(room: Room) -> None:
    """Shift ``room`` to where its time has just ended."""
    by = timedelta(hours=2)
    times = {name: F(name) - by for name in ("opens_at", "starts_at", "ends_at", "closes_at")}
    Room.objects.filter(pk=room.pk).update(**times)


@pytest.mark.parametrize(
    ("size", "status"), [(64 * 1024, 200), (64 * 1024 + 1, 413), (200_000, 413)]
)
def test_a_signal_is_64_kib_at_most(
    guest: Page, officer: Page, room: Room, cast: Cast, size: int, status: int
) -> None:
    let_in(room, cast.meera)
    word = {**OFFER, "content": "x" * size}
    answer = guest.post("signal", to=officer.seat, to_page=officer.page, **word)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "change", [{"kind": "bye"}, {"key": ""}, {"key": "k" * 33}, {"content": "a\0b"}, {"content": 7}]
)
def test_a_malformed_signal_is_refused(
    guest: Page, officer: Page, room: Room, cast: Cast, change: dict[str, Any]
) -> None:
    let_in(room, cast.meera)
    word = {**OFFER, **change}
    answer = guest.post("signal", to=officer.seat, to_page=officer.page, **word)
    assert answer.status_code in {200, 400}
    assert not Signal.objects.exclude(content="").exists()


@pytest.mark.parametrize("body", ["", "[]", "nonsense", '{"page": "x"}', '{"page": 1e400}'])
def test_whatever_is_sent_the_poll_answers_in_words(guest: Page, room: Room, body: str) -> None:
    answer = guest.client.post(address(room, "poll"), body, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json()["current"] is False


HALF = "\ud83d"


@pytest.mark.parametrize(
    ("act", "change"),
    [
        ("signal", {"content": HALF}),
        ("signal", {"key": HALF}),
        ("chat", {"words": HALF}),
        ("enter", {"side": HALF}),
    ],
)
def test_half_a_character_is_no_error_of_ours(
    guest: Page, officer: Page, room: Room, cast: Cast, act: str, change: dict[str, Any]
) -> None:
    """JSON can carry half of a pair, which no database takes."""
    let_in(room, cast.meera)
    asked = {"to": officer.seat, "to_page": officer.page, **OFFER, **change}
    assert guest.post(act, **asked).status_code in {200, 400, 409}


def test_half_a_character_lets_nobody_in_nor_fails(officer: Page, guest: Page) -> None:
    seat = Seat.objects.get(pk=guest.seat)
    answer = officer.post("admit", seat=seat.pk, version=seat.version, key=HALF * 24)
    assert answer.status_code in {200, 409}


def test_too_many_signals_are_slowed(
    guest: Page, officer: Page, room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(room, cast.meera)
    monkeypatch.setattr(mailbox, "MOST_SIGNALS", 2)
    answers_ = [
        guest.post(
            "signal", to=officer.seat, to_page=officer.page, **{**OFFER, "key": str(number)}
        ).status_code
        for number in range(3)
    ]
    assert answers_ == [200, 200, 429]


def test_a_second_page_replaces_the_first(guest: Page, room: Room, cast: Cast) -> None:
    let_in(room, cast.meera)
    second = page_of(guest.client, room, "guest")
    assert guest.polled()["current"] is False
    assert guest.polled()["people"] is None
    assert second.polled()["status"] == "admitted"
    assert second.polled()["current"] is True


def test_another_device_of_the_same_household_replaces_the_first(
    guest: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    second = page_of(sign_in_household(Client(), cast.household), room, "guest")
    assert guest.post("poll", page=guest.page).status_code == 404
    assert second.polled()["status"] == "admitted"


def test_admission_survives_a_reload_and_refusal_too(guest: Page, room: Room, cast: Cast) -> None:
    seat = Seat.objects.get(pk=guest.seat)
    seats.refuse(seat=seat, by=cast.meera, version=seat.version)
    again = page_of(guest.client, room, "guest")
    assert again.polled()["status"] == "refused"
    let_in(room, cast.meera)
    assert page_of(guest.client, room, "guest").polled()["status"] == "admitted"


def test_who_hung_up_comes_back_without_waiting_and_who_only_waited_waits_again(
    guest: Page, room: Room, cast: Cast
) -> None:
    assert guest.post("leave").json() == {"left": True}
    assert guest.polled()["status"] == "left"
    again = page_of(guest.client, room, "guest")
    assert again.polled()["status"] == "waiting"
    let_in(room, cast.meera)
    again.post("leave")
    assert page_of(guest.client, room, "guest").polled()["status"] == "admitted"


def test_leaving_as_the_page_is_closed_is_a_plain_form(guest: Page, room: Room) -> None:
    guest.client.post(address(room, "leave"), {"page": guest.page})
    assert Seat.objects.get(pk=guest.seat).status == "left"


def test_a_replaced_page_that_leaves_puts_nobody_out(guest: Page, room: Room) -> None:
    second = page_of(guest.client, room, "guest")
    guest.post("leave")
    assert second.polled()["status"] == "waiting"


def test_a_charge_that_ended_shuts_the_door_at_the_next_poll(
    officer: Page, guest: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    assert [one["seat"] for one in guest.polled()["people"]] == [officer.seat]
    Charge.objects.filter(user=cast.suresh).update(ends_at=clock.now() - timedelta(seconds=1))
    for act in ("poll", "signal", "chat", "share"):
        answer = officer.post(act, to=guest.seat, to_page=guest.page, words="x", **OFFER)
        assert answer.status_code == 404, act
    seat = Seat.objects.get(pk=guest.seat)
    put_out = officer.post("remove", seat=seat.pk, version=seat.version, key="k" * 24)
    assert put_out.status_code == 404
    # Nobody keeps picture and sound to who is of the office no more.
    assert not guest.polled()["people"]


def test_an_officer_whose_sign_in_was_taken_away_hears_nothing_more(
    officer: Page, guest: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    User.objects.filter(pk=cast.suresh.pk).update(is_active=False)
    assert officer.post("poll", entry=True).status_code == 404
    assert officer.post("chat", words="x").status_code == 404
    assert not guest.polled()["people"]


@pytest.mark.parametrize(
    ("change", "reason"), [("cancel", "cancelled"), ("move", "moved"), ("end", "ended")]
)
def test_an_open_page_learns_why_nobody_is_here_any_more(
    guest: Page, officer: Page, room: Room, cast: Cast, change: str, reason: str
) -> None:
    let_in(room, cast.meera)
    happens: dict[str, Callable[[], object]] = {
        "cancel": lambda: rooms.appointment_cancelled("appointments.request", room.request_id),
        "move": lambda: rooms.appointment_moved("appointments.request", room.request_id),
        "end": lambda: officer.post("end"),
    }
    happens[change]()
    told = guest.polled(entry=True)
    assert (told["room_status"], told["closed_for"]) == ("closed", reason)
    assert told["people"] is None
    assert "entry" not in told
    assert officer.polled()["closed_for"] == reason


def test_a_meeting_that_was_moved_has_a_new_room(guest: Page, room: Room) -> None:
    rooms.appointment_moved("appointments.request", room.request_id)
    new = Room.objects.exclude(status="closed").get(request=room.request_id)
    assert new.name != room.name
    assert new.seats.get().status == "expected"


@pytest.mark.parametrize("side", ["guest", "office"])
def test_a_poll_asks_the_database_twice(
    guest: Page,
    officer: Page,
    room: Room,
    cast: Cast,
    side: str,
    django_assert_max_num_queries: Any,
) -> None:
    let_in(room, cast.meera)
    page = guest if side == "guest" else officer
    with django_assert_max_num_queries(2):
        assert page.polled()["status"] == "admitted"
