"""How dates, numbers, phones and references are written (LOOK.md, "Words")."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import translation

from esachivalaya.common import formats

# 14 July 2020, 3:20 pm in India.
MOMENT = datetime(2020, 7, 14, 9, 50, tzinfo=UTC)


def test_a_date_and_time_is_written_as_the_look_says_in_both_languages() -> None:
    assert formats.datetime_long(MOMENT, "en") == "Tuesday 14 July 2020, 3:20 pm"
    assert formats.datetime_long(MOMENT, "hi") == "मंगलवार, 14 जुलाई 2020, दोपहर 3:20"


def test_the_day_is_the_day_in_india_and_not_in_greenwich() -> None:
    late_evening_utc = datetime(2020, 7, 14, 19, 0, tzinfo=UTC)
    assert formats.date_long(late_evening_utc, "en") == "Wednesday 15 July 2020"


def test_a_plain_date_stays_the_day_it_is() -> None:
    assert formats.date_short(date(2020, 12, 25), "hi") == "25 दिसंबर 2020"


@pytest.mark.parametrize(
    ("clock", "hindi", "english"),
    [
        (time(3, 59), "रात 3:59", "3:59 am"),
        (time(4, 0), "सुबह 4:00", "4:00 am"),
        (time(11, 59), "सुबह 11:59", "11:59 am"),
        (time(12, 0), "दोपहर 12:00", "12:00 pm"),
        (time(15, 59), "दोपहर 3:59", "3:59 pm"),
        (time(16, 0), "शाम 4:00", "4:00 pm"),
        (time(19, 59), "शाम 7:59", "7:59 pm"),
        (time(20, 0), "रात 8:00", "8:00 pm"),
        (time(0, 5), "रात 12:05", "12:05 am"),
    ],
)
def test_each_part_of_the_day_begins_at_its_hour(clock: time, hindi: str, english: str) -> None:
    assert formats.time_short(clock, "hi") == hindi
    assert formats.time_short(clock, "en") == english


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (71000, "71,000"),
        (380000, "3,80,000"),
        (10000000, "1,00,00,000"),
        (-71000, "-71,000"),
        (1234.5, "1,234.5"),
    ],
)
def test_numbers_are_grouped_the_indian_way(number: float, text: str) -> None:
    assert formats.indian_number(number) == text


@pytest.mark.parametrize("typed", ["+919812000001", "09812000001", "9812000001", "98120 00001"])
def test_an_indian_mobile_has_a_gap_after_five_digits(typed: str) -> None:
    assert formats.phone_number(typed) == "98120 00001"


def test_a_number_of_another_kind_is_left_as_it_is() -> None:
    assert formats.phone_number("0172 000 000") == "0172 000 000"


def test_a_masked_phone_shows_two_digits_at_each_end() -> None:
    assert formats.masked_phone("+919812000001") == "98xxx xxx01"
    assert formats.masked_phone("12") == "xxxxx"


def test_a_reference_is_read_out_in_groups() -> None:
    assert formats.grouped_reference("ES7K4P92MX") == "ES 7K4P 92MX"
    assert formats.grouped_reference("es-7k4p 92mx") == "ES 7K4P 92MX"


@pytest.mark.parametrize(
    ("left", "english", "hindi"),
    [
        (timedelta(hours=5, minutes=20), "5 h 20 min left", "5 घंटे 20 मिनट शेष"),
        (timedelta(hours=1), "1 h left", "1 घंटा शेष"),
        (timedelta(days=2, hours=3), "2 days 3 h left", "2 दिन 3 घंटे शेष"),
        (timedelta(days=1), "1 day left", "1 दिन शेष"),
        (timedelta(seconds=30), "less than 1 min left", "1 मिनट से कम शेष"),
        (timedelta(hours=-2), "overdue by 2 h", "समय सीमा से 2 घंटे ऊपर"),
    ],
)
def test_time_left_is_said_in_its_two_largest_units(
    left: timedelta, english: str, hindi: str
) -> None:
    assert formats.time_left(MOMENT + left, MOMENT, "en") == english
    assert formats.time_left(MOMENT + left, MOMENT, "hi") == hindi


def test_a_thing_is_late_at_its_due_time_itself() -> None:
    assert formats.time_left(MOMENT, MOMENT, "en").startswith("overdue")


def test_without_a_language_the_reader_s_is_used_and_hindi_for_all_unknown_ones() -> None:
    with translation.override("en"):
        assert formats.date_short(MOMENT) == "14 July 2020"
    with translation.override("de"):
        assert formats.date_short(MOMENT) == "14 जुलाई 2020"
