"""Kendras and their seats from a CSV file: all of it or nothing, in a few statements."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common import clock
from esachivalaya.common.constraints import sentence_for
from esachivalaya.common.csv_file import ImportRefused, Problem
from esachivalaya.common.csv_import import Report
from esachivalaya.common.csv_table import Table
from esachivalaya.common.formats import datetime_short, grouped_reference
from kendras.imports.cells import PLAIN, understand, write_weekdays
from kendras.models import Desk, Kendra
from kendras.permissions import sets_up
from kendras.services.places import lock_all_days, lost_seats
from officials.models import District

KENDRA_COLUMNS = (
    "code",
    "kind",
    "name_en",
    "name_hi",
    "district",
    "block_en",
    "block_hi",
    "address_en",
    "address_hi",
    "phone",
    "opens",
    "closes",
    "weekdays",
    "seats",
    "accessible_seats",
)
# What is compared and written, beside the code.
_STORED = (*PLAIN, "district_id", "phone", "opens", "closes", "weekdays")
_STORED_NAMES = [name.removesuffix("_id") for name in _STORED]
# Changes of these take no seat away from anybody.
_HARMLESS = {*PLAIN, "district_id", "phone"}
BATCH = 1000


@dataclass
class _Line:
    """One line of the file, understood."""

    line: int
    row: Kendra
    # Whether each of its seats can be reached by a wheelchair, from number 1 on.
    seats: list[bool]
    stored: Kendra | None
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Desks:
    """Seats to be written."""

    new: list[Desk]
    changed: list[Desk]


def load_kendras(path: Path, *, by: User | None, dry_run: bool = False) -> Report[Kendra]:
    """Load Kendras with their seats; with ``dry_run`` only say what that would do.

    Only who sets the portal up does this (``by`` is None for the command line). Only what differs
    is written, each with its entry in the record. Raises :class:`ImportRefused` with every problem
    by its line; then nothing is changed. A seat that is booked is not taken away by a file.
    """
    if by is not None and not sets_up(by):
        raise PermissionDenied("Only who sets the portal up does this.")
    with transaction.atomic():
        report = _Loading(path, by).run()
        if dry_run:
            transaction.set_rollback(True)
    return report


class _Loading:
    """One loading of one file."""

    def __init__(self, path: Path, by: User | None) -> None:
        self.by = by
        self.table = Table(path, KENDRA_COLUMNS)
        self.problems: list[Problem] = self.table.problems
        self.report: Report[Kendra] = Report()
        self.districts = dict(District.objects.values_list("code", "pk"))
        self.codes: dict[Any, str] = {pk: code for code, pk in self.districts.items()}
        rows = Kendra.objects.select_for_update(no_key=True).filter(code__in=self.table.keys)
        self.stored = {kendra.code: kendra for kendra in rows.order_by("pk")}
        self.desks: defaultdict[int, list[Desk]] = defaultdict(list)
        for desk in Desk.objects.filter(kendra__in=self.stored.values()).order_by("number"):
            self.desks[desk.kendra_id].append(desk)

    def run(self) -> Report[Kendra]:
        lines = [
            understood
            for line, cells in self.table.lines()
            if (understood := self._understood(line, cells)) is not None
        ]
        self._refuse_problems()
        new = [one for one in lines if one.stored is None]
        known = [one for one in lines if one.stored is not None]
        self._make(new)
        self._change(known)
        self._refuse_problems()
        return self.report

    def _refuse_problems(self) -> None:
        if self.problems:
            raise ImportRefused(sorted(self.problems, key=lambda problem: problem.line))

    def _understood(self, line: int, cells: dict[str, str]) -> _Line | None:
        """Return what the line says, or None when something in it is wrong."""
        found = understand(cells, self.districts)
        if found.wrong:
            self.problems += [Problem(line, words) for words in found.wrong]
            return None
        return _Line(line, found.row, found.seats, self.stored.get(found.row.code))

    def _make(self, lines: list[_Line]) -> None:
        self.report.new = len(lines)
        try:
            with transaction.atomic():
                Kendra.objects.bulk_create([one.row for one in lines], batch_size=BATCH)
        except IntegrityError as error:
            # Somebody has added one of them since this file was read.
            raise ImportRefused([Problem(0, sentence_for(error))]) from error
        Desk.objects.bulk_create(
            [
                Desk(kendra=one.row, number=number, accessible=accessible)
                for one in lines
                for number, accessible in enumerate(one.seats, start=1)
            ],
            batch_size=BATCH,
        )
        self._record([(one.row, "imported", _all_of(one)) for one in lines], new=True)

    def _change(self, lines: list[_Line]) -> None:
        changed: list[_Line] = []
        desks = _Desks([], [])
        for one in lines:
            assert one.stored is not None
            self._compare(one, one.stored)
            if self._seat(one, one.stored, desks) or one.changes:
                changed.append(one)
        self.report.changed = len(changed)
        self.report.same = len(lines) - len(changed)
        if not changed:
            return
        may_lose = [one for one in changed if one.changes.keys() - _HARMLESS]
        if may_lose:
            lock_all_days()
        rows = [one.stored for one in changed if one.stored is not None]
        # Thousands of rows in a few statements: bulk_update would need ten times as long.
        Kendra.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=_STORED_NAMES,
            batch_size=BATCH,
        )
        Desk.objects.bulk_create(desks.new, batch_size=BATCH)
        Desk.objects.bulk_create(
            desks.changed,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["active", "accessible"],
            batch_size=BATCH,
        )
        self._refuse_lost(may_lose)
        acts = [(one.stored, "changed_by_import", one.changes) for one in changed if one.stored]
        self._record(acts, new=False)

    def _compare(self, one: _Line, stored: Kendra) -> None:
        for name in _STORED:
            before, after = _value(stored, name), _value(one.row, name)
            if before != after:
                one.changes[name] = {"before": before, "after": after}
                said = [self.codes.get(value, value) for value in (before, after)]
                self.report.changes.append(
                    f"{stored.code}: {name.removesuffix('_id')}: {said[0]} → {said[1]}"
                )
                setattr(stored, name, getattr(one.row, name))

    def _seat(self, one: _Line, stored: Kendra, desks: _Desks) -> bool:
        """Bring the Kendra's seats to what the line says; whether that changes any.

        Counts decide: which seat is the accessible one is left as it is where the counts agree.
        """
        all_of_it = self.desks[stored.pk]
        active = [desk for desk in all_of_it if desk.active]
        before = (len(active), sum(desk.accessible for desk in active))
        after = (len(one.seats), sum(one.seats))
        if before == after:
            return False
        by_number = {desk.number: desk for desk in all_of_it}
        wanted = dict(enumerate(one.seats, start=1))
        for number, accessible in wanted.items():
            desk = by_number.get(number)
            if desk is None:
                desks.new.append(Desk(kendra=stored, number=number, accessible=accessible))
            elif (desk.active, desk.accessible) != (True, accessible):
                desk.active, desk.accessible = True, accessible
                desks.changed.append(desk)
        for desk in active:
            if desk.number not in wanted:
                desk.active = False
                desks.changed.append(desk)
        for name, old, new in zip(("seats", "accessible_seats"), before, after, strict=True):
            if old != new:
                one.changes[name] = {"before": old, "after": new}
                self.report.changes.append(f"{stored.code}: {name}: {old} → {new}")
        return True

    def _refuse_lost(self, lines: list[_Line]) -> None:
        by_pk = {one.stored.pk: one for one in lines if one.stored is not None}
        if not by_pk:
            return
        lost = lost_seats({pk: one.stored for pk, one in by_pk.items() if one.stored is not None})
        words = _(
            "Seats are booked that would be lost: %(seats)s. Change this Kendra on its own page."
        )
        for pk, affected in lost.items():
            listed = ", ".join(
                f"{grouped_reference(one.reference)} ({datetime_short(one.starts_at)})"
                for one in affected[:5]
            )
            self.problems.append(Problem(by_pk[pk].line, words % {"seats": listed}))

    def _record(self, acts: list[tuple[Kendra, str, dict[str, Any]]], *, new: bool) -> None:
        moment = clock.now()
        actor_id = self.by.pk if self.by else None
        for start in range(0, len(acts), BATCH):
            record_all(
                [
                    Act(*subject_of(row), act, actor_id, data={"changes": changes}, new=new)
                    for row, act, changes in acts[start : start + BATCH]
                ],
                at=moment,
            )


def _all_of(one: _Line) -> dict[str, dict[str, Any]]:
    values = {name: _value(one.row, name) for name in _STORED}
    values |= {"seats": len(one.seats), "accessible_seats": sum(one.seats)}
    return {name: {"before": None, "after": value} for name, value in values.items()}


def _value(row: Kendra, name: str) -> Any:
    """Return a value as the record and the preview write it."""
    value = getattr(row, name)
    if name == "weekdays":
        return write_weekdays(value)
    return f"{value:%H:%M}" if isinstance(value, time) else value
