"""Following one request without a session: by PIN or code, and nothing tells what exists."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from esachivalaya.accounts.models import SignInCode
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.references import grouped
from esachivalaya.notifications.models import Message
from tests.appointments.citizens import booked
from tests.people import Cast, sign_in_household

pytestmark = pytest.mark.django_db
TRACK = "/track/"


@pytest.fixture
def anyone(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


def pin_of(row: Any) -> str:
    return str(row.pin)


def opened(client: Client, row: Request) -> Any:
    return client.post(TRACK, {"reference": grouped(row.reference).lower(), "pin": pin_of(row)})


def wrong_pin(row: Any) -> str:
    return "000000" if pin_of(row) != "000000" else "000001"


def test_reference_and_pin_open_the_request_in_a_reduced_form(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    response = opened(anyone, row)
    assert response.url == f"/track/{row.reference}/"
    page = anyone.get(response.url).content.decode()
    assert "Waiting for the office" in page
    assert row.description not in page
    assert anyone.get(reverse("appointments:paper", args=[row.reference, 1])).status_code == 404


def test_digits_of_any_script_open_it(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    devanagari = pin_of(row).translate(str.maketrans("0123456789", "०१२३४५६७८९"))
    assert anyone.post(TRACK, {"reference": row.reference, "pin": devanagari}).status_code == 302


def test_a_wrong_pin_and_an_unknown_reference_look_the_same(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    shown = []
    for reference in (row.reference, "ES22222222"):
        response = anyone.post(TRACK, {"reference": reference, "pin": wrong_pin(row)})
        page = response.content.decode().replace(reference, "")
        shown.append((response.status_code, re.sub(r'value="[^"]{30,}"', "", page)))
    assert shown[0] == shown[1]
    assert "do not belong together" in shown[0][1]


def test_five_wrong_tries_close_the_pin_without_saying_more(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    for _try in range(6):
        response = anyone.post(TRACK, {"reference": row.reference, "pin": wrong_pin(row)})
        assert response.status_code == 422
    assert opened(anyone, row).status_code == 422


def test_many_tries_from_one_address_are_slowed_down(anyone: Client, cast: Cast) -> None:
    for _try in range(30):
        anyone.post(TRACK, {"reference": "ES22222222", "pin": "123456"})
    response = anyone.post(TRACK, {"reference": "ES22222222", "pin": "123456"})
    assert response.status_code == 429


@pytest.mark.parametrize("reference", ["", "nonsense", "\x00", "x" * 10_000, "ES 0000 0000"])
def test_what_is_no_reference_is_told(anyone: Client, cast: Cast, reference: str) -> None:
    response = anyone.post(TRACK, {"reference": reference, "pin": "123456"})
    assert response.status_code == 422
    assert "field-error" in response.content.decode()


def test_without_a_grant_the_link_asks_for_the_pin(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    for reference in (row.reference, "ES22222222"):
        response = anyone.get(f"/track/{reference}/")
        assert response.status_code == 302
        assert response.url == f"/track/?reference={reference}"
    assert row.reference in anyone.get(f"/track/?reference={row.reference}").content.decode()
    assert anyone.get("/track/nonsense/").status_code == 404


def test_the_household_is_led_from_the_link_to_its_own_page(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    sign_in_household(anyone, cast.household)
    assert anyone.get(f"/track/{row.reference}/").url == f"/appointments/{row.reference}/"


def test_a_grant_opens_one_reference_only(anyone: Client, cast: Cast) -> None:
    row, other = booked(cast), booked(cast, cast.ramesh)
    opened(anyone, row)
    assert anyone.get(f"/track/{row.reference}/").status_code == 200
    assert anyone.get(f"/track/{other.reference}/").status_code == 302


def test_a_grant_ends_after_half_an_hour(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    opened(anyone, row)
    session = anyone.session
    session["grants"] = {row.reference: {"until": "2020-07-21T00:00:00+00:00"}}
    session.save()
    assert anyone.get(f"/track/{row.reference}/").status_code == 302


def test_behind_the_pin_a_request_is_withdrawn(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    opened(anyone, row)
    data = {"key": new_key(), "version": row.version}
    response = anyone.post(f"/appointments/{row.reference}/withdraw/", data)
    assert response.url == f"/track/{row.reference}/"
    row.refresh_from_db()
    assert row.status == Request.Status.WITHDRAWN


def test_a_code_on_the_phone_opens_it(anyone: Client, cast: Cast) -> None:
    row = booked(cast)
    response = anyone.post(TRACK, {"reference": row.reference, "by_code": "1"})
    assert response.url == f"/track/code/?reference={row.reference}"
    text = Message.objects.filter(to=cast.household.phone).latest("pk").body
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", text)
    data = {"reference": row.reference, "code": code}
    assert anyone.post("/track/code/", data).url == f"/track/{row.reference}/"
    assert anyone.get(f"/track/{row.reference}/").status_code == 200
    assert Client().post("/track/code/", data).status_code == 422


def test_asking_for_a_code_does_not_tell_what_exists(anyone: Client, cast: Cast) -> None:
    response = anyone.post(TRACK, {"reference": "ES22222222", "by_code": "1"})
    assert response.url == "/track/code/?reference=ES22222222"
    assert not SignInCode.objects.exists()
    wrong = anyone.post("/track/code/", {"reference": "ES22222222", "code": "123456"})
    assert wrong.status_code == 422


def test_a_private_request_shows_all_behind_its_pin(anyone: Client, cast: Cast) -> None:
    row = booked(cast, private=True)
    opened(anyone, row)
    assert row.description in anyone.get(f"/track/{row.reference}/").content.decode()
