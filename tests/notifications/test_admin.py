"""Messages in the admin: for those who watch them, masked, and never changed."""

import re

import pytest
from django.test import Client

from esachivalaya.accounts.services import invitations
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests.notifications.letters import PHONE, confirmed_letter, email, sms
from tests.people import make_staff, make_superuser, sign_in_staff

pytestmark = pytest.mark.django_db
MESSAGES = "/admin/notifications/message/"
WORDS = "/admin/notifications/messagetemplate/"
SHOWN = "98000 00001"


@pytest.fixture
def watcher(client: Client) -> Client:
    client.cookies["language"] = "en"
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
    assert "98xxx xxx01" in page
    assert PHONE[3:] not in page
    assert SHOWN not in page
    assert watcher.post(address, {"status": "dead"}).status_code == 405
    assert watcher.get(f"{MESSAGES}add/").status_code == 404
    assert watcher.post(f"{MESSAGES}{row.pk}/delete/").status_code == 404
    row.refresh_from_db()
    assert row.status == "queued"


def test_a_code_is_shown_to_nobody(watcher: Client) -> None:
    row = sms()
    assert "123456" not in watcher.get(f"{MESSAGES}{row.pk}/change/").content.decode()


@pytest.mark.parametrize(
    "query",
    ["", "?status__exact=queued", "?klass__exact=code&channel__exact=sms", "?error_class__exact="],
)
def test_the_list_can_be_filtered(watcher: Client, query: str) -> None:
    sms()
    assert watcher.get(MESSAGES + query).status_code == 200


@pytest.mark.parametrize("address", [MESSAGES, WORDS, f"{MESSAGES}operations/"])
def test_other_staff_and_the_superuser_see_no_messages(client: Client, address: str) -> None:
    sign_in_staff(client, make_staff("setter", roles=("setup",)))
    assert client.get(address).status_code == 403
    sign_in_staff(client, make_superuser())
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("page", ["change", "number"])
def test_one_message_is_closed_to_others_as_well(client: Client, page: str) -> None:
    row = sms(confirmed_letter())
    sign_in_staff(client, make_superuser())
    said = {"purpose": "only looking", "key": new_key()}
    address = f"{MESSAGES}{row.pk}/{page}/"
    assert (client.post if page == "number" else client.get)(address, said).status_code == 403
    assert not Entry.objects.filter(act="address_opened").exists()


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


def test_a_link_that_acts_for_its_reader_is_not_shown_to_an_operator(watcher: Client) -> None:
    for row in (sms(confirmed_letter()), email()):
        page = watcher.get(f"{MESSAGES}{row.pk}/change/").content.decode()
        assert "http://localhost/…" in page
        for address in re.findall(r"http://localhost/(\S+)", row.body):
            assert address not in page


def test_a_message_that_is_not_there_is_a_404(watcher: Client) -> None:
    assert watcher.get(f"{MESSAGES}999999/change/").status_code == 404
    assert watcher.post(f"{MESSAGES}999999/number/").status_code == 404


def test_a_number_is_opened_for_a_purpose_once_and_on_record(watcher: Client) -> None:
    row = sms(confirmed_letter())
    said = {"purpose": "Asha Devi asks at the help line", "key": new_key()}
    answer = watcher.post(f"{MESSAGES}{row.pk}/number/", said)
    assert SHOWN in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    entry = Entry.objects.get(act="address_opened", subject_id=str(row.pk))
    assert entry.actor_id is not None
    assert Detail.objects.get(entry=entry).data == {"purpose": said["purpose"]}
    # The same form once more, as a browser's "back" sends it, shows nothing.
    again = watcher.post(f"{MESSAGES}{row.pk}/number/", said, follow=True)
    assert SHOWN not in again.content.decode()
    assert SHOWN not in watcher.get(f"{MESSAGES}{row.pk}/change/").content.decode()
    assert Entry.objects.filter(act="address_opened").count() == 1


def test_no_purpose_no_number(watcher: Client) -> None:
    row = sms(confirmed_letter())
    answer = watcher.post(f"{MESSAGES}{row.pk}/number/", {"purpose": "  ", "key": new_key()})
    assert answer.status_code == 200
    assert SHOWN not in answer.content.decode()
    assert not Entry.objects.filter(act="address_opened").exists()
    assert watcher.get(f"{MESSAGES}{row.pk}/number/").status_code == 405


def test_a_mailbox_is_masked_and_opened_like_a_number(watcher: Client) -> None:
    row = email()
    page = watcher.get(f"{MESSAGES}{row.pk}/change/").content.decode()
    assert "a…@example.com" in page
    assert "asha@example.com" not in page
    said = {"purpose": "bounce reported", "key": new_key()}
    assert "asha@example.com" in watcher.post(f"{MESSAGES}{row.pk}/number/", said).content.decode()
