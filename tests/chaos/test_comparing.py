"""Chaos: what was acknowledged is held against the database, and what is wrong is found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage

from appointments.models import Hold
from benchmarks.chaos.comparing import Held, Row, There, compared, left_to_do, read
from benchmarks.chaos.records import Booked, Told
from benchmarks.messages.records import Taken
from eoffice.services import moving
from eoffice.services.moving import Sent
from esachivalaya.notifications.models import Message
from tests import papers
from tests.booking import overdue, sent_by_asha
from tests.desks import filed, make_branch
from tests.people import Cast, make_cast

ASHA, RAVI = "+919800000001", "+919800000002"
AT = datetime.fromisoformat("2020-07-21T10:00:00+05:30")
TEN = timedelta(minutes=10)


class Both:
    """Two records that agree: Asha booked and was confirmed, Ravi booked with a paper."""

    def __init__(self) -> None:
        self.told = Told(
            booked={
                "ASHA": Booked("ASHA", ASHA, 1, AT.isoformat()),
                "RAVI": Booked("RAVI", RAVI, 1, (AT + TEN).isoformat(), frozenset({"paper"})),
            },
            confirmed={"ASHA"},
            moved={"movement 1", "movement 2"},
        )
        self.there = There(
            requests={
                "ASHA": Row(ASHA, "confirmed", "office"),
                "RAVI": Row(RAVI, "requested", "", frozenset({"paper"})),
            },
            held=[Held("ASHA", 1, 1, AT, AT + TEN), Held("RAVI", 1, 1, AT + TEN, AT + 2 * TEN)],
            movements=Counter({"movement 1": 1, "movement 2": 1, "": 1}),
        )
        self.taken = [
            Taken(1, (ASHA, "received"), "/1/"),
            Taken(2, (ASHA, "confirmed"), "/2/"),
            Taken(3, (RAVI, "received"), "/3/"),
        ]

    def compared(self) -> dict[str, Any]:
        return compared(self.told, self.there, self.taken)

    def change(self, reference: str, **changes: Any) -> None:
        self.there.requests[reference] = replace(self.there.requests[reference], **changes)


def test_two_records_that_agree_have_nothing_wrong() -> None:
    found = Both().compared()
    wrong = ("lost", "double_booked", "duplicate_messages", "broken_chains", "double_moved")
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0)


LOSSES: list[tuple[str, Callable[[Both], Any]]] = [
    ("bookings", lambda both: both.there.requests.pop("RAVI")),
    ("bookings", lambda both: both.change("RAVI", phone=ASHA)),
    ("bookings", lambda both: both.there.held.pop()),
    ("confirmations", lambda both: both.change("ASHA", status="requested", confirmed_by="")),
    ("confirmations", lambda both: both.change("ASHA", confirmed_by="portal")),
    ("movements", lambda both: both.there.movements.pop("movement 2")),
    ("papers", lambda both: both.change("RAVI", papers=frozenset({"cut short"}))),
    ("messages", lambda both: both.taken.pop()),
    ("messages", lambda both: both.told.aged.add("RAVI")),
]


@pytest.mark.parametrize(("kind", "lose"), LOSSES)
def test_what_was_acknowledged_and_is_not_there_is_lost(
    kind: str, lose: Callable[[Both], Any]
) -> None:
    both = Both()
    lose(both)
    found = both.compared()
    assert found["lost_of"][kind] == 1
    assert found["lost"] >= 1


def test_a_time_that_was_acknowledged_twice_is_double_booked() -> None:
    both = Both()
    both.told.booked["THIRD"] = Booked("THIRD", "+919800000003", 1, "2020-07-21T04:30:00+00:00")
    both.there.requests["THIRD"] = Row("+919800000003", "requested", "")
    assert both.compared()["double_booked"] == 1


def test_live_holds_that_overlap_are_double_booked_whatever_was_acknowledged() -> None:
    both = Both()
    both.there.held.append(Held("OTHER", 1, 1, AT + TEN / 2, AT + TEN))
    assert both.compared()["double_booked"] == 1
    # Another office, or another place of the same one.
    both.there.held[-1] = Held("OTHER", 2, 1, AT, AT + TEN)
    assert both.compared()["double_booked"] == 0


@pytest.mark.parametrize(
    "again", [Taken(9, (ASHA, "received"), "/9/"), Taken(9, (ASHA, ""), "/1/")]
)
def test_the_same_row_or_the_same_words_twice_are_a_duplicate(again: Taken) -> None:
    both = Both()
    both.taken.append(again)
    assert both.compared()["duplicate_messages"] == 1


def test_a_movement_that_was_written_twice_is_found() -> None:
    both = Both()
    both.there.movements["movement 1"] += 1
    both.there.movements[""] = 7
    assert both.compared()["double_moved"] == 1


def test_an_answer_of_5xx_and_none_acknowledge_nothing() -> None:
    told = Told()
    for status in (0, 500, 503, 409):
        told.note("booking", status)
    assert told.answers == {"booking none": 1, "booking 5xx": 2, "booking 409": 1}


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def test_what_the_database_has_is_read_with_the_papers_as_they_lie_on_the_disk(cast: Cast) -> None:
    row = sent_by_asha(cast)
    stored = papers.attach(row).stored
    branch = make_branch()
    to = {"desk": branch.assistant, "to": branch.officer, "by": branch.seema}
    moving.mark(item=filed(branch).item, sent=Sent(words="movement 1"), **to)
    there = read()
    assert there.requests[row.reference] == Row(
        row.phone, "requested", "", frozenset({stored.sha256})
    )
    hold = Hold.objects.get(request=row)
    assert there.held == [
        Held(row.reference, row.post_id, hold.place, row.starts_at, row.ends_at)  # type: ignore[arg-type]
    ]
    assert there.movements["movement 1"] == 1
    assert not there.broken
    default_storage.delete(stored.file.name)
    assert not read().requests[row.reference].papers


def test_chains_of_both_ledgers_that_were_broken_are_told(
    cast: Cast, owner_connection: Any
) -> None:
    sent_by_asha(cast)
    filed(make_branch())
    with owner_connection.cursor() as cursor:
        for table in ("eoffice_movement", "audit_entry"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET hash = repeat('0', 64)")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    both = Both()
    both.there.broken = read().broken
    assert any(one.startswith("item ") for one in both.there.broken)
    assert len(both.there.broken) >= 2
    assert both.compared()["broken_chains"] == len(both.there.broken)


def test_an_overdue_request_and_a_message_that_is_due_are_left_to_do(cast: Cast) -> None:
    row = sent_by_asha(cast)
    unsent = Message.objects.count()
    assert left_to_do() == {"unanswered": 0, "unsent": unsent}
    assert unsent > 0
    overdue(row)
    Message.objects.update(status=Message.Status.DELIVERED)
    assert left_to_do() == {"unanswered": 1, "unsent": 0}
