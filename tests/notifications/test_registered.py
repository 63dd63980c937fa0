"""The networks' register (DLT): the sent text is the registered one but for its variables."""

import pytest

from esachivalaya.notifications import delivery, registered, templates
from esachivalaya.notifications.models import Message, MessageTemplate
from esachivalaya.notifications.placeholders import longest_values, shipped
from tests.notifications.fake_twilio import FakeTwilio
from tests.notifications.letters import sms

pytestmark = pytest.mark.django_db

CONFIRMED = "Haryana: meeting {#alphanumeric#} on {#alphanumeric#}. See: {#url#}{#url#}"
SMS = [key for key, entry in shipped().items() if "sms" in entry.channels]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Haryana: meeting ES 7K4P on 14 July 2026, 3:20 pm. See: https://a.example/b/", True),
        ("Haryana:  meeting ES 7K4P on\n14 July 2026, 3:20 pm. See: https://a.example/b/", True),
        ("Haryana: Meeting ES 7K4P on 14 July 2026, 3:20 pm. See: https://a.example/b/", False),
        ("Haryana: meeting ES 7K4P on 14 July 2026, 3:20 pm. See: call me", False),
        ("Haryana: meeting ES 7K4P on https://evil.example. See: https://a.example/b/", False),
        ("Haryana: meeting  on 14 July 2026, 3:20 pm. See: https://a.example/b/", False),
        (f"Haryana: meeting {'E' * 41} on 14 July. See: https://a.example/b/", False),
        (f"Haryana: meeting ES on 14 July. See: https://a.example/{'b' * 58}", True),
        (f"Haryana: meeting ES on 14 July. See: https://a.example/{'b' * 80}", False),
    ],
)
def test_a_text_is_the_registered_one_but_for_its_variables(text: str, same: bool) -> None:
    assert registered.same(text, CONFIRMED) is same


@pytest.mark.parametrize(
    ("tag", "value", "same"),
    [
        ("numeric", "123456", True),
        ("numeric", "12a456", False),
        ("cbn", "0172 000 0000", True),
        ("cbn", "call us", False),
        ("email", "help@example.com", True),
        ("email", "help at example", False),
        ("alphanumeric", "उपायुक्त रेवाड़ी", True),
        ("alphanumeric", "me@example.com", False),
        ("var", "me@example.com, or anything", True),
    ],
)
def test_each_tag_takes_what_it_was_registered_for(tag: str, value: str, same: bool) -> None:
    assert registered.same(f"Say {value}!", f"Say {{#{tag}#}}!") is same


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("key", SMS)
def test_the_suggested_registration_fits_the_longest_text(key: str, language: str) -> None:
    row = MessageTemplate.objects.get(key=key, channel="sms")
    suggested = registered.suggestion(row, language)
    assert "{state}" not in suggested
    assert registered.tag_problem(suggested) == ""
    text = templates.render(templates.words_of(row), longest_values(key), language)[1]
    assert registered.same(text, suggested)


def registered_code(text: str) -> MessageTemplate:
    row = MessageTemplate.objects.get(key="sign_in_code", channel="sms")
    row.pk, row.version = None, 2
    row.body_en, row.dlt_template_id_en, row.dlt_text_en = "{state}: {code}.", "1107160001", text
    row.save(force_insert=True)
    templates.forget()
    return row


def test_a_message_that_differs_from_its_registered_text_has_a_problem() -> None:
    registered_code("Haryana: {#numeric#}.")
    row = sms()
    assert registered.problem_of(row) == ""
    Message.objects.filter(pk=row.pk).update(body="Haryana: 123456!")
    row.refresh_from_db()
    assert "differs from the one registered" in registered.problem_of(row)


def test_words_without_a_registration_are_not_judged() -> None:
    assert registered.problem_of(sms()) == ""


def test_what_differs_from_its_registered_text_is_never_sent(twilio: FakeTwilio) -> None:
    registered_code("Haryana: {#numeric#}.")
    wrong, right = sms(), sms()
    Message.objects.filter(pk=wrong.pk).update(body="Haryana: 123456, call 98")
    delivery.send_due()
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert [sent["Body"] for sent in twilio.accepted] == ["Haryana: 123456."]
    assert (wrong.status, right.status) == ("suppressed", "accepted")
    assert "differs from the one registered" in wrong.problem
