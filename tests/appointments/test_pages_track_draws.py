"""Following a wish in a draw by its code and PIN, which is all that a walk-in has on paper."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Draw, DrawWish, Request
from appointments.services import drawing, draws
from appointments.services.drafted import wish_of
from appointments.services.draw_wishes import TakenPart, take_part
from esachivalaya.common import clock
from esachivalaya.common.references import grouped
from tests.draws import announced, drafted, due
from tests.people import Cast, make_citizen, make_household

pytestmark = pytest.mark.django_db
_keys = itertools.count(1)


@pytest.fixture
def anyone(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


def walk_in(cast: Cast, draw: Draw) -> TakenPart:
    citizen = make_citizen(make_household(user=None), "Bhola Ram")
    return take_part(
        draw=draw,
        wish=wish_of(drafted(draw.post, citizen, draw)),
        by=cast.suresh,
        channel="kendra",
        principal="user:operator",
        key=f"walk-in-key-{next(_keys):010d}",
    )


def drawn(cast: Cast) -> TakenPart:
    draw = announced(cast)
    part = walk_in(cast, draw)
    due(draw)
    drawing.draw_due()
    return part


def track(client: Client, code: str, pin: str | None, **more: str) -> Any:
    return client.post("/track/", {"reference": code, "pin": pin or "", **more})


def wrong(pin: str | None) -> str:
    return "000000" if pin != "000000" else "000001"


def test_a_walk_in_who_won_finds_the_meeting(anyone: Client, cast: Cast) -> None:
    part = drawn(cast)
    request = Request.objects.get()
    address = f"/track/{request.reference}/"
    for typed in (grouped(part.code, "DR").lower(), part.code.removeprefix("DR")):
        assert track(anyone, typed, part.pin).url == address
    page = anyone.get(address).content.decode()
    assert grouped(request.reference) in page


def test_a_wrong_pin_and_an_unknown_code_look_the_same(anyone: Client, cast: Cast) -> None:
    part = drawn(cast)
    for code, pin in ((part.code, wrong(part.pin)), ("DR22222222", part.pin)):
        answer = track(anyone, code, pin)
        assert answer.status_code == 422
        assert "do not belong together" in answer.content.decode()


def test_who_guesses_by_a_published_code_closes_the_code_and_not_the_meeting(
    anyone: Client, cast: Cast
) -> None:
    part = drawn(cast)
    for _try in range(5):
        track(anyone, part.code, wrong(part.pin))
    assert track(anyone, part.code, part.pin).status_code == 422
    until = DrawWish.objects.get().pin_closed_until
    assert until is not None
    assert until > clock.now() + timedelta(hours=23)
    assert track(anyone, Request.objects.get().reference, part.pin).status_code == 302


def test_long_after_the_meeting_the_code_opens_nothing(anyone: Client, cast: Cast) -> None:
    part = drawn(cast)
    row = Request.objects.get()
    long_ago = clock.now() - timedelta(days=31)
    Request.objects.filter(pk=row.pk).update(
        starts_at=long_ago, ends_at=long_ago + timedelta(minutes=15)
    )
    assert track(anyone, part.code, part.pin).status_code == 422
    assert track(anyone, row.reference, part.pin).status_code == 302


def test_before_the_draw_it_says_when_it_is_drawn(anyone: Client, cast: Cast) -> None:
    draw = announced(cast)
    part = walk_in(cast, draw)
    answer = track(anyone, part.code, part.pin)
    assert answer.url == reverse("appointments:draw", args=[draw.pk])
    assert "Your wish is in the draw" in anyone.get(answer.url).content.decode()


def test_who_was_not_drawn_or_whose_draw_was_cancelled_reads_that(
    anyone: Client, cast: Cast
) -> None:
    draw = announced(cast)
    part = walk_in(cast, draw)
    draws.cancel(draw=draw, by=cast.meera, words="The hall is not free.")
    answer = track(anyone, part.code, part.pin)
    page = anyone.get(answer.url).content.decode()
    assert "Your wish was not drawn" in page
    assert "The hall is not free." in page


def test_no_code_is_sent_to_a_phone_for_the_code_of_a_draw(anyone: Client, cast: Cast) -> None:
    part = drawn(cast)
    answer = track(anyone, part.code, "", by_code="1")
    assert answer.status_code == 422
    assert "opens with its PIN only" in answer.content.decode()
