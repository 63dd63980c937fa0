"""The rows of a list in words: as they were written one by one, in the reader's language."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils.translation import override

from eoffice.list_rows import Row, table
from eoffice.models import Holding, Item
from eoffice.permissions import Seat, seat_at
from eoffice.services.boxes import Line
from tests.desks import Branch, diarised, filed

AT = datetime(2026, 7, 14, 9, 50, tzinfo=UTC)


@pytest.fixture
def seat(branch: Branch) -> Seat:
    found = seat_at(branch.ramesh, branch.officer.post.code)
    assert found is not None
    return found


def row(seat: Seat, item: Item, name: str = "inbox", **said: object) -> Row:
    line = Line(**{"item": item, "at": AT, "who": "", "due": None, **said})  # type: ignore[arg-type]
    return table(name, [line], seat).rows[0]


def test_address_and_kind_are_of_the_item(branch: Branch, seat: Seat) -> None:
    code = branch.officer.post.code
    receipt, file = diarised(branch).item, filed(branch).item
    Item.objects.filter(pk=file.pk).update(nature="physical")
    file.refresh_from_db()
    with override("en"):
        assert row(seat, receipt).address == reverse("eoffice:receipt", args=[code, receipt.pk])
        assert row(seat, receipt).kind == "Receipt"
        assert row(seat, receipt).sender == receipt.receipt.sender
        assert row(seat, file).address == reverse("eoffice:file", args=[code, file.pk])
        assert row(seat, file).kind == "File · on paper"
        assert row(seat, file).sender == ""


@pytest.mark.parametrize(
    ("language", "at", "due", "words", "priority"),
    [
        (
            "en",
            ("14 July 2026", "3:20 pm"),
            "20 July 2026",
            "Until 1 August 2026: Waits",
            "Out today",
        ),
        (
            "hi",
            ("14 जुलाई 2026", "दोपहर 3:20"),
            "20 जुलाई 2026",
            "1 अगस्त 2026 तक: Waits",
            "आज ही जारी",
        ),
    ],
)
def test_moments_days_and_degrees_in_the_readers_language(
    branch: Branch,
    seat: Seat,
    language: str,
    at: tuple[str, str],
    due: str,
    words: str,
    priority: str,
) -> None:
    item = diarised(branch, priority=4, classification=2).item
    said = {"due": date(2026, 7, 20), "words": "Waits", "until": date(2026, 8, 1)}
    with override(language):
        shown = row(seat, item, **said)
        assert ((shown.day, shown.hour), shown.due, shown.words) == (at, due, words)
        assert shown.priority == priority
        assert shown.classification == str(item.get_classification_display())
    assert shown.moment == "2026-07-14T15:20:00+05:30"
    assert shown.closed_to_some


def test_who_is_the_sender_the_place_or_what_became_of_it(branch: Branch, seat: Seat) -> None:
    item = diarised(branch).item
    stay = Holding.objects.open().get(item=item.pk)
    with override("en"):
        assert row(seat, item).who == "made here"
        assert row(seat, item, "sent", who=stay.desk).who == str(stay.desk)
        item.status = Item.Status.CLOSED
        assert row(seat, item, "closed").who == "Closed"


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        ("inbox", ("From whom", "Since")),
        ("parked", ("From whom", "Since")),
        ("sent", ("Lies at", "Sent")),
        ("closed", ("Lies at", "Closed")),
        ("created", ("Lies at", "Made")),
        ("search", ("Lies at", "Made")),
    ],
)
def test_what_the_columns_are_called(seat: Seat, name: str, headings: tuple[str, str]) -> None:
    with override("en"):
        made = table(name, [], seat)
    assert (made.who, made.at) == headings
