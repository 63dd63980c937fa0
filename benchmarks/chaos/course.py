"""The course: prepare, load, let go wrong what may, wait until all is done, compare."""

import os
import queue
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from lib import processes

from appointments.models import Request
from benchmarks.chaos import comparing, faults, people
from benchmarks.chaos.disk import Disk
from benchmarks.chaos.faults import Fault, Striker
from benchmarks.chaos.load import BOOKING_EVERY, BOOKING_LANES, Load
from benchmarks.chaos.records import Told
from benchmarks.chaos.stack import Stack
from benchmarks.messages.processes import provider
from benchmarks.messages.provider import ACCOUNT
from benchmarks.messages.records import Taker

SEED = int(os.environ.get("CHAOS_SEED", "20200721"))
KILLS = int(os.environ.get("CHAOS_KILLS", "20"))
MINUTES = float(os.environ.get("CHAOS_MINUTES", "4"))
# So slow that a killed worker mostly dies with messages in the air.
PROVIDER_SECONDS = 0.5
WARM_UP_SECONDS, AFTERWARDS_SECONDS = 15.0, 8.0
LOOK_SECONDS, PATIENCE = 0.5, 300.0


class Course:
    """One run. What was acknowledged is kept here, not in the database."""

    def __init__(self) -> None:
        self.told = Told()
        self.aging = threading.Event()

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        seconds = MINUTES * 60
        wanted = round((seconds + WARM_UP_SECONDS + 60) * BOOKING_LANES / BOOKING_EVERY)
        cast = people.prepare(wanted)
        connection.close()
        plan = faults.plan(SEED, KILLS, seconds)
        papers = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
        with (
            tempfile.TemporaryDirectory(prefix="esachivalaya-bench-") as name,
            provider(Path(name), seconds=PROVIDER_SECONDS) as provider_port,
        ):
            folder = Path(name)
            clock = folder / "clock"
            faults.set_clock(clock, 0)
            port = processes.free_port()
            stack = Stack(port, folder, _environment(port, provider_port), clock)
            with Disk(papers, stack.writers) as disk, stack:
                load = Load(port, cast, self.told)
                recovery = self._rough_way(stack, load, Striker(stack, disk, clock), plan)
                taker = Taker(folder)
                taker.look()
                there = comparing.read()
                figures = comparing.compared(self.told, there, taker.taken)
                ended = stack.ended_by_themselves
        for broken in there.broken:
            print(broken, flush=True)
        return {
            **figures,
            **recovery,
            "bookings": len(self.told.booked),
            "confirmations": len(self.told.confirmed),
            "movements": len(self.told.moved),
            "papers": self.told.most_papers(),
            "answered_by_the_portal": len(self.told.aged),
            "messages": len(taker.taken),
            "faults": dict(sorted(Counter(one.kind for one in plan).items())),
            "kills": KILLS,
            "seed": SEED,
            "disk": disk.kind,
            "parts_ended_by_themselves": ended,
            "answers": dict(sorted(self.told.answers.items())),
            "seconds": round(time.monotonic() - began),
        }

    def _rough_way(
        self, stack: Stack, load: Load, striker: Striker, plan: list[Fault]
    ) -> dict[str, Any]:
        """Load and strike; return how long after the last fault nothing was left to be done."""
        stack.wait_until_up()
        aging = threading.Thread(target=self._age, args=[load.to_age], daemon=True)
        load.start()
        aging.start()
        time.sleep(WARM_UP_SECONDS)
        if not self.told.booked:
            raise SystemExit(f"Nothing can be booked: {dict(self.told.answers)}")
        began = time.monotonic()
        last = began
        for fault in plan:
            time.sleep(max(began + fault.at - time.monotonic(), 0.0))
            last = time.monotonic()
            striker.strike(fault)
            print(f"{last - began:6.1f} s  {fault.kind:17} {self._so_far()}", flush=True)
        time.sleep(AFTERWARDS_SECONDS)
        load.stop()
        striker.wait()
        self.aging.set()
        aging.join()
        return self._recovered(last)

    def _recovered(self, last: float) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        done: dict[str, float | None] = {"unanswered": None, "unsent": None}
        while None in done.values() and time.monotonic() < until:
            left = _left()
            for what, count in left.items():
                if count:
                    done[what] = None
                elif done[what] is None:
                    done[what] = round(time.monotonic() - last, 1)
            time.sleep(LOOK_SECONDS)
        never = round(PATIENCE)
        found = {what: never if at is None else at for what, at in done.items()}
        return {
            "unanswered_after_recovery_s": max(found.values()),
            "recovery_of": {"answers_s": found["unanswered"], "messages_s": found["unsent"]},
        }

    def _age(self, waiting: "queue.SimpleQueue[str]") -> None:
        """Shift what no office answers past its due time, as a day would."""
        while True:
            try:
                reference = waiting.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if self.aging.is_set():
                    connection.close()
                    return
                continue
            while not _made_overdue(reference):
                time.sleep(LOOK_SECONDS)
            self.told.aged.add(reference)

    def _so_far(self) -> str:
        told = self.told
        return (
            f"{len(told.booked):5} bookings {len(told.confirmed):5} confirmations "
            f"{len(told.moved):5} movements"
        )


def _environment(port: int, provider_port: int) -> dict[str, str]:
    return {
        **os.environ,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        # The load says itself from which address each household comes.
        "TRUSTED_PROXIES": "1",
        "LOG_FORMAT": "line",
        "PYTHONUNBUFFERED": "1",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": "of-the-benchmark",
        "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32,
        "TWILIO_API_URL": f"http://127.0.0.1:{provider_port}",
    }


def _made_overdue(reference: str) -> bool:
    by = F("due_at") - F("created_at") + timedelta(seconds=1)
    try:
        Request.objects.filter(reference=reference, status=Request.Status.REQUESTED).update(
            created_at=F("created_at") - by, due_at=F("due_at") - by, next_reminder_at=None
        )
    except (DatabaseError, InterfaceError):
        connection.close()
        return False
    return True


def _left() -> dict[str, int]:
    try:
        return comparing.left_to_do()
    except (DatabaseError, InterfaceError):
        connection.close()
        return {"unanswered": 1, "unsent": 1}
