"""The course of the benchmark: prepare, measure by turns, compare with the database, count."""

import gzip
import json
import re
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from appointments.models import Request
from benchmarks import load
from benchmarks.booking import cases, pages
from benchmarks.booking.cases import Case
from benchmarks.booking.statements import Spoken, listening, script_of
from benchmarks.load import Answer, Job, Round, median
from benchmarks.servers import gunicorn
from esachivalaya.common.clock import day_of
from esachivalaya.common.slots import Span
from officials.models import Post

CLIENTS = 32
POSTS = 20
ROUNDS = 9
PORTAL_SECONDS, FLOOR_SECONDS = 3.0, 2.0
GZIP = b"\x1f\x8b"
WARM_UP_CASES = 150
CROWD, SCARCE = 500, 20
SLOT_VALUE = re.compile(r'value="\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/')

OVERLAPPING = """
SELECT count(*) FROM appointments_hold a JOIN appointments_hold b
    ON a.post_id = b.post_id AND a.place = b.place AND a.id < b.id AND a.during && b.during
 WHERE a.released_at IS NULL AND b.released_at IS NULL
"""
BOOKED = """
SELECT r.reference, r.citizen_id FROM appointments_request r
  JOIN appointments_hold h ON h.request_id = r.id AND h.released_at IS NULL
"""


