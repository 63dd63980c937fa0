"""Sending what the outbox holds: claim, look once more, call, remember. Any number may run this.

The row is the truth; Redis only makes it quick and even. One worker keeps several calls in the air
by threads that do nothing but call the gateway: the database is used by the worker alone. Lanes
are looked at from the top again and again, so that a code never waits for an appeal.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from esachivalaya.common import clock, sweeps
from esachivalaya.notifications import breakers, claims, outcomes, reconciliation
from esachivalaya.notifications.bucket import REST_SECONDS, bucket_of
from esachivalaya.notifications.claims import Call
from esachivalaya.notifications.gateways import (
    Gateway,
    Misconfigured,
    Outcome,
    Unknown,
    gateway_for,
)
from esachivalaya.notifications.hours import appeals_open_at
from esachivalaya.notifications.models import Channel, Message, MessageClass

logger = logging.getLogger(__name__)

# Codes are never behind anything else, appeals never before.
LANES = (MessageClass.CODE, MessageClass.TRANSACTIONAL, MessageClass.APPEAL)
# A run ends before the task's soft limit; the next one goes on.
RUN_SECONDS = 30.0
# One that sweeps as well sends for less long, and asks about fewer lost answers.
SWEEPING_RUN_SECONDS = 12.0
ASKED_IN_A_TASK = 8
# How often an empty lane is looked at again while others are busy.
LOOK_SECONDS = 0.25
# A worker that never ends sweeps as often as beat would, and looks up now and then.
SWEEP_SECONDS = 10.0
FOREVER_SECONDS = 5.0
# How often the breakers are.
BREAKERS_SECONDS = 1.0


def send_due(lane: str = "", *, threads: int = 0) -> Counter[str]:
    """Send what is due and return how many messages came to which status.

    With ``lane``, only that class and those before it: a nudge for a code is not kept busy by
    appeals. Without, this is the sweep that finds whatever a nudge lost: it ends leases, marks what
    has become worthless, and asks about outcomes that are unknown as well.
    """
    with Worker(threads or settings.MESSAGE_THREADS) as worker:
        if lane:
            return +worker.run(lane)
        start = time.monotonic()
        did = worker.run(seconds=SWEEPING_RUN_SECONDS)
        did += worker.sweep(ask=ASKED_IN_A_TASK)
        if time.monotonic() - start < RUN_SECONDS:
            # What the sweep freed goes out at once.
            did += worker.run(seconds=SWEEPING_RUN_SECONDS / 2)
        return +did


def send_for_ever(stop: threading.Event, *, threads: int = 0) -> None:
    """Be a worker until ``stop`` is set, with the database alone: no Redis, no Celery.

    A database that is being restarted is waited for; what was in the air is remembered when it is
    back, or becomes unknown when its lease ends.
    """
    with Worker(threads or settings.MESSAGE_THREADS) as worker:
        sweep_at = 0.0
        while not stop.is_set():
            try:
                if time.monotonic() >= sweep_at:
                    worker.sweep()
                    sweep_at = time.monotonic() + SWEEP_SECONDS
                worker.run(seconds=FOREVER_SECONDS, stop=stop)
            except (DatabaseError, InterfaceError) as problem:
                logger.warning("The database is away (%s).", type(problem).__name__)
                connection.close()
            stop.wait(LOOK_SECONDS)


class Worker:
    """One sender with its threads and gateways; :meth:`run` may be called again and again."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="gateway")
        self._roads: dict[str, Gateway] = {name: gateway_for(name) for name in Channel.values}

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_problem: object) -> None:
        self._pool.shutdown()

    def run(
        self,
        lane: str = "",
        *,
        seconds: float = RUN_SECONDS,
        stop: threading.Event | None = None,
    ) -> Counter[str]:
        """Send what is due in the lanes up to ``lane`` until nothing is, or the time is over."""
        lanes = LANES[: LANES.index(MessageClass(lane)) + 1] if lane else LANES
        run = Run(self._roads, self._pool, self._threads, lanes, seconds, stop)
        return run.to_its_end()

    def sweep(self, *, ask: int = reconciliation.ASKED_AT_ONCE) -> Counter[str]:
        """End leases, close what is worthless, settle unknown outcomes; the sign of life."""
        did = claims.end_leases() + claims.expire()
        did += reconciliation.settle(self._roads, self._pool, most=ask)
        sweeps.done("send_messages")
        return did


