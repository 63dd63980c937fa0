"""Who may see an item stands beside its words in one index, and is never anything else."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from eoffice.models import Access, Item
from eoffice.permissions import seat_at
from eoffice.services import searching
from tests.desks import Branch, filed, make_branch
from tests.races import Outcome, until_somebody_waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch() -> Branch:
    return make_branch()


def told(item: int) -> set[int]:
    rows = Access.objects.filter(item=item).values_list("desk_id", "section_id")
    return {desk or -section for desk, section in rows}


def kept(item: int) -> list[int]:
    return Item.objects.values_list("seen_by", flat=True).get(pk=item)


def test_it_says_what_the_access_rows_say_as_they_come_and_go(branch: Branch) -> None:
    file = filed(branch)
    assert set(kept(file.pk)) == told(file.pk) != set()
    other = Access.objects.create(item_id=file.pk, desk=make_branch("LND").assistant)
    assert other.desk_id in kept(file.pk)
    Access.objects.filter(pk=other.pk).update(desk=branch.officer, section=None)
    assert set(kept(file.pk)) == told(file.pk)
    Access.objects.filter(item=file.pk).delete()
    assert kept(file.pk) == []


def test_it_narrows_the_search_and_allows_nothing(branch: Branch) -> None:
    seat = seat_at(branch.ramesh, branch.officer.post.code)
    assert seat is not None
    file = filed(make_branch("LND", "HOM"), subject="Repair of the canal")
    Item.objects.filter(pk=file.pk).update(seen_by=[seat.desk.pk])
    assert list(searching.search(seat, "canal")) == []


def plan(statement: str, values: tuple[object, ...]) -> str:
    with connection.cursor() as cursor:
        # A table of three rows is read whole otherwise.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_search_reads_words_and_access_from_one_index(branch: Branch) -> None:
    filed(branch)
    seat = seat_at(branch.ramesh, branch.officer.post.code)
    assert seat is not None
    told = plan(*searching.search(seat, "land").query.sql_with_params())
    found = [line for line in told.splitlines() if "@@" in line and "&&" in line]
    assert "item_search" in told
    assert any("Index Cond" in line for line in found), told


@pytest.mark.django_db(transaction=True)
def test_two_who_give_access_at_once_are_both_kept(
    branch: Branch, race: Callable[..., list[Outcome]]
) -> None:
    file = filed(branch)
    other = make_branch("LND")
    first, second = other.assistant, other.officer
    given = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Access.objects.create(item_id=file.pk, desk=first)
            given.set()
            until_somebody_waits()

    def wait() -> None:
        assert given.wait(30)
        Access.objects.create(item_id=file.pk, desk=second)

    assert all(one.ok for one in race(hold, wait))
    assert {first.pk, second.pk} <= set(kept(file.pk))
