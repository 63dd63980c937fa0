"""The calendar proposes holidays; the gazetted list decides."""

import io
from collections.abc import Iterator
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from esachivalaya.common import clock
from esachivalaya.common.registry import Dealing, Left, diary_changing
from officials.models import Holiday

pytestmark = pytest.mark.django_db


def load(*years: int | str) -> str:
    out = io.StringIO()
    call_command("import_holidays", *map(str, years), stdout=out)
    return out.getvalue()


@pytest.fixture
def bookings() -> Iterator[dict[date, str]]:
    """What the apps above say is booked, by day."""
    booked: dict[date, str] = {}

    def told(post_id: int, first: date, last: date, dealing: Dealing | None) -> list[Left]:
        return [Left(words, words) for day, words in booked.items() if first <= day <= last]

    diary_changing.add(told)
    yield booked
    diary_changing._functions.remove(told)


def test_this_year_and_the_next_are_loaded_with_names_in_both_languages() -> None:
    load()
    this_year = clock.day_of(clock.now()).year
    for year in (this_year, this_year + 1):
        republic = Holiday.objects.get(day=date(year, 1, 26))
        assert (republic.name_en, republic.name_hi) == ("Republic Day", "गणतंत्र दिवस")
        assert republic.source == Holiday.Source.CALENDAR
        assert republic.closed


def test_the_states_own_day_is_among_them() -> None:
    load(2026)
    assert Holiday.objects.get(day=date(2026, 11, 1)).name_hi == "हरियाणा दिवस"


def test_loading_twice_changes_nothing() -> None:
    load(2026)
    count = Holiday.objects.count()
    assert f"0 new, 0 changed, 0 removed, {count} the same" in load(2026)


def test_the_gazetted_list_is_never_overridden() -> None:
    Holiday.objects.create(
        day=date(2026, 1, 26), name_en="Ours", name_hi="हमारा", source="gazette", closed=False
    )
    Holiday.objects.create(day=date(2026, 2, 2), name_en="Local", name_hi="स्थानीय")
    assert "1 left to the gazetted list" in load(2026)
    kept = Holiday.objects.get(day=date(2026, 1, 26))
    assert (kept.name_en, kept.closed) == ("Ours", False)
    assert Holiday.objects.filter(day=date(2026, 2, 2)).exists()


def test_a_day_that_the_calendar_no_longer_proposes_goes() -> None:
    Holiday.objects.create(day=date(2026, 2, 3), name_en="Moved", name_hi="बदला", source="calendar")
    assert "1 removed" in load(2026)
    assert not Holiday.objects.filter(day=date(2026, 2, 3)).exists()


def test_dry_run_changes_nothing() -> None:
    assert "dry run" in load(2026, "--dry-run")
    assert not Holiday.objects.exists()


def test_a_day_with_bookings_is_not_closed_silently(bookings: dict[date, str]) -> None:
    year = clock.day_of(clock.now()).year + 1
    bookings[date(year, 1, 26)] = "ES-1 at 10:00"
    with pytest.raises(CommandError, match="ES-1 at 10:00"):
        load(year)
    assert not Holiday.objects.filter(day=date(year, 1, 26)).exists()
    assert Holiday.objects.filter(day=date(year, 8, 15)).exists()


def test_a_year_that_the_calendar_does_not_know_gets_a_sentence() -> None:
    with pytest.raises(CommandError, match="Enter those years' holidays"):
        load(1950)
