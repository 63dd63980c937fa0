"""Who joins the citizen: a signed link on their own phone and a code on it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Companion
from appointments.services.booking import CompanionWish
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from meetings.models import Room, Seat
from meetings.services import companions, rooms
from tests.meeting_rooms import open_room, room_in
from tests.meetings import confirmed
from tests.meetings_in_browsers import Page, address
from tests.people import Cast

pytestmark = pytest.mark.django_db
PHONE = "+919800000077"


@pytest.fixture
def room(cast: Cast) -> Room:
    return with_companion(open_room(cast))


def with_companion(room: Room, **fields: Any) -> Room:
    """The room with a seat for Sunita, who joins with her own phone."""
    told = {"name": "Sunita Devi", "phone": PHONE, "position": 1, **fields}
    companion = Companion.objects.create(request=room.request, **told)
    seat = Seat.objects.create(
        room=room, kind="companion", name=companion.name, companion=companion
    )
    companions.tell([seat])
    return room


def seat_of(room: Room) -> Seat:
    return Seat.objects.select_related("room", "companion").get(room=room, kind="companion")


def way_in(room: Room) -> str:
    return reverse("meetings:join", args=[companions.token_of(seat_of(room))])


def messages(template: str) -> list[Message]:
    return list(Message.objects.filter(to=PHONE, template__key=template).order_by("id"))


def code() -> str:
    return "".join(filter(str.isdigit, messages("seat_code")[-1].body))[:6]


def bring_code(client: Client, room: Room) -> Any:
    client.cookies["language"] = "en"
    assert client.post(way_in(room), {"key": new_key()}).status_code == 302
    return client.post(way_in(room), {"code": code()})


def test_the_link_and_the_code_open_the_seat_and_it_waits(client: Client, room: Room) -> None:
    link = messages("seat_link")[0].body
    assert way_in(room) in link
    first = client.get(way_in(room))
    assert first.status_code == 200
    assert PHONE[-10:] not in first.content.decode()
    assert bring_code(client, room)["Location"] == way_in(room)
    page = client.get(way_in(room)).content.decode()
    assert "data-meeting-stage" in page
    assert "?as=companion" in page
    assert "boundary stones" not in page
    answer = client.post(
        f"{address(room, 'enter')}?as=companion", {"side": "guest"}, content_type="application/json"
    )
    told = answer.json()
    own = Page(client, room, told["seat"], told["page"])
    assert told["seat"] == seat_of(room).pk
    assert own.polled()["status"] == "waiting"


def test_the_link_alone_opens_nothing(client: Client, room: Room) -> None:
    client.get(way_in(room))
    for side in ("?as=companion", ""):
        answer = client.post(
            f"{address(room, 'enter')}{side}", {"side": "guest"}, content_type="application/json"
        )
        assert answer.status_code == 404
    page = client.get(reverse("meetings:guest", args=[room.request.reference]))
    assert page.status_code == 302


def test_a_wrong_code_opens_nothing(client: Client, room: Room) -> None:
    client.post(way_in(room), {"key": new_key()})
    wrong = "000000" if code() != "000000" else "111111"
    assert client.post(way_in(room), {"code": wrong}).status_code == 422
    assert "data-meeting-stage" not in client.get(way_in(room)).content.decode()


def test_a_code_opens_the_one_seat_it_was_sent_for(client: Client, cast: Cast, room: Room) -> None:
    other = with_companion(open_room(cast, citizen=cast.ramesh))
    bring_code(client, room)
    answer = client.post(
        f"{address(other, 'enter')}?as=companion", {}, content_type="application/json"
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("token", ["1-abcdefghijkl", "x", "-", "99999999999999999999-a", "1"])
def test_a_made_up_link_is_a_404(client: Client, room: Room, token: str) -> None:
    assert client.get(reverse("meetings:join", args=[token])).status_code == 404


def test_the_link_of_another_seat_does_not_fit(client: Client, room: Room) -> None:
    seat = seat_of(room)
    citizen = Seat.objects.get(room=room, kind="citizen")
    digest = companions.token_of(seat).partition("-")[2]
    where = reverse("meetings:join", args=[f"{citizen.pk}-{digest}"])
    assert client.get(where).status_code == 404


def test_a_meeting_that_moved_ends_the_link_and_sends_a_new_one(client: Client, room: Room) -> None:
    old = way_in(room)
    rooms.appointment_moved("appointments.request", room.request_id)
    assert client.get(old).status_code == 410
    moved = messages("seat_moved")
    assert len(moved) == 1
    assert old not in moved[0].body


def test_a_cancelled_meeting_tells_who_would_have_joined(client: Client, room: Room) -> None:
    rooms.appointment_cancelled("appointments.request", room.request_id)
    assert client.get(way_in(room)).status_code == 410
    assert len(messages("seat_cancelled")) == 1


def test_of_a_private_meeting_the_message_says_neither_name_nor_office(cast: Cast) -> None:
    with_companion(room_in(cast, timedelta(hours=3), private=True))
    body = messages("seat_link_private")[0].body
    assert "Sunita" not in body
    assert "Rewari" not in body
    assert "रेवाड़ी" not in body


def test_who_gave_no_number_gets_no_link(cast: Cast) -> None:
    with_companion(open_room(cast), phone="")
    assert not Message.objects.filter(template__key__startswith="seat_").exists()


def test_whoever_is_named_in_the_request_has_a_seat(cast: Cast) -> None:
    row = confirmed(cast, companions=(CompanionWish(name="Sunita Devi", phone=PHONE),))
    room = Room.objects.get(request=row)
    assert sorted(room.seats.values_list("kind", flat=True)) == ["citizen", "companion"]
    assert len(messages("seat_link")) == 1