class Course:
    """One run. The record of what was sent and answered is kept here, not in the database."""

    def __init__(self) -> None:
        self.sent: dict[int, Case] = {}
        self.answers: list[Answer] = []
        self.floor_answers: list[Answer] = []
        self.began = time.monotonic()

    def run(self) -> dict[str, Any]:
        cases.number_tables()
        self.slots = cases.slots(cases.open_posts(POSTS, "BENCHPST"))
        (page_post,) = cases.open_posts(1, "BENCHPAG")
        (scarce_post,) = cases.open_posts(1, "BENCHFEW")
        spoken, script = self.one_booking()
        with tempfile.TemporaryDirectory(prefix="esachivalaya-bench-") as folder:
            told = Path(folder) / "script.json"
            told.write_text(json.dumps(script))
            with (
                gunicorn("esachivalaya.wsgi:application") as portal,
                gunicorn("benchmarks.booking.floor:application", BENCH_SCRIPT=str(told)) as floor,
            ):
                speed = self.by_turns(portal, floor)
                scarcity = self.rush(portal, scarce_post)
                page = self.post_page(portal, page_post)
        return {
            **speed,
            "statements": len(spoken.statements),
            "transaction_statements": spoken.transaction_statements,
            **self.compared(),
            **scarcity,
            **page,
            "seconds": round(time.monotonic() - self.began),
        }

    def one_booking(self) -> tuple[Spoken, list[dict[str, Any]]]:
        """Book twice in this process and return what the second said to the database.

        The first fills what a process keeps for a while (words of messages), as in any that has
        served before.
        """
        heard: list[Spoken] = []
        for case in self.prepare(2):
            browser = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
            browser.cookies.load(case.cookies)
            with listening() as spoken:
                answer = browser.post(case.url, case.form, headers={"Origin": "http://127.0.0.1"})
            heard.append(spoken)
            if answer.status_code != 303:
                raise SystemExit(f"Sending the form answers {answer.status_code}, not 303.")
            self.answers.append(Answer(case.number, 303, answer["Location"], b"", 0.0))
        row = Request.objects.get(citizen_id=case.citizen_id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(id) FROM audit_entry WHERE subject_id = %s", [str(row.pk)])
            (entry,) = cursor.fetchone()
        values = {**case.values(), "reference": row.reference}
        return heard[-1], script_of(heard[-1], {**values, "request_id": row.pk, "entry_id": entry})

    def by_turns(self, portal: int, floor: int) -> dict[str, Any]:
        """Measure portal and floor in short rounds by turns, since machines are noisy."""
        rates: dict[str, list[float]] = {"portal": [], "floor": []}
        guess = {
            "portal": self.portal_round(portal, WARM_UP_CASES).per_second(303),
            "floor": self.floor_round(floor, WARM_UP_CASES).per_second(200),
        }
        for _number in range(ROUNDS):
            done = self.portal_round(
                portal, _enough(guess["portal"], PORTAL_SECONDS), PORTAL_SECONDS
            )
            rates["portal"].append(done.per_second(303))
            done = self.floor_round(floor, _enough(guess["floor"], FLOOR_SECONDS), FLOOR_SECONDS)
            rates["floor"].append(done.per_second(200))
            guess = {name: max(per) for name, per in rates.items()}
            print(
                f"{rates['portal'][-1]:7.1f} bookings/s   {rates['floor'][-1]:7.1f} floor/s   "
                f"{rates['portal'][-1] / rates['floor'][-1]:.2f}",
                flush=True,
            )
        bookings, base = median(rates["portal"]), median(rates["floor"])
        times = sorted(answer.seconds for answer in self.answers)
        return {
            "bookings_per_s": round(bookings, 1),
            "floor_per_s": round(base, 1),
            "ratio": round(bookings / base, 3),
            "ratios": [
                round(ours / bare, 3)
                for ours, bare in zip(rates["portal"], rates["floor"], strict=True)
            ],
            "slowest_percent_ms": round(times[int(len(times) * 0.99)] * 1000),
        }

    def prepare(self, count: int) -> list[Case]:
        prepared = cases.prepare(list(islice(self.slots, count)))
        cases.analyse()
        self.sent |= {case.number: case for case in prepared}
        return prepared

    def portal_round(self, port: int, count: int, seconds: float = load.PATIENCE) -> Round:
        jobs = [case.job(port) for case in self.prepare(max(count, CLIENTS))]
        done = load.send_all(port, jobs, clients=CLIENTS, seconds=seconds)
        self.answers += done.answers
        return done

    def floor_round(self, port: int, count: int, seconds: float = load.PATIENCE) -> Round:
        jobs = [case.floor_job(port) for case in self.prepare(max(count, CLIENTS))]
        done = load.send_all(port, jobs, clients=CLIENTS, seconds=seconds)
        self.floor_answers += done.answers
        wrong = [answer for answer in done.answers if answer.status != 200]
        if wrong:
            raise SystemExit(f"The floor answers {wrong[0].status}: {wrong[0].body[:300]!r}")
        return done

    def rush(self, port: int, post: Post) -> dict[str, Any]:
        """Let 500 households press at once for 20 slots of one day of one post."""
        few = _of_one_day(post, SCARCE)
        prepared = cases.prepare([(post, few[number % SCARCE]) for number in range(CROWD)])
        cases.analyse()
        self.sent |= {case.number: case for case in prepared}
        jobs = [case.job(port) for case in prepared]
        done = load.send_all(port, jobs, clients=CROWD)
        self.answers += done.answers
        refused = [answer for answer in done.answers if answer.status == 409]
        told = [len(SLOT_VALUE.findall(_text(answer.body))) for answer in refused]
        return {
            "scarce_clients": CROWD,
            "scarce_slots": SCARCE,
            "scarce_succeeded": done.count(303),
            "scarce_refused": len(refused),
            "scarce_refused_with_alternatives": sum(number > 0 for number in told),
            "scarce_5xx": _failures(done.answers),
            "scarce_seconds": round(done.seconds, 1),
        }

    def post_page(self, port: int, post: Post) -> dict[str, Any]:
        """Count a post page's statements without and with 500 bookings, and the pages' bytes."""
        wanted = list(islice(cases.slots([post]), CROWD + 1))
        empty = pages.queries_of_post_page(post)
        prepared = cases.prepare(wanted)
        self.sent |= {case.number: case for case in prepared}
        jobs: list[Job] = [case.job(port) for case in prepared[:CROWD]]
        done = load.send_all(port, jobs, clients=CLIENTS)
        self.answers += done.answers
        full = pages.queries_of_post_page(post)
        sizes = pages.sizes(port, prepared[-1])
        return {
            "post_page_bookings": done.count(303),
            "post_page_queries_empty": empty,
            "post_page_queries": full,
            "page_first_kb": round(max(first for first, _next in sizes.values()) / 1000, 1),
            "page_next_kb": round(max(again for _first, again in sizes.values()) / 1000, 1),
            "pages_kb": {
                name: [round(first / 1000, 1), round(again / 1000, 1)]
                for name, (first, again) in sizes.items()
            },
        }

    def compared(self) -> dict[str, int]:
        """Hold what was answered against what the database has."""
        with connection.cursor() as cursor:
            cursor.execute(OVERLAPPING)
            (double,) = cursor.fetchone()
            cursor.execute(BOOKED)
            there = dict(cursor.fetchall())
        promised = [answer for answer in self.answers if answer.status == 303]
        kept = sum(
            there.get(answer.location.strip("/").rpartition("/")[2])
            == self.sent[answer.number].citizen_id
            for answer in promised
        )
        floor = {self.sent[answer.number].citizen_id for answer in self.floor_answers}
        mine = {pk for pk in there.values() if pk not in floor}
        return {
            "sent": len(self.answers),
            "booked": len(promised),
            "lost": len(promised) - kept,
            "never_told": len(mine) - len({self.sent[one.number].citizen_id for one in promised}),
            "double_booked": double,
            "errors_5xx": _failures(self.answers),
            "other_answers": sum(one.status not in {303, 409} for one in self.answers)
            - _failures(self.answers),
        }


def _text(body: bytes) -> str:
    return (gzip.decompress(body) if body.startswith(GZIP) else body).decode()


def _enough(per_second: float, seconds: float) -> int:
    """Return how many cases last for so many seconds, even if it goes much quicker than before."""
    return int(per_second * seconds * 1.6)


def _of_one_day(post: Post, count: int) -> list[Span]:
    """Return the first slots of one day."""
    found = [span for _post, span in cases.slots([post])]
    day = day_of(found[0].start)
    return [span for span in found if day_of(span.start) == day][:count]


def _failures(answers: list[Answer]) -> int:
    """Server errors, and requests that were not answered at all."""
    return sum(answer.status >= 500 or answer.status == load.NO_ANSWER for answer in answers)
