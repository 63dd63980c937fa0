"""What the CSV file of plasma banks holds, and the policy that the State begins with."""

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

from django.db import models, transaction

from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.services import Act, record, record_all, subject_of
from esachivalaya.common import clock
from esachivalaya.common.csv_import import Layout, Stored
from officials.services.records import difference, values_of
from plasma.models import Bank, BankHours, Policy

DATA = Path(__file__).parent / "data"
# A new bank's hours until somebody sets others: Monday to Saturday.
OPENS, CLOSES, WEEKDAYS = time(9), time(17), range(6)
# The State's first policy: the numbers are those of the model.
AUTHORITY = "Health Department, Haryana"
FIRST_DAY = date(2020, 7, 1)


def _record(stored: Sequence[Stored[Bank]], by: models.Model | None) -> None:
    """Give new banks their hours, and write an audit row for each new and changed bank."""
    acts = []
    for one in stored:
        data: dict[str, Any] = {
            "changes": {
                name: {"before": one.before.get(name), "after": value}
                for name, value in one.after.items()
            }
        }
        act = "imported" if one.new else "changed_by_import"
        actor = by.pk if by else None
        acts.append(Act(*subject_of(one.row), act, actor, data=data, new=one.new))
    BankHours.objects.bulk_create(
        BankHours(bank_id=one.row.pk, weekday=weekday, opens=OPENS, closes=CLOSES)
        for one in stored
        if one.new
        for weekday in WEEKDAYS
    )
    record_all(acts, at=clock.now())


BANKS = Layout(
    model=Bank,
    columns=(
        "code",
        "city_en",
        "city_hi",
        "district",
        "address_en",
        "address_hi",
        "beds",
        "slot_minutes",
        "horizon_days",
    ),
    optional=("phone",),
    record=_record,
)


@transaction.atomic
def first_policy() -> bool:
    """Enter the State's first policy, unless there is one already; return whether it was done."""
    wait_for_turn("plasma-policy:0")
    if Policy.objects.filter(bank=None).exists():
        return False
    policy = Policy.objects.create(authority=AUTHORITY, first_day=FIRST_DAY)
    facts = {"changes": difference({}, values_of(policy))}
    record(policy, "policy_made", at=clock.now(), data=facts, new=True)
    return True
