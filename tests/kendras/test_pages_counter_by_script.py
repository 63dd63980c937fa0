"""What the counter's script asks for: parts of the page, the code, and the booking as JSON."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from appointments.diary import slot_value
from appointments.models import Request
from esachivalaya.accounts.models import User
from esachivalaya.notifications.models import Message
from kendras.models import Consent, Kendra, Lookup
from officials.models import Post
from officials.search import words_of
from tests.booking import sent, slots
from tests.kendras.test_pages_counter import typed
from tests.office import queries
from tests.people import Cast, make_post

SignIn = Callable[[Client, User], Client]


@pytest.fixture
def counter(client: Client, operator: User, at_counter: SignIn) -> Client:
    """Pooja at the counter of her Kendra."""
    return at_counter(client, operator)


def send(client: Client, data: dict[str, Any]) -> Any:
    return client.post("/kendra/REW-0001/book/", data, headers={"accept": "application/json"})


def test_the_people_on_a_number_are_shown_by_given_name_and_each_look_is_counted(
    counter: Client, cast: Cast, kendra: Kendra
) -> None:
    short = counter.post("/kendra/REW-0001/people/", {"phone": "९८००० ००००"})
    assert short.status_code == 422  # nine digits: said in words
    page = counter.post("/kendra/REW-0001/people/", {"phone": "९८०००००००१"}).content.decode()
    assert "Asha D." in page
    assert "Asha Devi" not in page
    assert Lookup.objects.count() == 1


def test_offices_are_found_as_one_types_and_those_of_the_district_come_first(
    counter: Client, cast: Cast
) -> None:
    before = make_post("DC-GGM")
    for post in (before, cast.rewari):
        Post.objects.filter(pk=post.pk).update(search_words=words_of(post))
    page = counter.get("/kendra/REW-0001/offices/", {"q": "DC"}).content.decode()
    assert page.index("DC-REW") < page.index("DC-GGM")
    assert (
        "No office" in counter.get("/kendra/REW-0001/offices/", {"q": "xylophone"}).content.decode()
    )


def test_a_time_without_a_seat_says_so_and_the_first_with_one_is_ticked(
    counter: Client, cast: Cast, kendra: Kendra
) -> None:
    kendra.desks.update(active=False)
    page = counter.get("/kendra/REW-0001/times/", {"post": "DC-REW"}).content.decode()
    assert "no seat: from own phone only" in page
    assert "seat free" not in page
    kendra.desks.filter(accessible=True).update(active=True)
    page = counter.get("/kendra/REW-0001/times/", {"post": "DC-REW"}).content.decode()
    first = slot_value(slots(cast.rewari, 1)[0])
    assert f'value="{first}" checked' in page
    assert "seat free" in page


def test_times_of_no_office_are_a_404(counter: Client, cast: Cast) -> None:
    assert counter.get("/kendra/REW-0001/times/", {"post": "X"}).status_code == 404
    assert counter.get("/kendra/REW-0001/times/").status_code == 404


def test_a_code_that_is_read_out_is_the_consent(
    counter: Client, cast: Cast, operator: User
) -> None:
    data = typed(cast, operator, consent="code", serial_number="", witness="")
    asked = {name: data[name] for name in ("key", "phone")}
    answer = counter.post("/kendra/REW-0001/code/", {**asked, "language": "en"})
    assert answer.status_code == 200
    assert "98xxx xxx01" in answer.json()["words"]
    code = code_of(Message.objects.get(template__key="counter_code").body)
    wrong = "000000" if code != "000000" else "111111"
    checked = counter.post("/kendra/REW-0001/code/check/", {**asked, "code": wrong}).json()
    assert (checked["ok"], "tries left: 4" in checked["words"]) == (False, True)
    assert counter.post("/kendra/REW-0001/code/check/", {**asked, "code": code}).json()["ok"]
    answer = send(counter, {**data, "code": code})
    assert answer.status_code == 200
    assert Consent.objects.get().kind == Consent.Kind.CODE
    # The answer was lost on the way: sent again, the code being used up, it is the same booking.
    assert send(counter, {**data, "code": code}).json()["reference"] == answer.json()["reference"]


def test_a_booking_is_answered_with_its_slip_and_its_row(
    counter: Client, cast: Cast, operator: User
) -> None:
    answer = send(counter, typed(cast, operator))
    told = answer.json()
    row = Request.objects.get()
    assert told["reference"] == row.reference
    assert row.reference[2:6] in told["slip"]
    assert "Asha" in told["row"]


def test_without_a_code_nothing_is_booked_and_the_field_is_named(
    counter: Client, cast: Cast, operator: User
) -> None:
    answer = send(counter, typed(cast, operator, consent="code"))
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["code"]
    assert "error-summary" in answer.json()["summary"]
    assert not Request.objects.exists()


def test_a_refusal_says_why(counter: Client, cast: Cast, operator: User) -> None:
    sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0])
    answer = send(counter, typed(cast, operator))
    assert answer.status_code == 422
    assert "cannot ask this office" in answer.json()["errors"]["__all__"][0]


def test_a_taken_seat_brings_the_next_times(
    counter: Client, cast: Cast, operator: User, kendra: Kendra
) -> None:
    data = typed(cast, operator)
    kendra.desks.update(active=False)
    answer = send(counter, data)
    assert answer.status_code == 409
    assert "seat" in answer.json()["words"].lower()
    assert 'name="slot"' in answer.json()["times"]
    assert not Request.objects.exists()


def test_a_key_of_another_booking_books_nothing(
    counter: Client, cast: Cast, operator: User
) -> None:
    data = typed(cast, operator)
    assert send(counter, data).status_code == 200
    other = send(counter, {**data, "subject": "Another matter altogether"})
    assert other.status_code == 409
    assert "before" in other.json()["errors"]["__all__"][0]
    assert Request.objects.count() == 1


def test_who_is_signed_out_is_told_so(client: Client, kendra: Kendra) -> None:
    assert send(client, {}).status_code == 401


def test_times_take_as_many_queries_with_bookings_as_without(
    counter: Client, cast: Cast, operator: User
) -> None:
    queries(counter, "/kendra/REW-0001/times/", post="DC-REW")
    before = queries(counter, "/kendra/REW-0001/times/", post="DC-REW")
    assert send(counter, typed(cast, operator)).status_code == 200
    after = queries(counter, "/kendra/REW-0001/times/", post="DC-REW")
    # The office has a field of its own now: it is found at once.
    assert len(after) <= len(before)


def code_of(text: str) -> str:
    """The six digits of an SMS."""
    found = re.search(r"\b\d{6}\b", text)
    assert found, text
    return found.group()
