"""How many of a campaign came to which step: counted in the transaction of the step."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from plasma.models import Bank, Campaign, FunnelCount

Step = FunnelCount.Step
# Writers of one step are spread over so many rows, so that they seldom wait for each other.
SHARDS = 8

ADD = """
INSERT INTO plasma_funnelcount (campaign_id, bank_id, step, reason, shard, count)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (campaign_id, bank_id, step, reason, shard)
DO UPDATE SET count = plasma_funnelcount.count + EXCLUDED.count
"""


@dataclass(frozen=True)
class Count:
    """How many came to one step; ``bank`` None before one is chosen, ``reason`` of a deferral."""

    step: str
    bank: int | None
    reason: str
    count: int


def add(
    campaign: Campaign | int,
    step: str,
    *,
    bank: Bank | int | None = None,
    reason: str = "",
    n: int = 1,
) -> None:
    """Count ``n`` more at ``step``, in the caller's transaction; below zero it takes back.

    A step that is left again (a pledge that was cancelled) is taken back by whoever leaves it, so
    that the sums are of what stands.
    """
    if n == 0:
        return
    values = [
        campaign if isinstance(campaign, int) else campaign.pk,
        bank if isinstance(bank, int) or bank is None else bank.pk,
        step,
        reason,
        random.randrange(SHARDS),  # noqa: S311 (spreading, no secret)
        n,
    ]
    with connection.cursor() as cursor:
        cursor.execute(ADD, values)


def of(campaign: Campaign) -> list[Count]:
    """Return the campaign's counts by step, bank and reason: one query, however many were asked."""
    rows = (
        FunnelCount.objects.filter(campaign=campaign)
        .values_list("step", "bank_id", "reason")
        .annotate(n=Sum("count"))
        .order_by("step", "bank_id", "reason")
    )
    return [Count(step, bank, reason, n) for step, bank, reason, n in rows if n]


def totals(counts: Iterable[Count]) -> dict[str, int]:
    """Return the sum of each step, with a zero for every step that nobody came to."""
    found = dict.fromkeys(Step.values, 0)
    for one in counts:
        found[one.step] += one.count
    return found
