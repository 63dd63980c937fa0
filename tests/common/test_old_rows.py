"""The hourly sweep removes what has served its time, and one failure stops nobody else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from esachivalaya.common import clock, old_rows, registry, stored_files, sweeps
from esachivalaya.common.models import SentForm, StoredFile
from esachivalaya.common.stored_files import StoreAway

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


def divides_by_zero() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    return 0


def store_is_away() -> int:
    raise StoreAway("The store does not answer.")


@contextmanager
def first_of(hook: Any, function: Callable[[], int]) -> Iterator[None]:
    """The function, before those that are there."""
    hook._functions.insert(0, function)
    try:
        yield
    finally:
        hook._functions.remove(function)


@pytest.mark.parametrize("fails", [divides_by_zero, store_is_away])
def test_one_that_fails_stops_nobody_else_and_the_sweep_does_not_count(
    fails: Callable[[], int],
) -> None:
    sent("old", 8)
    with first_of(registry.old_rows, fails):
        old_rows.sweep()
    assert not SentForm.objects.exists()
    assert "sweep_old_rows" not in sweeps.ages()


def test_what_goes_step_by_step_is_in_no_transaction_of_the_sweep() -> None:
    depths: list[int] = []

    def looks() -> int:
        depths.append(len(connection.savepoint_ids))
        return 0

    with first_of(registry.old_rows, looks), first_of(registry.old_rows_apart, looks):
        old_rows.sweep()
    here = len(connection.savepoint_ids)
    assert depths == [here + 1, here]


def test_one_failing_step_by_step_stops_nobody_else() -> None:
    reached: list[str] = []

    def also() -> int:
        reached.append("the next one")
        return 0

    with (
        first_of(registry.old_rows_apart, also),
        first_of(registry.old_rows_apart, store_is_away),
    ):
        old_rows.sweep()
    assert reached
    assert "sweep_old_rows" not in sweeps.ages()


def test_a_file_that_cannot_be_deleted_stops_nothing(
    django_capture_on_commit_callbacks: Any,
) -> None:
    # A folder with something in it stands where the file should be.
    Path(default_storage.path("zz/stuck/inside")).mkdir(parents=True)
    stored = StoredFile.objects.create(
        sha256="a" * 64, file="zz/stuck", content_type="application/pdf", size=1, pages=1
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert stored_files.forget(stored.pk) == 1
    assert not StoredFile.objects.exists()
