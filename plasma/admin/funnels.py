"""A campaign's funnel for its page: figures, chart, tables by bank and by reason, and as a file."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from esachivalaya.common.formats import indian_number
from esachivalaya.common.spreadsheets import UTF8_MARK, safe
from plasma.models import Bank, Campaign, Donation, FunnelCount
from plasma.services import funnel
from plasma.services.funnel import Count

Step = FunnelCount.Step
# The way of an invitation, and of a pledge; the others leave the way.
WAY = [
    Step.INVITED,
    Step.SENT,
    Step.DELIVERED,
    Step.OPENED,
    Step.PLEDGED,
    Step.BOOKED,
    Step.ARRIVED,
    Step.DONATED,
]
ASIDE = [
    Step.UNDELIVERABLE,
    Step.STOPPED,
    Step.LATER,
    Step.WRONG_PERSON,
    Step.DEFERRED,
    Step.NO_SHOW,
]
AT_BANKS = [
    Step.PLEDGED,
    Step.BOOKED,
    Step.ARRIVED,
    Step.DONATED,
    Step.DEFERRED,
    Step.NO_SHOW,
]


@dataclass(frozen=True)
class Funnel:
    """What the page shows of a campaign, from its roll-ups alone."""

    counts: Sequence[Count]
    totals: dict[str, int]
    banks: dict[int, str]

    @property
    def way(self) -> list[tuple[str, int, str]]:
        """The bars of the chart."""
        return [self._bar(step) for step in WAY]

    @property
    def aside(self) -> list[tuple[str, int, str]]:
        """The bars of those who left the way."""
        return [self._bar(step) for step in ASIDE]

    @property
    def at_banks(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """A row for each bank, with a figure for each of :data:`AT_BANKS`."""
        found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for one in self.counts:
            if one.bank is not None:
                found[one.bank][one.step] += one.count
        rows = [
            (self.banks[bank], [(str(step.label), steps[step]) for step in AT_BANKS])
            for bank, steps in found.items()
        ]
        return sorted(rows)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """How many were deferred for which reason, the most frequent first."""
        found: dict[str, int] = defaultdict(int)
        for one in self.counts:
            if one.step == Step.DEFERRED:
                found[one.reason] += one.count
        words: dict[str, Any] = dict(Donation.Reason.choices)
        rows = [(str(words.get(reason, reason)), count) for reason, count in found.items()]
        return sorted(rows, key=lambda row: (-row[1], row[0]))

    def _bar(self, step: Step) -> tuple[str, int, str]:
        count = self.totals[step]
        return str(step.label), count, indian_number(count)


def funnel_of(campaign: Campaign) -> Funnel:
    """Read the funnel of ``campaign``: two queries, however many were asked."""
    counts = funnel.of(campaign)
    banks = {bank.pk: str(bank) for bank in Bank.objects.all()}
    return Funnel(counts, funnel.totals(counts), banks)


def as_csv(read: Funnel) -> bytes:
    """Return the funnel as a file: step, bank, reason, count; nobody is named in it."""
    file = io.StringIO()
    lines = csv.writer(file)
    lines.writerow([_("step"), _("bank"), _("reason"), _("people")])
    words: dict[str, Any] = dict(Step.choices)
    reasons: dict[str, Any] = dict(Donation.Reason.choices)
    for one in read.counts:
        bank = safe(read.banks[one.bank]) if one.bank is not None else ""
        lines.writerow([words[one.step], bank, reasons.get(one.reason, one.reason), one.count])
    return (UTF8_MARK + file.getvalue()).encode()
