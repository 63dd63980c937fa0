"""The diary of a post: meetings, holds, free slots, closed time with its reason."""

from datetime import time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.services import answers
from esachivalaya.common import clock
from officials.models import Holiday, HoursException, Leave
from tests.booking import sent, slots
from tests.office import assert_strict, content, queries
from tests.people import (
    Cast,
    give_charge,
    make_citizen,
    make_post,
    sign_in_household,
)

pytestmark = pytest.mark.django_db
DIARY = "/admin/appointments/request/diary/"


def test_the_day_shows_meetings_holds_offers_and_free_slots(office: Client, cast: Cast) -> None:
    times = slots(cast.rewari, 3)
    booked = sent(cast.rewari, cast.asha, times[0])
    answers.confirm(request=booked, by=cast.suresh, version=booked.version)
    waiting = sent(cast.rewari, cast.ramesh, times[1])
    answers.offer(request=waiting, slot=times[2], by=cast.suresh, version=waiting.version)
    day = clock.day_of(times[0].start)
    shown = office.get(DIARY, {"view": "day", "day": day.isoformat()})
    (one,) = shown.context["days"]
    lines = {line.start: line for line in one.lines}
    assert [hold.request for hold in lines[times[0].start].holds] == [booked]
    assert [hold.purpose for hold in lines[times[1].start].holds] == ["asked"]
    assert [hold.purpose for hold in lines[times[2].start].holds] == ["offered"]
    assert all(lines[slot.start].free == 0 for slot in times)
    assert sum(line.free for line in one.lines) == sum(not line.past for line in one.lines) - 3
    page = content(shown)
    for words in ("Asha Devi", "Ramesh Kumar", "Confirmed", "On offer", "Free"):
        assert words in page, words


def test_seven_days_are_shown_from_the_day_that_was_chosen(office: Client) -> None:
    chosen = clock.day_of(clock.now()) + timedelta(days=10)
    days = office.get(DIARY, {"day": chosen.isoformat()}).context["days"]
    assert [day.date for day in days] == [chosen + timedelta(days=n) for n in range(7)]


def test_time_that_passed_unused_is_left_out(office: Client) -> None:
    yesterdays = clock.day_of(clock.now()) - timedelta(days=8)
    for day in office.get(DIARY, {"day": yesterdays.isoformat()}).context["days"]:
        assert day.lines == []
        assert day.over or day.date.weekday() == 6


def test_closed_time_says_why(office: Client, cast: Cast) -> None:
    monday = clock.day_of(clock.now()) + timedelta(days=14)
    monday -= timedelta(days=monday.weekday())
    Holiday.objects.create(day=monday, name_en="Founding Day", name_hi="स्थापना दिवस")
    HoursException.objects.create(
        post=cast.rewari,
        day=monday + timedelta(days=1),
        kind="close",
        starts=time(10),
        ends=time(11),
        reason="Meeting of the district board",
    )
    Leave.objects.create(
        post=cast.rewari,
        starts_at=clock.at(monday + timedelta(days=2), time(0)),
        ends_at=clock.at(monday + timedelta(days=3), time(0)),
    )
    shown = office.get(DIARY, {"day": monday.isoformat()})
    reasons = [day.reasons for day in shown.context["days"]]
    assert reasons[0] == ["Holiday: Founding Day"]
    assert "Meeting of the district board" in reasons[1][0]
    assert reasons[2][0].startswith("Leave from")
    assert reasons[3] == []
    assert [len(day.lines) for day in shown.context["days"]][:4] == [0, 8, 0, 12]


def test_a_meeting_left_standing_outside_the_hours_is_marked(office: Client, cast: Cast) -> None:
    (slot,) = slots(cast.rewari, 1)
    sent(cast.rewari, cast.asha, slot)
    cast.rewari.hours.all().delete()
    day = clock.day_of(slot.start)
    shown = office.get(DIARY, {"view": "day", "day": day.isoformat()})
    (line,) = shown.context["days"][0].lines
    assert line.closed
    assert "Outside the hours of this day" in content(shown)


@pytest.mark.parametrize("day", ["", "nonsense", "9999-12-31", "0001-01-01", "2026-02-30"])
def test_any_day_typed_into_the_address_shows_a_diary(office: Client, day: str) -> None:
    assert office.get(DIARY, {"day": day}).context["today"] in {
        one.date for one in office.get(DIARY, {"day": day}).context["days"]
    }


def test_the_diary_of_another_post_is_not_there(office: Client, cast: Cast) -> None:
    make_post("DC-GGM")
    assert office.get(DIARY, {"post": "DC-GGM"}).status_code == 404
    assert office.get(DIARY, {"post": "NONE"}).status_code == 404
    give_charge(cast.suresh, cast.division, "staff")
    assert office.get(DIARY, {"post": "DIV-GGM"}).context["post"] == cast.division


def test_households_and_the_signed_out_see_no_diary(client: Client, cast: Cast) -> None:
    assert client.get(DIARY).status_code == 302
    sign_in_household(client, cast.household)
    assert client.get(DIARY).status_code == 302


def test_the_diary_is_only_read(office: Client) -> None:
    assert office.post(DIARY).status_code == 405


def test_the_week_takes_the_same_queries_for_one_meeting_and_for_ten(
    office: Client, cast: Cast
) -> None:
    times = slots(cast.rewari, 10)
    day = clock.day_of(times[0].start).isoformat()
    sent(cast.rewari, cast.asha, times[0])
    one = queries(office, DIARY, day=day)
    for place, slot in enumerate(times[1:]):
        sent(cast.rewari, make_citizen(name=f"Citizen {place}"), slot, channel="kendra")
    ten = queries(office, DIARY, day=day)
    assert len(ten) == len(one)
    assert len(ten) <= 16, "\n".join(ten)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_diary_has_no_inline_style_or_script(office: Client, cast: Cast, language: str) -> None:
    sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0])
    office.cookies["language"] = language
    assert_strict(office.get(reverse("admin:appointments_diary")))
