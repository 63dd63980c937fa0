"""The course: measure what one of each costs, then let a simulated State book more and more."""

import math
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.scale.costs import BOOKINGS, MESSAGES, MOVEMENTS, Cost, Costs, measured
from benchmarks.scale.drawing import draw
from benchmarks.scale.state import FULL, Machines, Seen, State

# Bookings an hour; at an announcement 100,000 are expected.
LOADS = (2_000, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000, 150_000, 200_000)
ANNOUNCED = 100_000
# 25,000 people in e-Office with 20 movements each in 8 hours, twice as many in the busiest one.
MOVEMENTS_AN_HOUR = 25_000 * 20 // 8 * 2
# What the account may send unless somebody sets another amount (MESSAGE_SEGMENTS_PER_SECOND).
SEGMENTS = 100.0
TWO_CORES = Machines(web=0, database=0, worker=0, segments=SEGMENTS, shared=2)
# Two web nodes of 16 cores, a database of 16, two workers of 4.
STATE = Machines(web=32, database=16, worker=8, segments=SEGMENTS)
BAR = 40


class Course:
    """One run: costs, the two arrangements, and what the announcement asks for."""

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        costs = measured()
        for name, cost in (
            ("booking", costs.booking), ("movement", costs.movement), ("message", costs.message)
        ):  # fmt: skip
            print(f"{name:9} {_words(cost)}")
        print(
            f"A booking makes {costs.requests} requests and {costs.messages:.1f} SMS "
            f"of {costs.segments:.1f} segments.\n"
        )
        alone = curve("One machine of two cores, e-Office idle", costs, TWO_CORES, 0)
        state = curve(
            f"A State: web {STATE.web}, database {STATE.database}, workers {STATE.worker} cores, "
            f"{STATE.segments:.0f} segments a second; {MOVEMENTS_AN_HOUR:,} movements an hour",
            costs, STATE, MOVEMENTS_AN_HOUR,
        )  # fmt: skip
        wide = Machines(STATE.web, STATE.database, STATE.worker, segments=10_000)
        wider = curve("The same with an SMS account without that limit", costs, wide,
                      MOVEMENTS_AN_HOUR)  # fmt: skip
        if picture := os.environ.get("BENCH_SCALE_PICTURE"):
            draw(Path(picture), state, wider)
        needed = wanted(costs, ANNOUNCED, MOVEMENTS_AN_HOUR)
        print(f"For {ANNOUNCED:,} bookings an hour, at most {FULL:.0%} full: {needed}")
        return {
            "bookings_measured": BOOKINGS,
            "movements_measured": MOVEMENTS,
            "messages_measured": MESSAGES,
            **_told("booking", costs.booking),
            **_told("movement", costs.movement),
            **_told("message", costs.message),
            "requests_per_booking": costs.requests,
            "messages_per_booking": round(costs.messages, 2),
            "segments_per_booking": round(costs.segments, 2),
            "bookings_per_hour_two_cores": most(costs, TWO_CORES, 0)[0],
            "simulated_two_cores_holds": _last(alone),
            "breaks_first": _breaks(state),
            "breaks_first_bookings_per_hour": most(costs, STATE, MOVEMENTS_AN_HOUR)[0],
            "breaks_next": _breaks(wider),
            "breaks_next_bookings_per_hour": most(costs, wide, MOVEMENTS_AN_HOUR)[0],
            **{f"needed_{name}": count for name, count in needed.items()},
            "seconds": round(time.monotonic() - began),
        }


def curve(title: str, costs: Costs, machines: Machines, movements: int) -> list[Seen]:
    """Simulate each load until one does not hold; print the curve."""
    print(f"{title}\n{'an hour':>8} {'page p95':>9} {'message p95':>12}  fullest")
    found = []
    for load in LOADS:
        seen = State(costs, machines, load, movements).run()
        found.append(seen)
        name = seen.fullest()
        part = seen.used[name]
        bar = "#" * min(round(part * BAR), BAR * 2)
        print(
            f"{load:8,} {seen.page_p95:8.2f}s {seen.message_p95:11.1f}s  "
            f"{name:8} {part:5.0%} {bar}{'' if seen.holds() else '  BREAKS'}",
            flush=True,
        )
        if not seen.holds():
            break
    print()
    return found


def most(costs: Costs, machines: Machines, movements: int) -> tuple[int, str]:
    """Return how many bookings an hour fill the first station to the brim, and which that is."""
    message = costs.message
    each = {
        "web": costs.booking.web,
        "database": costs.booking.database + costs.messages * message.database,
        "worker": costs.messages * message.worker,
    }
    beside = {"web": costs.movement.web, "database": costs.movement.database, "worker": 0.0}
    if machines.shared:
        each, beside = {"cores": sum(each.values())}, {"cores": sum(beside.values())}
        sizes = {"cores": machines.shared}
    else:
        sizes = {"web": machines.web, "database": machines.database, "worker": machines.worker}
    hour = 3_600_000
    room = {
        name: (sizes[name] * hour - movements * beside[name]) / cost for name, cost in each.items()
    }
    room["sms"] = machines.segments * 3600 / costs.segments
    first = min(room, key=lambda name: room[name])
    return int(room[first]), first


def wanted(costs: Costs, bookings: int, movements: int) -> dict[str, int]:
    """Return the cores, and the segments a second, that so much work asks for."""
    hour = 3_600_000 * FULL
    message = costs.message
    database = bookings * (costs.booking.database + costs.messages * message.database)
    return {
        "web_cores": math.ceil((bookings * costs.booking.web + movements * costs.movement.web)
                               / hour),
        "database_cores": math.ceil((database + movements * costs.movement.database) / hour),
        "worker_cores": math.ceil(bookings * costs.messages * message.worker / hour),
        "segments_per_second": math.ceil(bookings * costs.segments / 3600 / FULL),
    }  # fmt: skip


def _breaks(found: list[Seen]) -> str:
    """Name the station that did not hold; "nothing" when all loads were held."""
    return "nothing" if found[-1].holds() else found[-1].fullest()


def _last(found: list[Seen]) -> int:
    return max((seen.bookings for seen in found if seen.holds()), default=0)


def _words(cost: Cost) -> str:
    return (
        f"web {cost.web:7.2f} ms   database {cost.database:6.2f} ms   worker {cost.worker:6.2f} ms"
    )


def _told(name: str, cost: Cost) -> dict[str, float]:
    return {
        f"cost_{name}_ms": round(cost.total, 2),
        f"cost_{name}_web_ms": round(cost.web, 2),
        f"cost_{name}_database_ms": round(cost.database, 2),
        f"cost_{name}_worker_ms": round(cost.worker, 2),
    }
