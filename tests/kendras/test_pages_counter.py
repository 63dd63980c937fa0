"""The counter's page, without a script: it shows, finds, books and keeps what was typed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.diary import slot_value
from appointments.models import Request
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.common.clock import now
from esachivalaya.common.idempotency import new_key
from kendras.models import AssistedBooking, Kendra, KendraCharge
from kendras.services import tokens
from tests.booking import slots
from tests.office import assert_strict
from tests.people import Cast, make_citizen, make_household

SignIn = Callable[[Client, User], Client]
SUBJECT = "Demarcation of the fields behind our house"


@pytest.fixture
def counter(client: Client, operator: User, at_counter: SignIn) -> Client:
    """Pooja at the counter of her Kendra."""
    return at_counter(client, operator)


def typed(cast: Cast, operator: User, **fields: Any) -> dict[str, Any]:
    """A whole form for Asha, who signed the paper slip."""
    return {
        "key": new_key(),
        "operator": str(operator.pk),
        "phone": "98000 00001",
        "person": str(cast.asha.pk),
        "subject": SUBJECT,
        "post": cast.rewari.code,
        "slot": slot_value(slots(cast.rewari, 1)[0]),
        "seat_wanted": "on",
        "consent": "paper",
        "serial_number": "A-000123",
        "witness": "Ram Singh",
        "language": "hi",
        **fields,
    }


def book(client: Client, data: dict[str, Any], kendra: str = "REW-0001") -> Any:
    return client.post(f"/kendra/{kendra}/book/", data)


def test_the_counter_shows_its_form_and_its_offices(
    counter: Client, cast: Cast, kendra: Kendra
) -> None:
    answer = counter.get("/kendra/REW-0001/")
    assert_strict(answer)
    page = answer.content.decode()
    assert "Atal Seva Kendra Bawal" in page
    assert "Deputy Commissioner, Rewari" in page  # proposed before anything is typed
    assert "Asha" not in page


def test_pressing_book_makes_the_request_and_shows_its_slip(
    counter: Client, cast: Cast, operator: User
) -> None:
    answer = book(counter, typed(cast, operator))
    row = Request.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"/kendra/REW-0001/?booked={row.reference}"
    assert (row.citizen, row.made_by, row.channel) == (cast.asha, operator, "kendra")
    page = counter.get(answer["Location"]).content.decode()
    assert row.reference[2:6] in page
    assert "PIN" in page


def test_the_same_form_sent_twice_books_once(counter: Client, cast: Cast, operator: User) -> None:
    data = typed(cast, operator)
    first, again = book(counter, data), book(counter, data)
    assert first["Location"] == again["Location"]
    assert AssistedBooking.objects.count() == 1


def test_looking_without_a_script_keeps_what_was_typed_and_books_nothing(
    counter: Client, cast: Cast, operator: User
) -> None:
    data = typed(cast, operator, look="next", office_q="DC", private="on")
    answer = counter.post("/kendra/REW-0001/", data)
    page = answer.content.decode()
    assert_strict(answer)
    assert SUBJECT in page
    assert "Asha D." in page  # nobody was booked here yet: no full name
    assert f'value="{cast.asha.pk}" checked' in page
    assert f'value="{data["slot"]}" checked' in page
    assert "seat free" in page
    assert not Request.objects.exists()


def test_a_form_with_mistakes_is_a_422_with_its_words_and_keeps_the_text(
    counter: Client, cast: Cast, operator: User
) -> None:
    answer = book(counter, typed(cast, operator, post="NOBODY", witness="", description="Long."))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_post"' in page
    assert 'id="id_post"' in page
    assert 'href="#id_witness"' in page
    assert SUBJECT in page
    assert "Long." in page
    assert not Request.objects.exists()


def test_without_a_number_only_paper_is_a_consent(
    counter: Client, cast: Cast, operator: User
) -> None:
    walk_in = {"phone": "", "person": "new", "name": "Bimla Devi"}
    refused = book(counter, typed(cast, operator, **walk_in, consent="code"))
    assert refused.status_code == 422
    assert book(counter, typed(cast, operator, **walk_in)).status_code == 303
    row = Request.objects.get()
    assert (row.citizen.name, row.phone) == ("Bimla Devi", "")


def test_a_time_that_was_taken_is_a_409_with_the_next_times_and_the_text(
    counter: Client, cast: Cast, operator: User
) -> None:
    slot = slot_value(slots(cast.rewari, 1)[0])
    other = make_citizen(make_household("+919800000077"), "Sunita Rao")
    taken = typed(cast, operator, phone="98000 00077", person=str(other.pk), serial_number="B-1")
    assert book(counter, {**taken, "slot": slot}).status_code == 303
    answer = book(counter, typed(cast, operator, slot=slot))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "These are the next free times:" in page
    assert SUBJECT in page
    assert "A-000123" in page
    after = slot_value(slots(cast.rewari, 1)[0])
    assert f'value="{after}" checked' in page
    assert Request.objects.count() == 1


def test_any_time_is_a_request_that_the_office_decides(
    counter: Client, cast: Cast, operator: User
) -> None:
    data = typed(cast, operator, slot="any", unsuitable_weekdays=["0", "1"])
    assert book(counter, data).status_code == 303
    row = Request.objects.get()
    assert (row.kind, row.unsuitable_weekdays) == (Request.Kind.OPEN, [0, 1])


def test_a_page_of_another_operator_books_nothing_in_this_ones_name(
    counter: Client, cast: Cast, operator: User
) -> None:
    answer = book(counter, {**typed(cast, operator), "operator": str(operator.pk + 1)})
    assert answer.status_code == 423
    assert not Request.objects.exists()


def test_only_the_operator_of_this_kendra_comes_to_its_counter(
    client: Client,
    cast: Cast,
    kendra: Kendra,
    operator: User,
    other_operator: User,
    supervisor: User,
    at_counter: SignIn,
) -> None:
    addresses = ("", "people/", "offices/", "services/", "times/", "code/", "code/check/", "book/")
    posts = {"people/", "code/", "code/check/", "book/"}
    for user in (other_operator, supervisor, cast.meera, cast.nasreen):
        at_counter(client, user)
        for address in addresses:
            ask = client.post if address in posts else client.get
            answer = ask(f"/kendra/REW-0001/{address}")
            assert answer.status_code == 404, (user, address)


def test_a_charge_that_ended_opens_nothing(counter: Client, cast: Cast, operator: User) -> None:
    data = typed(cast, operator)
    KendraCharge.objects.filter(user=operator).update(ends_at=now())
    assert counter.get("/kendra/REW-0001/").status_code == 404
    assert book(counter, data).status_code == 404
    assert not Request.objects.exists()


@pytest.mark.parametrize("address", ["people/", "code/", "code/check/", "book/"])
def test_what_changes_or_counts_something_is_no_get(counter: Client, address: str) -> None:
    assert counter.get(f"/kendra/REW-0001/{address}").status_code == 405


@pytest.mark.parametrize("address", ["offices/", "services/", "times/"])
def test_what_only_looks_is_no_post(counter: Client, address: str) -> None:
    assert counter.post(f"/kendra/REW-0001/{address}").status_code == 405


def test_a_name_is_words_and_no_markup(counter: Client, cast: Cast, operator: User) -> None:
    evil = "Mala <img src=x onerror=alert(1)>"
    Citizen.objects.filter(pk=cast.asha.pk).update(name=evil, given_name=evil)
    people = counter.post("/kendra/REW-0001/people/", {"phone": "9800000001"}).content.decode()
    assert "<img" not in people
    assert "&lt;img" in people
    booked = book(counter, typed(cast, operator, subject="<script>alert(1)</script> my land"))
    page = counter.get(booked["Location"]).content.decode()
    assert "<img" not in page
    assert "<script>alert" not in page


def test_a_private_booking_stands_in_the_list_by_its_reference_alone(
    counter: Client, cast: Cast, operator: User
) -> None:
    book(counter, typed(cast, operator, private="on"))
    page = counter.get("/kendra/REW-0001/").content.decode()
    assert Request.objects.get().reference[2:6] in page
    assert "Asha" not in page


def test_the_page_takes_as_many_queries_for_many_walk_ins_as_for_one(
    counter: Client, cast: Cast, operator: User, kendra: Kendra
) -> None:
    walk_in(counter, cast, operator, kendra, 0)
    # What every page keeps for some seconds is asked for by a page before each counting.
    counter.get("/kendra/REW-0001/")
    one = count(counter)
    for number in range(1, 5):
        walk_in(counter, cast, operator, kendra, number)
    counter.get("/kendra/REW-0001/")
    assert count(counter) == one


def walk_in(counter: Client, cast: Cast, operator: User, kendra: Kendra, number: int) -> None:
    """Somebody else is booked for, at the next free time (today, where one is left), and waits."""
    person = make_citizen(make_household(f"+9198000007{number:02}"), "Kamla Devi")
    data = typed(
        cast,
        operator,
        phone=f"98000 007{number:02}",
        person=str(person.pk),
        serial_number=f"C-{number}",
    )
    assert book(counter, data).status_code == 303
    tokens.issue(kendra=kendra, by=operator)


def count(client: Client) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get("/kendra/REW-0001/").status_code == 200
    return len(caught.captured_queries)


def test_the_page_is_light_on_a_slow_line(counter: Client, cast: Cast, operator: User) -> None:
    book(counter, typed(cast, operator))
    page = counter.get("/kendra/REW-0001/", headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    # Styles, scripts and signs are cached after the first visit.
    assert len(page.content) < 30_000
