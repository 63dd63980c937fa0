"""What no page of the counter sends, but somebody can: refused in words, never a broken page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from appointments.models import Request
from esachivalaya.accounts.models import User
from kendras.models import Kendra
from tests.draws import announced
from tests.kendras.test_pages_counter import book, typed
from tests.people import Cast, make_post, open_hours

pytestmark = pytest.mark.django_db
SignIn = Callable[[Client, User], Client]


@pytest.fixture
def pooja(client: Client, operator: User, at_counter: SignIn) -> Client:
    return at_counter(client, operator)


@pytest.mark.parametrize(
    "fields",
    [
        {"serial_number": "ß" * 24},
        {"serial_number": "ﬃ" * 20},
        {"slot": "draw-999999999"},
        {"slot": "draw-0"},
        {"slot": "draw-"},
        {"slot": "9999-12-31T23:00/9999-12-31T23:59"},
        {"person": "9" * 18},
        {"person": "0"},
        {"operator": "9" * 40},
        {"fee_rs": "9" * 40},
        {"fee_rs": "-1"},
        {"witness": "क़" * 120},
        {"person": "new", "name": "क़" * 120, "phone": ""},
        {"person": "new", "name": ".", "phone": ""},
        {"person": "new", "name": "\u200d", "phone": ""},
        {"category": "999999999999999999999"},
        {"key": "k" * 65},
        {"family_id": "١٢٣٤٥٦٧٨", "phone": "", "person": "new", "name": "Savitri Devi"},
        {"unsuitable_weekdays": "99"},
    ],
)
def test_a_value_that_no_page_sends_is_refused_in_words(
    pooja: Client, cast: Cast, operator: User, fields: dict[str, Any]
) -> None:
    for headers in ({}, {"accept": "application/json"}):
        data = {**typed(cast, operator), **fields}
        answer = pooja.post("/kendra/REW-0001/book/", data, headers=headers)
        assert answer.status_code in (303, 200, 409, 422, 423), answer.content[:300]


def test_a_draw_of_another_office_is_refused_in_words(
    pooja: Client, cast: Cast, kendra: Kendra, operator: User
) -> None:
    other = make_post("DC-GGM")
    open_hours(other)
    draw = announced(cast, post=cast.rewari)
    answer = book(pooja, typed(cast, operator, post=other.code, slot=f"draw-{draw.pk}"))
    assert answer.status_code == 409
    assert not Request.objects.exists()


@pytest.mark.parametrize("slot", ["draw-999999999", "draw-x", "any"])
def test_looking_with_odd_values_shows_the_page(
    pooja: Client, cast: Cast, operator: User, slot: str
) -> None:
    data = typed(cast, operator, slot=slot, look="next", person="x", service="9" * 400)
    assert pooja.post("/kendra/REW-0001/", data | {"from": "9999-12-31"}).status_code == 200


def test_parts_asked_for_with_odd_values_are_no_broken_pages(pooja: Client, cast: Cast) -> None:
    post = cast.rewari.code
    for address in (
        f"times/?post={post}&from=9999-12-31&slot=draw-9&accessible=on",
        f"times/?post={post}&from=0001-01-01&slot=9999-12-31T23:00/9999-12-31T23:59",
        "offices/?q=%27%25_%5C&post=x",
        "services/?q=%26%7C%21%3A*&service=x",
        "bookings/?q=%27%25&after=nonsense",
        "bookings/?after=" + "A" * 300,
        "tokens/",
        "slip/ES00000000/",
        "bookings/DR00000000/",
        "meetings/ES00000000/",
        "?booked=x&paper=a7",
    ):
        assert pooja.get(f"/kendra/REW-0001/{address}").status_code in (200, 302, 404), address
    big = "9" * 30
    assert pooja.get(f"/kendra/REW-0001/tokens/{big}/").status_code == 404
    assert pooja.post(f"/kendra/REW-0001/notices/{big}/").status_code == 404
    assert pooja.post("/kendra/REW-0001/code/", {"phone": "x", "key": "y"}).status_code == 422
