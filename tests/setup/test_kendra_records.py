"""The benchmark of the counters: what its figures are made of."""

import json
from dataclasses import replace
from pathlib import Path

from benchmarks.kendras.phones import Phones
from benchmarks.kendras.records import Booking, Told, compared

FIRST = Booking(1, "SAMPLE-REW-0001", "DC-REW", "2020-07-22T10:00/2020-07-22T10:15", seat=True)
NONE: dict[str, int] = {"slots": 0, "requests": 0, "seats": 0, "keys": 0}


def told(key: str, reference: str, asked: Booking = FIRST) -> Told:
    return Told(key, reference, asked)


def test_what_was_told_and_is_there_once_is_neither_lost_nor_double() -> None:
    found = compared([told("a", "A"), told("a", "A")], {"A": FIRST}, NONE, {FIRST.kendra: 1})
    assert (found["bookings_told"], found["double_booked"], found["lost"]) == (1, 0, 0)


def test_what_was_told_and_is_not_there_as_it_was_asked_is_lost() -> None:
    elsewhere = replace(FIRST, slot="2020-07-22T10:15/2020-07-22T10:30")
    other = replace(FIRST, operator=2)
    without_seat = replace(FIRST, seat=False)
    there = {"B": elsewhere, "C": other, "D": without_seat}
    asked = [
        told(key, reference, replace(FIRST, post=f"{key}-REW"))
        for key, reference in zip("abcd", "ABCD", strict=True)
    ]
    assert compared(asked, there, NONE, {FIRST.kendra: 9})["lost"] == 4


def test_one_press_that_was_told_two_references_is_double() -> None:
    second = replace(FIRST, slot="2020-07-22T10:15/2020-07-22T10:30")
    there = {"A": FIRST, "B": second}
    found = compared([told("a", "A"), told("a", "B", second)], there, NONE, {FIRST.kendra: 1})
    assert found["double_booked"] == 1


def test_a_booking_that_nobody_was_told_of_is_double() -> None:
    found = compared([told("a", "A")], {"A": FIRST, "B": FIRST}, NONE, {FIRST.kendra: 1})
    assert found["double_booked"] == 1


def test_two_who_were_told_overlapping_times_of_one_office_are_double() -> None:
    longer = replace(FIRST, slot="2020-07-22T09:50/2020-07-22T10:05", kendra="SAMPLE-REW-0002")
    there = {"A": FIRST, "B": longer}
    seats = {FIRST.kendra: 1, longer.kendra: 1}
    found = compared([told("a", "A"), told("b", "B", longer)], there, NONE, seats)
    assert found["double_booked"] == 1


def test_more_seats_told_than_the_kendra_has_are_double() -> None:
    second = replace(FIRST, post="SDM-REW")
    there = {"A": FIRST, "B": second}
    asked = [told("a", "A"), told("b", "B", second)]
    assert compared(asked, there, NONE, {FIRST.kendra: 2})["double_booked"] == 0
    assert compared(asked, there, NONE, {FIRST.kendra: 1})["double_booked"] == 1


def test_what_the_database_finds_twice_counts_as_well() -> None:
    found = compared([told("a", "A")], {"A": FIRST}, {**NONE, "seats": 2}, {FIRST.kendra: 1})
    assert found["double_booked"] == 2


def test_a_phone_shows_the_code_and_no_other_number(tmp_path: Path) -> None:
    record = tmp_path / "accepted.jsonl"
    lines = [
        {"at": 1.0, "to": "+91", "body": "हरियाणा: 123456 से केंद्र आपके नाम बैठक माँगेगा।"},
        {"at": 2.0, "to": "+91", "body": "हरियाणा: बैठक ES 654321"},
    ]
    record.write_text("".join(json.dumps(line) + "\n" for line in lines))
    phones = Phones(tmp_path)
    phones.look()
    assert phones.shown == {"+91": "123456"}
