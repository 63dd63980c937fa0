"""The demo phone: readable by everybody in the demo, and nowhere else."""

from typing import Any

import pytest
from django.test import Client

from esachivalaya.common import registry
from esachivalaya.notifications import delivery
from esachivalaya.notifications.models import Message
from esachivalaya.notifications.services import Recipient
from tests.notifications.letters import PHONE, code_letter, confirmed_letter, email, sms

pytestmark = pytest.mark.django_db
PAGE = "/demo/phone/"


@pytest.fixture(autouse=True)
def _demo(settings: Any) -> None:
    settings.DEMO = True


def test_without_the_demo_there_is_no_such_page(client: Client, settings: Any) -> None:
    settings.DEMO = False
    assert client.get(PAGE).status_code == 404


def test_anybody_reads_the_latest_numbers_messages_oldest_first(client: Client) -> None:
    sms(code_letter(values={"code": "111111"}))
    sms(code_letter(values={"code": "222222"}))
    sms(code_letter(values={"code": "333333"}, to=Recipient(phone="+919800000002")))
    delivery.send_due()
    latest = client.get(PAGE).content.decode()
    assert "333333" in latest
    assert "111111" not in latest
    assert "98000 00001" in latest
    other = client.get(PAGE, {"number": PHONE}).content.decode()
    assert other.index("111111") < other.index("222222")
    assert "333333" not in other


def test_a_plus_sign_lost_in_the_address_is_no_trouble(client: Client) -> None:
    sms(code_letter(values={"code": "111111"}))
    assert "111111" in client.get(PAGE + "?number=+919800000001").content.decode()
    assert "111111" in client.get(PAGE + "?number=919800000001").content.decode()


@pytest.mark.parametrize("number", ["\x00", "'; --", "9" * 5000, "<script>"])
def test_a_number_that_is_none_shows_an_empty_phone(client: Client, number: str) -> None:
    sms()
    response = client.get(PAGE, {"number": number})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode()


def test_an_empty_phone_says_what_will_be_here(client: Client) -> None:
    assert "empty-state" in client.get(PAGE).content.decode()


def test_only_our_own_addresses_become_links(client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "http://portal.example"
    values = {
        **confirmed_letter().values,
        "name": "http://evil.example/",
        "ref": "http://portal.example.evil.example/x",
        "short_link": "http://portal.example/l/7K4P92MX/",
    }
    row = sms(confirmed_letter(values=values))
    body = f"{row.body} <b>http://portal.example/a?b=1&c=2</b>"
    Message.objects.filter(pk=row.pk).update(body=body)
    page = client.get(PAGE).content.decode()
    assert '<a href="http://portal.example/l/7K4P92MX/">' in page
    assert 'href="http://evil' not in page
    assert 'href="http://portal.example.evil' not in page
    assert "<b>http" not in page


def test_emails_have_their_own_tab(client: Client) -> None:
    email()
    page = client.get(PAGE, {"show": "email"}).content.decode()
    assert "Your meeting is confirmed" in page
    assert "asha@example.com" in page
    assert "Your meeting is confirmed" not in client.get(PAGE).content.decode()


def test_a_message_that_has_not_gone_out_says_so(client: Client) -> None:
    row = sms()
    client.cookies["language"] = "en"
    assert "Queued" in client.get(PAGE).content.decode()
    Message.objects.filter(pk=row.pk).update(status="accepted")
    assert "1 segment" in client.get(PAGE).content.decode()


def test_the_second_factors_of_the_demos_staff_are_shown(client: Client) -> None:
    def codes() -> list[tuple[str, str]]:
        return [("Meera Yadav", "654321")]

    hook = registry.demo_codes
    hook.add(codes)
    try:
        assert "654321" in client.get(PAGE).content.decode()
    finally:
        hook._functions.remove(codes)


def test_the_page_only_shows(client: Client) -> None:
    assert client.post(PAGE).status_code in {403, 405}


def test_the_page_costs_the_same_whatever_there_is(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        sms(code_letter(to=Recipient(phone=f"+9198000001{number:02}")))
    with django_assert_max_num_queries(6):
        client.get(PAGE)
