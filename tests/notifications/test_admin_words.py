"""The words of messages in the admin: previewed, judged as a whole, saved as the next version."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message, MessageTemplate
from esachivalaya.notifications.wording import WORDS as WORDS_OF_A_VERSION
from tests.notifications.letters import sms
from tests.people import make_staff, make_superuser, sign_in_staff

pytestmark = pytest.mark.django_db
WORDS = "/admin/notifications/messagetemplate/"
# An SMS has no subject, and an e-mail is on no register.
NOT_OF = {"sms": "subject", "email": "dlt"}


@pytest.fixture
def watcher(client: Client) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, make_staff("watcher", roles=("messages",), language="en"))


def newest(key: str = "sign_in_code", channel: str = "sms") -> MessageTemplate:
    return MessageTemplate.objects.filter(key=key, channel=channel).latest("version")


def address(row: MessageTemplate) -> str:
    return f"{WORDS}{row.pk}/change/"


def fields(row: MessageTemplate, **changed: Any) -> dict[str, Any]:
    names = [name for name in WORDS_OF_A_VERSION if not name.startswith(NOT_OF[row.channel])]
    said = {name: getattr(row, name) for name in names}
    return {**said, "version": row.version, "form_key": new_key(), **changed}


def test_changed_words_become_the_next_version(watcher: Client) -> None:
    row = newest()
    page = watcher.get(address(row)).content.decode()
    assert "888888" in page
    assert "en 1 · hi 1" in watcher.get(WORDS).content.decode()
    said = fields(row, body_en="{state}: code {code}", dlt_header="HRYSCH")
    answer = watcher.post(address(row), said)
    new = newest()
    assert (answer.status_code, answer["Location"]) == (302, address(new))
    assert (new.version, new.body_en, new.dlt_header) == (2, "{state}: code {code}", "HRYSCH")
    row.refresh_from_db()
    assert row.body_en != new.body_en
    assert Message.objects.count() == 0


def test_a_form_sent_twice_makes_one_version(watcher: Client) -> None:
    row = newest()
    said = fields(row, body_en="{state}: code {code}")
    assert watcher.post(address(row), said).status_code == 302
    assert watcher.post(address(row), said).status_code == 302
    assert newest().version == 2


def test_words_that_somebody_else_mended_meanwhile_are_not_saved_over(watcher: Client) -> None:
    row = newest()
    late = fields(row, body_en="{state}: my long text about the code {code}")
    assert watcher.post(address(row), fields(row, body_en="{state} {code}")).status_code == 302
    answer = watcher.post(address(row), late)
    assert answer.status_code == 409
    assert newest().body_en == "{state} {code}"


def test_an_old_version_is_history_and_is_shown_without_a_form(watcher: Client) -> None:
    row = newest()
    watcher.post(address(row), fields(row, body_en="{state} {code}"))
    page = watcher.get(address(row)).content.decode()
    assert "Messages were made from it, so it stays as it is." in page
    assert 'id="words"' not in page
    assert address(newest()) in page


def test_the_database_refuses_to_change_words_that_were_used(db: None) -> None:
    row = sms().template
    with pytest.raises(DatabaseError), transaction.atomic():
        MessageTemplate.objects.filter(pk=row.pk).update(body_en="other")
    with pytest.raises(DatabaseError), transaction.atomic():
        MessageTemplate.objects.filter(pk=row.pk).delete()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{state}: {name}", "Nobody fills name here."),
        ("{state}: {code", "A brace stands alone"),
        ("{state}: hello", "The message must say {code}."),
        ("{code}", "The message must say {state}."),
        ("{state} {code} " + "long " * 40, "With the longest values this takes 2 segments; 1 fit."),
        ("{state} {code} " + "ए" * 60, "With the longest values this takes 2 segments; 1 fit."),
    ],
)
def test_words_that_cannot_be_sent_come_back_with_the_reason(
    watcher: Client, body: str, said: str
) -> None:
    row = newest()
    answer = watcher.post(address(row), fields(row, body_en=body))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert newest().version == 1


@pytest.mark.parametrize(("language", "most"), [("en", 2), ("hi", 4)])
def test_an_sms_about_a_matter_has_its_budget(watcher: Client, language: str, most: int) -> None:
    row = newest("request_withdrawn")
    word = "matter " if language == "en" else "मामला "
    long = f"{getattr(row, f'body_{language}')} {word * 50}"
    answer = watcher.post(address(row), fields(row, **{f"body_{language}": long}))
    assert f"segments; {most} fit." in answer.content.decode()
    assert newest("request_withdrawn").version == 1


def test_an_email_has_a_subject_and_no_budget(watcher: Client) -> None:
    row = newest("request_withdrawn", "email")
    long = row.body_en + "\n" + "A sentence more. " * 100
    answer = watcher.post(address(row), fields(row, body_en=long, subject_en=" "))
    assert "An e-mail needs a subject." in answer.content.decode()
    said = fields(row, body_en=long.replace("\n", "\r\n"), subject_en="Withdrawn")
    assert watcher.post(address(row), said).status_code == 302
    saved = newest("request_withdrawn", "email")
    assert saved.subject_en == "Withdrawn"
    assert "\r" not in saved.body_en


def test_the_preview_shows_what_people_would_get_and_saves_nothing(watcher: Client) -> None:
    row = newest()
    said = fields(row, body_en="{state}: your code is {code}", preview="1")
    page = watcher.post(address(row), said).content.decode()
    assert "Haryana: your code is 888888" in page
    assert "your code is {code}</textarea>" in page
    assert newest().version == 1


def test_the_preview_says_when_a_text_is_too_long(watcher: Client) -> None:
    row = newest()
    said = fields(row, body_en="{state} {code} " + "long " * 40, preview="1")
    page = watcher.post(address(row), said).content.decode()
    assert "<b data-segments>2</b> / 1" in page
    assert newest().version == 1


def test_a_switch_of_the_language_keeps_what_was_typed(watcher: Client) -> None:
    row = newest()
    said = fields(row, body_en="{state}: half typ", switch_language="hi")
    answer = watcher.post(address(row), said)
    page = answer.content.decode()
    assert "half typ" in page
    assert '<html lang="hi"' in page
    assert newest().version == 1


def test_a_registered_text_must_be_the_text_that_is_sent(watcher: Client) -> None:
    row = newest()
    dlt = {
        "body_en": "{state}: your code is {code}.",
        "dlt_template_id_en": "1107160000000000001",
        "dlt_text_en": "Haryana: your code was {#numeric#}.",
    }
    page = watcher.post(address(row), fields(row, **dlt)).content.decode()
    assert "The words differ from the registered text" in page
    dlt["dlt_text_en"] = "Haryana: your code is {#numeric#}."
    assert watcher.post(address(row), fields(row, **dlt)).status_code == 302
    assert newest().dlt_template_id_en == "1107160000000000001"


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        ("1107160000000000001", "", "give both or neither"),
        ("", "Haryana {#numeric#}", "give both or neither"),
        ("110716 x", "Haryana {#numeric#}", "This is a number of digits."),
        ("1107160000000000001", "Haryana {#digits#}", "The register knows no tag {#digits#}"),
    ],
)
def test_half_a_registration_is_sent_back(
    watcher: Client, number: str, text: str, said: str
) -> None:
    row = newest()
    dlt = {"dlt_template_id_en": number, "dlt_text_en": text}
    assert said in watcher.post(address(row), fields(row, **dlt)).content.decode()
    assert newest().version == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_words_are_closed_to_others(client: Client, method: str) -> None:
    row = newest()
    sign_in_staff(client, make_superuser())
    assert getattr(client, method)(address(row), fields(row)).status_code == 403
    assert newest().version == 1


def test_words_that_are_not_there_are_a_404(watcher: Client) -> None:
    assert watcher.get(f"{WORDS}999999/change/").status_code == 404
    assert watcher.get(f"{WORDS}add/").status_code == 404
