"""Pages of a meeting as the tests hold them: a browser that sits in a room."""

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import User
from meetings.models import Room, Seat
from meetings.services import seats

OFFER = {"kind": "offer", "key": "a" * 12, "content": "v=0"}


def address(room: Room, act: str) -> str:
    """The address of one act on the room of a request."""
    return reverse(f"meetings:{act}", args=[room.request.reference])


@dataclass
class Page:
    """One page of one browser, with what its script knows."""

    client: Client
    room: Room
    seat: int
    page: int

    def post(self, act: str, **asked: Any) -> Any:
        """Ask as the script does; ``page`` is this one's unless another is given."""
        return self.client.post(
            address(self.room, act), {"page": self.page, **asked}, content_type="application/json"
        )

    def polled(self, **asked: Any) -> Any:
        """What the page may know now."""
        answer = self.post("poll", **asked)
        assert answer.status_code == 200, answer.status_code
        return answer.json()


def page_of(client: Client, room: Room, side: str) -> Page:
    """A new page of this browser, seated."""
    client.cookies["language"] = "en"
    answer = client.post(address(room, "enter"), {"side": side}, content_type="application/json")
    assert answer.status_code == 200, answer.content.decode()
    told = answer.json()
    return Page(client, room, told["seat"], told["page"])


def let_in(room: Room, by: User, kind: str = "citizen") -> Seat:
    seat = Seat.objects.get(room=room, kind=kind)
    return seats.admit(seat=seat, by=by, version=seat.version)
