"""What an entry of the ledger is about, in words, as the entry itself has it.

From what to what it changed a receipt or file; which version of a draft, which letter, which number
of dispatch; that a decision card went up.
"""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from eoffice.models import Classification, Movement, Priority, Receipt
from esachivalaya.common.formats import date_short

Act = Movement.Act


_CHANGING = {Act.PRIORITY, Act.CLASSIFICATION, Act.DUE, Act.PARTICULARS}
_MOVING = {Act.MARKED, Act.RETURNED}
_DRAFTING = {Act.DRAFT_PUT_UP, Act.DRAFT_RETURNED, Act.DRAFT_APPROVED, Act.APPROVAL_VOIDED}
_SENDING = {
    *(Act.ISSUED, Act.WITH_REGISTRY, Act.NOT_SENT),
    *(Act.SENT, Act.SENT_AGAIN, Act.DELIVERED, Act.CAME_BACK),
}


def changes(row: Movement) -> list[str]:
    """Return what ``row`` is about: "Priority: Ordinary → Immediate"; [] when nothing is to say."""
    if row.act not in _CHANGING | _MOVING | _DRAFTING | _SENDING:
        return []
    more = json.loads(row.payload).get("more", {})
    if row.act in _MOVING:
        return [_("A decision card went with it.")] if "card" in more else []
    if row.act in _DRAFTING:
        return [_("Draft %(ordinal)s, version %(number)s") % more]
    if row.act in _SENDING:
        return _of_letter(row, more)
    if row.act == Act.PARTICULARS:
        return [_told(name, was, to) for name, (was, to) in sorted(more.items())]
    return [_told(str(row.act), more.get("from"), more.get("to"))]


def _of_letter(row: Movement, more: dict[str, Any]) -> list[str]:
    """Return the letter's number, and the number of its dispatch once it has one."""
    if row.act == Act.ISSUED:
        return [_("Letter %(number)s") % more]
    told = [_("Letter %(letter)s") % more]
    return [*told, _("Dispatch number %(number)s") % more] if more["number"] else told


def _told(name: str, was: Any, to: Any) -> str:
    label, word = _WORDS[name]()
    return f"{label}: {word(was)} → {word(to)}"


def _choice(choices: Any) -> Callable[[Any], str]:
    named = dict(choices)
    return lambda value: str(named.get(value, value))


def _day(value: str | None) -> str:
    return date_short(date.fromisoformat(value)) if value else pgettext("due day", "none")


_WORDS: dict[str, Callable[[], tuple[str, Callable[[Any], str]]]] = {
    "priority": lambda: (_("Priority"), _choice(Priority.choices)),
    "classification": lambda: (_("Classification"), _choice(Classification.choices)),
    "due": lambda: (_("Due on"), _day),
    "category": lambda: (_("Category"), _choice(Receipt.Category.choices)),
    "vip": lambda: (_("VIP reference"), lambda value: _("yes") if value else _("no")),
}
