"""The words of messages: in two languages, within their budget, mended without a release."""

import re
import tomllib

import pytest
from django.core.exceptions import ValidationError

from esachivalaya.audit.models import Entry
from esachivalaya.notifications import placeholders, templates
from esachivalaya.notifications.models import MessageTemplate
from esachivalaya.notifications.segments import is_gsm, segments_of
from esachivalaya.notifications.wording import save_version
from tests.people import make_staff

pytestmark = pytest.mark.django_db

CITIZEN = [
    "request_received",
    "request_confirmed",
    "request_confirmed_by_rule",
    "request_offer",
    "request_declined",
    "request_withdrawn",
    "request_released",
    "request_handed_over",
    "request_moved",
    "request_cancelled_by_office",
    "offer_lapsed",
    "reminder_day",
    "reminder_hour",
]
ROWS = [
    (key, channel) for key, entry in placeholders.shipped().items() for channel in entry.channels
]
SMS = [key for key, channel in ROWS if channel == "sms"]


def rendered(key: str, channel: str, language: str) -> tuple[str, str]:
    words = templates.newest(key)[channel]
    return templates.render(words, placeholders.longest_values(key), language)


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("key", SMS)
def test_an_sms_keeps_its_segment_budget_with_the_longest_values(key: str, language: str) -> None:
    _subject, body = rendered(key, "sms", language)
    is_code = placeholders.shipped()[key].klass == "code"
    budget = 1 if is_code else {"en": 2, "hi": 4}[language]
    assert segments_of(body) <= budget
    assert len(re.findall("https?://", body)) <= 1
    assert language == "hi" or is_gsm(body)
    if is_code and language == "hi":
        assert len(body) <= 70


@pytest.mark.parametrize("key", SMS)
def test_an_sms_begins_with_the_name_of_the_state(key: str) -> None:
    assert rendered(key, "sms", "en")[1].startswith("Haryana")
    assert rendered(key, "sms", "hi")[1].startswith("हरियाणा")


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize(("key", "channel"), ROWS)
def test_every_template_is_filled_whole(key: str, channel: str, language: str) -> None:
    subject, body = rendered(key, channel, language)
    assert "{" not in subject + body
    assert "}" not in subject + body
    assert bool(subject) == (channel == "email")
    assert "\n" not in subject
    assert bool(re.search("[\u0900-\u097f]", body)) == (language == "hi")


@pytest.mark.parametrize("key", [f"{key}_private" for key in CITIZEN])
def test_a_private_message_says_neither_name_nor_post_nor_subject(key: str) -> None:
    for words in templates.newest(key).values():
        text = " ".join([*words.subject.values(), *words.body.values()])
        assert not {"name", "post", "new_post", "subject"} & set(re.findall(r"\{(\w+)\}", text))


def test_no_sms_says_what_a_meeting_is_about() -> None:
    for key in SMS:
        words = templates.newest(key)["sms"]
        assert "{subject}" not in words.body["en"] + words.body["hi"]


def test_no_message_speaks_of_illness() -> None:
    lines = placeholders.SHIPPED.read_text(encoding="utf-8").lower().splitlines()
    # The names of templates are read by nobody who gets a message.
    text = "\n".join(line for line in lines if not line.startswith("["))
    for word in ("covid", "corona", "plasma", "कोविड", "कोरोना", "प्लाज़्मा", "प्लाज्मा"):
        assert word not in text


def test_every_citizen_template_has_sms_and_email_and_a_private_twin() -> None:
    shipped = placeholders.shipped()
    for key in CITIZEN:
        assert set(shipped[key].channels) == {"sms", "email"}
        assert set(shipped[f"{key}_private"].channels) == {"sms", "email"}


def test_loading_the_words_again_changes_nothing() -> None:
    before = MessageTemplate.objects.count()
    assert before == len(ROWS)
    assert templates.load() == 0
    assert MessageTemplate.objects.count() == before


def test_words_mended_by_an_operator_outlive_a_set_up_of_the_same_release() -> None:
    row = MessageTemplate.objects.get(key="sign_in_code", channel="sms")
    row.body_en = "{state}: {code}"
    save_version(template=row, by=make_staff("watcher"))
    templates.load()
    assert templates.newest("sign_in_code")["sms"].body["en"] == "{state}: {code}"


def test_mended_words_become_a_new_version_and_the_old_one_stays() -> None:
    row = MessageTemplate.objects.get(key="sign_in_code", channel="sms")
    old = row.body_en
    row.body_en = "{state}: code {code}"
    made = save_version(template=row, by=make_staff("watcher"))
    assert made.version == 2
    assert MessageTemplate.objects.get(key="sign_in_code", version=1).body_en == old
    assert Entry.objects.filter(act="template_changed", subject_id=str(made.pk)).exists()


def test_words_that_did_not_change_make_no_version() -> None:
    row = MessageTemplate.objects.get(key="sign_in_code", channel="sms")
    assert save_version(template=row, by=make_staff("watcher")).version == 1


@pytest.mark.parametrize("body", ["{state}: {name}", "{state}: {code", "code} {state}", "{}"])
def test_words_that_nobody_can_fill_are_refused_when_saved(body: str) -> None:
    row = MessageTemplate.objects.get(key="sign_in_code", channel="sms")
    row.body_hi = body
    with pytest.raises(ValidationError):
        save_version(template=row, by=make_staff("watcher"))


def test_the_shipped_words_use_only_what_their_key_may_say() -> None:
    for row in MessageTemplate.objects.all():
        row.clean()
    assert tomllib.loads(placeholders.SHIPPED.read_text(encoding="utf-8"))


def test_a_long_name_does_not_cost_a_segment() -> None:
    assert templates.shortened("Asha") == "Asha"
    assert templates.shortened("Venkatanarasimharaju Raj") == "Venkatanarasimharaju"
    assert len(templates.shortened("A" * 60)) == 20
