"""The processor time of one booking, one movement, one message: of web, database and worker.

A booking is the whole way: the pages a citizen opens, each step's form, the last press, the page
that follows, and the officer's page and confirmation. A movement is the file's page and the form
that notes and marks. A message is what the sender and the database spend on it once it is written.
Time is counted by the kernel for each process, so another load on the machine makes it vary little.
"""

import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.db.models import F
from django.urls import reverse

from appointments.diary import slot_value
from appointments.models import Category
from benchmarks.booking.cases import DESCRIPTION, Case
from benchmarks.chaos import people
from benchmarks.chaos.browsing import Answer, Browser
from benchmarks.chaos.people import Shuttle
from benchmarks.chaos.records import Told
from benchmarks.kendras.processor import Processor
from benchmarks.messages.course import make_template, write
from benchmarks.messages.processes import Workers, provider
from benchmarks.messages.records import Asked
from benchmarks.servers import gunicorn
from esachivalaya.common import sweeps
from esachivalaya.notifications.models import Channel, Message
from esachivalaya.notifications.wording import CODE_BUDGET

BOOKINGS, MOVEMENTS, MESSAGES = 40, 60, 600
WARM = 5
PROVIDER_SECONDS = 0.05
PATIENCE = 120.0
FOUND, SEE_OTHER = 302, 303


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time for one of something."""

    web: float = 0.0
    database: float = 0.0
    worker: float = 0.0

    @property
    def total(self) -> float:
        return self.web + self.database + self.worker


@dataclass(frozen=True)
class Costs:
    """All three, and what a booking sends."""

    booking: Cost
    movement: Cost
    message: Cost
    requests: int
    messages: float
    segments: float


def measured() -> Costs:
    """Measure everything, one thing after the other."""
    cast = people.prepare(2 * (BOOKINGS + WARM))
    told = Told()
    with gunicorn("esachivalaya.wsgi:application", TRUSTED_PROXIES="1") as port:
        # Of those that want one time together, one has a way to go.
        cases = iter({(case.post.pk, case.slot.start): case for case in cast.cases}.values())

        def book() -> None:
            case = next(cases)
            _confirm(Browser(port, cast.officers[case.post.pk], told), _book(port, case, told))

        moves = iter(range(10**6))

        def move() -> None:
            _move(port, cast.shuttles[next(moves) % len(cast.shuttles)], told)

        _times(WARM, book)
        before = len(told.answers), sum(told.answers.values()), _written()
        booking = _cost(BOOKINGS, book)
        requests = (sum(told.answers.values()) - before[1]) // BOOKINGS
        count, segments = (now - was for now, was in zip(_written(), before[2], strict=True))
        _times(WARM, move)
        movement = _cost(MOVEMENTS, move)
    # A code to sign in goes before each booking: one more, of as many segments as one may have.
    return Costs(
        booking,
        movement,
        _message(),
        requests,
        count / BOOKINGS + 1,
        segments / BOOKINGS + CODE_BUDGET,
    )


def _written() -> tuple[int, int]:
    """Return how many SMS go out at once, and their segments; reminders come on other days."""
    at_once = F("created_at") + timedelta(minutes=1)
    rows = Message.objects.filter(channel=Channel.SMS, due_at__lte=at_once)
    sizes = list(rows.values_list("segments", flat=True))
    return len(sizes), sum(sizes)


def _cost(count: int, act: Callable[[], None]) -> Cost:
    with connection.cursor() as cursor:
        processor = Processor(cursor)
        processor.begin()
        _times(count, act)
        spent = processor.seconds()
    per = 1000 / count
    return Cost(
        spent.get("workers", 0.0) * per,
        spent.get("postgres", 0.0) * per,
        spent.get("sender", 0.0) * per,
    )


def _times(count: int, act: Callable[[], None]) -> None:
    for _time in range(count):
        act()


def _book(port: int, case: Case, told: Told) -> str:
    """Go the citizen's whole way; return the reference."""
    browser = Browser(port, people.household(case), told)
    code = case.post.code

    def step(name: str) -> str:
        if name == "time":
            return reverse("appointments:new", args=[code])
        return reverse("appointments:new-step", args=[code, name])

    about = {
        "subject": "वृद्धावस्था पेंशन अप्रैल से नहीं मिली",
        "category": str(Category.objects.get(code="pension").pk),
        "sought": "रुकी हुई पेंशन दिलाई जाए।",
        "description": DESCRIPTION,
    }
    for page in (
        reverse("home"),
        reverse("officials:directory"),
        reverse("officials:post", args=[code]),
    ):
        _sure(page, browser.get(page, "page"), 200)
    for name, fields in (
        ("time", {"slot": slot_value(case.slot)}),
        ("about", about),
        ("meeting", {"language": "hi", "name1": "राम कुमार", "relation1": "बेटा"}),
        ("papers", {}),
        ("person", {"citizen": str(case.citizen_id), "key": secrets.token_urlsafe(18)}),
    ):
        _sure(name, browser.get(step(name), "step"), 200)
        _sure(name, browser.post(step(name), "step", fields), FOUND)
    _sure("check", browser.get(step("check"), "step"), 200)
    sent = _sure("booking", browser.post(case.url, "booking", {"key": case.key}), SEE_OTHER)
    _sure("request", browser.get(sent.location, "request"), 200)
    return sent.location.strip("/").rpartition("/")[2]


