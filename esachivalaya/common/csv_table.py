"""The lines of a CSV file whose columns are known: read twice, never held in memory whole."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from esachivalaya.common.csv_file import ImportRefused, Problem, check_readable, not_csv
from esachivalaya.common.words import tidy


class Table:
    """A file whose shape was looked at: its columns and the keys of its lines.

    What cannot be read, or has other columns, raises :class:`ImportRefused` at once; lines that
    cannot be rows stand in ``problems`` and are left out of :meth:`lines`. A key may be made of
    several columns. Columns of ``optional`` may be missing.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        *,
        optional: Sequence[str] = (),
        key: Sequence[str] = ("code",),
    ) -> None:
        self.path = path
        self.wanted = tuple(columns)
        self.optional = tuple(optional)
        self.key = tuple(key)
        self.problems: list[Problem] = []
        # Each key of the file with its line.
        self.keys: dict[str, int] = {}
        # Those that the file has.
        self.columns = self.wanted
        self._bad_lines: set[int] = set()
        self._check_shape()

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Give each line that can be a row, with its number, its cells tidied."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [tidy(name) for name in next(reader)]
            for cells in reader:
                if cells and reader.line_num not in self._bad_lines:
                    yield reader.line_num, dict(zip(header, map(tidy, cells), strict=False))

    def key_of(self, cells: Sequence[str]) -> str:
        """Return the key of a row as people write it: "pooja, REW-0001"."""
        return ", ".join(cells)

    def _check_shape(self) -> None:
        check_readable(self.path)
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            try:
                header = [tidy(name) for name in next(reader, [])]
                self._check_header(header)
                places = [header.index(name) for name in self.key]
                for cells in reader:
                    self._check_line(reader.line_num, cells, len(header), places)
            except csv.Error as error:
                raise ImportRefused(
                    [*self.problems, Problem(reader.line_num, not_csv(error))]
                ) from error

    def _check_header(self, header: list[str]) -> None:
        problems = [
            (_("The column “%(name)s” is missing."), set(self.wanted) - set(header)),
            (
                _("The column “%(name)s” is not known."),
                set(header) - {*self.wanted, *self.optional},
            ),
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
            expected = _("The first line must be: %(columns)s") % {"columns": ",".join(self.wanted)}
            raise ImportRefused([*found, Problem(0, expected)])
        self.columns = (*self.wanted, *(name for name in self.optional if name in header))

    def _check_line(self, line: int, cells: list[str], width: int, places: list[int]) -> None:
        if not cells:
            return
        if len(cells) != width:
            self._spoil(
                line,
                _("%(found)s values instead of %(wanted)s.")
                % {"found": len(cells), "wanted": width},
            )
            return
        parts = [tidy(cells[place]) for place in places]
        key = self.key_of(parts)
        if not all(parts):
            name = next(name for name, part in zip(self.key, parts, strict=True) if not part)
            self._spoil(line, _("“%(name)s” is empty.") % {"name": name})
        elif key in self.keys:
            self._spoil(
                line,
                _("“%(key)s” is there already, in line %(line)s.")
                % {"key": key, "line": self.keys[key]},
            )
        else:
            self.keys[key] = line

    def _spoil(self, line: int, words: str) -> None:
        self.problems.append(Problem(line, words))
        self._bad_lines.add(line)
