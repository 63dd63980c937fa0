"""The banks as the public sees them: where they are, and when they are open."""

from collections import defaultdict
from dataclasses import dataclass

from plasma.models import Bank, BankHours


@dataclass(frozen=True)
class OpenBank:
    """A bank with its hours, weekdays of the same hours on one line."""

    bank: Bank
    hours: list[tuple[str, BankHours]]


def open_banks() -> list[OpenBank]:
    """Return the banks that take donors, with their hours; two queries."""
    rows = Bank.objects.filter(active=True).select_related("district").prefetch_related("hours")
    return [OpenBank(bank, hours_of(bank)) for bank in rows.order_by("code")]


def hours_of(bank: Bank) -> list[tuple[str, BankHours]]:
    """Return the hours of ``bank`` as (weekdays in words, hours)."""
    alike: dict[tuple[object, object], list[BankHours]] = defaultdict(list)
    for one in bank.hours.all():
        alike[one.opens, one.closes].append(one)
    return [(_days(rows), rows[0]) for rows in alike.values()]


def _days(rows: list[BankHours]) -> str:
    """Name the days of ``rows``; three or more that follow each other by the first and the last."""
    runs: list[list[BankHours]] = []
    for row in sorted(rows, key=lambda row: row.weekday):
        if runs and row.weekday == runs[-1][-1].weekday + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    words = []
    for run in runs:
        names = [str(row.get_weekday_display()) for row in run]
        words.append(f"{names[0]} – {names[-1]}" if len(run) > 2 else ", ".join(names))
    return ", ".join(words)