class Run:
    """One pass over the outbox: what it holds, what is in the air, and what it did."""

    def __init__(
        self,
        roads: dict[str, Gateway],
        pool: ThreadPoolExecutor,
        threads: int,
        lanes: Sequence[MessageClass],
        seconds: float,
        stop: threading.Event | None = None,
    ) -> None:
        self._roads = roads
        self._pool = pool
        self._threads = threads
        self._lanes = lanes
        self._stop = stop or threading.Event()
        self._ends = time.monotonic() + seconds
        self._held: dict[tuple[MessageClass, str], deque[Message]] = {
            (lane, channel): deque() for lane in lanes for channel in roads
        }
        self._air: dict[Future[Outcome], Call] = {}
        self._open: list[str] = []
        self._look_at: dict[str, float] = {}
        self._did: Counter[str] = Counter()

    def to_its_end(self) -> Counter[str]:
        """Send; whatever happens, what was called is remembered and what was held is let go."""
        try:
            while self._step():
                self._land(0.0)
        finally:
            while self._air:
                self._land(None)
            self._let_go()
        return self._did

    def _step(self) -> bool:
        """Do one thing; False when nothing is left to do."""
        if time.monotonic() >= self._ends or self._stop.is_set():
            return False
        self._look_at_breakers()
        free = self._threads - len(self._air)
        busy = bool(self._air)
        calls, pause = self._next(free) if free else ([], 0.0)
        if calls:
            self._take_off(calls)
        elif self._air:
            # With every thread busy there is nothing better to do than to wait for the first.
            self._land(min(pause or LOOK_SECONDS, LOOK_SECONDS) if free else None)
        elif pause:
            time.sleep(min(pause, LOOK_SECONDS))
        return bool(calls or busy or self._air or pause)

    # --- what goes next ---

    def _next(self, free: int) -> tuple[list[Call], float]:
        """Return up to ``free`` calls that may be made now, or the seconds until one may."""
        calls: list[Call] = []
        for lane in self._lanes:
            self._fill(lane)
            for channel, road in self._roads.items():
                queue = self._held[lane, channel]
                if not queue or len(calls) >= free:
                    continue
                if self._must_wait(lane, queue):
                    continue
                costs = [message.segments for message in list(queue)[: free - len(calls)]]
                granted, pause = (
                    bucket_of(road.name).take(lane, costs) if road.metered else (len(costs), 0.0)
                )
                calls += [Call(queue.popleft(), road.name) for _number in range(granted)]
                if lane == MessageClass.APPEAL and pause >= REST_SECONDS:
                    # Redis is away: appeals wait in the outbox, not in this worker's hands.
                    self._put_back(queue)
                    self._rest("appeals", REST_SECONDS)
                elif pause:
                    # The lanes behind would only take what this one waits for.
                    return calls, pause
        return calls, 0.0

    def _fill(self, lane: MessageClass) -> None:
        if any(self._held[lane, channel] for channel in self._roads):
            return
        if self._resting(lane) or (lane == MessageClass.APPEAL and self._resting("appeals")):
            return
        channels = [channel for channel in self._roads if channel not in self._open]
        most = self._threads * 2
        found = claims.claim(lane, channels, most)
        for message in found:
            self._held[lane, message.channel].append(message)
        if len(found) < most:
            self._rest(lane, LOOK_SECONDS)

    def _must_wait(self, lane: MessageClass, queue: "deque[Message]") -> bool:
        """Hold appeals outside their hours, as the clock is now."""
        if lane != MessageClass.APPEAL:
            return False
        opens = appeals_open_at(clock.now())
        if opens is None:
            return False
        self._put_back(queue)
        self._did["held"] += claims.hold_appeals(opens)
        self._rest("appeals", LOOK_SECONDS)
        return True

    def _put_back(self, queue: "deque[Message]") -> None:
        claims.give_back(queue)
        queue.clear()

    def _rest(self, name: str, seconds: float) -> None:
        self._look_at[name] = time.monotonic() + seconds

    def _resting(self, name: str) -> bool:
        return time.monotonic() < self._look_at.get(name, 0.0)

    # --- stopped roads ---

    def _look_at_breakers(self) -> None:
        if self._resting("breakers"):
            return
        self._rest("breakers", BREAKERS_SECONDS)
        stopped = breakers.open_ones()
        self._open = [row.channel for row in stopped]
        for row in stopped:
            for lane in self._lanes:
                self._put_back(self._held[lane, row.channel])
            if breakers.probe_is_due(row) and (call := self._probe(row.channel, row.gateway)):
                self._take_off([call])

    def _probe(self, channel: str, gateway: str) -> Call | None:
        """Return the one message that tries a stopped road this minute, if it is ours to try."""
        for lane in self._lanes:
            if lane == MessageClass.APPEAL and appeals_open_at(clock.now()):
                continue
            for message in claims.claim(lane, [channel], 1, stopped=True):
                if breakers.may_probe(gateway):
                    return Call(message, gateway, probe=True)
                claims.give_back([message])
                return None
        return None

    # --- in the air ---

    def _take_off(self, calls: list[Call]) -> None:
        begun = claims.begin(calls)
        for call in begun:
            road = self._roads[call.message.channel]
            self._air[self._pool.submit(_call, road, call.message)] = call
        if len(begun) < len(calls):
            on_their_way = {call.message.pk for call in begun}
            for call in calls:
                if call.message.pk not in on_their_way:
                    self._did[claims.set_aside(call.message)] += 1

    def _land(self, patience: float | None) -> None:
        """Remember the calls that came back; wait for the first at most ``patience`` seconds."""
        if not self._air:
            return
        back, _still = wait(self._air, timeout=patience, return_when=FIRST_COMPLETED)
        if not back:
            return
        landed = []
        for future in back:
            call = self._air.pop(future)
            landed.append((call, future.result(), self._roads[call.message.channel]))
        self._did.update(outcomes.remember(landed))
        if any(isinstance(outcome, Misconfigured) for _call, outcome, _road in landed):
            # A road was found wrong just now.
            self._look_at.pop("breakers", None)

    def _let_go(self) -> None:
        try:
            for queue in self._held.values():
                self._put_back(queue)
        except (DatabaseError, InterfaceError):
            # Their short lease gives them back.
            logger.warning("Claimed messages wait for the end of their lease.")


def _call(road: Gateway, message: Message) -> Outcome:
    try:
        return road.send(message)
    except Exception as problem:
        # A gateway sorts its own errors. One that it does not know may have come after the call.
        logger.exception("Message %d: the gateway failed.", message.pk)
        return Unknown(f"The gateway failed ({type(problem).__name__}).")
