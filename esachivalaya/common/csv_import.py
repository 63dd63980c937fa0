"""Loading a table from a CSV file: all of it or nothing, and every mistake by its line.

A file is read twice, line by line: first its shape (columns, keys), then its rows in batches, so
that rows may refer to rows further down. Only what differs is written: a second loading of the
same file changes nothing.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from esachivalaya.common.constraints import sentence_for
from esachivalaya.common.csv_file import ImportRefused, Problem, check_readable, not_csv
from esachivalaya.common.words import tidy

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


def _nothing_to_record(_stored: Any) -> None:
    """For tables whose changes are not recorded."""


@dataclass(frozen=True)
class Layout(Generic[Row]):
    """How the columns of a file stand for the fields of ``model``.

    ``columns`` are names of fields; one that is a foreign key holds the ``code`` of the row it
    refers to, be it in the database or, for a reference to the same table, anywhere in the file.
    ``complete(row, stored)`` fills in what the file does not say (the fields named in ``also``),
    ``check()`` looks at the whole table afterwards and returns what is wrong in words, and
    ``record(stored)`` is given each batch of new and changed rows.
    """

    model: type[Row]
    columns: tuple[str, ...]
    key: str = "code"
    also: tuple[str, ...] = ()
    complete: Callable[[Row, Row | None], None] = _nothing_to_add
    check: Callable[[], list[str]] = _nothing_to_check
    record: Callable[[Sequence[Stored[Row]]], None] = _nothing_to_record

    def field(self, column: str) -> "models.Field[Any, Any]":
        found = self.model._meta.get_field(column)
        if not isinstance(found, models.Field):
            raise FieldDoesNotExist(column)
        return found


def load(path: Path, layout: Layout[Row], *, dry_run: bool = False) -> Report[Row]:
    """Load the file at ``path``; with ``dry_run`` only say what that would do.

    Raises :class:`ImportRefused` with every problem that was found; then nothing is changed.
    """
    with transaction.atomic():
        report = _Loading(path, layout).run()
        if dry_run:
            transaction.set_rollback(True)
    return report


class _Loading(Generic[Row]):
    """One loading of one file."""

    def __init__(self, path: Path, layout: Layout[Row]) -> None:
        self.path = path
        self.layout = layout
        self.problems: list[Problem] = []
        self.report: Report[Row] = Report()
        self.links: dict[str, dict[str, int]] = {}
        self.own_ids: dict[str, int] = {}
        self.bad_lines: set[int] = set()

    def run(self) -> Report[Row]:
        keys = self._check_shape()
        self._prepare_links(keys)
        batch: list[tuple[int, dict[str, str]]] = []
        for line, cells in self._lines():
            if line in self.bad_lines:
                continue
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

    def _lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [tidy(name) for name in next(reader)]
            for cells in reader:
                if cells:
                    yield reader.line_num, dict(zip(header, map(tidy, cells), strict=False))

    def _check_shape(self) -> dict[str, int]:
        """Return each key of the file with its line; note lines that cannot be rows at all."""
        check_readable(self.path)
        keys: dict[str, int] = {}
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            try:
                width = self._check_header([tidy(name) for name in next(reader, [])])
                for cells in reader:
                    self._check_line(reader.line_num, cells, width, keys)
            except csv.Error as error:
                raise ImportRefused(
                    [*self.problems, Problem(reader.line_num, not_csv(error))]
                ) from error
        return keys

    def _check_header(self, header: list[str]) -> int:
        wanted = self.layout.columns
        problems = [
            (_("The column “%(name)s” is missing."), set(wanted) - set(header)),
            (_("The column “%(name)s” is not known."), set(header) - set(wanted)),
            (
                _("The column “%(name)s” is there twice."),
                {name for name in header if header.count(name) > 1},
            ),
        ]
        found = [
            Problem(0, words % {"name": name})
            for words, names in problems
            for name in sorted(names)
        ]
        if found:
            expected = _("The first line must be: %(columns)s") % {"columns": ",".join(wanted)}
            raise ImportRefused([*found, Problem(0, expected)])
        self.key_place = header.index(self.layout.key)
        return len(header)

    def _check_line(self, line: int, cells: list[str], width: int, keys: dict[str, int]) -> None:
        if not cells:
            return
        if len(cells) != width:
            self._spoil(
                line,
                _("%(found)s values instead of %(wanted)s.")
                % {"found": len(cells), "wanted": width},
            )
            return
        key = tidy(cells[self.key_place])
        if not key:
            self._spoil(line, _("“%(name)s” is empty.") % {"name": self.layout.key})
        elif key in keys:
            self._spoil(
                line,
                _("“%(key)s” is there already, in line %(line)s.")
                % {"key": key, "line": keys[key]},
            )
        else:
            keys[key] = line

    def _spoil(self, line: int, words: str) -> None:
        self.problems.append(Problem(line, words))
        self.bad_lines.add(line)

    def _prepare_links(self, keys: Mapping[str, int]) -> None:
        """Read the ids that rows refer to; rows still to come get theirs beforehand."""
        layout = self.layout
        known = _ids_by(layout.model, layout.key)
        new = [key for key in keys if key not in known]
        self.own_ids = dict(zip(new, _fresh_ids(layout.model, len(new)), strict=True))
        for column in layout.columns:
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
        checked = {*self.layout.columns, *filled_in} - set(self.links)
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
        return [*self.layout.columns, *self.layout.also]

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
            self.layout.record(written)

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
