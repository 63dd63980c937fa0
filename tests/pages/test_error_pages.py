"""What went wrong is said in the reader's language, with what to do, and with the text kept."""

from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from esachivalaya.common.refusals import kept_text
from esachivalaya.pages import views


def reading(language: str, **kwargs: Any) -> Client:
    client = Client(**kwargs)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("hi", "इस पते पर कुछ नहीं है"), ("en", "nothing at this address")]
)
def test_an_unknown_address_is_a_page_in_the_reader_s_language(language: str, words: str) -> None:
    response = reading(language).get("/nothing/here/")
    assert response.status_code == 404
    assert words in response.content.decode()


@pytest.mark.parametrize("name", ["400", "405", "500", "503"])
def test_pages_for_a_broken_portal_need_neither_database_nor_context(name: str) -> None:
    # No `db` fixture: a query would fail this test.
    html = render_to_string(f"{name}.html")
    assert 'lang="hi"' in html
    assert 'lang="en"' in html


def test_the_handlers_of_400_and_500_give_their_status() -> None:
    request = RequestFactory().get("/")
    assert views.bad_request(request, ValueError()).status_code == 400
    assert views.server_error(request).status_code == 500


@pytest.mark.django_db
def test_a_form_with_an_old_secret_says_so_and_shows_what_was_typed() -> None:
    client = reading("en", enforce_csrf_checks=True)
    typed = {"words": "The street light is out.", "key": "a-key-of-some-length", "kind": "idea"}
    response = client.post("/feedback/", typed, headers={"origin": settings.PUBLIC_URL})
    html = response.content.decode()
    assert response.status_code == 403
    assert "Please send the form again" in html
    assert "The street light is out." in html
    assert "a-key-of-some-length" not in html


def test_a_form_sent_from_another_site_writes_nothing_on_our_pages() -> None:
    for headers in ({"origin": "https://elsewhere.example"}, {}):
        request = RequestFactory().post("/", {"words": "Call this number"}, headers=headers)
        assert kept_text(request) == []


def test_codes_and_passwords_are_never_shown_again() -> None:
    secrets = {"password": "long enough secret", "otp_code": "1234567890", "pin": "1234567890"}
    request = RequestFactory().post("/", secrets, headers={"origin": settings.PUBLIC_URL})
    assert kept_text(request) == []


@pytest.mark.django_db
def test_a_wrong_method_is_a_page_for_a_browser_and_bare_for_a_program() -> None:
    page = Client().post("/help/", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 405
    assert page["Allow"] == "GET, HEAD"
    html = page.content.decode()
    assert 'lang="hi"' in html
    assert "This is not possible at this address" in html
    bare = Client().post("/help/", headers={"Accept": "*/*"})
    assert (bare.status_code, bare.content) == (405, b"")
