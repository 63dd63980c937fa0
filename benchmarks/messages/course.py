"""The course: write, kill, flush, restart, wait, compare; then a steady minute without a cap."""

import os
import random
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.utils import InterfaceError

from benchmarks.messages import apart
from benchmarks.messages.processes import Workers, provider
from benchmarks.messages.records import Asked, Taker, compared, most_in_a_second, rate
from benchmarks.surroundings import as_owner
from esachivalaya.common import clock
from esachivalaya.notifications.models import Channel, Message, MessageClass, MessageTemplate
from esachivalaya.notifications.services import Letter, Recipient, post

COUNT = int(os.environ.get("BENCH_MESSAGES_COUNT", "20000"))
WORKERS = 8
PROVIDER_SECONDS = 0.05
CAP = 100
KILLS, SEED = 10, 20200721
# Where on the way, as a part of the time that the cap alone would take.
FLUSH_AT, RESTART_AT = 0.35, 0.6
KILLS_BETWEEN = (0.05, 0.9)
SHARE_FOR_RATE = 0.99
# A killed worker's messages wait for the end of its lease, then the provider is asked about them.
PATIENCE = 600.0
STEADY_PER_SECOND, STEADY_SECONDS = 60, 60
PROMISE_SECONDS = 10.0
TEMPLATE = "benchmark"
AT_A_TIME = 250
WRITTEN_PER_SECOND, STARTS_SECONDS = 500, 15


class Course:
    """One run of both parts."""

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        make_template()
        figures = {**self.rough_way(), **self.steady_minute()}
        return {**figures, "seconds": round(time.monotonic() - began)}

    def rough_way(self) -> dict[str, Any]:
        """All messages at the cap, through kills, a flush of Valkey and a restart of PostgreSQL."""
        asked = Asked()
        with _places() as folder, provider(Path(folder), seconds=PROVIDER_SECONDS) as port:
            taker = Taker(Path(folder))
            with Workers(WORKERS, provider_port=port, segments_per_second=CAP) as workers:
                # All fall due at one moment, when the workers are up and the writing is done.
                due_at = clock.now() + timedelta(
                    seconds=COUNT / WRITTEN_PER_SECOND + STARTS_SECONDS
                )
                for first in range(0, COUNT, AT_A_TIME):
                    numbers = range(first, min(first + AT_A_TIME, COUNT))
                    write(asked, "rough", numbers, not_before=due_at)
                analyse()
                _until(taker, 1, seconds=COUNT / WRITTEN_PER_SECOND + STARTS_SECONDS + 60)
                away = self._trouble(workers, taker)
                _settle(taker, COUNT)
                ended = workers.ended_by_themselves()
            taker.look()
        achieved, outage = rate(taker.taken, share=SHARE_FOR_RATE, asked=COUNT, away=away)
        moments = [one.at for one in taker.taken]
        return {
            "count": COUNT,
            "class": MessageClass.TRANSACTIONAL.value,
            "workers": WORKERS,
            "provider_ms": round(PROVIDER_SECONDS * 1000),
            "allowed_per_s": CAP,
            "achieved_per_s": round(achieved, 1),
            "rate_ratio": round(achieved / CAP, 3),
            "share_for_rate": SHARE_FOR_RATE,
            "kills": KILLS,
            "flushes": 1,
            "restarts": len(away),
            "outage_s": round(outage, 1),
            "most_in_a_second": most_in_a_second(taker.taken),
            "last_accepted_s": round(max(moments) - min(moments), 1),
            "workers_ended_by_themselves": ended,
            **compared(asked, taker.taken),
        }

    def _trouble(self, workers: Workers, taker: Taker) -> list[tuple[float, float]]:
        """Do what goes wrong on the way, each at its moment; returns when PostgreSQL was away."""
        began = time.monotonic()
        chance = random.Random(SEED)  # noqa: S311 (moments that can be repeated, no secret)
        expected = COUNT / CAP
        plan: list[tuple[float, str]] = [
            (expected * chance.uniform(*KILLS_BETWEEN), "kill") for _ in range(KILLS)
        ]
        plan += [(expected * FLUSH_AT, "flush"), (expected * RESTART_AT, "restart")]
        away: list[tuple[float, float]] = []
        for moment, what in sorted(plan):
            time.sleep(max(began + moment - time.monotonic(), 0.0))
            print(f"{moment:6.1f} s  {what:8} {taker.look():6} accepted", flush=True)
            if what == "kill":
                workers.kill(chance.randrange(WORKERS))
            elif what == "flush":
                apart.flush_valkey()
            else:
                away.append(apart.restart_postgres())
        return away

    def steady_minute(self) -> dict[str, Any]:
        """Sixty messages a second for a minute, each in a transaction of its own, without a cap."""
        asked, count = Asked(), STEADY_PER_SECOND * STEADY_SECONDS
        with _places() as folder, provider(Path(folder), seconds=PROVIDER_SECONDS) as port:
            taker = Taker(Path(folder))
            with Workers(WORKERS, provider_port=port, segments_per_second=0):
                write(asked, "first", [0])
                # All workers are up before it is measured: a portal is not started for a message.
                _until(taker, 1, seconds=60)
                time.sleep(5)
                asked = Asked()
                began = time.monotonic()
                for number in range(count):
                    time.sleep(max(began + number / STEADY_PER_SECOND - time.monotonic(), 0.0))
                    write(asked, "steady", [number])
                wrote = time.monotonic() - began
                _settle(taker, count + 1)
            taker.look()
        taken = [one for one in taker.taken if one.what in asked.committed]
        waits = sorted(max(one.at - asked.committed[one.what], 0.0) for one in taken)
        told = compared(asked, taken)
        return {
            "steady_per_s": round(count / wrote, 1),
            "steady_count": count,
            "within_10s": round(sum(wait <= PROMISE_SECONDS for wait in waits) / count, 4),
            "p50_s": _at(waits, 0.5),
            "p95_s": _at(waits, 0.95),
            "slowest_s": _at(waits, 1.0),
            "steady_lost": told["lost"],
            "steady_duplicates": told["duplicates"],
        }


