"""Operators and their charges from a CSV file: all of it or nothing, in a few statements.

An account that is not there yet is made without a password. No invitation goes out by that: they
are sent from the list of charges, when the people have been told.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.accounts.phones import NotAMobile, parse_mobile
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common import clock
from esachivalaya.common.constraints import sentence_for
from esachivalaya.common.csv_file import ImportRefused, Problem
from esachivalaya.common.csv_import import Report
from esachivalaya.common.csv_table import Table
from esachivalaya.common.formats import date_short
from kendras.models import Kendra, KendraCharge
from kendras.permissions import appoints
from kendras.services.charges import facts

OPERATOR_COLUMNS = ("username", "name_en", "name_hi", "phone", "email", "kendra", "from", "until")
BATCH = 1000
_USERNAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,79}")
_CHECKED = ("name_en", "name_hi", "email")
_NOT_CHECKED = {field.name for field in User._meta.fields} - {*_CHECKED}


@dataclass(frozen=True)
class _Line:
    """One line of the file, understood; ``until`` is the first moment after the charge."""

    line: int
    user: User
    kendra: Kendra
    starts_at: datetime | None
    until: datetime | None


def load_operators(path: Path, *, by: User | None, dry_run: bool = False) -> Report[KendraCharge]:
    """Load operators with their charges; with ``dry_run`` only say what that would do.

    Only an appointing role does this (``by`` is None for the command line). A charge that is in
    force or to come at that Kendra stays; where the file has another end for it, its end changes.
    Accounts that are there already keep their particulars; a user name that belongs to somebody of
    another name is refused. Raises :class:`ImportRefused` with every problem by its line; then
    nothing is changed.
    """
    if by is not None and not appoints(by):
        raise PermissionDenied("Only an appointing role gives charges.")
    with transaction.atomic():
        report = _Loading(path, by).run()
        if dry_run:
            transaction.set_rollback(True)
    return report


class _Loading:
    """One loading of one file."""

    def __init__(self, path: Path, by: User | None) -> None:
        self.by = by
        self.table = Table(path, OPERATOR_COLUMNS, key=("username", "kendra"))
        self.problems: list[Problem] = self.table.problems
        self.report: Report[KendraCharge] = Report()
        lines = list(self.table.lines())
        self.cells = lines
        codes = {cells["kendra"] for _line, cells in lines}
        rows = Kendra.objects.select_for_update(no_key=True).filter(code__in=codes)
        self.kendras = {kendra.code: kendra for kendra in rows.order_by("pk")}
        names = {cells["username"].lower() for _line, cells in lines}
        known = User.objects.annotate(lower=Lower("username")).filter(lower__in=names)
        self.users = {user.username.lower(): user for user in known}
        self.made: dict[str, User] = {}
        self.now = clock.now()

    def run(self) -> Report[KendraCharge]:
        lines = [
            understood
            for line, cells in self.cells
            if (understood := self._understood(line, cells)) is not None
        ]
        new, changed = self._charges(lines)
        self._refuse_problems()
        self._write(new, changed)
        return self.report

    def _refuse_problems(self) -> None:
        if self.problems:
            raise ImportRefused(sorted(self.problems, key=lambda problem: problem.line))

    def _understood(self, line: int, cells: dict[str, str]) -> _Line | None:
        """Return what the line says, or None when something in it is wrong."""
        wrong: list[str] = []
        kendra = self.kendras.get(cells["kendra"])
        if kendra is None:
            words = _("%(column)s: there is no “%(code)s”.")
            wrong.append(words % {"column": "kendra", "code": cells["kendra"]})
        days: dict[str, date | None] = {}
        for name in ("from", "until"):
            try:
                days[name] = _day(cells[name])
            except ValueError as problem:
                wrong.append(f"{name}: {problem}")
        user = self._user(cells, wrong)
        if wrong or user is None or kendra is None:
            self.problems += [Problem(line, words) for words in wrong]
            return None
        first, last = days["from"], days["until"]
        found = _Line(
            line,
            user,
            kendra,
            clock.at(first, time.min) if first else None,
            clock.at(last + timedelta(days=1), time.min) if last else None,
        )
        if found.until is not None and found.until <= max(found.starts_at or self.now, self.now):
            words = _("The charge must end after it starts, and not before now.")
            self.problems.append(Problem(line, f"until: {words}"))
            return None
        return found

    def _user(self, cells: dict[str, str], wrong: list[str]) -> User | None:
        """Return the account of the line: the one that is there, or one to be made."""
        username = cells["username"]
        known = self.users.get(username.lower())
        if known is not None:
            wrong += _wrong_account(known, cells)
            return known
        if not _USERNAME.fullmatch(username):
            wrong.append("username: " + _("Small letters a to z, digits, dots and hyphens only."))
        user = self.made.get(username)
        if user is not None:
            wrong += _other_name(user, cells)
            return user
        user = User(
            kind=User.Kind.STAFF,
            username=username,
            password=make_password(None),
            **{name: cells[name] for name in _CHECKED},
        )
        try:
            user.phone = parse_mobile(cells["phone"])
        except NotAMobile as problem:
            wrong.append(f"phone: {problem}")
        wrong += _wrong_particulars(user)
        self.made[username] = user
        return user

    def _charges(
        self, lines: list[_Line]
    ) -> tuple[list[KendraCharge], list[tuple[KendraCharge, datetime | None]]]:
        """Return the charges to be made, and those whose end changes with their former end."""
        standing = self._standing(lines)
        new: list[KendraCharge] = []
        changed: list[tuple[KendraCharge, datetime | None]] = []
        for one in lines:
            there = [
                charge
                for charge in standing[one.user.pk, one.kendra.pk]
                if one.until is None or charge.starts_at < one.until
            ]
            if not there:
                new.append(self._new(one))
            elif one.starts_at is not None and not _begins(there[0], one.starts_at):
                words = _("%(name)s serves there already from %(day)s.")
                said = {"name": one.user.name_en, "day": date_short(there[0].starts_at)}
                self.problems.append(Problem(one.line, words % said))
            elif there[0].ends_at == one.until:
                self.report.same += 1
            elif len(there) > 1:
                words = _("%(name)s has several charges there: change them one by one.")
                self.problems.append(Problem(one.line, words % {"name": one.user.name_en}))
            else:
                changed.append((there[0], there[0].ends_at))
                self._change(there[0], one)
        self.report.new, self.report.changed = len(new), len(changed)
        return new, changed

    def _standing(self, lines: list[_Line]) -> dict[tuple[Any, int], list[KendraCharge]]:
        """Return the charges in force or to come, by person and Kendra, the first one first."""
        found: defaultdict[tuple[Any, int], list[KendraCharge]] = defaultdict(list)
        rows = KendraCharge.objects.select_for_update().filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=self.now),
            kind=KendraCharge.Kind.OPERATOR,
            user__in={one.user.pk for one in lines if one.user.pk},
            kendra__in=[kendra.pk for kendra in self.kendras.values()],
        )
        for charge in rows.order_by("starts_at", "pk"):
            found[charge.user_id, charge.kendra_id or 0].append(charge)
        return found

    def _new(self, one: _Line) -> KendraCharge:
        return KendraCharge(
            kind=KendraCharge.Kind.OPERATOR,
            kendra=one.kendra,
            user=one.user,
            starts_at=one.starts_at or self.now,
            ends_at=one.until,
            given_by=self.by,
        )

    def _change(self, charge: KendraCharge, one: _Line) -> None:
        before, charge.ends_at = charge.ends_at, one.until
        said = [str(clock.day_of(end)) if end else "–" for end in (before, one.until)]
        self.report.changes.append(
            f"{one.user.username}, {one.kendra.code}: ends: {said[0]} → {said[1]}"
        )

    def _write(
        self,
        new: list[KendraCharge],
        changed: list[tuple[KendraCharge, datetime | None]],
    ) -> None:
        made = list(self.made.values())
        try:
            with transaction.atomic():
                User.objects.bulk_create(made, batch_size=BATCH)
                KendraCharge.objects.bulk_create(new, batch_size=BATCH)
                rows = [charge for charge, _before in changed]
                KendraCharge.objects.bulk_update(rows, ["ends_at"], batch_size=BATCH)
        except IntegrityError as error:
            raise ImportRefused([Problem(0, sentence_for(error))]) from error
        actor_id = self.by.pk if self.by else None
        kendra = Kendra._meta.label_lower
        acts = [Act(*subject_of(user), "imported", actor_id, new=True) for user in made]
        acts += [
            Act(kendra, str(one.kendra_id), "kendracharge_given", actor_id, data=facts(one))
            for one in new
        ]
        acts += [
            Act(
                kendra,
                str(one.kendra_id),
                "kendracharge_end_changed",
                actor_id,
                data={**facts(one), "ends_at_before": before},
            )
            for one, before in changed
        ]
        record_all(acts, at=self.now)


def _begins(charge: KendraCharge, moment: datetime) -> bool:
    return clock.day_of(charge.starts_at) == clock.day_of(moment)


def _day(text: str) -> date | None:
    """Return the day of "2026-12-31" or "31-12-2026"; None for nothing."""
    if not text:
        return None
    words = _("Write the day as 31-12-2026 or 2026-12-31.")
    parts = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)|(\d\d)[-./](\d\d)[-./](\d{4})", text)
    if parts is None or not text.isascii():
        raise ValueError(words)
    year, month, day, day_first, month_second, year_last = parts.groups()
    try:
        found = date(int(year or year_last), int(month or month_second), int(day or day_first))
    except ValueError:
        raise ValueError(words) from None
    # Days at the ends of the calendar have no day before or after them.
    if not 2000 <= found.year < 2200:
        raise ValueError(words)
    return found


def _other_name(user: User, cells: dict[str, str]) -> list[str]:
    """Refuse a user name that belongs to somebody else: the charge would be theirs."""
    if user.name_en.casefold() == cells["name_en"].casefold():
        return []
    words = _("username: “%(username)s” belongs to %(name)s.")
    return [words % {"username": user.username, "name": user.name_en or user.username}]


def _wrong_account(user: User, cells: dict[str, str]) -> list[str]:
    if not (user.is_staff and user.is_active):
        return ["username: " + _("Only active staff can be given a charge.")]
    return _other_name(user, cells)


def _wrong_particulars(user: User) -> list[str]:
    wrong = [f"{name}: " + _("is empty.") for name in _CHECKED if not getattr(user, name)]
    try:
        user.clean_fields(exclude=_NOT_CHECKED)
    except ValidationError as error:
        wrong += [f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()]
    return wrong
