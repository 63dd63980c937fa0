"""The hourly sweep removes what has served its time, and one failure stops nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from esachivalaya.common import clock, old_rows, registry, sweeps
from esachivalaya.common.models import SentForm

pytestmark = pytest.mark.django_db


def sent(key: str, days: float) -> None:
    form = SentForm.objects.create(principal="p", form="f", key=key, digest="d")
    SentForm.objects.filter(pk=form.pk).update(sent_at=clock.now() - timedelta(days=days))


def test_forms_are_remembered_for_a_week() -> None:
    sent("old", 7.01)
    sent("new", 6.99)
    assert old_rows.sweep() >= 1
    assert list(SentForm.objects.values_list("key", flat=True)) == ["new"]
    assert sweeps.ages()["sweep_old_rows"] < 60


def test_one_that_fails_stops_nobody_else_and_the_sweep_does_not_count() -> None:
    def fails() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        return 0

    functions: list[Any] = registry.old_rows._functions
    functions.insert(0, fails)
    try:
        sent("old", 8)
        old_rows.sweep()
    finally:
        functions.remove(fails)
    assert not SentForm.objects.exists()
    assert "sweep_old_rows" not in sweeps.ages()
