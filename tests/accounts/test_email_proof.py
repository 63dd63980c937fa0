"""Messages go to an e-mail address only after the link in an e-mail was followed."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.services import email_proof
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.audit.models import Entry
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests import people
from tests.booking import sent_by_asha
from tests.people import Cast

EMAIL = "asha@mail.example"
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


@pytest.fixture
def home(client: Client, cast: Cast) -> Client:
    client.cookies["language"] = "en"
    return people.sign_in_household(client, cast.household)


def write_down(client: Client, person: Citizen, email: str = EMAIL) -> None:
    told = {"name": person.name, "given_name": person.given_name, "email": email}
    path = reverse("accounts:correct-person", args=[person.pk])
    assert client.post(path, {**told, "family_id": "", "key": new_key()}).status_code == 302


def link_sent(email: str = EMAIL) -> str:
    body = Message.objects.filter(to=email, template__key="email_proof").latest("id").body
    found = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert found is not None
    return found.group(1)


def links(email: str = EMAIL) -> int:
    return Message.objects.filter(to=email, template__key="email_proof").count()


def proved(person: Citizen) -> bool:
    person.refresh_from_db()
    return person.email_proved_at is not None


def test_an_address_that_was_only_written_down_gets_the_link_and_nothing_else(
    home: Client, cast: Cast
) -> None:
    write_down(home, cast.asha)
    cast.asha.refresh_from_db()
    sent_by_asha(cast)
    keys = Message.objects.filter(to=EMAIL).values_list("template__key", flat=True)
    assert list(keys) == ["email_proof"]
    assert "not proved yet" in home.get(reverse("accounts:household")).content.decode()


def test_looking_at_the_link_proves_nothing_its_button_does(home: Client, cast: Cast) -> None:
    write_down(home, cast.asha)
    mailbox = Client()
    for look in (mailbox.get, mailbox.head, mailbox.get):
        assert look(link_sent()).status_code == 200
    assert not proved(cast.asha)
    assert mailbox.post(link_sent()).status_code == 200
    assert proved(cast.asha)
    first = cast.asha.email_proved_at
    mailbox.post(link_sent())
    assert proved(cast.asha)
    assert cast.asha.email_proved_at == first
    assert Entry.objects.filter(act="email_proved").count() == 1


def test_a_proved_address_gets_the_messages(cast: Cast, home: Client) -> None:
    write_down(home, cast.asha)
    Client().post(link_sent())
    sent_by_asha(cast)
    assert Message.objects.filter(to=EMAIL, template__key="request_received").count() == 1


def test_a_changed_address_is_proved_anew_and_the_old_one_told(home: Client, cast: Cast) -> None:
    write_down(home, cast.asha)
    old_link = link_sent()
    Client().post(old_link)
    write_down(home, cast.asha, "other@mail.example")
    assert not proved(cast.asha)
    assert links("other@mail.example") == 1
    assert Message.objects.filter(to=EMAIL, template__key="email_changed").count() == 1
    assert Client().post(old_link).status_code == 404
    assert not proved(cast.asha)


def test_another_correction_leaves_the_proof_alone(home: Client, cast: Cast) -> None:
    write_down(home, cast.asha)
    Client().post(link_sent())
    cast.asha.name = "Asha Rani Devi"
    write_down(home, cast.asha)
    assert proved(cast.asha)
    assert links() == 1


def test_three_links_a_day(home: Client, cast: Cast) -> None:
    write_down(home, cast.asha)
    again = reverse("accounts:send-email-link", args=[cast.asha.pk])
    for _time in range(5):
        assert home.post(again).status_code == 302
    assert links() == 3


def test_five_links_a_day_to_one_mailbox_whoever_asks(cast: Cast) -> None:
    for number in range(5):
        person = people.make_citizen(name=f"Person {number}", email=EMAIL)
        assert email_proof.send_link(person=person, by=cast.meera)
    one_more = people.make_citizen(name="One More", email=EMAIL.upper())
    with pytest.raises(TooMany):
        email_proof.send_link(person=one_more, by=cast.meera)
    assert links() == 5


def test_a_forged_or_old_link_proves_nothing(home: Client, cast: Cast) -> None:
    write_down(home, cast.asha)
    forged = signing.dumps([cast.asha.pk, "0" * 24], salt="accounts.email-proof")
    for token in (forged, "x", f"{email_proof.token_of(cast.asha)}x"):
        assert Client().post(f"/accounts/email/{token}/").status_code == 404
    assert not proved(cast.asha)


def test_the_link_is_good_for_three_days(home: Client, cast: Cast) -> None:
    write_down(home, cast.asha)
    token = link_sent().rstrip("/").rpartition("/")[2]
    signer = signing.TimestampSigner(salt="accounts.email-proof")
    assert signer.unsign(token, max_age=email_proof.GOOD_FOR)
    old = signing.TimestampSigner(salt="accounts.email-proof")
    old.timestamp = lambda: signing.b62_encode(  # type: ignore[method-assign]
        int(signing.time.time() - timedelta(days=3, seconds=5).total_seconds())
    )
    value = signer.unsign(token)
    assert Client().post(f"/accounts/email/{old.sign(value)}/").status_code == 404
    assert not proved(cast.asha)


def test_somebody_elses_person_is_not_there_and_get_sends_nothing(home: Client, cast: Cast) -> None:
    stranger = people.make_citizen(name="Sunita Rani", email=EMAIL)
    path = reverse("accounts:send-email-link", args=[stranger.pk])
    assert home.post(path).status_code == 404
    assert home.get(path).status_code == 405
    assert links() == 0
