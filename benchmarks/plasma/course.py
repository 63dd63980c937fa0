"""The course: load a list, plan a campaign for it, send it at the cap; look at a large funnel."""

import csv
import io
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import time as clock_time
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.messages.processes import Workers, provider
from benchmarks.messages.records import Taken, Taker
from benchmarks.plasma.people import approved, make_officers, signed_in
from benchmarks.rows import copies
from benchmarks.surroundings import as_owner
from esachivalaya.common.clock import day_of, now
from esachivalaya.notifications.models import Message
from esachivalaya.notifications.segments import segments_of
from plasma.generator import Wanted, rows
from plasma.models import Campaign, Cohort, Donor, FunnelCount, Invitation
from plasma.services import campaigns, funnel, handing_over, imports, receipts

PEOPLE = int(os.environ.get("BENCH_PLASMA_PEOPLE", "20000"))
INVITED = int(os.environ.get("BENCH_PLASMA_INVITED", "1000000"))
WORKERS, CAP = 4, 100
PROVIDER_SECONDS = 0.05
# The campaign is a little faster than the account: the account's limit is what is measured.
PACE = CAP * 60 * 2
TURN_SECONDS = 5.0
# The last few wait for their turn's end.
SHARE_FOR_RATE = 0.99
PATIENCE = 300.0
LOOKS, WARM_UP = 100, 5
FIRST_COPY = 50_000_000
Made = TypeVar("Made")


