"""Telling the workers that something waits. The row is the truth; this only makes it quick.

The person who pressed a button never waits for Redis: the request only raises a flag, and one
thread of the process tells the workers. Several flags within a moment become one word. When Redis
does not answer, the thread keeps quiet for a while and the ten-second sweep finds the rows.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from celery import current_app

from esachivalaya.common import request_ids

logger = logging.getLogger(__name__)

TASK = "notifications.send_messages"
# After Redis failed, no further try for so long.
QUIET_SECONDS = 30.0
# Flags raised within this time are told together.
PAUSE_SECONDS = 0.2


def publish(lane: str, url: str | None = None) -> None:
    """Put one task in the queue of the workers, waiting at most about a second for Redis.

    ``url`` is the queue's address; without it, the one of the settings.
    """
    with current_app.connection_for_write(
        url,
        transport_options={
            **current_app.conf.broker_transport_options,
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            "max_retries": 0,
            "interval_start": 0,
        },
    ) as queue:
        current_app.send_task(TASK, args=[lane], connection=queue, retry=False, ignore_result=True)


class Bell:
    """A flag per lane and the thread that carries it to the workers."""

    def __init__(self, publish: Callable[[str], None] = publish) -> None:
        self._publish = publish
        # Each with the request that raised it first, for the logs.
        self._lanes: dict[str, str] = {}
        self._condition = threading.Condition()
        self._pid = 0
        self._quiet_until = 0.0

    def ring(self, lane: str) -> None:
        """Raise the flag of ``lane``; returns at once, whatever Redis does."""
        with self._condition:
            if time.monotonic() < self._quiet_until:
                return
            self._lanes.setdefault(lane, request_ids.current())
            if self._pid != os.getpid():
                # A forked child has no thread of its own yet.
                self._pid = os.getpid()
                threading.Thread(target=self._carry, name="nudge", daemon=True).start()
            self._condition.notify()

    def _carry(self) -> None:
        while True:
            with self._condition:
                while not self._lanes:
                    self._condition.wait()
                lanes, self._lanes = self._lanes, {}
            self._tell(lanes)
            time.sleep(PAUSE_SECONDS)

    def _tell(self, lanes: dict[str, str]) -> None:
        try:
            for lane, number in sorted(lanes.items()):
                with request_ids.carrying(number):
                    self._publish(lane)
        except Exception as problem:
            with self._condition:
                self._quiet_until = time.monotonic() + QUIET_SECONDS
                self._lanes.clear()
            logger.warning(
                "Workers cannot be nudged (%s): the sweep sends instead. Next try in %d s.",
                type(problem).__name__,
                QUIET_SECONDS,
            )


_bell = Bell()


def wake(lane: str) -> None:
    """Tell the workers that a message of class ``lane`` waits; never fails, never waits."""
    _bell.ring(lane)
