"""Reports read from a replica, where DATABASE_REPORTS_URL names one: counting slows no booking.

Only what says so reads there (:func:`from_replica`), in one read-only transaction that shows one
moment. Who may read was asked of the main database before; nothing is decided by what a replica,
some seconds behind, says. Where none is set, or it does not answer, the main database is read; also
once more for a report that it broke off (:func:`report`).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

REPORTS = "reports"
Made = TypeVar("Made")
_reading: ContextVar[bool] = ContextVar("reading", default=False)


class Router:
    """Reads within :func:`from_replica` go to the replica; everything else, and each write, not."""

    def db_for_read(self, _model: Any, **_hints: Any) -> str | None:
        return REPORTS if _reading.get() else None

    def db_for_write(self, _model: Any, **_hints: Any) -> str:
        """Also of a row that was read from the replica."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Any, _other: Any, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, _app: str, **_hints: Any) -> bool:
        return db != REPORTS


def link() -> BaseDatabaseWrapper:
    """Return the connection that a report of raw SQL reads by."""
    return connections[REPORTS if _reading.get() else DEFAULT_DB_ALIAS]


@contextmanager
def from_replica() -> Iterator[None]:
    """Read from the replica while this lasts; from the main database where there is none."""
    if _reading.get() or REPORTS not in connections.settings:
        yield
        return
    opened = _opened()
    if opened is None:
        yield
        return
    with opened:
        token = _reading.set(True)
        try:
            yield
        finally:
            _reading.reset(token)


def report(make: Callable[[], Made]) -> Made:
    """Return what ``make`` reads from the replica; what it breaks off is read from the database.

    A replica ends what reads rows that were vacuumed meanwhile ("conflict with recovery"), and it
    may die half-way. ``make`` is then called once more, so it changes nothing.
    """
    if _reading.get() or REPORTS not in connections.settings:
        return make()
    try:
        with from_replica():
            return make()
    except (OperationalError, InterfaceError) as problem:
        connections[REPORTS].close()
        logger.warning("The replica broke off a report (%s).", type(problem).__name__)
    return make()


def _opened() -> ExitStack | None:
    """Begin a read-only transaction there; None when it cannot be had, with nothing left open."""
    try:
        with ExitStack() as opened:
            opened.enter_context(transaction.atomic(using=REPORTS))
            with connections[REPORTS].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return opened.pop_all()
    except (OperationalError, InterfaceError) as problem:
        # The transaction was left by then: the connection can be closed, and is made anew.
        connections[REPORTS].close()
        logger.warning("The replica does not answer (%s).", type(problem).__name__)
        return None
