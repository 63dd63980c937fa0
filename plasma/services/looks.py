"""Every look of an officer at a donor's record: who, when, and for what.

Source: domain rules of plasma, 5. What is noted is read by the auditor, and by the donor in what
they export; it holds no name and no number.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import Act, record, record_all, subject_of
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.words import ascii_digits, tidy
from plasma.models import Donor

ACT, SEARCHED, LEDGER_READ = "donor_looked_at", "donor_searched", "consents_read"
SHORTEST, LONGEST = 20, 200
# Of searches by number in an hour by one officer: nobody finds out who of a town was ill.
MOST_SEARCHES = 40
# An office's number may stand for a whole list; nobody reads a list here.
MOST_FOUND = 20

# What pages note on which no purpose is typed, since it is always the same; in English, as all
# words of the record are.
BANK_DESK = "The bank serves a donor who pledged to it."
MEDICAL_OFFICER = "The bank's medical officer decides about a donation."
MATCHING = "A donor is proposed for a hospital's request."

_MANY_DIGITS = re.compile(r"\d(?:[\s.-]*\d){5,}")


def checked(purpose: str) -> str:
    """Return a typed purpose as it is noted; :class:`Refused` when it says nothing or too much."""
    words = " ".join(tidy(purpose).split())
    if len(words) < SHORTEST:
        raise Refused(
            "purpose",
            _("Say for what you need to see this, in at least 20 characters."),
            field="purpose",
        )
    if len(words) > LONGEST:
        raise Refused("purpose", _("Say it in at most 200 characters."), field="purpose")
    if _MANY_DIGITS.search(ascii_digits(words)):
        raise Refused(
            "purpose",
            _("Write the purpose without telephone numbers: it is kept in the record."),
            field="purpose",
        )
    return words


@on_deadlock
@transaction.atomic
def note(donor: Donor, *, by: User, purpose: str) -> None:
    """Note that ``by`` sees the record of ``donor`` for ``purpose``; before it is shown.

    Raises :class:`Refused` for a purpose of less than 20 characters.
    """
    note_all([donor], by=by, purpose=purpose)


@on_deadlock
@transaction.atomic
def note_all(donors: Iterable[Donor], *, by: User, purpose: str) -> None:
    """Note the same of several donors, who stand on one page; three statements for all of them."""
    words = checked(purpose)
    pks = sorted({donor.pk for donor in donors})
    if not pks:
        return
    # The record of each grows: locked in one order, so that two pages do not wait for each other.
    locked = Donor.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    acts = [Act(*subject_of(row), ACT, by.pk, data={"purpose": words}) for row in locked.only("pk")]
    record_all(acts, at=now())


@on_deadlock
@transaction.atomic
def search(phone: str, *, by: User, purpose: str) -> list[Donor]:
    """Return the donors with the number ``phone``, each look noted, and the search as well.

    A search that finds nobody tells something too, so it stands in the record of the officer who
    made it: with the purpose and how many were found, without the number. At most 40 an hour.
    """
    words = checked(purpose)
    officer = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if _searches_since(officer, timedelta(hours=1)) >= MOST_SEARCHES:
        raise Refused(
            "searches",
            _("You have searched 40 times within an hour. Please go on later."),
            field="phone",
        )
    found = list(
        Donor.objects.living()
        .filter(phones__phone=phone)
        .select_related("district")
        .prefetch_related("phones", "cohorts")
        .order_by("pk")[:MOST_FOUND]
    )
    data = {"purpose": words, "found": len(found)}
    record(officer, SEARCHED, at=now(), by=by, data=data)
    note_all(found, by=by, purpose=words)
    return found


@transaction.atomic
def note_ledger(*, by: User, purpose: str, shown: int) -> None:
    """Note that ``by`` reads the ledger of consents for ``purpose``, in their own record."""
    words = checked(purpose)
    officer = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    record(officer, LEDGER_READ, at=now(), by=by, data={"purpose": words, "found": shown})


def of(donor: Donor) -> list[tuple[datetime, str]]:
    """Return when the donor's record was looked at and for what; the purpose "" once erased."""
    kind, pk = subject_of(donor)
    rows = (
        Entry.objects.filter(subject_kind=kind, subject_id=pk, act=ACT)
        .order_by("seq")
        .values_list("at", "detail__data")
    )
    return [(at, str((data or {}).get("purpose", ""))) for at, data in rows]


def _searches_since(officer: User, span: timedelta) -> int:
    kind, pk = subject_of(officer)
    return Entry.objects.filter(
        subject_kind=kind, subject_id=pk, act=SEARCHED, at__gt=ClockTimestamp() - span
    ).count()
