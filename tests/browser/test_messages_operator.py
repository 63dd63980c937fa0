"""Those who watch the messages, on a phone: nothing too wide or low, and a preview that lives."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from esachivalaya.common import clock
from esachivalaya.notifications.models import Breaker, Message, MessageTemplate
from tests.browser.test_office_on_a_phone import LOW, WIDER
from tests.notifications.letters import confirmed_letter, sms
from tests.people import make_staff, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OPERATIONS = "/admin/notifications/message/operations/"


def dead() -> Message:
    row = sms(confirmed_letter())
    Message.objects.filter(pk=row.pk).update(
        status="dead",
        problem="Twilio: HTTP 503, error 20500.",
        error_class="temporary",
        finished_at=clock.now(),
    )
    return row


def words() -> str:
    row = MessageTemplate.objects.get(key="request_confirmed", channel="sms")
    return f"/admin/notifications/messagetemplate/{row.pk}/change/"


def arrive(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    *,
    width: int = 360,
    scripts: bool = True,
    language: str = "hi",
) -> Page:
    page = visitor(width=width, scripts=scripts)
    user = make_staff(f"watcher.{language}.{width}", roles=("messages",), language=language)
    session = sign_in_staff(Client(), user).cookies["sessionid"].value
    for name, value in (("sessionid", session), ("language", language)):
        page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    return page


def test_no_page_is_wider_than_the_phone_and_no_target_too_low(
    visitor: Callable[..., Page], live_server: LiveServer
) -> None:
    row = dead()
    Breaker.objects.create(
        gateway="twilio", channel="sms", state="open", problem="Twilio: HTTP 401, error 20003."
    )
    page = arrive(visitor, live_server)
    for address in (
        OPERATIONS,
        f"/admin/notifications/message/{row.pk}/change/",
        words(),
        "/guide/messages-operator/",
    ):
        assert page.goto(address).status == 200
        assert page.evaluate(WIDER) <= 0, address
        assert page.evaluate(LOW) == [], address


def test_the_preview_follows_what_is_typed_and_counts_its_segments(
    visitor: Callable[..., Page], live_server: LiveServer
) -> None:
    page = arrive(visitor, live_server, language="en")
    page.goto(words())
    english = page.locator('[data-words-preview="en"]')
    before = english.locator("[data-segments]").inner_text()
    page.locator("#id_body_en").fill("{state}: it is on. {ref}")
    expect(english.locator("[data-text]")).to_have_text("Haryana: it is on. ES 7K4P 92MX")
    expect(english.locator("[data-segments]")).to_have_text("1")
    assert before == "2"
    page.locator("#id_body_en").fill("{state}: it is on. {ref} " + "long " * 70)
    expect(english.locator("[data-segments]")).to_have_text("3")
    expect(english.locator('[data-when="over"]')).to_be_visible()
    expect(english.locator('[data-when="fits"]')).to_be_hidden()
    page.locator("#id_body_en").fill("{state}: it’s on. {ref} " + "long " * 20)
    expect(english.locator('[data-when="unicode"]')).to_be_visible()
    expect(english.locator("[data-segments]")).to_have_text("2")


def test_the_script_counts_as_the_server_does(
    visitor: Callable[..., Page], live_server: LiveServer
) -> None:
    """The same text, once counted while it is typed and once after the button."""
    page = arrive(visitor, live_server, width=1280, language="en")
    page.goto(words())
    counts = ".words-count b"
    for english, hindi in (
        ("{state} {ref} [a] €" + "x" * 131, "{state} {ref} 😀 " + "क" * 40),
        ("{state} {ref}" + "^" * 140, "{state} {ref}" + "a" * 141),
        ("{state} {ref}\n" + "ç" * 150, "{state} {ref} " + "😀" * 70),
    ):
        page.locator("#id_body_en").fill(english)
        page.locator("#id_body_hi").fill(hindi)
        typed = page.locator(counts).all_inner_texts()
        page.locator("button[name=preview]").click()
        page.wait_for_load_state()
        assert page.locator(counts).all_inner_texts() == typed


def test_without_scripts_the_button_shows_the_preview(
    visitor: Callable[..., Page], live_server: LiveServer
) -> None:
    page = arrive(visitor, live_server, scripts=False, language="en")
    page.goto(words())
    page.locator("#id_body_en").fill("{state}: it is on. {ref}")
    page.locator("button[name=preview]").click()
    shown = page.locator('[data-words-preview="en"] [data-text]')
    expect(shown).to_have_text("Haryana: it is on. ES 7K4P 92MX")
