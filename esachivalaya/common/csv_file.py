"""Whether a file is a CSV file at all, and how mistakes in one are told."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

LONGEST_FILE = 20 * 1024 * 1024


@dataclass(frozen=True)
class Problem:
    """A mistake in the file: its line (0 for the file as a whole) and what is wrong, in words."""

    line: int
    words: str

    def __str__(self) -> str:
        return (
            _("Line %(line)s: %(words)s") % {"line": self.line, "words": self.words}
            if (self.line)
            else self.words
        )


class ImportRefused(Exception):
    """The file was not loaded; ``problems`` are all that were found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


def check_readable(path: Path) -> None:
    """Refuse what is not a UTF-8 text file; a mark at its start (Excel's) is welcome."""
    try:
        with path.open("rb") as file:
            _check(file, path.stat().st_size)
    except OSError as error:
        raise ImportRefused(
            [Problem(0, _("The file %(path)s cannot be read.") % {"path": path})]
        ) from error


def check_content(content: bytes) -> None:
    """Refuse what :func:`check_readable` refuses, of a file that is not to stand on a disk."""
    _check(io.BytesIO(content), len(content))


def _check(file: BinaryIO, size: int) -> None:
    if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
        _refuse(_("The file is UTF-16. Save it as “CSV UTF-8” and load it again."))
    if size > LONGEST_FILE:
        _refuse(_("The file is larger than 20 MB."))
    file.seek(0)
    for number, line in enumerate(file, start=1):
        if b"\x00" in line:
            _refuse(_("This is not a text file: it holds a NUL character."), number)
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            _refuse(_("This is not UTF-8. Save the file as “CSV UTF-8”."), number)
    if size == 0:
        _refuse(_("The file is empty."))


def _refuse(words: str, line: int = 0) -> None:
    raise ImportRefused([Problem(line, words)])


def not_csv(error: csv.Error) -> str:
    return _("This is not CSV (%(reason)s). Is a quotation mark missing?") % {"reason": error}
