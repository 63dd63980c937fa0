"""The benchmark of e-Office: what it writes is what the services would have written."""

import json
from datetime import UTC

import pytest
from django.db import connection

from benchmarks.eoffice.course import Size, _summed
from benchmarks.eoffice.history import LETTER, Historian, Shares
from benchmarks.eoffice.offices import Room, make_offices
from benchmarks.eoffice.tables import Tables
from eoffice import verification
from eoffice.models import Access, File, Holding, Item, Movement, Note, Receipt
from eoffice.permissions import seat_at
from eoffice.services import boxes, searching
from esachivalaya.accounts.models import User
from esachivalaya.common import stored_files
from esachivalaya.common.clock import day_of, now

ALL_OPEN = Shares(open=1.0, measured=1.0)


@pytest.fixture
def rooms(db: None) -> list[Room]:
    return make_offices(departments=2, users=60, since_days=2000)


def tell(rooms: list[Room], shares: Shares, files: int = 8) -> None:
    stored = stored_files.keep(LETTER)
    with connection.cursor() as cursor:
        tables = Tables(cursor)
        historian = Historian(tables, rooms, [rooms[0].places[0]], stored.pk)
        historian.begin(now().astimezone(UTC))
        for number in range(files):
            historian.unit(number, receipts=4, movements=21, shares=shares)
        tables.write()
        # Of keys that refer to nothing the database would speak at the end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_its_chains_and_sealed_notes_are_whole(rooms: list[Room]) -> None:
    tell(rooms, Shares(open=0.5, measured=0.5))
    assert (File.objects.count(), Receipt.objects.count()) == (8, 32)
    assert Note.objects.filter(status="sealed").exists()
    assert list(verification.findings()) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM eoffice_movement WHERE seq = 1")
        assert cursor.fetchone() == (40,)


def test_each_lies_at_one_desk_or_none_and_is_seen_where_it_was(rooms: list[Room]) -> None:
    tell(rooms, Shares(open=0.5, measured=0.5))
    for item in Item.objects.all():
        lies = Holding.objects.open().filter(item=item).count()
        assert lies == (1 if item.status == "open" else 0)
        desks = {stay.desk_id for stay in Holding.objects.filter(item=item)}
        assert desks <= set(Access.objects.filter(item=item).values_list("desk", flat=True))
        last = Movement.objects.filter(item=item).latest("seq")
        assert json.loads(last.payload)["act"] == last.act


def test_a_clerk_finds_it_in_the_inbox_and_by_its_words(rooms: list[Room]) -> None:
    tell(rooms, ALL_OPEN)
    place = rooms[0].places[0]
    seat = seat_at(User.objects.get(pk=place.user), place.code)
    assert seat is not None
    listed = boxes.box(seat, "inbox", today=day_of(now()), wanted={}).lines
    assert listed
    assert listed[0].item in searching.search(seat, listed[0].item.number)


def test_a_size_is_reached_to_the_last_receipt() -> None:
    size = Size(files=18_000, receipts=71_000, movements=380_000)
    assert (size.at(0), size.at(18_000)) == ((0, 0), (71_000, 380_000))
    assert size.at(450_000) == (1_775_000, 9_500_000)


def test_growth_is_the_worst_of_all() -> None:
    small = {"movements": 10, "inbox_p95_ms": 10.0, "search_p95_ms": 20.0, "inbox_queries": 6}
    grown = {"movements": 250, "inbox_p95_ms": 11.0, "search_p95_ms": 25.0, "inbox_queries": 6}
    told = _summed({"reported": small, "grown": grown, "at_100_000_files": grown})
    assert (told["growth"], told["inbox_queries"]) == (1.25, 6)
    assert (told["search_p95_ms"], told["factor"]) == (25.0, 25.0)
