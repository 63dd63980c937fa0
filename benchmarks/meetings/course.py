"""The course: two hundred people sit in their meetings, alone and then beside visitors."""

import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.booking.cases import BROWSER, analyse
from benchmarks.load import Answer, median
from benchmarks.meetings import frames
from benchmarks.meetings.pace import Loop, Paced
from benchmarks.meetings.people import Sitter, seated
from benchmarks.servers import gunicorn

PEOPLE = int(os.environ.get("BENCH_MEETINGS_PEOPLE", "200"))
SECONDS = float(os.environ.get("BENCH_MEETINGS_SECONDS", "30"))
# As static/js/meeting/signalling.js looks when nothing is being negotiated.
EVERY = 1.5
VIEWS_PER_SECOND, CROWD = 50.0, 32
WARM_UP_SECONDS = 5.0
TICKS = os.sysconf("SC_CLK_TCK")


class Course:
    """One run of both parts: what sitting in meetings costs, and how soon people see each other."""

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        people = seated(PEOPLE)
        analyse()
        figures: dict[str, Any] = {
            "people": PEOPLE,
            "views_per_s": VIEWS_PER_SECOND,
            "queries_per_poll": queries_of_poll(people[0]),
            "queries_per_poll_of_office": queries_of_poll(people[1]),
        }
        with gunicorn("esachivalaya.wsgi:application") as port:
            alone = stretch(port, people, visitors=False)
            together = stretch(port, people, visitors=True)
        figures |= {
            **together,
            "poll_p95_alone_ms": alone["poll_p95_ms"],
            "polls_per_s_alone": alone["polls_per_s_held"],
            "cpu_share": alone["cpu_share_all"],
            "errors": together["errors"] + alone["errors"],
        }
        return {**figures, **frames.measured(), "seconds": round(time.monotonic() - began)}


def stretch(port: int, people: list[Sitter], *, visitors: bool) -> dict[str, Any]:
    """Let ``people`` poll, and visitors come beside them, for a while after a warm-up."""
    loop = Loop(port)
    if visitors:
        loop.visitors(_pages(port), per_second=VIEWS_PER_SECOND, crowd=CROWD)
    dice, begins = random.Random(20200721), time.monotonic()  # noqa: S311 - nobody's secret
    for one in people:
        loop.poller(one.poll(port), every=EVERY, first=begins + dice.uniform(0, EVERY))
    loop.run(WARM_UP_SECONDS)
    loop.forget()
    before, began = _cpu_seconds(), time.monotonic()
    done = loop.run(SECONDS)
    took = time.monotonic() - began
    share = (_cpu_seconds() - before) / took
    return {
        **_times("poll", done.polls, took),
        **_times("view", done.views, took),
        "view_wait_ms": round(max(done.waits, default=0.0) * 1000),
        "cpu_share_all": round(share, 3),
        "errors": _errors(done),
    }


def queries_of_poll(one: Sitter) -> int:
    """Return how many statements a settled poll needs, once the process has served one."""
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.cookies.load(one.cookies)
    url = reverse("meetings:poll", args=[one.reference])
    browser.post(url, one.body, content_type="application/json")
    with CaptureQueriesContext(connection) as spoken:
        answer = browser.post(url, one.body, content_type="application/json")
    if answer.status_code != 200 or answer.json()["people"] is None:
        raise SystemExit(f"A poll answers {answer.status_code}: {answer.content[:300]!r}")
    return len(spoken.captured_queries)


def _pages(port: int) -> list[bytes]:
    """What visitors look at: the home page and the directory, by turns."""
    return [
        (
            f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: {BROWSER}\r\n"
            "Accept: text/html\r\nAccept-Encoding: gzip\r\nAccept-Language: hi-IN,hi;q=0.9\r\n\r\n"
        ).encode()
        for url in (reverse("home"), reverse("officials:directory"))
    ]


def _times(name: str, answers: list[Answer], seconds: float) -> dict[str, Any]:
    if not answers:
        return {}
    times = sorted(answer.seconds for answer in answers)
    return {
        f"{name}s": len(times),
        f"{name}s_per_s_held": round(len(times) / seconds, 1),
        f"{name}_p50_ms": round(median(times) * 1000, 1),
        f"{name}_p95_ms": round(times[int(len(times) * 0.95)] * 1000, 1),
    }


def _errors(done: Paced) -> int:
    told = Counter(answer.status for answer in [*done.polls, *done.views])
    if set(told) - {200}:
        print(f"Answers other than 200: {dict(told)}", flush=True)
    return sum(number for status, number in told.items() if status != 200)


def _cpu_seconds() -> float:
    """Return the processor time of all that this process has started, the ended ones included."""
    rows = dict(_processes())
    mine, found = {os.getpid()}, 0.0
    while more := {pid for pid, (parent, _used) in rows.items() if parent in mine} - mine:
        mine |= more
    for pid in mine - {os.getpid()}:
        found += rows[pid][1]
    return found


def _processes() -> list[tuple[int, tuple[int, float]]]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # utime, stime, cutime, cstime in ticks.
        used = sum(map(int, fields[11:15])) / TICKS
        found.append((int(folder.name), (int(fields[1]), used)))
    return found
