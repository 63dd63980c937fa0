"""What clerks do all day, timed as a browser sees it: pages, an autosave, a forward, a search."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.eoffice.offices import Place
from benchmarks.load import median
from benchmarks.plasma.people import signed_in
from eoffice.models import Classification, Holding, Item
from esachivalaya.accounts.models import User

# A figure is the middle one of so many rounds: a neighbour on the machine spoils one, not most.
ROUNDS, WARM_UP = 5, 5
NOTE = "Examined. The estimate is in order and may be approved, as proposed on page 3."
Look = Callable[[int], HttpResponseBase]


@dataclass(frozen=True)
class Figures:
    """What one thing costs."""

    p50_ms: float
    p95_ms: float
    queries: int


def use(database: str) -> None:
    """Work in ``database`` from now on."""
    connection.close()
    connection.settings_dict["NAME"] = database


@contextmanager
def back_in(database: str) -> Iterator[None]:
    """Work in ``database`` again when this is left, however it is left."""
    try:
        yield
    finally:
        use(database)


def used() -> str:
    """Return the database that is worked in."""
    return str(connection.settings_dict["NAME"])


class Clerks:
    """People at measured desks, each in a browser of their own, signed in once for all sizes."""

    def __init__(self, places: Sequence[Place], *, looks: int, words: Sequence[str]) -> None:
        self.places, self.looks, self.words = list(places), looks, words
        self.users = User.objects.in_bulk([place.user for place in places])
        self.browsers: list[Client] = [signed_in(self.users[place.user]) for place in places]
        # Milliseconds in which 95 of 100 very first searches came, by database.
        self.first_ms: dict[str, float] = {}
        # Of a note that was kept in one database, the version that the page would show.
        self.versions: dict[tuple[str, int], int] = {}

    def figures(self, databases: Sequence[str]) -> dict[str, dict[str, Figures]]:
        """Measure everything in each of ``databases``, in turns, so that both have the same luck.

        Returned by database, then by what was measured.
        """
        made: dict[str, Callable[[], Look]] = {
            "inbox": lambda: self._inbox,
            "file_page": lambda: self._of_files(self._file_page),
            "noting": lambda: self._of_files(self._noting),
            "forward": lambda: self._of_files(self._forward),
            "search": lambda: self._search,
            "pendency": lambda: self._pendency,
        }
        found: dict[str, dict[str, Figures]] = {name: {} for name in databases}
        for what, make in made.items():
            if what == "search":
                for database in databases:
                    self._search_once(database)
            for database, figures in self.measured(make, databases).items():
                found[database][what] = figures
                print(database, what, figures, flush=True)
        return found

    def search_in(self, database: str) -> Figures:
        """Measure the search alone."""
        self._search_once(database)
        return self.measured(lambda: self._search, [database])[database]

    def _search_once(self, database: str) -> None:
        """Have each desk look for each word once: of what it finds then nothing is in memory yet.

        It is told apart. A desk's own papers lie in memory on a day of work.
        """
        use(database)
        turns = range(len(self.places) * len(self.words))
        times = sorted(self._timed(self._search, turn) for turn in turns)
        self.first_ms[database] = round(times[int(len(times) * 0.95)] * 1000, 1)

    def get(self, turn: int, name: str, *args: Any, **query: str) -> HttpResponseBase:
        """Open a page of the desk whose turn it is."""
        at = turn % len(self.places)
        address = reverse(f"eoffice:{name}", args=[self.places[at].code, *args])
        return self._get(at, address, **query)

    def holds(self) -> int:
        """Return how much lies at a measured desk, on the average."""
        held = Holding.objects.open().filter(desk__in=[place.desk for place in self.places])
        return held.count() // len(self.places)

    def measured(self, make: Callable[[], Look], databases: Sequence[str]) -> dict[str, Figures]:
        """Time one thing in each of ``databases``, round by round."""
        looks: dict[str, Look] = {}
        rounds: dict[str, list[list[float]]] = {name: [] for name in databases}
        queries: dict[str, int] = {}
        turns = itertools.count()
        for _round, name in itertools.product(range(ROUNDS), databases):
            use(name)
            look = looks.setdefault(name, make())
            for _warm in range(WARM_UP):
                look(next(turns))
            times = sorted(self._timed(look, next(turns)) for _look in range(self.looks))
            rounds[name].append(times)
        for name in databases:
            use(name)
            looks[name](next(turns))
            with CaptureQueriesContext(connection) as caught:
                looks[name](next(turns))
            queries[name] = len(caught.captured_queries)
        return {
            name: Figures(
                p50_ms=round(median(one[len(one) // 2] for one in rounds[name]) * 1000, 1),
                p95_ms=round(median(one[int(len(one) * 0.95)] for one in rounds[name]) * 1000, 1),
                queries=queries[name],
            )
            for name in databases
        }

    def _timed(self, look: Look, turn: int) -> float:
        began = time.perf_counter()
        look(turn)
        return time.perf_counter() - began

    def _inbox(self, turn: int) -> HttpResponseBase:
        return self.get(turn, "inbox")

    def _file_page(self, at: int, stay: Holding) -> HttpResponseBase:
        return self.get(at, "file", stay.item_id)

    def _noting(self, at: int, stay: Holding) -> HttpResponseBase:
        """What the page does while one types."""
        data = {"text": f"{NOTE} {time.perf_counter_ns()}"}
        kept = (used(), stay.item_id)
        if kept in self.versions:
            data["version"] = str(self.versions[kept])
        answer: Any = self._post(at, "note", stay.item_id, data, accept="application/json")
        self.versions[kept] = answer.json()["version"]
        return answer  # type: ignore[no-any-return]

    def _forward(self, at: int, stay: Holding) -> HttpResponseBase:
        """Sign a note and send the file to another desk with it."""
        to = self.places[(at + 1) % len(self.places)]
        data = {"stay": str(stay.pk), "to": to.code, "note": NOTE, "priority": "1"}
        if version := self.versions.pop((used(), stay.item_id), None):
            data["version"] = str(version)
        return self._post(at, "file-act", [stay.item_id, "mark"], data, status=302)

    def _search(self, turn: int) -> HttpResponseBase:
        return self._post(turn, "search", [], {"q": self.words[turn % len(self.words)]})

    def _pendency(self, turn: int) -> HttpResponseBase:
        return self.get(turn, "desk-report", "pendency")

    def _of_files(self, look: Callable[[int, Holding], Any]) -> Look:
        """Give each look a file that lies at the desk whose turn it is, another one each time."""
        waiting = self._files()
        return lambda _turn: look(*next(waiting))

    def _files(self) -> Iterator[tuple[int, Holding]]:
        """Yield files by turns of the desks; when all were seen, as they lie then."""
        while True:
            held = (
                Holding.objects.open()
                .filter(desk__in=[place.desk for place in self.places])
                .filter(item__kind=Item.Kind.FILE, item__status=Item.Status.OPEN)
                .filter(item__classification__lt=Classification.CONFIDENTIAL)
                .order_by("item_id")
            )
            by_desk = [held.filter(desk=place.desk) for place in self.places]
            rows = itertools.zip_longest(*[list(one) for one in by_desk])
            found = [(at, stay) for row in rows for at, stay in enumerate(row) if stay]
            if not found:
                raise SystemExit("No file lies at the measured desks.")
            yield from found

    def _get(self, at: int, address: str, **query: str) -> HttpResponseBase:
        answer: Any = self.browsers[at].get(address, query, **_host())
        return _answered(answer, address, 200)

    def _post(
        self,
        turn: int,
        name: str,
        about: Any,
        data: dict[str, str],
        *,
        accept: str = "text/html",
        status: int = 200,
    ) -> HttpResponseBase:
        at = turn % len(self.places)
        args = about if isinstance(about, list) else [about]
        address = reverse(f"eoffice:{name}", args=[self.places[at].code, *args])
        answer: Any = self.browsers[at].post(address, data, **_host(accept=accept))
        return _answered(answer, address, status)


def _host(**headers: str) -> dict[str, Any]:
    return {"secure": True, "headers": {"host": settings.ALLOWED_HOSTS[0], **headers}}


def _answered(answer: Any, address: str, status: int) -> HttpResponseBase:
    if answer.status_code != status:
        raise SystemExit(f"{address} answers {answer.status_code} instead of {status}.")
    return answer  # type: ignore[no-any-return]
