"""Loading a table from a CSV file: all of it or nothing, and every mistake by its line.

A file is read twice, line by line: first its shape (columns, keys), then its rows in batches, so
that rows may refer to rows further down. Only what differs is written: a second loading of the
same file changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from esachivalaya.common.constraints import sentence_for
from esachivalaya.common.csv_file import ImportRefused, Problem
from esachivalaya.common.csv_table import Table

Row = TypeVar("Row", bound=models.Model)

BATCH = 500


@dataclass(frozen=True)
class Stored(Generic[Row]):
    """One row that the import made or changed; ``before`` is empty for a new one."""

    row: Row
    line: int
    new: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass
class Report(Generic[Row]):
    """What an import did, or would do."""

    new: int = 0
    changed: int = 0
    same: int = 0
    changes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return _("%(new)s new, %(changed)s changed, %(same)s the same") % {
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
        }


def _nothing_to_add(_row: Any, _stored: Any) -> None:
    """For layouts whose rows are complete as they stand in the file."""


def _nothing_to_check() -> list[str]:
    return []


def _nothing_to_record(_stored: Any, _by: Any) -> None:
    """For tables whose changes are not recorded."""


@dataclass(frozen=True)
class Layout(Generic[Row]):
    """How the columns of a file stand for the fields of ``model``.

    ``columns`` are names of fields; one that is a foreign key holds the ``code`` of the row it
    refers to, be it in the database or, for a reference to the same table, anywhere in the file.
    Those of ``optional`` may be missing from a file, which then leaves their fields as they are.
    ``complete(row, stored)`` fills in what the file does not say (the fields named in ``also``),
    ``check()`` looks at the whole table afterwards and returns what is wrong in words, and
    ``record(stored, by)`` is given each batch of new and changed rows, and who loads them.
    """

    model: type[Row]
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    key: str = "code"
    also: tuple[str, ...] = ()
    complete: Callable[[Row, Row | None], None] = _nothing_to_add
    check: Callable[[], list[str]] = _nothing_to_check
    record: Callable[[Sequence[Stored[Row]], models.Model | None], None] = _nothing_to_record

    def field(self, column: str) -> "models.Field[Any, Any]":
        found = self.model._meta.get_field(column)
        if not isinstance(found, models.Field):
            raise FieldDoesNotExist(column)
        return found


def load(
    path: Path, layout: Layout[Row], *, by: models.Model | None = None, dry_run: bool = False
) -> Report[Row]:
    """Load the file at ``path``; with ``dry_run`` only say what that would do.

    ``by`` is who loads it, None for the command line.

    Raises :class:`ImportRefused` with every problem that was found; then nothing is changed.
    """
    with transaction.atomic():
        report = _Loading(path, layout, by).run()
        if dry_run:
            transaction.set_rollback(True)
    return report


class _Loading(Generic[Row]):
    """One loading of one file."""

    def __init__(self, path: Path, layout: Layout[Row], by: models.Model | None) -> None:
        self.layout = layout
        self.by = by
        self.table = Table(path, layout.columns, optional=layout.optional, key=(layout.key,))
        self.columns = self.table.columns
        self.problems: list[Problem] = self.table.problems
        self.report: Report[Row] = Report()
        self.links: dict[str, dict[str, int]] = {}
        self.own_ids: dict[str, int] = {}

    def run(self) -> Report[Row]:
        self._prepare_links(self.table.keys)
        batch: list[tuple[int, dict[str, str]]] = []
        for line, cells in self.table.lines():
            batch.append((line, cells))
            if len(batch) == BATCH:
                self._store(batch)
                batch = []
        self._store(batch)
        if not self.problems:
            self.problems += [Problem(0, words) for words in self.layout.check()]
        if self.problems:
            raise ImportRefused(sorted(self.problems, key=lambda problem: problem.line))
        return self.report

    def _prepare_links(self, keys: Mapping[str, int]) -> None:
        """Read the ids that rows refer to; rows still to come get theirs beforehand."""
        layout = self.layout
        known = _ids_by(layout.model, layout.key)
        new = [key for key in keys if key not in known]
        self.own_ids = dict(zip(new, _fresh_ids(layout.model, len(new)), strict=True))
        for column in self.columns:
            target = layout.field(column).related_model
            if target is layout.model:
                self.links[column] = {**known, **self.own_ids}
            elif isinstance(target, type) and issubclass(target, models.Model):
                self.links[column] = _ids_by(target, "code")

    def _store(self, batch: list[tuple[int, dict[str, str]]]) -> None:
        layout = self.layout
        manager = layout.model._default_manager
        keys = [cells[layout.key] for _line, cells in batch]
        stored_rows = {
            str(getattr(row, layout.key)): row
            for row in manager.select_for_update(no_key=True).filter(**{f"{layout.key}__in": keys})
        }
        written: list[Stored[Row]] = []
        for line, cells in batch:
            stored = stored_rows.get(cells[layout.key])
            row = self._row(line, cells, stored)
            if row is None:
                continue
            found = self._compare(line, row, stored)
            if found is not None:
                written.append(found)
        if not self.problems:
            self._write(written)

    def _row(self, line: int, cells: Mapping[str, str], stored: Row | None) -> Row | None:
        """Return the row that a line describes, checked; None when it is not right."""
        layout, right = self.layout, True
        row = layout.model(pk=stored.pk if stored else self.own_ids[cells[layout.key]])
        for column, cell in cells.items():
            field_ = layout.field(column)
            if column in self.links:
                right &= self._set_link(line, row, field_, cell)
            else:
                setattr(row, column, None if field_.null and cell == "" else cell)
        try:
            row.clean_fields(exclude=self._not_in_file())
        except ValidationError as error:
            for name, words in error.message_dict.items():
                said = f"{name}: {' '.join(words)}"
                self.problems.append(Problem(line, said))
            return None
        if not right:
            return None
        layout.complete(row, stored)
        try:
            row.clean_fields(exclude=self._not_in_file(layout.also))
        except ValidationError as error:
            self.problems += [
                Problem(line, f"{name}: {' '.join(words)}")
                for name, words in error.message_dict.items()
            ]
            return None
        return row

    def _not_in_file(self, filled_in: Iterable[str] = ()) -> set[str]:
        checked = {*self.columns, *filled_in} - set(self.links)
        return {field_.name for field_ in self.layout.model._meta.fields} - checked

    def _set_link(self, line: int, row: Row, field_: "models.Field[Any, Any]", cell: str) -> bool:
        found = self.links[field_.name].get(cell)
        if cell and found is None:
            self.problems.append(
                Problem(
                    line,
                    _("%(column)s: there is no “%(code)s”.")
                    % {"column": field_.name, "code": cell},
                )
            )
            return False
        if not cell and not field_.null:
            self.problems.append(Problem(line, _("“%(name)s” is empty.") % {"name": field_.name}))
            return False
        setattr(row, field_.attname, found)
        return True

    def _compare(self, line: int, row: Row, stored: Row | None) -> Stored[Row] | None:
        names = [self.layout.field(name).attname for name in self._written_fields()]
        after = {name: getattr(row, name) for name in names}
        if stored is None:
            self.report.new += 1
            return Stored(row, line, True, {}, after)
        before = {name: getattr(stored, name) for name in names}
        differing = [name for name in names if before[name] != after[name]]
        if not differing:
            self.report.same += 1
            return None
        self.report.changed += 1
        for name in differing:
            setattr(stored, name, after[name])
        key = getattr(row, self.layout.key)
        self.report.changes += [
            f"{key}: {name}: {before[name]!s} → {after[name]!s}"
            for name in differing
            if name not in self.layout.also
        ] or [f"{key}: {', '.join(differing)}"]
        return Stored(
            stored,
            line,
            False,
            {name: before[name] for name in differing},
            {name: after[name] for name in differing},
        )

    def _written_fields(self) -> list[str]:
        return [*self.columns, *self.layout.also]

    def _write(self, written: list[Stored[Row]]) -> None:
        if not written:
            return
        try:
            with transaction.atomic():
                self._write_rows(written)
        except IntegrityError:
            for one in written:
                try:
                    with transaction.atomic():
                        self._write_rows([one])
                except IntegrityError as error:
                    self.problems.append(Problem(one.line, sentence_for(error)))
        if not self.problems:
            self.layout.record(written, self.by)

    def _write_rows(self, written: list[Stored[Row]]) -> None:
        manager = self.layout.model._default_manager
        manager.bulk_create([one.row for one in written if one.new])
        changed = [one.row for one in written if not one.new]
        if changed:
            names = [name for name in self._written_fields() if name != self.layout.key]
            manager.bulk_update(changed, names)


def _ids_by(model: type[models.Model], key: str) -> dict[str, int]:
    return dict(model._default_manager.values_list(key, "pk"))


def _fresh_ids(model: type[models.Model], count: int) -> list[int]:
    """Take ids from the table's sequence, so that rows can refer to each other before they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return [number for (number,) in cursor.fetchall()]
