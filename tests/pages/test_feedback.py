"""Anybody may write feedback; it is stored once and holds no Aadhaar number."""

import pytest
from django.conf import settings
from django.test import Client

from esachivalaya.common.idempotency import new_key
from esachivalaya.pages import services
from esachivalaya.pages.models import Feedback
from tests.people import make_staff, sign_in_staff

pytestmark = pytest.mark.django_db


def words(**changes: str) -> dict[str, str]:
    return {
        "key": new_key(),
        "kind": "idea",
        "words": "Please show the way to the Kendra.",
        "contact": "",
        **changes,
    }


def reading_english() -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_feedback_is_stored_and_thanked_for() -> None:
    response = reading_english().post("/feedback/", words())
    assert response.status_code == 302
    assert response["Location"] == "/feedback/thanks/"
    stored = Feedback.objects.get()
    assert (stored.kind, stored.language, stored.contact) == ("idea", "en", "")


def test_the_same_form_sent_twice_is_stored_once() -> None:
    sent = words()
    client = Client()
    client.post("/feedback/", sent)
    assert client.post("/feedback/", sent).status_code == 302
    assert Feedback.objects.count() == 1


def test_a_key_used_for_other_words_is_a_conflict_that_keeps_the_text() -> None:
    sent = words()
    client = reading_english()
    client.post("/feedback/", sent)
    other = {**sent, "words": "Something quite different."}
    response = client.post("/feedback/", other, headers={"origin": settings.PUBLIC_URL})
    assert response.status_code == 409
    assert "Something quite different." in response.content.decode()
    assert Feedback.objects.count() == 1


def test_a_number_like_an_aadhaar_number_is_masked() -> None:
    Client().post("/feedback/", words(words="My number is 2341 2341 2346, please note."))
    assert "2341 2341 2346" not in Feedback.objects.get().words


def test_an_incomplete_form_keeps_what_was_typed_and_says_what_is_missing() -> None:
    response = reading_english().post("/feedback/", words(kind="", words="The map is wrong."))
    html = response.content.decode()
    assert response.status_code == 200
    assert "The map is wrong." in html
    assert 'href="#id_kind_0"' in html
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("bad", ["x" * 10_000, "a\x00b\x00cdefg"])
def test_words_too_long_or_with_nul_bytes_are_refused_in_a_sentence(bad: str) -> None:
    response = reading_english().post("/feedback/", words(words=bad))
    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert not Feedback.objects.exists()


def test_a_flood_is_stopped_with_a_page_that_keeps_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "MOST_PER_HOUR", 1)
    client = reading_english()
    client.post("/feedback/", words())
    response = client.post(
        "/feedback/", words(words="I am the second."), headers={"origin": settings.PUBLIC_URL}
    )
    assert response.status_code == 429
    assert "I am the second." in response.content.decode()
    assert Feedback.objects.count() == 1


def test_the_language_switch_keeps_what_was_typed_and_judges_nothing() -> None:
    client = reading_english()
    sent = words(kind="", words="Half a sent")
    response = client.post("/feedback/", {**sent, "switch_language": "hi"})
    html = response.content.decode()
    assert '<html lang="hi">' in html
    assert "Half a sent" in html
    assert sent["key"] in html
    assert "error-summary" not in html
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "hi"
    assert not Feedback.objects.exists()


def test_the_enter_key_in_a_form_sends_it_and_does_not_switch_the_language() -> None:
    html = reading_english().get("/feedback/").content.decode()
    first_button = html.index("<button")
    assert "switch_language" not in html[first_button : html.index(">", first_button)]


def test_feedback_is_read_by_the_role_that_watches_words_and_nobody_else() -> None:
    reading_english().post("/feedback/", words())
    watcher = sign_in_staff(Client(), make_staff("watcher", roles=("messages",)))
    assert watcher.get("/admin/pages/feedback/").status_code == 200
    setter = sign_in_staff(Client(), make_staff("setter", roles=("setup", "appointing", "auditor")))
    assert setter.get("/admin/pages/feedback/").status_code == 403
