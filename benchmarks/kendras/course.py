"""The course: load the State's Kendras, then let five hundred operators work at once."""

import asyncio
import contextlib
import os
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.db.models import Count
from django.urls import reverse

from benchmarks.booking.cases import analyse
from benchmarks.booking.pages import Browser as PageBrowser
from benchmarks.kendras import files, places
from benchmarks.kendras.line import NO_ANSWER, Line
from benchmarks.kendras.phones import Phones
from benchmarks.kendras.places import Operator
from benchmarks.kendras.processor import Processor
from benchmarks.kendras.records import Told, compared, in_database
from benchmarks.kendras.statements import queries
from benchmarks.kendras.walk_ins import OperatorAtWork, Shift
from benchmarks.load import median
from benchmarks.messages.processes import Workers, provider
from benchmarks.servers import gunicorn
from benchmarks.surroundings import as_owner
from esachivalaya.accounts.models import User
from kendras.models import AssistedBooking, Kendra
from kendras.services import tokens

OPERATORS = int(os.environ.get("BENCH_KENDRAS_OPERATORS", "500"))
SECONDS = float(os.environ.get("BENCH_KENDRAS_SECONDS", "150"))
# Seconds from one walk-in of an operator to the next.
PACE = float(os.environ.get("BENCH_KENDRAS_PACE", "60"))
# All operators have begun within a round, and are spread over it.
WARM_UP = PACE * 1.25
PROVIDER_SECONDS, SEGMENTS_PER_SECOND = 0.05, 100
QUEUE = 20
SETTLE_TRIES = 5


class Course:
    """One run: both files, the statements of each step, the load, the comparison, the page."""

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        walk_ins = int((WARM_UP + SECONDS) / PACE * 1.2) + 3
        with tempfile.TemporaryDirectory(prefix="esachivalaya-bench-") as name:
            folder = Path(name)
            places.offices()
            figures = files.loaded(folder)
            operators = places.operators(OPERATORS + 1, walk_ins=walk_ins)
            analyse()
            # One works in this process, for the count of statements alone.
            *at_work, one = operators
            figures["queries"] = queries(one)
            before = set(AssistedBooking.objects.values_list("request__reference", flat=True))
            with (
                provider(folder, seconds=PROVIDER_SECONDS) as taker,
                Workers(1, provider_port=taker, segments_per_second=SEGMENTS_PER_SECOND),
                gunicorn("esachivalaya.wsgi:application") as port,
                as_owner() as cursor,
            ):
                shift = Shift(Line(port), Phones(folder), PACE)
                processor = Processor(cursor)
                figures |= asyncio.run(work(at_work, shift, processor))
            # By a server that nothing waits in, however much was asked of the other one.
            with gunicorn("esachivalaya.wsgi:application") as port:
                figures |= page(port, at_work)
        there, doubles, desks = in_database()
        mine = {reference: row for reference, row in there.items() if reference not in before}
        return {
            **figures,
            **compared(shift.told, mine, doubles, desks),
            "seconds": round(time.monotonic() - began),
        }


async def work(operators: list[Operator], shift: Shift, processor: Processor) -> dict[str, Any]:
    """Let all operators work; measure after the warm-up; send at last what was never answered."""
    begins = time.monotonic()
    measured_from, shift.ends = begins + WARM_UP, begins + WARM_UP + SECONDS
    watching = asyncio.create_task(shift.phones.watch())
    everybody = asyncio.gather(
        *(
            OperatorAtWork(one, shift).work(starts=begins + PACE * one.number / len(operators))
            for one in operators
        )
    )
    await asyncio.sleep(measured_from - time.monotonic())
    processor.begin()
    while (left := shift.ends - time.monotonic()) > 0:
        await asyncio.sleep(min(left, 1.0))
        processor.look()
    shares = processor.shares()
    await everybody
    unsettled = await settle(shift)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    for words, count in shift.wrong.most_common():
        print(f"{count} × {words}", flush=True)
    return {**told_of(shift, measured_from), **shares, "unsettled": unsettled}


async def settle(shift: Shift) -> int:
    """Send again what was never answered, as the browser's list of unsent ones does."""
    unsettled = 0
    for browser, pressed in shift.unsent:
        status = NO_ANSWER
        for _try in range(SETTLE_TRIES):
            answer = await browser.post("settle", pressed.address, pressed.fields)
            status = answer.status
            if status == 200:
                reference = str(answer.data["reference"])
                shift.told.append(Told(pressed.fields["key"], reference, pressed.asked))
            if status in {200, 409}:
                break
        unsettled += status not in {200, 409}
    return unsettled


def told_of(shift: Shift, measured_from: float) -> dict[str, Any]:
    """Return the figures of the steady minutes; what went wrong counts from the very beginning."""
    steps: defaultdict[str, list[float]] = defaultdict(list)
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    for one in shift.line.answers:
        # Everybody opens the page for the first time in the warm-up.
        if one.step == "page_first" or measured_from <= one.began < shift.ends:
            steps[one.step].append(one.seconds)
            sizes[one.step].append(len(one.body))
    first = steps.pop("page_first")
    every = [seconds for times in steps.values() for seconds in times]
    booked = sum(measured_from <= at < shift.ends for at in shift.booked.values())
    return {
        "operators": OPERATORS,
        "steady_s": SECONDS,
        "requests_per_s": round(len(every) / SECONDS, 1),
        **_times(every),
        "bookings": booked,
        "bookings_per_min": round(booked / SECONDS * 60, 1),
        "errors": sum(shift.wrong.values()),
        "answers_5xx": sum(one.status >= 500 for one in shift.line.answers),
        "no_answer": sum(one.status == NO_ANSWER for one in shift.line.answers),
        "taken": shift.counted["taken"],
        "given_up": shift.counted["given_up"],
        "pressed_twice": shift.counted["pressed_twice"],
        "steps": {
            name: {**_times(times), "bytes": int(median(sizes[name]))}
            for name, times in (("page_first", first), *steps.items())
        },
    }


def _times(times: list[float]) -> dict[str, int]:
    ordered = sorted(times)
    return {
        "p50_ms": round(ordered[len(ordered) // 2] * 1000),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)] * 1000),
    }


def page(port: int, operators: list[Operator]) -> dict[str, int]:
    """Return the bytes of the counter's page where most was booked and twenty people wait."""
    codes = {one.kendra: one for one in operators}
    busiest = (
        Kendra.objects.filter(code__in=codes)
        .annotate(many=Count("bookings"))
        .order_by("-many", "code")[0]
    )
    one = codes[busiest.code]
    by = User.objects.get(pk=one.user_id)
    for _number in range(QUEUE):
        tokens.issue(kendra=busiest, by=by)
    address = reverse("kendras:counter", args=[busiest.code])
    cookies = {"sessionid": one.session, "language": "hi"}
    first, again = PageBrowser(port).visit(address, cookies)
    return {"page_bytes": again, "assets_bytes": first - again}
