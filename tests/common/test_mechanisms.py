"""Counters, keys of forms, states and pages: the mechanisms that every app stands on."""

from collections.abc import Callable
from datetime import UTC, date, time, timedelta
from typing import Any

import pytest
from django.db import transaction

from esachivalaya.common import clock, idempotency
from esachivalaya.common.counters import next_number
from esachivalaya.common.models import Counter, SentForm
from esachivalaya.common.paging import page_of, page_of_lines
from esachivalaya.common.states import Overtaken, move
from esachivalaya.common.words import fold, mask_aadhaar, tidy

Race = Callable[..., list[Any]]


@pytest.mark.django_db(transaction=True)
def test_a_series_has_no_gap_and_no_duplicate_under_thirty_two_writers(race: Race) -> None:
    def take(fail: bool) -> int | None:
        with transaction.atomic():
            number = next_number(series="A", year=2020)
            transaction.set_rollback(fail)
        return None if fail else number

    outcomes = race(*[lambda n=n: take(fail=n % 4 == 0) for n in range(32)])
    numbers = sorted(one.value for one in outcomes if one.value)
    assert numbers == list(range(1, 25))


@pytest.mark.django_db
def test_a_number_taken_in_a_transaction_that_fails_is_given_again() -> None:
    with transaction.atomic():
        next_number(series="A", year=2020)
        transaction.set_rollback(True)
    with transaction.atomic():
        assert next_number(series="A", year=2020) == 1
        assert next_number(series="A", year=2021) == 1
    assert Counter.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_forms_with_one_key_the_second_gets_the_first_s_result(race: Race) -> None:
    def act() -> str:
        try:
            with transaction.atomic():
                claim = idempotency.claim(principal="p", form="f", key="k" * 16, digest="d")
                claim.finish("/result/")
        except idempotency.AlreadySent as earlier:
            return f"again {earlier.result}"
        return "first"

    assert sorted(one.value for one in race(act, act, act)) == [
        "again /result/",
        "again /result/",
        "first",
    ]


@pytest.mark.django_db
def test_a_key_with_other_data_is_a_misuse() -> None:
    idempotency.claim(principal="p", form="f", key="k" * 16, digest="one")
    with pytest.raises(idempotency.KeyMisused):
        idempotency.claim(principal="p", form="f", key="k" * 16, digest="other")
    idempotency.claim(principal="someone else", form="f", key="k" * 16, digest="other")


@pytest.mark.django_db
def test_pages_by_key_show_every_row_once_in_order() -> None:
    SentForm.objects.bulk_create(
        SentForm(principal=f"p{n % 3}", form="f", key=f"{n:04}", digest="") for n in range(57)
    )
    seen, token = [], ""
    while True:
        page = page_of(SentForm.objects.all(), by=("principal", "-id"), token=token, size=10)
        seen += list(page.rows)
        if not page.next:
            break
        token = page.next
    assert seen == list(SentForm.objects.order_by("principal", "-id"))


@pytest.mark.django_db
def test_a_forged_page_token_shows_the_first_page() -> None:
    SentForm.objects.create(principal="p", form="f", key="k", digest="")
    assert page_of(SentForm.objects.all(), by=("id",), token="forged").first


@pytest.mark.django_db
def test_the_clock_is_the_database_s_and_moves_within_a_transaction() -> None:
    first = clock.now()
    assert clock.now() > first
    assert first.utcoffset() == timedelta(0)


def test_a_day_is_a_day_in_india() -> None:
    evening = clock.at(date(2020, 7, 21), time(0, 10))
    assert clock.day_of(evening).day == 21
    assert evening.astimezone(UTC).day == 20


def test_a_move_that_the_table_does_not_know_is_a_programming_error() -> None:
    class Row:
        status = "closed"
        TRANSITIONS = {"closed": set[str]()}

    with pytest.raises(ValueError, match="does not move"):
        move(Row(), to="open")  # type: ignore[type-var]
    assert issubclass(Overtaken, Exception)


def test_words_fold_as_people_read_them() -> None:
    assert fold("हाँ") == fold("हां")
    assert fold("रेवाड़ी") == fold("रेवाडी")
    assert fold("  Rewārī \n DC ") == "rewari dc"
    assert fold("१२") == "12"


def test_control_characters_are_dropped_from_what_is_typed() -> None:
    assert tidy(" a\x00b\x1f\nc ") == "ab\nc"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2341 2341 2346", "XXXX XXXX 2346"),
        ("234123412346", "XXXXXXXX2346"),
        ("२३४१ २३४१ २३४६", "XXXX XXXX २३४६"),
        ("2341-2341-2346", "XXXX-XXXX-2346"),
        ("2341 - 2341 - 2346", "XXXX - XXXX - 2346"),
        ("2341\u20132341\u20132346", "XXXX\u2013XXXX\u20132346"),
        ("2341\u00a02341\u00a02346", "XXXX\u00a0XXXX\u00a02346"),
        ("2341\u200b2341\u200b2346", "XXXX\u200bXXXX\u200b2346"),
        ("2341\n2341\n2346", "XXXX\nXXXX\n2346"),
        ("2.3.4.1.2.3.4.1.2.3.4.6", "X.X.X.X.X.X.X.X.2.3.4.6"),
        ("23 45 67 89 01 24", "XX XX XX XX 01 24"),
        ("23-45-67-89-01-24", "XX-XX-XX-XX-01-24"),
        ("२३ ४५ ६७ ८९ ०१ २४", "XX XX XX XX ०१ २४"),
        ("234567 890124", "XXXXXX XX0124"),
        ("234 567 890 124", "XXX XXX XX0 124"),
        ("2345:6789:0124", "XXXX:XXXX:0124"),
    ],
)
def test_a_number_that_looks_like_an_aadhaar_number_is_masked(typed: str, kept: str) -> None:
    assert mask_aadhaar(f"My number is {typed}.") == (f"My number is {kept}.", True)


@pytest.mark.parametrize(
    "typed",
    [
        "2341 2341 2347",
        "98000 00001",
        "1234567890123",
        "+919800000001",
        "0341 2341 2346",
        # Not groups of one kind with the same between them: days with their time, a telephone.
        "23.45.67 89:01:24",
        "2345-67-89 01:24",
        "23 456 789 0124",
        "23456 7890124",
    ],
)
def test_other_numbers_are_left_as_they_are(typed: str) -> None:
    assert mask_aadhaar(typed) == (typed, False)


def test_lines_in_hand_come_in_pages_and_each_of_them_once() -> None:
    lines = [f"REW-{number:03}" for number in range(7)]
    first = page_of_lines(lines, key=str, size=3)
    assert (first.rows, first.first, first.next) == (lines[:3], True, "REW-002")
    second = page_of_lines(lines, key=str, after=first.next, size=3)
    assert (second.rows, second.first, second.next) == (lines[3:6], False, "REW-005")
    last = page_of_lines(lines, key=str, after=second.next, size=3)
    assert (last.rows, last.next) == (lines[6:], "")
    assert page_of_lines(lines, key=str, after="GGM-001", size=3) == first
