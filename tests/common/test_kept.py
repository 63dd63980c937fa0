"""What is kept for some seconds: made once for all who ask, and never older than it may be."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from esachivalaya.common.kept import Kept

SECONDS = 600.0


@pytest.fixture
def kept() -> Kept[int]:
    return Kept(seconds=SECONDS, most=3)


@pytest.fixture
def counted() -> Callable[[], int]:
    """Returns 1, 2, 3 ...: how often it was made."""
    times: list[int] = []

    def make() -> int:
        times.append(1)
        return len(times)

    return make


def grow_older(kept: Kept[int], by: float) -> None:
    """Move everything that is kept into the past."""
    for entry in kept._entries.values():
        assert entry.made
        entry.made = (entry.made[0] - by, entry.made[1])


def test_it_is_made_once_for_each_key(kept: Kept[int], counted: Callable[[], int]) -> None:
    assert [kept.get("hi", counted), kept.get("hi", counted), kept.get("en", counted)] == [1, 1, 2]


def test_what_is_too_old_or_forgotten_is_made_anew(
    kept: Kept[int], counted: Callable[[], int]
) -> None:
    kept.get("hi", counted)
    grow_older(kept, SECONDS + 1)
    assert kept.get("hi", counted) == 2
    kept.forget()
    assert kept.get("hi", counted) == 3


def test_however_many_ask_at_once_one_makes_it(kept: Kept[int], counted: Callable[[], int]) -> None:
    together = threading.Barrier(8)

    def ask() -> int:
        together.wait()
        return kept.get("hi", counted)

    with ThreadPoolExecutor(8) as crowd:
        assert [asked.result() for asked in [crowd.submit(ask) for _ in range(8)]] == [1] * 8


@pytest.mark.parametrize(("age", "given"), [(1.5, [1, 2]), (2.5, [2, 2])])
def test_who_asks_while_it_is_made_anew_gets_the_old_one_unless_it_is_too_old(
    kept: Kept[int], counted: Callable[[], int], age: float, given: list[int]
) -> None:
    kept.get("hi", counted)
    grow_older(kept, age * SECONDS)
    making, go_on = threading.Event(), threading.Event()

    def slowly() -> int:
        making.set()
        go_on.wait(10)
        return counted()

    with ThreadPoolExecutor(2) as crowd:
        maker = crowd.submit(kept.get, "hi", slowly)
        making.wait(10)
        other = crowd.submit(kept.get, "hi", counted)
        if age < 2:
            assert other.result(10) == given[0]
        go_on.set()
        assert [other.result(10), maker.result(10)] == given


def test_a_failure_is_not_kept(kept: Kept[int], counted: Callable[[], int]) -> None:
    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kept.get("hi", fail)
    assert kept.get("hi", counted) == 1


def test_no_more_than_so_many_are_kept(kept: Kept[int], counted: Callable[[], int]) -> None:
    for number in range(50):
        kept.get(number, counted)
    assert len(kept._entries) <= 3
