"""The promise board: how each office keeps the 24-hour promise, by month. Nothing personal."""

from datetime import date, datetime

from appointments.board import figures
from appointments.board.figures import SMALL, Board, Line, Totals, fresh_board
from appointments.board.settling import drop, roll_up
from esachivalaya.common import reading
from esachivalaya.common.kept import Kept
from officials.models import Post

__all__ = [
    "SMALL",
    "Board",
    "Line",
    "Totals",
    "board",
    "drop",
    "forget",
    "fresh_board",
    "months_of",
    "roll_up",
]

# Nothing of it is older than a minute.
KEPT_SECONDS = 30
_boards: Kept[Board] = Kept(seconds=KEPT_SECONDS, most=100)
_months: Kept[tuple[datetime, list[Line]]] = Kept(seconds=KEPT_SECONDS, most=400)


def board(month: date | None = None) -> Board:
    """Return a month's board, at most a minute old; kept in this process: no cache has to live."""
    return _boards.get(month, lambda: reading.report(lambda: fresh_board(month)))


def months_of(post: Post) -> tuple[datetime, list[Line]]:
    """Return the last months of one office, at most a minute old, and as of when they are."""
    return _months.get(post.pk, lambda: reading.report(lambda: figures.months_of(post)))


def forget() -> None:
    """Make the next board anew."""
    _boards.forget()
    _months.forget()
