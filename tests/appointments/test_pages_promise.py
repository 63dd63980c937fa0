"""The promise board: honest, current, and nothing by which a person could be recognised."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from appointments import board
from appointments.models import Breach, Request
from esachivalaya.common import clock
from esachivalaya.common.spreadsheets import safe
from officials.models import Post
from tests.appointments.citizens import booked
from tests.people import Cast, make_citizen, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    board.forget()
    yield
    board.forget()


def answered(cast: Cast, hours: float, number: int, post: Post | None = None) -> Request:
    """A request of this month that was answered after ``hours``; a breach when over 24."""
    row = booked(cast, make_citizen(name=f"Citizen {number}"), slot=None)
    first = clock.now()
    Request.objects.filter(pk=row.pk).update(
        post=post or row.post,
        status="declined",
        decline_reason="answered",
        words="Done.",
        created_at=first,
        due_at=first + timedelta(hours=24),
        answered_at=first + timedelta(hours=hours),
    )
    row.refresh_from_db()
    if hours >= 24:
        Breach.objects.create(
            request=row, post=row.post, due_at=first, outcome="released", recorded_at=first
        )
    return row


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def this_month() -> date:
    return clock.day_of(clock.now()).replace(day=1)


def test_share_times_and_breaches_are_counted(cast: Cast) -> None:
    for number, hours in enumerate([1, 2, 3, 4, 30]):
        answered(cast, hours, number)
    (line,) = board.fresh_board().lines
    assert (line.requests, line.share, line.median_hours, line.breaches) == (5, 80, 3.0, 1)
    assert line.p95_hours == 24.0


def test_small_numbers_are_not_shown(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    answered(cast, 30, 1)
    (line,) = board.fresh_board().lines
    assert line.small
    assert (line.share, line.median_hours, line.oldest_open) == (None, None, None)
    assert (line.requests, line.breaches, line.missed) == (0, 0, 0)
    shown = client.get("/promise/").content.decode()
    assert "under 5" in shown
    # They are named below the table, not as rows without figures.
    assert "<td" not in shown


def test_no_sum_tells_the_number_of_the_one_office_that_is_not_shown(
    client: Client, cast: Cast
) -> None:
    other = make_post("DC-GGM")
    for number in range(6):
        answered(cast, 1, number)
    for number in range(6, 9):
        answered(cast, 30, number, other)
    found = board.fresh_board()
    shown = [line for line in found.lines if not line.small]
    assert (len(found.lines), len(shown)) == (2, 1)
    for sums in (found.totals(found.lines), found.months[-1]):
        assert (sums.requests, sums.breaches) == (6, 0)


def test_the_post_that_owed_the_answer_keeps_the_breach_and_not_the_one_below(cast: Cast) -> None:
    below = make_post("DC-GGM")
    for number in range(5):
        row = answered(cast, 30, number)
        Request.objects.filter(pk=row.pk).update(post=below)
    (line,) = board.fresh_board().lines
    assert (line.post, line.breaches, line.share) == (cast.rewari, 5, 0)


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


def test_a_meeting_that_the_office_missed_is_counted_in_its_month(cast: Cast) -> None:
    rows = [answered(cast, 1, number) for number in range(5)]
    first = clock.now()
    Request.objects.filter(pk=rows[0].pk).update(
        status="missed_by_office", starts_at=first, ends_at=first + timedelta(minutes=15)
    )
    (line,) = board.fresh_board().lines
    assert line.missed == 1


def test_an_answer_given_now_stands_on_the_board_made_next(cast: Cast) -> None:
    for number in range(5):
        answered(cast, 1, number)
    board.board()
    answered(cast, 1, 6)
    assert board.board().lines[0].requests == 5
    board.forget()
    assert board.board().lines[0].requests == 6


def test_the_page_names_no_person_and_is_kept_for_a_minute(
    client: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    row = booked(cast)
    with django_assert_num_queries(6):
        page = client.get("/promise/").content.decode()
    assert row.subject not in page
    assert "Asha" not in page
    with django_assert_num_queries(0):
        client.get("/promise/")


def test_the_number_of_offices_and_days_changes_no_number_of_queries(
    client: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        answered(cast, 1, number, make_post(f"OFF-{number}"))
    board.roll_up()
    with django_assert_num_queries(6):
        client.get("/promise/")


def test_offices_are_chosen_by_level_district_and_words(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    answered(cast, 1, 1)
    answered(cast, 1, 2, make_post("MIN-HOME"))
    every = client.get("/promise/").content.decode()
    assert "Deputy Commissioner, Rewari</a>" in every
    assert "Home Minister</a>" in every
    for chosen in ("level=minister", "q=home+min"):
        page = client.get(f"/promise/?{chosen}").content.decode()
        assert "Home Minister</a>" in page
        assert "Deputy Commissioner, Rewari</a>" not in page
    page = client.get("/promise/?district=REW").content.decode()
    assert "Home Minister</a>" not in page
    assert "No office fits" in client.get("/promise/?q=nobody").content.decode()
    assert "Home Minister</a>" in client.get("/promise/?level=nonsense").content.decode()


def test_earlier_months_are_chosen_and_those_to_come_are_not_there(
    client: Client, cast: Cast
) -> None:
    client.cookies["language"] = "en"
    for number in range(5):
        row = answered(cast, 1, number)
        month_before = clock.at(this_month() - timedelta(days=1), clock.time(9))
        Request.objects.filter(pk=row.pk).update(
            created_at=month_before,
            due_at=month_before + timedelta(hours=24),
            answered_at=month_before + timedelta(hours=2),
        )
    earlier = this_month() - timedelta(days=1)
    page = client.get(f"/promise/?month={earlier:%Y-%m}").content.decode()
    assert "100 %" in page
    assert f'value="{earlier:%Y-%m}" selected' in page
    # What is open now says nothing about an earlier month.
    assert "Oldest open since" not in page
    later = this_month() + timedelta(days=40)
    assert client.get(f"/promise/?month={later:%Y-%m}").status_code == 404
    assert client.get("/promise/?month=yesterday").status_code == 200


def test_the_file_has_the_lines_of_the_page_in_the_reader_s_language(
    client: Client, cast: Cast
) -> None:
    for number in range(5):
        answered(cast, 1, number)
    answered(cast, 1, 6, make_post("MIN-HOME", title_en="=2+2", title_hi="=2+2"))
    client.cookies["language"] = "en"
    answer = client.get("/promise.csv")
    content = b"".join(answer)  # type: ignore[arg-type]
    assert content.startswith(b"\xef\xbb\xbf")
    heads, rewari, minister = lines_of(content)
    assert heads[5] == "Requests"
    assert rewari[1:3] == ["DC-REW", "Deputy Commissioner, Rewari"]
    assert rewari[5:10] == ["5", "100", "1.0", "1.0", "0"]
    assert minister[2] == "'=2+2"
    assert minister[5:] == ["under 5", "", "", "", "", "", ""]
    client.cookies["language"] = "hi"
    hindi = b"".join(client.get("/promise.csv?level=deputy_commissioner"))  # type: ignore[arg-type]
    heads, *rows = lines_of(hindi)
    assert heads[5] == "अनुरोध"
    assert [row[2] for row in rows] == ["उपायुक्त, रेवाड़ी"]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


def test_an_office_has_a_page_with_its_months(
    client: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    client.cookies["language"] = "en"
    for number in range(5):
        answered(cast, 2, number)
    with django_assert_num_queries(5):
        page = client.get("/promise/DC-REW/").content.decode()
    assert "Deputy Commissioner, Rewari" in page
    assert "100 %" in page
    assert "2.0 h" in page
    assert client.get("/promise/NOBODY/").status_code == 404
    assert client.post("/promise/DC-REW/").status_code == 405


def test_an_empty_board_says_so(client: Client, db: None) -> None:
    assert "–" in client.get("/promise/").content.decode()
    assert client.post("/promise/").status_code == 405
    assert client.post("/promise.csv").status_code == 405
