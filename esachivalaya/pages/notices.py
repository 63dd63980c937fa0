"""The notices that stand on every page, and whether the portal takes anything new.

Every page asks, so the answer is kept in the process: one query in half a minute, whatever the
number of pages. What was kept holds each notice's times, so that one begins and ends on the
second; a change that is saved elsewhere is seen within half a minute.
"""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.formats import chosen_language, datetime_long
from esachivalaya.common.registry import Closed
from esachivalaya.pages.models import Notice

KEPT_SECONDS = 30.0


@dataclass(frozen=True)
class Kept:
    """Notices as they were read at ``moment`` of the database, ``at`` of this process's clock."""

    at: float
    moment: datetime
    rows: tuple[Notice, ...] = ()

    def age(self) -> float:
        return time.monotonic() - self.at

    def now(self) -> datetime:
        return self.moment + timedelta(seconds=self.age())


@dataclass(frozen=True)
class Shown:
    """A notice as a page prints it, in the reader's language."""

    closed: bool
    heading: str
    words: str


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_lock = threading.Lock()
_kept: Kept | None = None


def on_top() -> list[Shown]:
    """Return the notices of this moment, that the portal is closed before all others."""
    rows = sorted(_now(), key=lambda row: (row.kind != Notice.Kind.CLOSED, row.starts_at, row.pk))
    return [
        Shown(
            closed=row.kind == Notice.Kind.CLOSED,
            heading=closing_words(row) if row.kind == Notice.Kind.CLOSED else "",
            words=" ".join(filter(None, [_in_language(row, "words"), still_works(row)])),
        )
        for row in rows
    ]


def closed() -> Closed | None:
    """Return that the portal takes no new requests, with the words of the notice; else None."""
    rows = [row for row in _now() if row.kind == Notice.Kind.CLOSED]
    if not rows:
        return None
    row = max(rows, key=lambda one: one.ends_at)
    return Closed(f"{closing_words(row)} {still_works(row)}", row.ends_at)


def forget() -> None:
    """Read the notices anew for the next page."""
    global _kept
    _kept = None


def closing_words(row: Notice) -> str:
    when = datetime_long(row.ends_at)
    return _("The portal takes no new requests until %(when)s.") % {"when": when}


def still_works(row: Notice) -> str:
    return _in_language(row, "still_works") if row.kind == Notice.Kind.CLOSED else ""


def _in_language(row: Notice, name: str) -> str:
    return str(getattr(row, f"{name}_{chosen_language()}"))


def _now() -> list[Notice]:
    kept = _fresh()
    now = kept.now()
    return [row for row in kept.rows if row.starts_at <= now < row.ends_at]


def _fresh() -> Kept:
    """Return what was kept, read anew when it is too old; one thread reads, the others go on.

    Without the database the page that is being made says so by itself: what was known stays.
    """
    global _kept
    kept = _kept
    if kept is not None and kept.age() < KEPT_SECONDS:
        return kept
    if not _lock.acquire(blocking=kept is None):
        return kept or Kept(time.monotonic(), _LONG_AGO)
    try:
        if _kept is None or _kept.age() >= KEPT_SECONDS:
            _kept = _read()
        return _kept
    except (DatabaseError, InterfaceError):
        return kept or Kept(time.monotonic(), _LONG_AGO)
    finally:
        _lock.release()


def _read() -> Kept:
    """Read what is shown now or begins before it is read again; one query, none when idle."""
    at = time.monotonic()
    rows = tuple(
        Notice.objects.filter(
            ends_at__gt=ClockTimestamp(),
            starts_at__lte=ClockTimestamp() + timedelta(seconds=2 * KEPT_SECONDS),
        )
        .annotate(read_at=ClockTimestamp())
        .order_by("pk")
    )
    # Without a row there is nothing to compare with any time.
    return Kept(at, rows[0].read_at if rows else _LONG_AGO, rows)
