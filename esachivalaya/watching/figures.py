"""The figures by which the portal's promise is watched, read from the rows themselves.

True without Redis and without a worker, and cheap: a fixed number of statements over indexes, and
asked at most once in ten seconds by each process, however often somebody looks.
"""

import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, storages
from django.db import DatabaseError
from django.db.models import Count, Min, Q
from redis.exceptions import RedisError

from appointments.models import Breach, Request
from esachivalaya.accounts.services import cost
from esachivalaya.common import clock, sweeps
from esachivalaya.notifications import operations
from esachivalaya.notifications.models import Breaker, Message
from esachivalaya.watching import work

GOOD_FOR_SECONDS = 10.0
LATELY = timedelta(hours=1)
FREE, PAPERS_UP = "esachivalaya_papers_free_bytes", "esachivalaya_papers_up"
# What a provider or network did not deliver; what was cancelled or ran out of time is no failure.
WITHOUT_DATABASE = ("esachivalaya_redis_up", FREE, PAPERS_UP)
FAILED = ("failed", "undelivered", "dead")


@dataclass(frozen=True)
class Figure:
    """One figure: its name in Prometheus, what it says, and its value for each set of labels."""

    name: str
    words: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The value of a figure that has no labels."""
        return self.values[()]


@dataclass
class Told:
    """All figures as they were read together."""

    figures: dict[str, Figure] = field(default_factory=dict)
    # The database's clock; this process's where that does not answer.
    read_at: float = field(default_factory=time.time)

    def add(self, name: str, words: str, value: float) -> None:
        self.figures[name] = Figure(name, words, {(): float(value)})

    def each(self, name: str, words: str, label: str, values: Mapping[str, float]) -> None:
        self.figures[name] = Figure(
            name, words, {(key,): float(value) for key, value in values.items()}, (label,)
        )

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.figures.values())

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]

    @property
    def readable(self) -> bool:
        """Whether the database answered; without it there are few figures."""
        return bool(self["esachivalaya_database_up"].value)


class Kept:
    """What was read last, for the seconds that it is good for. One of a process reads anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: Told | None = None
        self._until = 0.0

    def told(self) -> Told:
        with self._lock:
            if self._told is None or time.monotonic() >= self._until:
                self._told = read()
                self._until = time.monotonic() + GOOD_FOR_SECONDS
            return self._told

    def forget(self) -> None:
        with self._lock:
            self._told = None


kept = Kept()


def read() -> Told:
    """Read all figures now."""
    told = Told()
    told.add("esachivalaya_redis_up", "Whether Redis answers.", _redis())
    _papers(told)
    try:
        for reader in (_promise, _messages, _gateways, _codes, _work):
            reader(told)
    except DatabaseError:
        # It may have been lost half-way: what was read is not told as if it were all.
        told = Told({name: told[name] for name in WITHOUT_DATABASE if name in told.figures})
        told.add("esachivalaya_database_up", "Whether the database answers.", 0)
        return told
    told.add("esachivalaya_database_up", "Whether the database answers.", 1)
    return told


def _promise(told: Told) -> None:
    now = clock.now()
    up = Q(due_at__lte=now)
    found = Request.objects.waiting().aggregate(
        waiting=Count("pk"),
        past=Count("pk", filter=up),
        due=Min("due_at", filter=up),
        made=Min("created_at"),
    )
    waiting, past = found["waiting"], found["past"]
    past_for, oldest = _since(now, found["due"]), _since(now, found["made"])
    told.add("esachivalaya_requests_waiting", "Requests without an answer.", waiting)
    told.add("esachivalaya_requests_past_due", "Requests without an answer whose time is up.", past)
    told.add(
        "esachivalaya_oldest_request_past_due_seconds",
        "For how long the time of the oldest request without an answer has been up; else 0.",
        past_for,
    )
    told.add(
        "esachivalaya_oldest_open_request_seconds",
        "How long ago the oldest request without an answer was made.",
        oldest,
    )
    missed = Breach.objects.filter(due_at__gt=now - timedelta(days=1))
    told.add(
        "esachivalaya_breaches_last_day",
        "Requests of the last 24 hours that an office did not answer in time.",
        missed.count(),
    )


def _messages(told: Told) -> None:
    now = clock.now()
    lanes = operations.lanes(now)
    told.each(
        "esachivalaya_messages_due", "Messages that are due.", "lane",
        {lane.klass.value: lane.due for lane in lanes},
    )  # fmt: skip
    told.each(
        "esachivalaya_oldest_due_message_seconds", "Age of the oldest message due.", "lane",
        {lane.klass.value: lane.seconds for lane in lanes},
    )  # fmt: skip
    told.each(
        "esachivalaya_messages_later", "Messages that wait for their time.", "lane",
        {lane.klass.value: lane.later for lane in lanes},
    )  # fmt: skip
    told.add(
        "esachivalaya_messages_dead",
        "Messages given up, until an operator looks.",
        Message.objects.filter(status="dead").count(),
    )
    told.add(
        "esachivalaya_messages_unknown",
        "Messages of which nobody knows whether the provider took them.",
        Message.objects.filter(status="unknown").count(),
    )
    lately = Message.objects.filter(created_at__gt=now - LATELY)
    told.add(
        "esachivalaya_messages_written_last_hour", "Messages of the last hour.", lately.count()
    )
    told.add(
        "esachivalaya_messages_failed_last_hour",
        "Messages of the last hour that were not delivered.",
        lately.filter(status__in=FAILED).count(),
    )


def _gateways(told: Told) -> None:
    told.each(
        "esachivalaya_gateway_stopped", "Whether nothing goes out through a gateway.", "gateway",
        {row.gateway: row.state == Breaker.State.OPEN for row in Breaker.objects.all()},
    )  # fmt: skip


def _codes(told: Told) -> None:
    told.add(
        "esachivalaya_codes_last_day", "One-time codes sent in 24 hours.", cost.sent_in_a_day()
    )
    told.add(
        "esachivalaya_codes_day_limit",
        "At how many of them strangers get no more.",
        cost.most_of(settings.CODES_PER_DAY, known=False),
    )


def _work(told: Told) -> None:
    ages, moment = sweeps.ages(), clock.now().timestamp()
    told.read_at = moment
    told.each(
        "esachivalaya_work_last_success_timestamp_seconds",
        "When regular work was last done to its end.", "work",
        {name: moment - age for name, age in ages.items()},
    )  # fmt: skip
    told.each(
        "esachivalaya_work_late_after_seconds", "From which age regular work is late.", "work",
        {one.name: one.late_after for one in work.ALL},
    )  # fmt: skip


def _since(now: datetime, moment: datetime | None) -> float:
    return (now - moment).total_seconds() if moment else 0.0


def _redis() -> bool:
    try:
        cache.get("watching")
    except (RedisError, OSError):
        return False
    return True


def _papers(told: Told) -> None:
    """Tell how the place of the papers is; the room left is known of a folder only."""
    store = storages["default"]
    if isinstance(store, FileSystemStorage):
        told.add(FREE, "Room left where papers are kept.", _room())
        up = Path(settings.DATA_DIR).is_dir()
    else:
        up = store.answers()  # type: ignore[attr-defined]
    told.add(PAPERS_UP, "Whether the place of the papers answers.", up)


def _room() -> float:
    """Room left where papers are kept; 0 when that place is gone."""
    try:
        return float(shutil.disk_usage(settings.DATA_DIR).free)
    except OSError:
        return 0.0