class Course:
    """One run: everything through the services, as officers and workers do it."""

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        settings.APPEAL_HOURS = (clock_time.min, clock_time.max)
        call_command("import_districts", verbosity=0)
        self.first, self.second = make_officers()
        cohort = self._cohort("Benchmark")
        figures: dict[str, Any] = {"people": PEOPLE, "import_s": self._load(cohort)}
        analyse()
        figures |= self._plan_and_send(cohort)
        figures |= self._funnel(cohort)
        return {**figures, "seconds": round(time.monotonic() - began)}

    def _cohort(self, name: str) -> Cohort:
        today = day_of(now())
        return Cohort.objects.create(
            name=name,
            source="Benchmark",
            legal_basis="Benchmark order 1",
            dated=today,
            data_leave_on=today + timedelta(days=30),
            made_by=self.first,
        )

    def _load(self, cohort: Cohort) -> float:
        """Keep, preview and load the file; returns the seconds of all three."""
        file = io.StringIO()
        csv.writer(file).writerows(rows(Wanted(PEOPLE), seed=1, today=day_of(now())))
        content = file.getvalue().encode()
        began = time.monotonic()
        kept = imports.keep(
            cohort=cohort, content=content, file_name="benchmark.csv", by=self.first
        )
        kept = imports.choose_columns(kept=kept, columns=kept.columns, by=self.first)
        imports.load(kept=kept, shown=imports.shown_of(kept), without_refused=False, by=self.first)
        seconds = time.monotonic() - began
        if cohort.donors.count() != PEOPLE:
            raise SystemExit(f"{cohort.donors.count()} of {PEOPLE} people were loaded.")
        return round(seconds, 2)

    def _plan_and_send(self, cohort: Cohort) -> dict[str, Any]:
        row = self._draft(cohort)
        row, dry_run_s = _timed(
            lambda: campaigns.dry_run(campaign=row, by=self.first, version=row.version)
        )
        row = approved(row, self.first, self.second)
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.plasma.settings"
        with (
            tempfile.TemporaryDirectory(prefix="esachivalaya-bench-") as folder,
            provider(Path(folder), seconds=PROVIDER_SECONDS) as port,
        ):
            taker = Taker(Path(folder))
            with Workers(WORKERS, provider_port=port, segments_per_second=CAP):
                time.sleep(TURN_SECONDS)
                row, plan_s = _timed(
                    lambda: campaigns.start(campaign=row, by=self.first, version=row.version)
                )
                turns = self._turns(row, taker)
            taker.look()
        return {
            "dry_run_s": dry_run_s,
            "plan_s": plan_s,
            **turns,
            **_compared(row, taker.taken),
        }

    def _draft(self, cohort: Cohort) -> Campaign:
        return Campaign.objects.create(
            name="Benchmark",
            cohort=cohort,
            pace=PACE,
            first_hour=clock_time.min,
            last_hour=clock_time.max,
            ends_at=now() + timedelta(days=1),
            made_by=self.first,
        )

    def _turns(self, row: Campaign, taker: Taker) -> dict[str, Any]:
        """Do what beat has the workers do every few seconds, until the campaign is done."""
        slowest = 0.0
        expected = row.dry_run["segments"] / CAP
        until = time.monotonic() + expected + PATIENCE
        while time.monotonic() < until:
            began = time.monotonic()
            receipts.sweep()
            handing_over.tick()
            took = time.monotonic() - began
            slowest = max(slowest, took)
            row.refresh_from_db(fields=["status"])
            if row.status == Campaign.Status.DONE and not _on_the_way():
                break
            time.sleep(max(TURN_SECONDS - took, 0.0))
            print(f"{taker.look():6} accepted", flush=True)
        return {"turn_slowest_s": round(slowest, 2)}

    def _funnel(self, cohort: Cohort) -> dict[str, Any]:
        """A campaign of a million, and its page as an officer opens it."""
        row = self._draft(cohort)
        donor = cohort.donors.order_by("pk")[0]
        copies(donor, 1, INVITED, id=f"{FIRST_COPY} + n")
        first = Donor.objects.get(pk=FIRST_COPY + 1)
        Invitation.objects.create(
            campaign=row, donor=first, phone="+919800000000", segments=2, status="delivered"
        )
        one = Invitation.objects.get(campaign=row)
        copies(one, 2, INVITED, id=f"{FIRST_COPY} + n", donor_id=f"{FIRST_COPY} + n")
        analyse()
        part = INVITED
        for step in FunnelCount.Step:
            for _shard in range(40):
                funnel.add(row, step, n=part // 40)
            part = part * 3 // 4
        client = signed_in(self.first)
        address = reverse("admin:plasma_campaign_change", args=[row.pk])
        seconds = [_looked(client, address) for _number in range(WARM_UP + LOOKS)][WARM_UP:]
        with CaptureQueriesContext(connection) as caught:
            _looked(client, address)
        return {
            "funnel_invitations": Invitation.objects.filter(campaign=row).count(),
            "funnel_queries": len(caught.captured_queries),
            "funnel_p50_ms": round(sorted(seconds)[LOOKS // 2] * 1000, 1),
            "funnel_p95_ms": round(sorted(seconds)[int(LOOKS * 0.95)] * 1000, 1),
        }


def analyse() -> None:
    """Renew the planner's statistics, as autovacuum does on a server that has run a day."""
    with as_owner() as cursor:
        cursor.execute("ANALYZE")


def _timed(act: Callable[[], Made]) -> tuple[Made, float]:
    began = time.monotonic()
    made = act()
    return made, round(time.monotonic() - began, 2)


def _looked(client: Client, address: str) -> float:
    began = time.monotonic()
    answer = client.get(address, secure=True, headers={"host": settings.ALLOWED_HOSTS[0]})
    if answer.status_code != 200:
        raise SystemExit(f"The page of the campaign answers {answer.status_code}.")
    return time.monotonic() - began


def _on_the_way() -> bool:
    waiting = Message.objects.filter(klass="appeal", accepted_at__isnull=True)
    return waiting.exclude(status__in=Message.FINAL).exists()


def _compared(row: Campaign, taken: list[Taken]) -> dict[str, Any]:
    """Hold the provider's record against the campaign's; the rate is of segments, by its clock."""
    asked = Invitation.objects.filter(campaign=row).count()
    times = Counter(one.what for one in taken)
    ordered = sorted(taken, key=lambda one: one.at)
    inside = ordered[: max(int(len(ordered) * SHARE_FOR_RATE), 1)]
    segments = sum(segments_of(one.what[1]) for one in inside[1:])
    seconds = inside[-1].at - inside[0].at
    achieved = segments / seconds if seconds else 0.0
    counted = funnel.totals(funnel.of(row))
    return {
        "invited": asked,
        "accepted": len(taken),
        "segments": sum(segments_of(one.what[1]) for one in taken),
        "allowed_per_s": CAP,
        "achieved_per_s": round(achieved, 1),
        "rate_ratio": round(achieved / CAP, 3),
        "lost": asked - len(times),
        "duplicates": sum(count - 1 for count in times.values()),
        "counted_sent": counted["sent"],
    }
