"""NUL characters, which the database takes in no text, are refused before it sees them."""

import pytest
from django.test import Client

from esachivalaya.common.paging import page_of
from officials.models import Post
from tests.people import make_cast, make_post, sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    ["/officials/%00/", "/appointments/new/%00/", "/appointments/new/%00/about/", "/guide/%00/"],
)
def test_nothing_is_at_an_address_with_one(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert "ई-सचिवालय" in response.content.decode()


@pytest.mark.parametrize("address", ["/officials/", "/promise/"])
def test_one_in_a_session_cookie_is_a_bad_request(client: Client, address: str) -> None:
    response = client.get(address, headers={"cookie": 'sessionid="aaaaaaaaaaaa\\000"'})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "/admin/appointments/request/?status=%00",
        "/admin/appointments/request/?category=%0%000",
        "/admin/officials/post/?level=%00",
        "/admin/officials/charge/?kind__exact=%00",
        "/admin/officials/leave/add/?post=%00",
    ],
)
def test_one_in_a_filter_of_the_admin_counts_for_nothing(client: Client, address: str) -> None:
    sign_in_staff(client, make_cast().meera)
    assert client.get(address).status_code in {200, 403}


@pytest.mark.parametrize(
    "address",
    [
        "/admin/officials/hours/add/?post=abc",
        "/admin/officials/leave/add/?starts_at=x&post=abc",
        "/admin/officials/section/add/?department=abc",
        "/admin/officials/post/add/?department=abc&reports_to=x&nothing=1",
    ],
)
def test_an_address_that_fills_a_form_with_nonsense_shows_it_empty(
    client: Client, address: str
) -> None:
    sign_in_staff(client, make_cast().nasreen)
    assert client.get(address).status_code == 200


def test_a_page_token_of_another_list_counts_as_none() -> None:
    for code in ("DC-REW", "DC-GGM"):
        make_post(code)
    token = page_of(Post.objects.all(), by=["code", "id"], size=1).next
    assert not page_of(Post.objects.all(), by=["code", "id"], token=token, size=1).first
    assert page_of(Post.objects.all(), by=["places", "id"], token=token, size=1).first
