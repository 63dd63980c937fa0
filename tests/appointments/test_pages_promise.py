"""The promise board: honest, current, and nothing by which a person could be recognised."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from appointments import board
from appointments.models import Breach, Request
from esachivalaya.common import clock
from tests.appointments.citizens import booked
from tests.people import Cast, make_citizen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    board.forget()
    yield
    board.forget()


def answered(cast: Cast, hours: float, number: int) -> Request:
    """A request of this month that was answered after ``hours``; a breach when over 24."""
    row = booked(cast, make_citizen(name=f"Citizen {number}"), slot=None)
    first = clock.now()
    Request.objects.filter(pk=row.pk).update(
        status="declined",
        decline_reason="answered",
        words="Done.",
        created_at=first,
        due_at=first + timedelta(hours=24),
        answered_at=first + timedelta(hours=hours),
    )
    if hours >= 24:
        Breach.objects.create(
            request=row, post=row.post, due_at=first, outcome="released", recorded_at=first
        )
    return row


def test_share_times_and_breaches_are_counted(cast: Cast) -> None:
    for number, hours in enumerate([1, 2, 3, 4, 30]):
        answered(cast, hours, number)
    (line,) = board.fresh_board().lines
    assert (line.requests, line.share, line.median_hours, line.breaches) == (5, 80, 3.0, 1)
    assert line.p95_hours is not None
    assert 4 < line.p95_hours <= 30


def test_small_numbers_are_not_shown(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    answered(cast, 1, 1)
    (line,) = board.fresh_board().lines
    assert line.small
    assert (line.share, line.median_hours, line.oldest_open) == (None, None, None)
    assert "under 5" in client.get("/promise/").content.decode()


def test_what_was_withdrawn_counts_neither_way_and_what_is_overdue_counts_against(
    cast: Cast,
) -> None:
    for number in range(5):
        answered(cast, 1, number)
    gone = booked(cast, cast.asha, slot=None)
    Request.objects.filter(pk=gone.pk).update(status="withdrawn", answered_at=clock.now())
    late = booked(cast, cast.ramesh, slot=None)
    moment = clock.now()
    Request.objects.filter(pk=late.pk).update(
        created_at=moment - timedelta(minutes=2), due_at=moment - timedelta(minutes=1)
    )
    (line,) = board.fresh_board().lines
    assert line.requests in {6, 7}
    assert line.share in {83, 100}


def test_the_page_names_no_person_and_is_kept_for_a_minute(
    client: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    row = booked(cast)
    with django_assert_num_queries(4):
        page = client.get("/promise/").content.decode()
    assert row.subject not in page
    assert "Asha" not in page
    with django_assert_num_queries(0):
        client.get("/promise/")


def test_an_empty_board_says_so(client: Client, db: None) -> None:
    assert "–" in client.get("/promise/").content.decode()
    assert client.post("/promise/").status_code == 405
