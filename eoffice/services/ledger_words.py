"""What an entry of the ledger changed, in words: from what to what, as the entry itself has it."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from eoffice.models import Classification, Movement, Priority, Receipt
from esachivalaya.common.formats import date_short

Act = Movement.Act


def changes(row: Movement) -> list[str]:
    """Return what ``row`` changed: "Priority: Ordinary → Immediate"; [] for other acts."""
    if row.act not in {Act.PRIORITY, Act.CLASSIFICATION, Act.DUE, Act.PARTICULARS}:
        return []
    more = json.loads(row.payload)["more"]
    if row.act == Act.PARTICULARS:
        return [_told(name, was, to) for name, (was, to) in sorted(more.items())]
    return [_told(str(row.act), more.get("from"), more.get("to"))]


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
