"""The steady load: lanes that each do one thing at their own pace, and note what they were told."""

import hashlib
import itertools
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator

from django.urls import reverse
from fpdf import FPDF

from benchmarks.booking.cases import Case
from benchmarks.chaos import people
from benchmarks.chaos.browsing import Browser
from benchmarks.chaos.people import Cast, Shuttle
from benchmarks.chaos.records import Booked, Told

# How many lanes of each kind, and how many seconds between two acts of one lane.
BOOKING_LANES, BOOKING_EVERY = 3, 1.5
OFFICER_LANES, OFFICER_EVERY = 2, 1.0
CLERK_LANES, CLERK_EVERY = 2, 1.5
# One booking in so many brings a paper; one in so many is left to the 24-hour rule.
WITH_PAPER, UNANSWERED = 4, 3
SEE_OTHER, FOUND = 303, 302


class Load:
    """All lanes, from their start until they are told to stop and have."""

    def __init__(self, port: int, cast: Cast, told: Told) -> None:
        self._port, self._told = port, told
        self._cases: Iterator[Case] = iter(cast.cases)
        self._officers = cast.officers
        self._turns = threading.Lock()
        self._to_confirm: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self.to_age: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._numbers = itertools.count(1)
        self.failed: list[BaseException] = []
        lanes: list[tuple[Callable[[], None], float]] = []
        lanes += [(self.book, BOOKING_EVERY)] * BOOKING_LANES
        lanes += [(self.confirm, OFFICER_EVERY)] * OFFICER_LANES
        for number in range(CLERK_LANES):
            mine = itertools.cycle(cast.shuttles[number::CLERK_LANES])
            lanes.append((lambda mine=mine: self.move(next(mine)), CLERK_EVERY))  # type: ignore[misc]
        self._lanes = [
            threading.Thread(target=self._run, args=lane, name=f"lane-{number}", daemon=True)
            for number, lane in enumerate(lanes)
        ]

    def start(self) -> None:
        for lane in self._lanes:
            lane.start()

    def stop(self) -> None:
        """Let every lane end what it began, and no more."""
        self._stopping.set()
        for lane in self._lanes:
            lane.join()
        if self.failed:
            raise self.failed[0]

    def book(self) -> None:
        """Send one booking, some with a paper; whoever was too late is told so."""
        with self._turns:
            case = next(self._cases, None)
        if case is None:
            return
        browser = Browser(self._port, people.household(case), self._told)
        papers = frozenset(self._paper(browser, case)) if case.number % WITH_PAPER == 0 else ()
        answer = browser.post(case.url, "booking", {"key": case.key})
        if answer.status != SEE_OTHER:
            return
        reference = answer.location.strip("/").rpartition("/")[2]
        self._told.booked[reference] = Booked(
            reference, case.phone, case.post.pk, case.slot.start.isoformat(), frozenset(papers)
        )
        if case.number % UNANSWERED == 0:
            self.to_age.put(reference)
        else:
            self._to_confirm.put((case.post.pk, reference))

    def confirm(self) -> None:
        """Let an officer confirm the oldest booking that waits."""
        try:
            post, reference = self._to_confirm.get_nowait()
        except queue.Empty:
            return
        browser = Browser(self._port, self._officers[post], self._told)
        page = browser.get(
            reverse("admin:appointments_request_change", args=[reference]) + "?answer=confirm",
            "request page",
        )
        answer = browser.post(
            reverse("admin:appointments_request_answer", args=[reference, "confirm"]),
            "confirmation",
            {"key": secrets.token_urlsafe(18), "version": page.hidden("version")},
        )
        if answer.status == FOUND:
            self._told.confirmed.add(reference)

    def move(self, shuttle: Shuttle) -> None:
        """Let the clerk who has the file note on it and mark it to the other."""
        here, there = shuttle.turn, 1 - shuttle.turn
        browser = Browser(self._port, shuttle.people[here], self._told)
        url = reverse("eoffice:file-act", args=[shuttle.desks[here], shuttle.file, "mark"])
        page = browser.get(url, "file page")
        if page.status != 200:
            # It went although its sending was never answered.
            shuttle.turn = there
            return
        words = f"movement {next(self._numbers)}"
        fields = {"to": shuttle.desks[there], "note": f"Examined: {words}.", "words": words}
        for name in ("stay", "version"):
            fields[name] = page.hidden(name)
        answer = browser.post(url, "movement", fields)
        if answer.status == FOUND:
            self._told.moved.add(words)
            shuttle.turn = there

    def _paper(self, browser: Browser, case: Case) -> Iterator[str]:
        """Add a paper to the draft; yields its digest when that was answered."""
        content = paper(f"{case.phone} {case.key}")
        url = reverse("appointments:new-step", args=[case.post.code, "papers"])
        if browser.upload(url, "paper", "paper1", content).status == FOUND:
            yield hashlib.sha256(content).hexdigest()

    def _run(self, act: Callable[[], None], every: float) -> None:
        next_at = time.monotonic()
        while not self._stopping.wait(max(next_at - time.monotonic(), 0.0)):
            try:
                act()
            except BaseException as problem:
                self.failed.append(problem)
                raise
            # What an outage kept from being done is not made up for in a rush.
            next_at = max(next_at + every, time.monotonic())


def paper(words: str) -> bytes:
    """Return a PDF of one page that nobody else has."""
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=12)
    made.cell(text=f"Application of {words}")
    return bytes(made.output())
