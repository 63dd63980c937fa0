"""The course: the reported size, a look at everything; many times as much, the same looks again."""

import os
import time
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import connection, transaction

from benchmarks.eoffice.history import LATEST, LETTER, YEARS, Historian, Shares
from benchmarks.eoffice.looks import Clerks, Figures, back_in, used
from benchmarks.eoffice.offices import Room, make_offices
from benchmarks.eoffice.tables import bare_tables
from benchmarks.surroundings import copy_of
from eoffice import verification
from eoffice.models import File, Movement, Receipt
from esachivalaya.common import stored_files
from esachivalaya.common.clock import now

# As reported in 2020.
DEPARTMENTS, USERS, FILES, RECEIPTS, MOVEMENTS = 42, 7_200, 18_000, 71_000, 380_000
# What the search is judged at.
SEARCH_FILES = 100_000
# A part of the reported size, for trying; how many times the movements grow.
PART = float(os.environ.get("BENCH_EOFFICE_PART", "1"))
FACTOR = float(os.environ.get("BENCH_EOFFICE_FACTOR", "25"))
LOOKS = int(os.environ.get("BENCH_EOFFICE_LOOKS", "100"))
# Desks that are looked at, one in each of so many sections.
MEASURED = 24
# Of the first year two in five still lie open; of all the rest, one in two hundred.
FIRST, LATER = Shares(0.4, 0.3), Shares(0.005, 0.3)
# Words that are on very many papers, on some, on few, in both scripts; parts of numbers.
WORDS = (
    "road",
    "सड़क",
    "repair road Bawal",
    "नियुक्ति विद्यालय",
    "pension Dabwali patwari",
    "Tosham Siwani",
    "Asha Devi 17",
    "A-137/20",
    "4711",
    "गाँव Kosli पेयजल",
    "xylophone",
)


@dataclass(frozen=True)
class Size:
    """So much in all."""

    files: int
    receipts: int
    movements: int

    def at(self, number: int) -> tuple[int, int]:
        """Return how many receipts and movements there are once ``number`` files are told."""
        share = number / self.files
        return round(self.receipts * share), round(self.movements * share)


class Course:
    """One run: COPY, then the portal's own pages in this process."""

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        size, rooms, load_s = self.reported(PART)
        figures: dict[str, Any] = _verified()
        clerks = Clerks(self.measured, looks=LOOKS, words=WORDS)
        database = used()
        reported = _counted(clerks, load_s)
        print(figures, reported, flush=True)
        connection.close()
        with copy_of(database, "reported") as small, back_in(database):
            judged = min(max(round(SEARCH_FILES * PART), size.files), round(size.files * FACTOR))
            load_s = self._tell(rooms, size, first=size.files, last=judged, shares=LATER)
            figures["at_100_000_files"] = {
                **_counted(clerks, load_s),
                **_flat({"search": clerks.search_in(database)}),
            }
            print(figures, flush=True)
            last = round(size.files * FACTOR)
            load_s = self._tell(rooms, size, first=judged, last=last, shares=LATER)
            grown = _counted(clerks, load_s)
            found = clerks.figures([small, database])
        for name, counted, base in (("reported", reported, small), ("grown", grown, database)):
            first = {"search_first_ms": clerks.first_ms[base]}
            figures[name] = counted | _flat(found[base]) | first
        return {**_summed(figures), **figures, "seconds": round(time.monotonic() - began)}

    def reported(self, part: float) -> tuple[Size, list[Room], float]:
        """Make ``part`` of the size reported in 2020; return it, its offices and the seconds."""
        size = Size(*(max(round(count * part), 20) for count in (FILES, RECEIPTS, MOVEMENTS)))
        rooms = make_offices(
            departments=max(round(DEPARTMENTS * part), 2),
            users=max(round(USERS * part), 60),
            since_days=LATEST + YEARS * 365,
        )
        self.measured = [room.places[0] for room in rooms[:MEASURED]]
        with transaction.atomic():
            self.stored = stored_files.keep(LETTER).pk
        return size, rooms, self._tell(rooms, size, first=0, last=size.files, shares=FIRST)

    def _tell(
        self, rooms: list[Room], size: Size, *, first: int, last: int, shares: Shares
    ) -> float:
        """Write the files from number ``first`` to ``last`` with everything about them."""
        began = time.monotonic()
        if first >= last:
            return 0.0
        with bare_tables() as tables:
            historian = Historian(tables, rooms, self.measured, self.stored)
            historian.begin(now().astimezone(UTC))
            done = tables.last["movement"] if first else 0
            told = done
            for number in range(first, last):
                receipts = size.at(number + 1)[0] - size.at(number)[0]
                wanted = size.at(number + 1)[1] - told
                movements = max(wanted + number % 9 - 4, 2)
                before = tables.last["movement"]
                historian.unit(number, receipts=receipts, movements=movements, shares=shares)
                told += tables.last["movement"] - before
                if tables.full:
                    tables.write()
                    print(f"{number + 1:8} files", flush=True)
        return round(time.monotonic() - began, 1)


def _counted(clerks: Clerks, load_s: float) -> dict[str, Any]:
    return {
        "files": File.objects.count(),
        "receipts": Receipt.objects.count(),
        "movements": Movement.objects.count(),
        "lying_at_a_measured_desk": clerks.holds(),
        "load_s": load_s,
    }


def _flat(measured: dict[str, Figures]) -> dict[str, Any]:
    return {
        f"{name}_{what}": getattr(figures, what)
        for name, figures in measured.items()
        for what in ("p50_ms", "p95_ms", "queries")
    }


def _verified() -> dict[str, Any]:
    """Walk every chain and every sealed note, as ``manage.py verify_ledger`` does."""
    began = time.monotonic()
    hashing = verification.Hashing()
    findings = list(verification.findings(hashing))
    if findings:
        raise SystemExit(f"The ledger does not hold: {findings[0]}")
    return {
        "verify_ledger_s": round(time.monotonic() - began, 2),
        "verify_ledger_hashing_s": round(hashing.seconds, 2),
        "verify_ledger_movements": Movement.objects.count(),
    }


def _summed(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures that are judged: the worst growth, the inbox's queries, the search's p95."""
    small, large = figures["reported"], figures["grown"]
    ratios = {
        name.removesuffix("_p95_ms"): round(large[name] / small[name], 2)
        for name in small
        if name.endswith("_p95_ms")
    }
    return {
        "factor": round(large["movements"] / small["movements"], 1),
        "growth": max(ratios.values()),
        "growth_of": ratios,
        "inbox_queries": max(small["inbox_queries"], large["inbox_queries"]),
        "search_p95_ms": figures["at_100_000_files"]["search_p95_ms"],
        "search_p95_ms_grown": large["search_p95_ms"],
    }
