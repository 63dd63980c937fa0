"""The roll-up of the ledger: it says what a plain count of every movement says."""

import math
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from eoffice.models import CountedDay, DeskDay, Holding, Item, Movement, Note
from eoffice.services import activity, counting, filing
from eoffice.tasks import roll_up_days
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.sweeps import ages
from tests.desks import Branch, days_from_now, make_branch
from tests.eoffice.past import DAYS, random_days

Plain = dict[tuple[date, int, int | None, bool], Counter[str]]


def plainly() -> Plain:
    """What the roll-up must say, counted from every movement there is."""
    found: Plain = {}
    ended = {(h.item_id, h.ended_at): h for h in Holding.objects.exclude(ended_at=None)}
    notes: dict[Any, list[Note]] = {}
    for note in Note.objects.filter(status="sealed"):
        notes.setdefault((note.file_id, note.sealed_at), []).append(note)
    for move in Movement.objects.select_related("item__file", "item__receipt"):
        item, secret = move.item, move.item.classification == 3
        row = found.setdefault(
            (day_of(move.at), move.from_desk_id or 0, move.by_id, secret), Counter()
        )
        row["acts"] += 1
        if move.act == "made":
            old = item.kind == "file" and item.file.old_number
            row["receipts" if item.kind == "receipt" else "joined" if old else "files"] += 1
        name = {"marked": "sent", "put_in_file": "filed"}.get(move.act, move.act)
        if name in counting.COUNTS:
            row[name] += 1
        stay = ended.get((move.item_id, move.at))
        if stay is not None:
            row["stays"] += 1
            row["stays_in_time"] += move.at - stay.since <= timedelta(days=7)
        if item.nature == "electronic":
            row.update(on_paper(move, notes.get((move.item_id, move.at), [])))
        if move.act in ("marked", "returned"):
            came = (day_of(move.at), move.to_desk_id or 0, None, secret)
            found.setdefault(came, Counter())["came"] += 1
    return found


def on_paper(move: Movement, notes: list[Note]) -> Counter[str]:
    """What an act on something electronic would have been on paper."""
    found: Counter[str] = Counter()
    found["note_pages"] = sum(max(1, math.ceil(len(note.text) / 1800)) for note in notes)
    if move.item.kind == "receipt":
        receipt = move.item.receipt
        papers = receipt.enclosures.select_related("stored")
        pages = max(1, sum(one.stored.pages or 1 for one in papers))
        if move.act == "made" and receipt.delivery_mode in ("email", "portal"):
            found["print_pages"] = pages
        if move.act == "marked":
            found["copies"], found["copy_pages"] = 1, pages
    return found


