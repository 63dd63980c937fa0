"""Slots: each moment offered once, nothing on closed time, nothing overruns its hours."""

import itertools
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from esachivalaya.common.clock import IST
from esachivalaya.common.slots import Opening, Span, lowest_free_place, slots_of

DAY = datetime(2020, 7, 21, tzinfo=IST)


def span(start: int, end: int) -> Span:
    """A span in minutes after midnight."""
    return Span(DAY + timedelta(minutes=start), DAY + timedelta(minutes=end))


def test_touching_is_not_overlapping() -> None:
    assert not span(0, 15).overlaps(span(15, 30))
    assert span(0, 16).overlaps(span(15, 30))


def test_the_last_slot_never_overruns_its_hours() -> None:
    assert slots_of([Opening(span(600, 640), 15)]) == [span(600, 615), span(615, 630)]


def test_a_gap_stands_between_meetings() -> None:
    assert slots_of([Opening(span(600, 640), 15, 5)]) == [span(600, 615), span(620, 635)]


def test_closed_time_takes_slots_away_and_shifts_none() -> None:
    slots = slots_of([Opening(span(600, 660), 15)], [span(620, 622)])
    assert slots == [span(600, 615), span(630, 645), span(645, 660)]


def test_overlapping_hours_offer_each_moment_once() -> None:
    twice = [Opening(span(600, 660), 15), Opening(span(630, 690), 15)]
    assert slots_of(twice) == [span(start, start + 15) for start in range(600, 690, 15)]


openings = st.builds(
    lambda start, length, minutes, gap: Opening(span(start, start + length), minutes, gap),
    st.integers(0, 1000),
    st.integers(1, 400),
    st.integers(5, 60),
    st.integers(0, 20),
)
closures = st.builds(
    lambda start, length: span(start, start + length), st.integers(0, 1400), st.integers(1, 200)
)


@given(st.lists(openings, max_size=5), st.lists(closures, max_size=3))
def test_no_slot_overlaps_another_or_closed_time_and_each_lies_in_open_hours(
    hours: list[Opening], closed: list[Span]
) -> None:
    slots = slots_of(hours, closed)
    assert slots == sorted(slots)
    assert all(one.end <= other.start for one, other in itertools.pairwise(slots))
    assert not any(slot.overlaps(shut) for slot in slots for shut in closed)
    assert all(any(opening.span.contains(slot) for opening in hours) for slot in slots)


def test_the_lowest_free_place_is_taken() -> None:
    assert lowest_free_place([1, 3], 3) == 2
    assert lowest_free_place([1, 2, 3], 3) is None
