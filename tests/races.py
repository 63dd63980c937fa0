"""Real threads with real connections, started at one barrier."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections

PATIENCE = 60


@dataclass
class Outcome:
    """What one of the racers came back with."""

    value: Any = None
    error: BaseException | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


def run_at_once(*jobs: Callable[[], Any]) -> list[Outcome]:
    """Run every job in a thread of its own; return the outcomes in the order of the jobs."""
    barrier = threading.Barrier(len(jobs), timeout=PATIENCE)
    outcomes = [Outcome() for _job in jobs]

    def racer(place: int, job: Callable[[], Any]) -> None:
        try:
            # Connecting is part of the start, not of the race.
            connections["default"].ensure_connection()
            barrier.wait()
            outcomes[place].value = job()
        except BaseException as problem:
            outcomes[place].error = problem
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=racer, args=(place, job), daemon=True)
        for place, job in enumerate(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        if thread.is_alive():
            outcomes[threads.index(thread)].error = TimeoutError("This racer never came back.")
    return outcomes


def until_somebody_waits() -> None:
    """Return when another connection waits for a lock of this one, or has had its time."""
    for _turn in range(2000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks AS asked"
                " WHERE NOT asked.granted AND pg_backend_pid() = ANY(pg_blocking_pids(asked.pid))"
            )
            if cursor.fetchone()[0]:
                return
