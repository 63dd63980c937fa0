"""The portal's regular work: one that fails keeps none of the others waiting.

When each kind was last done to its end is remembered, and by this the portal's life is judged: a
process that is up proves nothing; work that was done does.
"""

import logging
import traceback
from collections.abc import Callable

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.models import Sweep

# Not the fault of the row at hand: all of it is done again, by the retry or by the next sweep.
NOT_ITS_FAULT = (OperationalError, SoftTimeLimitExceeded)


def log_failure(logger: logging.Logger, what: str, problem: Exception) -> None:
    """Log where it failed, without the database's words: they may quote a row and its phone."""
    where = "".join(traceback.format_tb(problem.__traceback__))
    logger.error("%s (%s).\n%s", what, type(problem).__name__, where)


def one_by_one(
    step: Callable[[frozenset[int], list[int]], int],
    *,
    logger: logging.Logger,
    failing: Callable[[int], str],
) -> int:
    """Take ``step`` until it did nothing; return how much was done in all.

    ``step`` gets the ids to go without, puts the id it works on into a list, and returns how much
    it did. One that fails is logged in the words of ``failing`` and gone without; the next sweep
    tries it again. What fails before there is an id, and what is not its fault, ends it all.
    """
    done, failed = 0, set[int]()
    while True:
        tried: list[int] = []
        try:
            found = step(frozenset(failed), tried)
        except NOT_ITS_FAULT:
            raise
        except Exception as problem:
            if not tried:
                raise
            failed.add(tried[-1])
            log_failure(logger, failing(tried[-1]), problem)
            continue
        if not found:
            return done
        done += found


def done(name: str) -> None:
    """Remember that the sweep ``name`` ended well just now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_sweep (name, ended_at) VALUES (%s, clock_timestamp()) "
            "ON CONFLICT (name) DO UPDATE SET ended_at = clock_timestamp()",
            [name],
        )


def ages() -> dict[str, float]:
    """Return how many seconds ago each sweep last ended well."""
    rows = Sweep.objects.annotate(now=ClockTimestamp()).order_by("name")
    return {row.name: (row.now - row.ended_at).total_seconds() for row in rows}
