"""Ways through the portal that several browser tests go: what a person clicks and writes."""

from typing import Any

from django.core.management import call_command
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from officials.models import Post
from officials.search import words_of
from tests.people import Cast, make_cast

ASHAS_PHONE = "98000 00001"
SUBJECT = "खेत की पैमाइश चार महीने से रुकी है"
SOUGHT = "तहसीलदार को पैमाइश का आदेश दीजिए"
HAPPENED = "पड़ोसी ने मेड़ हटा दी। पटवारी दो बार आए और बिना नापे लौट गए।"


def hi(words: str) -> str:
    """Return what the page says for ``words`` to a reader of Hindi."""
    with translation.override("hi"):
        told = gettext(words)
    assert any("\u0900" <= letter <= "\u097f" for letter in told), f"no Hindi for {words!r}"
    return told


def findable_cast() -> Cast:
    """The whole cast, its offices found by their names as after an import."""
    cast = make_cast()
    for post in Post.objects.select_related("department", "district"):
        Post.objects.filter(pk=post.pk).update(search_words=words_of(post))
    return cast


def carry(page: Page, client: Client, live_server: LiveServer, *, language: str = "hi") -> Page:
    """Give the browser the session of ``client`` and a language, as if it had gone that way."""
    cookies = {"language": language}
    if "sessionid" in client.cookies:
        cookies["sessionid"] = client.cookies["sessionid"].value
    page.context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
    )
    return page


def press(page: Page, name: str) -> None:
    """Press the button of that English name, in Hindi, on the page itself and not in the header."""
    page.locator("main").get_by_role("button", name=hi(name), exact=True).click()


def find_office(page: Page, words: str = "उपायुक्त रेवाड़ी") -> None:
    """From the home page to the page of the DC of Rewari."""
    page.goto("/")
    page.get_by_role("link", name=hi("Book a meeting")).click()
    page.get_by_label(hi("Office or person")).fill(words)
    press(page, "Search")
    page.locator(".office-list a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("उपायुक्त, रेवाड़ी")


def choose_time(page: Page, number: int = 0) -> str:
    """Take a free time on the office's page and go on; return its words as the next page says."""
    page.locator(".slot-time").nth(number).click()
    press(page, "Ask for this time")
    return page.locator("#booking .sheet time").inner_text()


def say_what_it_is_about(page: Page) -> None:
    """The three steps after the time: subject, meeting, papers."""
    press(page, "Continue")
    write_subject(page)
    press(page, "Continue")
    expect(page.locator("input[name=language][value=hi]")).to_be_checked()
    press(page, "Continue")
    expect(page.locator("input[type=file]").first).to_be_visible()
    press(page, "Continue")


def write_subject(page: Page) -> None:
    """Fill in the step about the subject, and stay there."""
    page.locator("[name=subject]").fill(SUBJECT)
    page.locator("[name=category]").select_option(label="भूमि एवं राजस्व")
    page.locator("[name=sought]").fill(SOUGHT)
    page.locator("[name=description]").fill(HAPPENED)


def sign_in_citizen(page: Page, phone: str = ASHAS_PHONE) -> None:
    """The number, and the code that the demo phone shows for it."""
    page.get_by_label(hi("Mobile number")).fill(phone)
    press(page, "Send the code")
    page.get_by_label(hi("Six-digit code")).fill(code_on_the_phone(page, phone))
    press(page, "Sign in")


def code_on_the_phone(page: Page, phone: str) -> str:
    """Return the newest code on the demo phone, looked at in a second tab of the same browser."""
    text = newest_sms(page, phone)
    code = next(word.strip(",.") for word in text.split() if word.strip(",.").isdigit())
    assert len(code) == 6, text
    return code


def newest_sms(page: Page, phone: str) -> str:
    """Deliver what waits, and read the newest SMS to ``phone`` on the demo phone."""
    call_command("send_messages", verbosity=0)
    tab = page.context.new_page()
    tab.goto(f"/demo/phone/?number=91{phone.replace(' ', '')}")
    told = tab.locator(".phone-bubble .text").last.inner_text()
    tab.close()
    return told


def app_code(page: Page, username: str) -> str:
    """Return what the authenticator app of a demo's staff shows, from the demo phone."""
    tab = page.context.new_page()
    tab.goto("/demo/phone/")
    code = tab.get_by_role("row", name=username).locator("td").inner_text()
    tab.close()
    return code


def sign_in_office(page: Page, username: str, password: str) -> None:
    """From /admin/ through password and second factor back to the desk."""
    page.goto("/admin/")
    page.get_by_label(hi("User name")).fill(username)
    page.locator("input[name=password]").fill(password)
    press(page, "Continue")
    page.locator("[name=code]").fill(app_code(page, username))
    press(page, "Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text(hi("Desk"))


def draft_of(client: Client, cast: Cast, slot: str, *, until: str = "check") -> None:
    """Fill in the steps before ``until`` without a browser, as a citizen did before the test."""
    steps: dict[str, dict[str, Any]] = {
        "time": {"slot": slot},
        "about": {
            "subject": SUBJECT,
            "category": str(cast.category.pk),
            "sought": SOUGHT,
            "description": HAPPENED,
        },
        "meeting": {"language": "hi"},
        "papers": {},
        "person": {"citizen": str(cast.asha.pk), "key": "a-key-of-a-person-step"},
    }
    for step, data in steps.items():
        if step == until:
            return
        address = f"/appointments/new/{cast.rewari.code}/"
        done = client.post(address if step == "time" else f"{address}{step}/", data)
        assert done.status_code == 302, (step, done.status_code)
