"""Phone codes: nine digits, one for each request, none for what is no request."""

from typing import Any

import pytest
from django.test import Client

from appointments.phone_codes import grouped, phone_code_of, request_number
from tests.appointments.citizens import booked
from tests.people import make_cast, sign_in_household


def test_every_request_has_one_code_and_no_two_the_same() -> None:
    codes = {phone_code_of(pk) for pk in range(1, 5001)}
    assert len(codes) == 5000
    assert all(len(code) == 9 and code.isdecimal() for code in codes)


@pytest.mark.parametrize("pk", [1, 2, 9_999, 10_000, 10_001, 54_321_987, 99_999_999])
def test_a_code_leads_back_to_its_request(pk: int) -> None:
    assert request_number(phone_code_of(pk)) == pk


@pytest.mark.parametrize("pk", [0, -1, 100_000_000])
def test_what_cannot_be_a_request_has_no_code(pk: int) -> None:
    with pytest.raises(ValueError, match="Phone codes"):
        phone_code_of(pk)


def test_a_code_may_be_typed_as_it_is_printed_and_in_any_digits() -> None:
    code = phone_code_of(77)
    assert request_number(grouped(code)) == 77
    assert request_number(code.translate(str.maketrans("0123456789", "०१२३४५६७८९"))) == 77


def test_every_single_wrong_key_is_noticed() -> None:
    code = phone_code_of(4711)
    for place in range(9):
        for digit in "0123456789":
            typed = code[:place] + digit + code[place + 1 :]
            assert (request_number(typed) == 4711) == (typed == code)
            assert typed == code or request_number(typed) is None


@pytest.mark.parametrize("typed", ["", "12345678", "1234567890", "abcdefghi", "²²²²²²²²²"])
def test_other_lengths_and_letters_are_no_code(typed: str) -> None:
    assert request_number(typed) is None


def test_codes_of_neighbours_have_nothing_in_common() -> None:
    first, second = phone_code_of(1000), phone_code_of(1001)
    assert sum(one == other for one, other in zip(first, second, strict=True)) < 7


def test_another_portal_has_other_codes(settings: Any) -> None:
    here = phone_code_of(1000)
    settings.SECRET_KEY = "another portal's key"
    assert phone_code_of(1000) != here


@pytest.mark.django_db
def test_the_page_of_a_request_shows_its_code_and_the_number_to_call(
    client: Client, settings: Any
) -> None:
    settings.PHONE_LINE = "0172 000 0099"
    cast = make_cast()
    row = booked(cast)
    client.cookies["language"] = "en"
    sign_in_household(client, cast.household)
    page = client.get(f"/appointments/{row.reference}/").content.decode()
    assert grouped(phone_code_of(row.pk)) in page
    assert "0172 000 0099" in page
