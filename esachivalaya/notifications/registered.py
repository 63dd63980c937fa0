"""What the Indian networks have on their register (DLT), and whether a text is that.

Networks drop an SMS that differs from its registered text anywhere but in its variables. Each
variable is registered with a tag that says what may stand in it (TRAI's direction of November
2025), and holds at most 40 characters; a longer value has several tags side by side. The register
overlooks how words are spaced; it overlooks nothing else here, so that what passes this check
passes every network's.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext

from esachivalaya.notifications import placeholders
from esachivalaya.notifications.models import MessageTemplate

# What may stand in the place of a tag, one character of it. "var" is the tag of older entries.
CHARACTERS = {
    "numeric": r"\d",
    "alphanumeric": r"(?:(?!://)[^@{}])",
    "var": r"[^{}]",
    "url": r"\S",
    "urlott": r"\S",
    "cbn": r"[\d +()-]",
    "email": r"[^\s{}]",
}
# What the whole value must look like.
WHOLE = {
    "url": r"https?://\S+\.\S+|https?://localhost\S*",
    "urlott": r"https?://\S+",
    "cbn": r"\+?[\d ()-]{3,}",
    "email": r"[^\s@]+@[^\s@]+\.[^\s@]+",
}
LONGEST_VALUE = 40
TAG = re.compile(r"\{#([a-z]+)#\}")
# The same tag several times, joined or a space apart: one value of several times 40 characters.
RUN = re.compile(r"\{#([a-z]+)#\}(?: ?\{#\1#\})*")
# How the values of the shipped words are tagged; all others are letters and numbers.
TAGS = {
    "code": "numeric",
    "link": "url",
    "short_link": "url",
    "donor_link": "url",
    "refuse_link": "url",
    "help_line": "cbn",
}


def unknown_tags(text: str) -> list[str]:
    """Return what looks like a tag in ``text`` and is none that the register knows."""
    return sorted(set(TAG.findall(text)) - set(CHARACTERS))


def same(body: str, registered: str) -> bool:
    """Say whether ``body`` is the ``registered`` text but for its variables."""
    found = _pattern(_plain(registered)).fullmatch(_plain(body))
    if found is None:
        return False
    runs = [run.group(1) for run in RUN.finditer(_plain(registered))]
    return all(
        re.fullmatch(WHOLE.get(tag, r"(?s:.+)"), value.strip()) is not None
        for tag, value in zip(runs, found.groups(), strict=True)
    )


def suggestion(row: Any, language: str) -> str:
    """Return the words of ``row`` as one would register them: each placeholder as its tags."""
    longest = placeholders.longest_values(row.key)
    own = placeholders.own_values(language)

    def tagged(match: "re.Match[str]") -> str:
        name = match.group(1)
        if name == "state":
            return own["state"]
        value = own.get(name) or longest.get(name, "")
        text = value if isinstance(value, str) else value[language]
        return f"{{#{TAGS.get(name, 'alphanumeric')}#}}" * max(-(-len(text) // LONGEST_VALUE), 1)

    return placeholders.PLACEHOLDER.sub(tagged, str(getattr(row, f"body_{language}")))


def problem_of(message: Any) -> str:
    """Return why this SMS would be dropped by the networks, or nothing.

    To be asked before the provider is called. A template without a registered text in the
    message's language is not judged: abroad, and in a rehearsal, there is no register.
    """
    registered = _registered(message.template_id).get(message.language, "")
    if not registered or same(message.body, registered):
        return ""
    return "Not sent: the text differs from the one registered with the networks (DLT)."


@lru_cache(maxsize=512)
def _registered(template_id: int) -> dict[str, str]:
    # A version is never changed, so what was read once stays true.
    row = MessageTemplate.objects.get(pk=template_id)
    return {"en": row.dlt_text_en, "hi": row.dlt_text_hi} if row.channel == "sms" else {}


def tag_problem(text: str) -> str:
    """Return in words what is wrong with the tags of a registered text, or nothing."""
    if unknown := unknown_tags(text):
        return gettext("The register knows no tag %(names)s. Known are: %(known)s.") % {
            "names": ", ".join(f"{{#{name}#}}" for name in unknown),
            "known": ", ".join(f"{{#{name}#}}" for name in CHARACTERS),
        }
    return ""


@lru_cache(maxsize=512)
def _pattern(registered: str) -> "re.Pattern[str]":
    parts, at = [], 0
    for run in RUN.finditer(registered):
        parts.append(re.escape(registered[at : run.start()]))
        tag, most = run.group(1), LONGEST_VALUE * len(TAG.findall(run.group(0)))
        parts.append(f"({CHARACTERS.get(tag, r'[^{}]')}{{1,{most}}}?)")
        at = run.end()
    parts.append(re.escape(registered[at:]))
    return re.compile("".join(parts))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
