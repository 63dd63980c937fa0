"""A State on top of the demo: years of requests, full diaries, every Kendra, all of e-Office."""

import os
import time
from typing import Any

from benchmarks.booking.cases import analyse, open_posts
from benchmarks.eoffice.course import Course as Files
from benchmarks.rows import copies
from benchmarks.slots.course import Course as Diaries
from benchmarks.slots.course import like
from eoffice.models import File, Movement, Receipt
from esachivalaya.audit.models import Entry
from esachivalaya.notifications.models import Message
from kendras.generator import generate, generate_operators
from kendras.models import Kendra
from officials.models import Post

POSTS, OPERATORS = 300, 10_000
MESSAGES, ENTRIES = 1_000_000, 1_000_000
# A part of the e-Office, the messages and the record, for trying.
PART = float(os.environ.get("BENCH_PAGES_PART", "1"))
FIRST_COPY = 60_000_000


def grow() -> dict[str, Any]:
    """Make it; return how much there is of what."""
    began = time.monotonic()
    generate()
    generate_operators(OPERATORS)
    figures = diaries()
    _records()
    Files().reported(PART)
    analyse()
    return figures | {
        "kendras": Kendra.objects.count(),
        "messages": Message.objects.count(),
        "entries": Entry.objects.count(),
        "files": File.objects.count(),
        "receipts": Receipt.objects.count(),
        "movements": Movement.objects.count(),
        "made_in_s": round(time.monotonic() - began),
    }


def diaries() -> dict[str, Any]:
    """Three hundred more offices with full diaries, and a million requests to all offices."""
    course = Diaries()
    course.posts = open_posts(POSTS, "SLOT")
    course.like = like(course.posts[0])
    course.book()
    course.posts += list(Post.objects.filter(code__startswith="DC-"))
    figures = course.promise()
    return {name: figures[name] for name in ("requests", "roll_up_s", "board_ms")}


def _records() -> None:
    """A year of messages that were sent, and of entries in the record."""
    sent = Message.objects.filter(status=Message.Status.SENT)
    message = sent.first() or Message.objects.order_by("pk")[0]
    last = FIRST_COPY + round(MESSAGES * PART) - 1
    copies(message, FIRST_COPY, last, id="n", key="'bench-' || n", provider_id="'B' || n")
    entry = Entry.objects.order_by("pk")[0]
    last = FIRST_COPY + round(ENTRIES * PART) - 1
    copies(entry, FIRST_COPY, last, id="n", subject_kind="'bench'", subject_id="'B' || n")
