"""The course: fill three hundred diaries, look at the directory; fill years, look at the board."""

import os
import time
from collections import Counter
from datetime import time as clock_time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from psycopg2.extras import DateTimeTZRange

from appointments import board
from appointments.models import Category, Hold, PromiseDay, Request
from benchmarks import load
from benchmarks.booking.cases import BROWSER, analyse, open_posts
from benchmarks.load import Job
from benchmarks.rows import copies, one_of
from benchmarks.servers import gunicorn
from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.common.clock import at, day_of, now
from officials.models import Post

POSTS, DAYS, BOOKINGS = 300, 30, 100_000
# Fewer for a quick look; the figures say how many.
ASKED = int(os.environ.get("BENCH_SLOTS_REQUESTS", "1000000"))
ASKED_DAYS = 90
# Who asked: nobody asks more than a handful of times.
PEOPLE = 200_000
PAGES, WARM_UP, CLIENTS = 120, 16, 2
# Seconds, on however slow a machine.
PATIENCE = 600.0
BOARDS = 5
# Numbers that no row made otherwise has.
BOOKED, ASKED_FIRST = 70_000_000, 80_000_000


class Course:
    """One run: everything is made by the database itself, then read as visitors do."""

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        self.posts = open_posts(POSTS, "SLOT")
        self.like = like(self.posts[0])
        self.book()
        analyse()
        first = reverse("officials:directory")
        post = reverse("officials:post", args=[self.posts[0].code])
        figures: dict[str, Any] = {
            "posts": POSTS,
            "days": DAYS,
            "bookings": Hold.objects.filter(released_at__isnull=True).count(),
            "queries": _queries(first),
            "post_page_queries": _queries(post),
        }
        with gunicorn("esachivalaya.wsgi:application") as port:
            figures |= _times(port, first, "")
            figures |= _times(port, post, "post_page_")
        return {**figures, **self.promise(), "seconds": round(time.monotonic() - began)}

    def book(self) -> None:
        """Take a hundred thousand slots: of each post every day as many, the first ones mostly."""
        each = BOOKINGS // POSTS
        a_day = -(-each // DAYS)
        start = at(day_of(now()) + timedelta(days=1), clock_time(6)).isoformat()
        number = f"(n - {BOOKED})"
        place = f"({number} / {POSTS})"
        begins = (
            f"'{start}'::timestamptz + make_interval(days => ({place} / {a_day})::int, "
            f"mins => ({place} %% {a_day} * 10)::int)"
        )
        copies(
            self.like, BOOKED, BOOKED + BOOKINGS - 1,
            id="n",
            reference="'BS' || lpad(n::text, 10, '0')",
            post_id=one_of([post.pk for post in self.posts], number),
            kind="'slot'",
            starts_at=begins,
            ends_at=f"{begins} + interval '10 minutes'",
        )  # fmt: skip
        one = Request.objects.get(pk=BOOKED)
        assert one.starts_at is not None
        hold = Hold.objects.create(
            post=one.post,
            during=DateTimeTZRange(one.starts_at, one.ends_at),
            request=one,
            purpose="asked",
            own_phone=False,
        )
        read = "(SELECT {} FROM appointments_request r WHERE r.id = n)"
        copies(
            hold, BOOKED + 1, BOOKED + BOOKINGS - 1,
            id="n",
            post_id=read.format("r.post_id"),
            during=read.format("tstzrange(r.starts_at, r.ends_at)"),
            request_id="n",
        )  # fmt: skip

    def promise(self) -> dict[str, Any]:
        """Let a million requests stand behind the board, nearly all of them in the roll-up."""
        moment = f"'{now().isoformat()}'::timestamptz"
        # Evenly over the days, the last of them still being asked, each answered within a day.
        people = self.like.citizen
        copies(people, ASKED_FIRST, ASKED_FIRST + PEOPLE - 1, id="n")
        asked = f"{moment} - make_interval(secs => (n %% {ASKED}) * {ASKED_DAYS * 86_400 / ASKED})"
        took = "make_interval(secs => 600 + (n * 7919) %% 85000)"
        copies(
            self.like, ASKED_FIRST, ASKED_FIRST + ASKED - 1,
            id="n",
            reference="'BP' || lpad(n::text, 10, '0')",
            post_id=one_of([post.pk for post in self.posts], "n * 31"),
            citizen_id=f"{ASKED_FIRST} + n %% {PEOPLE}",
            created_at=asked,
            due_at=f"{asked} + interval '24 hours'",
            answered_at=f"{asked} + {took}",
        )  # fmt: skip
        analyse()
        began = time.monotonic()
        days = 0
        while done := board.roll_up():
            days += done
        rolled = time.monotonic() - began
        analyse()
        firsts = []
        for _round in range(BOARDS):
            board.forget()
            began = time.monotonic()
            board.board()
            firsts.append(time.monotonic() - began)
        began = time.monotonic()
        found = board.board()
        cached = time.monotonic() - began
        with CaptureQueriesContext(connection) as spoken:
            board.fresh_board()
        return {
            "requests": Request.objects.count(),
            "roll_up_s": round(rolled, 1),
            "days_settled": days,
            "rollup_rows": PromiseDay.objects.count(),
            "board_offices": len(found.lines),
            "board_queries": len(spoken.captured_queries),
            "board_ms": round(load.median(firsts) * 1000),
            "board_slowest_ms": round(max(firsts) * 1000),
            "board_cached_ms": round(cached * 1000, 3),
        }


def like(post: Post) -> Request:
    """Return a request that was answered, of which all others are copies."""
    category, _made = Category.objects.get_or_create(
        code="pension", defaults={"name_en": "Pensions", "name_hi": "पेंशन"}
    )
    household = Household.objects.create(phone=None)
    citizen = Citizen.objects.create(
        household=household, name="Asha Devi", given_name="Asha", district_code="REW"
    )
    moment = now()
    return Request.objects.create(
        reference="ES22222222",
        post=post,
        citizen=citizen,
        channel="kendra",
        kind="open",
        # One person may have one open request per post: these are answered, and not open.
        status="met",
        category=category,
        subject="Pension not received since April",
        language="hi",
        pin_hash="!",
        created_at=moment - timedelta(days=1),
        due_at=moment,
        answered_at=moment - timedelta(hours=20),
    )


def _queries(url: str) -> int:
    """Return how many statements a page needs, once the process has served it before."""
    Client(SERVER_NAME="127.0.0.1").get(url)
    with CaptureQueriesContext(connection) as spoken:
        answer = Client(SERVER_NAME="127.0.0.1").get(url)
    if answer.status_code != 200:
        raise SystemExit(f"{url} answers {answer.status_code}.")
    return len(spoken.captured_queries)


def _times(port: int, url: str, name: str) -> dict[str, Any]:
    """Return the median and the 95th percentile of a page's answers over HTTP."""
    payload = (
        f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: {BROWSER}\r\n"
        "Accept: text/html\r\nAccept-Encoding: gzip\r\nAccept-Language: hi-IN,hi;q=0.9\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    load.send_all(port, [Job(number, payload) for number in range(WARM_UP)], clients=WARM_UP)
    jobs = [Job(number, payload) for number in range(PAGES)]
    done = load.send_all(port, jobs, clients=CLIENTS, seconds=PATIENCE)
    if done.count(200) != PAGES:
        told = Counter(answer.status for answer in done.answers)
        raise SystemExit(f"{url} must answer 200, and answers {dict(told)}.")
    times = sorted(answer.seconds for answer in done.answers)
    return {
        f"{name}p50_ms": round(times[len(times) // 2] * 1000),
        f"{name}p95_ms": round(times[int(len(times) * 0.95)] * 1000),
    }