def rolled() -> Plain:
    """What the roll-up says of the days that are counted."""
    return {
        (row.day, row.desk_id, row.by_id, row.confidential): Counter(
            {name: getattr(row, name) for name in counting.COUNTS}
        )
        for row in DeskDay.objects.all()
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_days_that_are_over_are_counted_exactly(branch: Branch, seed: int) -> None:
    random_days(branch, seed)
    random_days(make_branch("LND", "HOM"), seed + 100)
    assert counting.roll_up() >= DAYS - 1
    counted = set(CountedDay.objects.values_list("day", flat=True))
    assert max(counted) == days_from_now(-1) or now().hour < 20
    wanted = {key: row for key, row in plainly().items() if key[0] in counted}
    assert rolled() == wanted
    assert sum(row["stays"] for row in wanted.values())
    assert sum(row["note_pages"] for row in wanted.values())


@pytest.mark.parametrize("counted_days", [0, 3, 30])
def test_figures_are_the_same_however_much_is_rolled_up(branch: Branch, counted_days: int) -> None:
    random_days(branch, 4)
    counting.roll_up(limit=counted_days)
    told = activity.between(days_from_now(-30), days_from_now(0), by=["desk", "person", "day"])
    rows = {key: row for key, row in plainly().items() if not key[3]}
    for name in counting.COUNTS:
        assert sum(row[name] for row in rows.values()) == sum(
            told.of("day", day)[name] for day in told.by["day"]
        )
        for desk in (branch.assistant, branch.officer):
            plain = sum(row[name] for key, row in rows.items() if key[1] == desk.pk)
            assert told.of("desk", desk.pk)[name] == plain
        plain = sum(row[name] for key, row in rows.items() if key[2] == branch.usha.pk)
        assert told.of("person", branch.usha.pk)[name] == plain


def test_missed_days_are_made_up_for_and_none_is_counted_twice(branch: Branch) -> None:
    random_days(branch, 5)
    assert counting.roll_up(limit=2) == 2
    roll_up_days()
    before = rolled()
    assert counting.roll_up() == 0
    roll_up_days()
    assert rolled() == before
    # The day that goes on is not counted yet.
    assert not CountedDay.objects.filter(day__gte=days_from_now(0)).exists()
    assert "eoffice_roll_up" in ages()


@pytest.mark.usefixtures("db")
def test_nothing_is_counted_before_the_first_movement() -> None:
    assert counting.roll_up() == 0
    assert activity.between(days_from_now(-5), days_from_now(0), by=["day"]).total["acts"] == 0


def test_a_paper_that_becomes_confidential_leaves_the_figures_of_its_days(branch: Branch) -> None:
    random_days(branch, 6)
    counting.roll_up()
    held = Holding.objects.open().filter(item__classification=1, item__nature="electronic")
    lies = held.order_by("since")[0]
    item = lies.item
    people = {branch.assistant: branch.seema, branch.officer: branch.ramesh}
    days = {day_of(move.at) for move in item.movements.all()}
    by = people.get(lies.desk, branch.usha)
    filing.classify(item=item, desk=lies.desk, by=by, classification=3, words="Vigilance")
    assert not CountedDay.objects.filter(day__in=days).exists()
    told = activity.between(days_from_now(-30), days_from_now(0), by=["day"])
    plain = {key: row for key, row in plainly().items() if not key[3]}
    assert sum(s["acts"] for s in told.by["day"].values()) == sum(
        row["acts"] for row in plain.values()
    )
    counting.roll_up()
    counted = set(CountedDay.objects.values_list("day", flat=True))
    assert rolled() == {key: row for key, row in plainly().items() if key[0] in counted}


def test_the_total_of_the_state_holds_confidential_papers_and_no_group_does(
    branch: Branch,
) -> None:
    random_days(branch, 7)
    counting.roll_up()
    told = activity.between(days_from_now(-30), days_from_now(0), by=["department"])
    everything = Movement.objects.count()
    secret = Movement.objects.filter(item__classification=3).count()
    assert secret >= 5
    assert told.total["acts"] == everything
    assert sum(one["acts"] for one in told.by["department"].values()) == everything - secret
    narrowed = activity.between(
        days_from_now(-30), days_from_now(0), by=[], desks=[branch.officer.pk]
    )
    plain = Movement.objects.filter(from_desk=branch.officer.pk, item__classification__lt=3)
    assert narrowed.total["acts"] == plain.count()


def test_few_confidential_papers_are_in_no_total(branch: Branch) -> None:
    random_days(branch, 8, count=12)
    Item.objects.filter(classification=3).update(classification=2)
    one = Movement.objects.filter(act="closed").first() or Movement.objects.all()[0]
    Item.objects.filter(pk=one.item_id).update(classification=3)
    secret = Movement.objects.filter(item=one.item_id).count()
    told = activity.between(days_from_now(-30), days_from_now(0), by=[])
    assert told.total["acts"] == Movement.objects.count() - (secret if secret < 5 else 0)


def test_two_queries_however_many_days(branch: Branch) -> None:
    random_days(branch, 9)
    first, last = days_from_now(-30), days_from_now(0)
    for _round in range(2):
        with CaptureQueriesContext(connection) as caught:
            activity.between(first, last, by=["department", "day"])
        assert len(caught) == 2
        counting.roll_up()


@pytest.mark.django_db(transaction=True)
def test_three_at_once_count_each_day_once(race: Callable[..., list[Any]]) -> None:
    close_old_connections()
    random_days(make_branch(), 11, count=12)
    outcomes = race(*[lambda: counting.roll_up(limit=100) for _number in range(3)])
    assert all(one.ok for one in outcomes)
    assert sum(one.value for one in outcomes) == CountedDay.objects.count()
    counted = set(CountedDay.objects.values_list("day", flat=True))
    assert rolled() == {key: row for key, row in plainly().items() if key[0] in counted}
