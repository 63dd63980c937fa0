"""Templates of letters: what they may say of a file by themselves, and how they are changed.

A placeholder stands in braces, ``{file_number}``. It is filled when the draft is begun, in the
template's language; from then on the words are the draft's own, and every version of them stays.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from eoffice.models import Correspondence, File, LetterTemplate, Receipt
from eoffice.permissions import Seat, visible_at
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal, friendly_constraints
from esachivalaya.common.formats import date_short
from esachivalaya.common.words import tidy
from officials.models import Department, Section
from officials.permissions import sets_up
from officials.services.records import difference, values_of

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# What is not known yet is left open, as on paper.
OPEN = "________"
# Each with what it stands for, in the order in which the admin lists them.
IN_LETTERHEAD: dict[str, str | Promise] = {
    "state": _("the State"),
    "department": _("the department"),
    "section": _("the section"),
}
IN_WORDS: dict[str, str | Promise] = {
    **IN_LETTERHEAD,
    "file_number": _("number of the file"),
    "subject": _("subject of the file"),
    "sender": _("who wrote the letter that is answered"),
    "letter_number": _("number of that letter"),
    "letter_date": _("date of that letter"),
    "diary_number": _("diary number of that letter"),
}
SAMPLE: dict[str, dict[str, str]] = {
    "en": {
        "file_number": "A-11011/5/2020-EST",
        "subject": "Repair of the road to Bawal",
        "sender": "Asha Devi",
        "letter_number": "12/RWA",
        "letter_date": "14 July 2020",
        "diary_number": "1234/2020/REV-R",
    },
    "hi": {
        "file_number": "A-11011/5/2020-EST",
        "subject": "बावल की सड़क की मरम्मत बारे",
        "sender": "आशा देवी",
        "letter_number": "12/RWA",
        "letter_date": "14 जुलाई 2020",
        "diary_number": "1234/2020/REV-R",
    },
}


@transaction.atomic
def save_template(*, row: LetterTemplate, by: User) -> LetterTemplate:
    """Save a template; the words before and after stand in its record.

    Only who sets the portal up does this. A placeholder that nothing fills is refused with its
    name, and so is a single brace: no letter goes out with one. Letters and drafts that were begun
    with it stay as they are.
    """
    if not sets_up(by):
        raise PermissionDenied("Only who sets the portal up does this.")
    row.letterhead, row.body = tidy(row.letterhead), tidy(row.body)
    _check("letterhead", row.letterhead, IN_LETTERHEAD)
    _check("body", row.body, IN_WORDS)
    stored = locked(row)
    with friendly_constraints():
        row.save(force_insert=stored is None)
    changes = difference(values_of(stored) if stored else {}, values_of(row))
    if stored is None or changes:
        act = f"lettertemplate_eoffice_{'changed' if stored else 'added'}"
        told = {"changes": changes}
        record(row, act, at=clock.now(), by=by, data=told, new=stored is None)
    return row


def locked(row: LetterTemplate) -> LetterTemplate | None:
    """Return a template as it is stored, locked; None for a new one."""
    rows = LetterTemplate.objects.select_for_update(no_key=True).filter(pk=row.pk)
    # Without its usual order, which stands in another table.
    return rows.order_by("pk").first()


def begun(
    template: LetterTemplate, *, file: File, seat: Seat, reply_to: Receipt | None = None
) -> tuple[str, str]:
    """Return letterhead and words with which a draft on ``file`` begins at ``seat``."""
    section = seat.desk.section
    with override(template.language):
        known = _of_office(section.department, section, template.language)
        known |= {"file_number": file.item.number, "subject": file.item.subject}
        if reply_to is not None:
            known |= _of_letter(reply_to, template.language)
        return _filled(template.letterhead, known), _filled(template.body, known)


def sample(template: LetterTemplate) -> tuple[str, str]:
    """Return letterhead and words as they look with sample values, for whoever sets it up."""
    with override(template.language):
        state = _state(template.language)
        known = {"state": state, "department": state, "section": OPEN}
        if template.department is not None:
            known["department"] = str(template.department)
        known |= SAMPLE[template.language]
        return _filled(template.letterhead, known), _filled(template.body, known)


def answerable(file: File, seat: Seat) -> list[Receipt]:
    """Return the receipts in ``file`` that may be seen at ``seat``: a draft answers one of them."""
    inside = Correspondence.objects.filter(
        file=file, removed_at__isnull=True, receipt__isnull=False
    )
    # Few, and asked for by themselves: as one statement it was planned over all items at times.
    papers = list(inside.values_list("receipt_id", flat=True))
    rows = Receipt.objects.filter(item__in=visible_at(seat).filter(pk__in=papers))
    return list(rows.select_related("item", "correspondent").order_by("-pk"))


def _of_office(department: Department, section: Section, language: str) -> dict[str, str]:
    return {
        "state": _state(language),
        "department": str(department),
        "section": str(section),
    }


def _of_letter(receipt: Receipt, language: str) -> dict[str, str]:
    written = receipt.letter_date
    return {
        "sender": receipt.sender,
        "letter_number": receipt.letter_number or OPEN,
        "letter_date": date_short(written, language) if written else OPEN,
        "diary_number": receipt.item.number,
    }


def _state(language: str) -> str:
    return settings.STATE_NAME_EN if language == "en" else settings.STATE_NAME_HI


def _filled(text: str, known: Mapping[str, str]) -> str:
    # In one pass: braces in a subject are no placeholders.
    return PLACEHOLDER.sub(lambda found: known.get(found[1], OPEN), text)


def _check(field: str, text: str, allowed: Mapping[str, Any]) -> None:
    unknown = [name for name in PLACEHOLDER.findall(text) if name not in allowed]
    if unknown:
        words = _("Nothing fills %(found)s. Known here: %(known)s.")
        found = ", ".join(f"{{{name}}}" for name in dict.fromkeys(unknown))
        known = ", ".join(f"{{{name}}}" for name in allowed)
        raise Refusal(words % {"found": found, "known": known}, field=field)
    if re.search("[{}]", PLACEHOLDER.sub("", text)):
        raise Refusal(
            _("A brace stands alone. A placeholder is written as {file_number}."), field=field
        )