def make_template() -> None:
    """Make the words of which :func:`write` writes messages."""
    MessageTemplate.objects.create(
        key=TEMPLATE,
        channel=Channel.SMS,
        version=1,
        klass=MessageClass.TRANSACTIONAL,
        body_en="{state}: this is message {number} of a benchmark.",
        body_hi="{state}: {number}",
    )


def write(
    asked: Asked, event: str, numbers: Iterable[int], *, not_before: datetime | None = None
) -> None:
    """Ask for messages as a service does, in one transaction, and note when it was committed."""
    wanted = {(f"+91980{n:07}", f"Haryana: this is message {event} {n} of a benchmark."): n
              for n in numbers}  # fmt: skip
    letters = [
        Letter(
            event=f"bench:{event}:{n}",
            template=TEMPLATE,
            to=Recipient(phone=to, language="en"),
            values={"number": f"{event} {n}"},
            not_before=not_before,
        )
        for (to, _body), n in wanted.items()
    ]
    with transaction.atomic():
        written = post(letters)
    now = time.time()
    if [(row.to, row.body) for row in sorted(written, key=lambda row: row.pk)] != list(wanted):
        raise SystemExit("The outbox does not hold the words that were asked for.")
    asked.committed |= dict.fromkeys(wanted, now)


def analyse() -> None:
    """Renew the planner's statistics, as autovacuum does on a server that has run a day."""
    with as_owner() as cursor:
        cursor.execute("ANALYZE")


def _until(taker: Taker, count: int, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while taker.look() < count:
        if time.monotonic() > until:
            raise SystemExit(
                "The workers send nothing: the reason stands in .run/bench-server.log."
            )
        time.sleep(0.1)


def _settle(taker: Taker, count: int) -> None:
    """Wait until nothing is on its way any more; what is not there by then is lost.

    The portal's own table only says when to stop waiting, so that what might still be sent twice
    has the time to be.
    """
    until = time.monotonic() + count / CAP + PATIENCE
    while time.monotonic() < until:
        if taker.look() >= count and not _on_the_way():
            return
        time.sleep(1)


def _on_the_way() -> bool:
    try:
        return (
            Message.objects.filter(accepted_at__isnull=True)
            .exclude(status__in=Message.FINAL)
            .exists()
        )
    except (OperationalError, InterfaceError):
        connection.close()
        return True


def _at(waits: list[float], share: float) -> float | None:
    return round(waits[min(int(len(waits) * share), len(waits) - 1)], 2) if waits else None


def _places() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="esachivalaya-bench-")
