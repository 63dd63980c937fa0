"""Walking through the citizens' pages, for the tests of these pages."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from appointments import diary
from appointments.models import Request
from appointments.services import booking
from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.slots import Span
from officials.models import Post
from tests.people import Cast, make_category

ABOUT = {
    "subject": "Old-age pension not received since April",
    "sought": "Please have the pension paid out.",
    "description": "I went to the office three times.",
}


def free_spans(post: Post) -> list[Span]:
    """Every time of the post that can be asked for at this moment."""
    free = diary.free_slots(post, channel=Request.Channel.OWN_PHONE)
    return [slot.span for day in free.values() for slot in day]


def later_span(post: Post, days: int = 3) -> Span:
    """A free time some days away, so that every rule of notice is met."""
    earliest = clock.now() + timedelta(days=days)
    return next(span for span in free_spans(post) if span.start > earliest)


def url(code: str, step: str) -> str:
    if step == "time":
        return reverse("appointments:new", args=[code])
    return reverse("appointments:new-step", args=[code, step])


def fill_before_sign_in(client: Client, post: Post, slot: str, **about: Any) -> None:
    """Fill in the steps that need no sign-in; each leads on with a redirect."""
    category = make_category()
    steps: list[tuple[str, dict[str, Any]]] = [
        ("time", {"slot": slot}),
        ("about", {**ABOUT, "category": category.pk, **about}),
        ("meeting", {"language": "hi"}),
        ("papers", {}),
    ]
    for step, data in steps:
        response = client.post(url(post.code, step), data)
        assert response.status_code == 302, (step, response.status_code, response.content.decode())


def fill_all(client: Client, post: Post, slot: str, citizen: Citizen, **about: Any) -> None:
    """Fill in every step; the household is signed in."""
    fill_before_sign_in(client, post, slot, **about)
    data = {"citizen": citizen.pk, "key": new_key()}
    assert client.post(url(post.code, "person"), data).status_code == 302


def send(client: Client, post: Post, key: str = "") -> Any:
    return client.post(url(post.code, "check"), {"key": key or new_key()})


def booked(cast: Cast, citizen: Citizen | None = None, **wish: Any) -> Request:
    """A sent request of Asha's, without the pages."""
    citizen = citizen or cast.asha
    wanted: dict[str, Any] = {
        "post": cast.rewari,
        "citizen_id": citizen.pk,
        "category_id": cast.category.pk,
        **ABOUT,
        **wish,
    }
    if "slot" not in wanted:
        wanted["slot"] = later_span(wanted["post"])
    household: Household = citizen.household
    sent = booking.send(
        wish=booking.Wish(**wanted),
        by=household.user,
        channel=Request.Channel.OWN_PHONE,
        principal=f"user:{household.user_id}",
        key=new_key(),
    )
    row = Request.objects.select_related("post", "citizen").get(reference=sent.reference)
    row.pin = sent.pin
    return row
