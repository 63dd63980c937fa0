"""Messages in the admin: for those who watch them, masked, and never changed."""

import pytest
from django.test import Client

from esachivalaya.accounts.services import invitations
from esachivalaya.notifications.models import Message, MessageTemplate
from tests.notifications.letters import PHONE, confirmed_letter, sms
from tests.people import make_staff, make_superuser, sign_in_staff

pytestmark = pytest.mark.django_db
MESSAGES = "/admin/notifications/message/"
WORDS = "/admin/notifications/messagetemplate/"


@pytest.fixture
def watcher(client: Client) -> Client:
    return sign_in_staff(client, make_staff("watcher", roles=("messages",), language="en"))


def test_the_list_masks_numbers_and_shows_no_words(watcher: Client) -> None:
    sms()
    page = watcher.get(MESSAGES).content.decode()
    assert "98xxx xxx01" in page
    assert PHONE not in page
    assert PHONE[3:] not in page
    assert "123456" not in page


def test_a_message_can_be_read_but_not_changed(watcher: Client) -> None:
    row = sms(confirmed_letter())
    address = f"{MESSAGES}{row.pk}/change/"
    page = watcher.get(address).content.decode()
    assert "DC Rewari" in page
    assert PHONE[3:] not in page
    assert watcher.post(address, {"status": "dead"}).status_code == 403
    assert watcher.get(f"{MESSAGES}add/").status_code == 403
    assert watcher.post(f"{MESSAGES}{row.pk}/delete/").status_code == 403
    row.refresh_from_db()
    assert row.status == "queued"


def test_a_code_is_shown_to_nobody(watcher: Client) -> None:
    row = sms()
    assert "123456" not in watcher.get(f"{MESSAGES}{row.pk}/change/").content.decode()


@pytest.mark.parametrize(
    "query", ["", "?status__exact=queued", "?klass__exact=code&channel__exact=sms"]
)
def test_the_list_can_be_filtered(watcher: Client, query: str) -> None:
    sms()
    assert watcher.get(MESSAGES + query).status_code == 200


@pytest.mark.parametrize("address", [MESSAGES, WORDS])
def test_other_staff_and_the_superuser_see_no_messages(client: Client, address: str) -> None:
    sign_in_staff(client, make_staff("setter", roles=("setup",)))
    assert client.get(address).status_code == 403
    sign_in_staff(client, make_superuser())
    assert client.get(address).status_code == 403


def test_changed_words_become_the_next_version(watcher: Client) -> None:
    row = MessageTemplate.objects.get(key="sign_in_code", channel="sms")
    address = f"{WORDS}{row.pk}/change/"
    page = watcher.get(address).content.decode()
    assert "en 1 · hi 1" in watcher.get(WORDS).content.decode()
    assert "888888" in page
    fields = {
        "subject_en": "",
        "subject_hi": "",
        "body_en": "{state}: code {code}",
        "body_hi": row.body_hi,
        "dlt_entity_id": "1",
        "dlt_header": "HRYSCH",
        "dlt_template_id_en": "",
        "dlt_template_id_hi": "",
    }
    assert watcher.post(address, fields).status_code == 302
    old, new = MessageTemplate.objects.filter(key="sign_in_code").order_by("version")
    assert old.body_en == row.body_en
    assert (new.version, new.body_en, new.dlt_header) == (2, "{state}: code {code}", "HRYSCH")
    # The old one is history now.
    assert watcher.post(address, fields).status_code == 403
    assert Message.objects.count() == 0


def test_words_that_nobody_can_fill_are_sent_back(watcher: Client) -> None:
    row = MessageTemplate.objects.get(key="sign_in_code", channel="sms")
    fields = {"body_en": "{state}: {name}", "body_hi": row.body_hi}
    page = watcher.post(f"{WORDS}{row.pk}/change/", fields)
    assert page.status_code == 200
    assert "{name}" in page.content.decode()
    assert MessageTemplate.objects.filter(key="sign_in_code").count() == 1


def test_the_link_of_an_invitation_is_shown_to_nobody_but_its_owner(watcher: Client) -> None:
    invitations.invite(
        username="meera.y",
        name_en="Meera Yadav",
        name_hi="मीरा यादव",
        phone="+919800000007",
        email="meera@office.example",
        language="en",
        by=make_superuser(),
    )
    rows = Message.objects.filter(template__key="staff_invitation")
    assert rows.count() == 2
    for row in rows:
        page = watcher.get(f"{MESSAGES}{row.pk}/change/").content.decode()
        assert "/accounts/invitation/" not in page
