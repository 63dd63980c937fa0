"""A simulated State: machines with queues before them, fed what was measured on this one.

Each station (web, database, workers, the SMS account) serves as many at once as it has cores, one
after the other what comes in. Bookings come at random at the rate of an announcement; movements of
e-Office go on beside them. What breaks first is the station whose queue no longer ends.
"""

import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import simpy

from benchmarks.scale.costs import Costs

Steps = Generator[simpy.Event, Any, Any]
# How long each load is held, and after which part of it the waiting is judged.
SECONDS, JUDGED_FROM = 60.0, 0.5
SEED = 20200721
# A page is late beyond so many seconds, a message beyond so many.
LATE_PAGE, LATE_MESSAGE = 2.5, 60.0
# Above this nobody should plan: what a station has left is for the next rush.
FULL = 0.85


@dataclass(frozen=True)
class Machines:
    """What a State has."""

    web: int
    database: int
    worker: int
    # Segments of SMS that the account may send in a second.
    segments: float
    # One pool of cores for everything, as on one machine.
    shared: int = 0


@dataclass
class Seen:
    """What one load did."""

    bookings: int
    used: dict[str, float] = field(default_factory=dict)
    pages: list[float] = field(default_factory=list)
    messages: list[float] = field(default_factory=list)

    @property
    def page_p95(self) -> float:
        return _p95(self.pages)

    @property
    def message_p95(self) -> float:
        return _p95(self.messages)

    def fullest(self) -> str:
        return max(self.used, key=lambda name: self.used[name])

    def holds(self) -> bool:
        full = max(self.used.values()) > 1
        return not full and self.page_p95 <= LATE_PAGE and self.message_p95 <= LATE_MESSAGE


class State:
    """One load on some machines."""

    def __init__(self, costs: Costs, machines: Machines, bookings: int, movements: int) -> None:
        self._costs, self._machines = costs, machines
        self._chance = random.Random(SEED)  # noqa: S311 (a load that can be repeated, no secret)
        self._world = simpy.Environment()
        self._stations = self._made()
        self._busy = dict.fromkeys([*self._stations, "sms"], 0.0)
        self._account_free_at = 0.0
        self._rates = bookings / 3600, movements / 3600
        self.seen = Seen(bookings)

    def run(self) -> Seen:
        """Let it go on for a minute; return what was seen in the second half of it."""
        for rate, kind in zip(self._rates, (self._booking, self._movement), strict=True):
            self._world.process(self._come(rate, kind))
        self._world.run(until=SECONDS)
        sizes = self._sizes()
        self.seen.used = {
            name: busy / SECONDS / sizes[name] for name, busy in self._busy.items() if sizes[name]
        }
        return self.seen

    def _made(self) -> dict[str, Any]:
        if self._machines.shared:
            return {"cores": simpy.Resource(self._world, capacity=self._machines.shared)}
        sizes = self._sizes()
        return {
            name: simpy.Resource(self._world, capacity=sizes[name])
            for name in ("web", "database", "worker")
        }

    def _sizes(self) -> Mapping[str, int]:
        had = self._machines
        if had.shared:
            return {"cores": had.shared, "sms": 1}
        return {"web": had.web, "database": had.database, "worker": had.worker, "sms": 1}

    def _come(self, rate: float, kind: Any) -> Steps:
        while rate:
            yield self._world.timeout(self._chance.expovariate(rate))
            self._world.process(kind())

    def _booking(self) -> Steps:
        """Each request of the way is served for itself; between two of them somebody reads."""
        cost, requests = self._costs.booking, self._costs.requests
        # The way of one takes minutes; a minute's load sees all parts of the ways of many.
        yield self._world.timeout(0)
        parts = [self._world.process(self._request(cost.web / requests, cost.database / requests))
                 for _one in range(requests)]  # fmt: skip
        yield simpy.AllOf(self._world, parts)
        for number in range(round(self._costs.messages)):
            self._world.process(self._message(number))

    def _movement(self) -> Steps:
        cost = self._costs.movement
        for _part in range(2):
            yield self._world.process(self._request(cost.web / 2, cost.database / 2))

    def _request(self, web: float, database: float) -> Steps:
        # Spread over the minute as the parts of many ways are.
        yield self._world.timeout(self._chance.uniform(0, SECONDS / 10))
        began = self._world.now
        yield from self._serve("web", web)
        yield from self._serve("database", database)
        if began >= SECONDS * JUDGED_FROM:
            self.seen.pages.append(self._world.now - began)

    def _message(self, _number: int) -> Steps:
        began = self._world.now
        cost = self._costs.message
        yield from self._serve("database", cost.database)
        yield from self._serve("worker", cost.worker)
        # The account lets one through after the other, as its bucket does.
        takes = self._costs.segments / self._costs.messages / self._machines.segments
        self._account_free_at = max(self._account_free_at, self._world.now) + takes
        self._busy["sms"] += takes
        wait = self._account_free_at - self._world.now
        if self._account_free_at >= SECONDS * JUDGED_FROM:
            self.seen.messages.append(self._account_free_at - began)
        yield self._world.timeout(wait)

    def _serve(self, name: str, milliseconds: float) -> Steps:
        station = "cores" if self._machines.shared else name
        seconds = milliseconds / 1000
        # Work that has come counts as load, whether or not its turn comes in this minute.
        self._busy[station] += seconds
        with self._stations[station].request() as turn:
            yield turn
            yield self._world.timeout(seconds)


def _p95(values: list[float]) -> float:
    """Of a load whose queues only grow nothing may have come to its end: it waits for ever."""
    return sorted(values)[int(len(values) * 0.95)] if values else float("inf")
