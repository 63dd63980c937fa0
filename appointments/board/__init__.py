"""The promise board: how each office keeps the 24-hour promise, by month. Nothing personal."""

import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar, cast

from appointments.board import figures
from appointments.board.figures import SMALL, Board, Line, Totals, fresh_board
from appointments.board.settling import drop, roll_up
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

KEPT_SECONDS = 60
# Months and offices that are kept at once; who asks for more makes them anew.
KEPT_BOARDS = 400
Made = TypeVar("Made")

_lock = threading.Lock()
_kept: dict[object, tuple[float, object]] = {}


def board(month: date | None = None) -> Board:
    """Return a month's board, at most a minute old; kept in this process: no cache has to live."""
    return _at_most_a_minute_old(("board", month), lambda: fresh_board(month))


def months_of(post: Post) -> tuple[datetime, list[Line]]:
    """Return the last months of one office, at most a minute old, and as of when they are."""
    return _at_most_a_minute_old(("post", post.pk), lambda: figures.months_of(post))


def forget() -> None:
    """Make the next board anew."""
    _kept.clear()


def _at_most_a_minute_old(key: object, make: Callable[[], Made]) -> Made:
    kept = _kept.get(key)
    if kept is None or time.monotonic() - kept[0] >= KEPT_SECONDS:
        with _lock:
            kept = _kept.get(key)
            if kept is None or time.monotonic() - kept[0] >= KEPT_SECONDS:
                began = time.monotonic()
                kept = (began, make())
                if len(_kept) >= KEPT_BOARDS:
                    _kept.clear()
                _kept[key] = kept
    return cast("Made", kept[1])