def _confirm(browser: Browser, reference: str) -> None:
    page = reverse("admin:appointments_request_change", args=[reference]) + "?answer=confirm"
    shown = _sure("request page", browser.get(page, "request page"), 200)
    answer = reverse("admin:appointments_request_answer", args=[reference, "confirm"])
    fields = {"key": secrets.token_urlsafe(18), "version": shown.hidden("version")}
    _sure("confirmation", browser.post(answer, "confirmation", fields), FOUND)


def _move(port: int, shuttle: Shuttle, told: Told) -> None:
    here, there = shuttle.turn, 1 - shuttle.turn
    browser = Browser(port, shuttle.people[here], told)
    url = reverse("eoffice:file-act", args=[shuttle.desks[here], shuttle.file, "mark"])
    page = _sure("file page", browser.get(url, "file page"), 200)
    fields = {"to": shuttle.desks[there], "note": "Examined.", "words": "For orders, please."}
    fields |= {name: page.hidden(name) for name in ("stay", "version")}
    _sure("movement", browser.post(url, "movement", fields), FOUND)
    shuttle.turn = there


def _message() -> Cost:
    """What one message costs a sender that runs already."""
    make_template()
    Message.objects.all().delete()

    def all_of_them() -> None:
        write(Asked(), "cost", range(MESSAGES))
        _until(lambda: not Message.objects.filter(status__in=_WAITING).exists())

    with (
        _folder() as folder,
        provider(folder, seconds=PROVIDER_SECONDS) as port,
        Workers(1, provider_port=port, segments_per_second=0),
    ):
        _until(lambda: "send_messages" in sweeps.ages())
        spent = _cost(1, all_of_them)
    return Cost(0.0, spent.database / MESSAGES, spent.worker / MESSAGES)


_WAITING = ("queued", "claimed", "sending", "retry")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="esachivalaya-bench-", dir=os.environ["DATA_DIR"]) as f:
        yield Path(f)


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            raise SystemExit("The sender does not send: see .run/bench-server.log.")
        time.sleep(0.2)


def _sure(what: str, answer: Answer, wanted: int) -> Answer:
    if answer.status != wanted:
        told = re.sub(r"<[^>]+>|\s+", " ", answer.body.partition("<main")[2])[:600]
        raise SystemExit(f"The {what} answers {answer.status}, not {wanted}: {told}")
    return answer
