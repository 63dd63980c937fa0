"""Mending the words of messages: what is judged before they are saved, and how they are."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext

from esachivalaya.audit import services as audit
from esachivalaya.common import clock
from esachivalaya.notifications import placeholders, registered, templates
from esachivalaya.notifications.models import Channel, MessageTemplate
from esachivalaya.notifications.placeholders import PLACEHOLDER
from esachivalaya.notifications.segments import segments_of

LANGUAGES = ("en", "hi")
# Segments that an SMS may take with the longest values; a code must fit one in any language.
CODE_BUDGET = 1
BUDGET = {"en": 2, "hi": 4}
# Numbers of the register, as the networks' portals show them.
DLT_NUMBER = re.compile(r"[0-9]{6,32}")

WORDS = (
    "subject_en",
    "subject_hi",
    "body_en",
    "body_hi",
    "dlt_entity_id",
    "dlt_header",
    "dlt_template_id_en",
    "dlt_template_id_hi",
    "dlt_text_en",
    "dlt_text_hi",
)


def budget_of(klass: str, language: str) -> int:
    """Return how many segments an SMS of that class may take."""
    return CODE_BUDGET if klass == "code" else BUDGET[language]


def longest_of(row: MessageTemplate, language: str) -> str:
    """Return the words of ``row`` with the longest values; a ValueError when one is unknown."""
    values = placeholders.longest_values(row.key)
    return templates.render(templates.words_of(row), values, language)[1]


def problems_of(row: MessageTemplate) -> dict[str, list[str]]:
    """Return by field why these words cannot be sent; nothing when they can.

    Judged are: braces and placeholders, what the message must say, the segments of the longest
    text, and that the longest text is the registered one.
    """
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        body = f"body_{language}"
        wrong = {
            name: problem
            for name in (f"subject_{language}", body)
            if (problem := placeholders.wording_problem(row.key, getattr(row, name)))
        }
        for name, problem in wrong.items():
            found.setdefault(name, []).append(problem)
        if wrong:
            continue
        if missing := _missing(row, language):
            found.setdefault(body, []).append(missing)
        if row.channel == Channel.SMS:
            for name, problem in _sms_problems(row, language):
                found.setdefault(name, []).append(problem)
        elif not getattr(row, f"subject_{language}").strip():
            found[f"subject_{language}"] = [gettext("An e-mail needs a subject.")]
    return found


def _missing(row: MessageTemplate, language: str) -> str:
    said = set(PLACEHOLDER.findall(getattr(row, f"body_{language}")))
    missing = sorted(placeholders.needed_values(row.key, row.channel) - said)
    if not missing:
        return ""
    return gettext("The message must say %(names)s.") % {
        "names": ", ".join(f"{{{name}}}" for name in missing)
    }


def _sms_problems(row: MessageTemplate, language: str) -> list[tuple[str, str]]:
    text = longest_of(row, language)
    found = []
    segments, budget = segments_of(text), budget_of(row.klass, language)
    if segments > budget:
        words = gettext("With the longest values this takes %(segments)d segments; %(budget)d fit.")
        found.append((f"body_{language}", words % {"segments": segments, "budget": budget}))
    text_on_register = getattr(row, f"dlt_text_{language}")
    number = getattr(row, f"dlt_template_id_{language}")
    if number and not DLT_NUMBER.fullmatch(number):
        found.append((f"dlt_template_id_{language}", gettext("This is a number of digits.")))
    if bool(number) != bool(text_on_register.strip()):
        words = gettext("Number and registered text belong together: give both or neither.")
        found.append((f"dlt_text_{language}", words))
    elif problem := registered.tag_problem(text_on_register):
        found.append((f"dlt_text_{language}", problem))
    elif text_on_register.strip() and not registered.same(text, text_on_register):
        words = gettext(
            "The words differ from the registered text, and the networks would drop the message."
        )
        found.append((f"dlt_text_{language}", words))
    return found


class OldWords(Exception):
    """Somebody mended these words after they were read; ``newest`` is what they are now."""

    def __init__(self, newest: MessageTemplate) -> None:
        super().__init__(newest)
        self.newest = newest


@transaction.atomic
def save_version(*, template: MessageTemplate, by: Any) -> MessageTemplate:
    """Write the words of ``template`` as the next version of its key and channel.

    The version that was read stays as it is, with the messages that were made from it: the database
    refuses to change it. Words that cannot be sent are refused (ValidationError). Of two who change
    the same words at once the second waits and is told (OldWords). Words that did not change make
    none.
    """
    if problems := problems_of(template):
        raise ValidationError(problems)
    _lock(template)
    newest = newest_of(template)
    if newest.version != template.version:
        raise OldWords(newest)
    changed = {
        name: getattr(template, name)
        for name in WORDS
        if getattr(template, name) != getattr(newest, name)
    }
    if not changed:
        return newest
    made = MessageTemplate(
        key=newest.key,
        channel=newest.channel,
        version=newest.version + 1,
        klass=newest.klass,
        **{name: getattr(template, name) for name in WORDS},
    )
    made.save(force_insert=True)
    audit.record(
        made, "template_changed", at=clock.now(), by=by, data={"changed": changed}, new=True
    )
    transaction.on_commit(templates.forget)
    return made


def newest_of(row: MessageTemplate) -> MessageTemplate:
    """Return the newest version of the same words."""
    newest: MessageTemplate = MessageTemplate.objects.filter(
        key=row.key, channel=row.channel
    ).latest("version")
    return newest


def _lock(row: MessageTemplate) -> None:
    # The rows themselves cannot be locked: that takes the right to change them, which nobody has.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"message template {row.key} {row.channel}"],
        )
