"""What the CSV file of categories holds; loaded by common/csv_import.py."""

from collections.abc import Sequence
from pathlib import Path

from django.db import models

from appointments.models import Category
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common import clock
from esachivalaya.common.csv_import import Layout, Stored

DATA = Path(__file__).parent / "data"


def _record(stored: Sequence[Stored[Category]], by: models.Model | None) -> None:
    """Write an audit row for each new and changed category."""
    acts = []
    actor_id = by.pk if by else None
    for one in stored:
        kind, subject_id = subject_of(one.row)
        changes = {
            name: {"before": one.before.get(name), "after": value}
            for name, value in one.after.items()
        }
        act = "imported" if one.new else "changed_by_import"
        acts.append(Act(kind, subject_id, act, actor_id, data={"changes": changes}, new=one.new))
    record_all(acts, at=clock.now())


CATEGORIES: Layout[Category] = Layout(
    model=Category,
    columns=("code", "name_en", "name_hi", "position"),
    record=_record,
)
