"""The audit record is never changed or deleted: the database refuses, whoever asks."""

from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction

from esachivalaya.audit import services
from esachivalaya.audit.models import Anchor, Entry
from esachivalaya.common import clock
from tests.people import make_district

STATEMENTS = [
    "UPDATE audit_entry SET act = 'forged'",
    "DELETE FROM audit_entry",
    "UPDATE audit_anchor SET root = 'forged'",
    "DELETE FROM audit_anchor",
]


def write() -> None:
    with transaction.atomic():
        services.record(make_district(), "made", at=clock.now(), new=True)
        Anchor.objects.create(day=clock.day_of(clock.now()), heads=1, root="r")


@pytest.mark.django_db
@pytest.mark.parametrize("statement", [*STATEMENTS, "TRUNCATE audit_entry CASCADE"])
def test_the_portals_role_changes_nothing(statement: str) -> None:
    write()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.get().act == "made"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_owner_changes_nothing_either(owner_connection: Any, statement: str) -> None:
    write()
    with owner_connection.cursor() as cursor, pytest.raises(psycopg2.Error, match="never changed"):
        cursor.execute(statement)
    assert Entry.objects.get().act == "made"


@pytest.mark.django_db
def test_acts_on_a_subject_are_chained_without_gap() -> None:
    district = make_district()
    with transaction.atomic():
        for act in ("made", "renamed", "closed"):
            services.record(district, act, at=clock.now())
    first, second, third = Entry.objects.order_by("seq")
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert first.previous == services.GENESIS
    assert second.previous == first.hash
    assert third.previous == second.hash


@pytest.mark.django_db(transaction=True)
def test_an_act_is_recorded_only_in_the_transaction_that_does_it() -> None:
    with pytest.raises(RuntimeError):
        services.record(make_district(), "made", at=clock.now())
