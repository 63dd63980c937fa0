"""What a message may say: the templates that ship, their placeholders and the longest values."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

SHIPPED = Path(__file__).parent / "data" / "templates.toml"
CHANNELS = ("sms", "email")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Known to every template without being passed.
OWN_VALUES = frozenset({"state", "help_line"})

# What an operator may leave out of the words.
COURTESY = frozenset({"name", "help_line"})

Value = str | Mapping[str, str]

_LONGEST_TIME = {
    "en": "Wednesday 16 September 2026, 12:59 pm",
    "hi": "शुक्रवार, 16 अक्टूबर 2026, दोपहर 12:59",
}
# The longest that each placeholder is filled with; the segment budget is held against these. Posts
# have short titles of at most 24 characters for messages.
LONGEST: Mapping[str, Value] = {
    "answer": {"en": "not accepted", "hi": "स्वीकार नहीं"},
    "answer_by": _LONGEST_TIME,
    "before": _LONGEST_TIME,
    "city": {"en": "Faridabad", "hi": "फरीदाबाद"},
    "code": "888888",
    "count": "9,999",
    "department": {"en": "W" * 160, "hi": "श" * 160},
    "diary": "1234567/2026/HUDAHSVP-R",
    # A number of one's own choice has 64 characters, that of its letter some more.
    "letter_number": "W" * 80,
    "donor_link": "https://esachivalaya.haryana.gov.in/plasma/d/aBcd7K4pQ9aZ-_2m/",
    "due": _LONGEST_TIME,
    "ending": "45",
    "gateway": "outbox-page",
    "from_post": {"en": "Addl Dy Commr Charkhi Da", "hi": "अतिरिक्त उपायुक्त चरखी द"},
    "to_post": {"en": "Addl Dy Commr Charkhi Da", "hi": "अतिरिक्त उपायुक्त चरखी द"},
    "kendra": {
        "en": "Antyodaya Kendra Mini Secretariat Narnau",
        "hi": "अंत्योदय केंद्र लघु सचिवालय चरखी दादरी न",
    },
    "link": "https://esachivalaya.haryana.gov.in/appointments/ES7K4P92MX/",
    "minutes": "90",
    "name": "Venkatanarasimharaju Raj",
    "new_post": {"en": "Addl Dy Commr Charkhi Da", "hi": "अतिरिक्त उपायुक्त चरखी द"},
    "oldest_due": _LONGEST_TIME,
    "post": {"en": "Addl Dy Commr Charkhi Da", "hi": "अतिरिक्त उपायुक्त चरखी द"},
    "problem": "The mail server does not offer what EMAIL_URL asks for.",
    "ref": "ES 7K4P 92MX",
    "refuse_link": "https://esachivalaya.haryana.gov.in/accounts/n/ffffff.7K4pQ9aZ-_2m/",
    "rung_text": {
        "en": "Three quarters of the time are gone",
        "hi": "तीन चौथाई समय बीत चुका है",
    },
    "seat": "99",
    "short_link": "https://esachivalaya.haryana.gov.in/l/7K4pQ9aZ-_2m/",
    "status_text": {
        "en": "Another time is offered: 16 September 2026, 12:59 pm. "
        "Answer by 16 September 2026, 12:59 pm.",
        "hi": "दूसरा समय सुझाया गया है: 16 अक्टूबर 2026, दोपहर 12:59। "
        "उत्तर 16 अक्टूबर 2026, दोपहर 12:59 तक दें।",
    },
    "subject": "A" * 120,
    "test_link": "https://esachivalaya.haryana.gov.in/meetings/test/",
    "times": {
        "en": ", ".join(["16 September 2026, 12:59 pm"] * 3),
        "hi": ", ".join(["16 अक्टूबर 2026, दोपहर 12:59"] * 3),
    },
    "until": _LONGEST_TIME,
    "when": _LONGEST_TIME,
    "words": {"en": "W" * 1000, "hi": "श" * 1000},
}


@dataclass(frozen=True)
class Shipped:
    """A template as it ships: its class, the values it may use, and its words by channel."""

    key: str
    klass: str
    values: frozenset[str]
    channels: Mapping[str, Mapping[str, str]]


def wording_problem(key: str, text: str) -> str:
    """Return in words why ``text`` cannot stand in a template of ``key``, or nothing."""
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        return gettext("A brace stands alone: placeholders are written {name}.")
    if unknown := sorted(set(PLACEHOLDER.findall(text)) - set(known_values(key))):
        return gettext("Nobody fills %(names)s here. Known are: %(known)s.") % {
            "names": ", ".join(unknown),
            "known": ", ".join(known_values(key)),
        }
    return ""


def known_values(key: str) -> list[str]:
    """Return the names that the words of ``key`` may use, in the order of the shipped list."""
    template = shipped().get(key)
    return sorted(OWN_VALUES | (template.values if template else frozenset()))


def longest_values(key: str) -> dict[str, Value]:
    """Return the longest value of each placeholder of ``key``, for previews and budgets."""
    return {name: LONGEST[name] for name in known_values(key) if name not in OWN_VALUES}


def own_values(language: str) -> dict[str, str]:
    """Return what every template knows by itself, in ``language``."""
    return {
        "state": settings.STATE_NAME_EN if language == "en" else settings.STATE_NAME_HI,
        "help_line": settings.HELP_LINE,
    }


def needed_values(key: str, channel: str) -> frozenset[str]:
    """Return what the words of ``key`` must say, however they are mended.

    A code without its code, an offer without its link: what the shipped words say in both
    languages. Only the given name and the help line are courtesy.
    """
    template = shipped().get(key)
    words = template.channels.get(channel) if template else None
    if words is None:
        return frozenset()
    said = [frozenset(PLACEHOLDER.findall(words.get(name, ""))) for name in ("en", "hi")]
    return (said[0] & said[1]) - COURTESY


@cache
def shipped() -> dict[str, Shipped]:
    """Return the templates that ship with the code, by key."""
    data: dict[str, dict[str, Any]] = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    return {
        key: Shipped(
            key=key,
            klass=entry["class"],
            values=frozenset(entry["values"]),
            channels={channel: entry[channel] for channel in CHANNELS if channel in entry},
        )
        for key, entry in data.items()
    }
