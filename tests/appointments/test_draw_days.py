"""Time is closed on the days of an announced draw: nobody who wishes is left with nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.models import Draw, DrawWish
from appointments.services import draws
from esachivalaya.common.clock import day_bounds
from esachivalaya.common.registry import Dealing
from esachivalaya.notifications.models import Message
from officials.diary import slots_on
from officials.models import Holiday, HoursException, Leave
from officials.services import DiaryRefused, remove_from_diary, save_holiday, save_in_diary
from officials.services.setting_up import save_post
from tests.appointments.test_admin_victims import resend, text_of
from tests.booking import sent
from tests.draws import announced, closed, open_day, wished
from tests.office import told
from tests.officials.pages import moment, page, send
from tests.people import Cast, make_citizen

pytestmark = pytest.mark.django_db
WORDS = "The Deputy Commissioner is called to Chandigarh."


def leave_over(cast: Cast, draw: Draw, **changes: Any) -> Leave:
    start, end = day_bounds(draw.first_day)[0], day_bounds(draw.last_day)[1]
    return Leave(
        post=cast.rewari, reason="Chandigarh", **{"starts_at": start, "ends_at": end} | changes
    )


def two_days(cast: Cast) -> Draw:
    first = open_day()
    days = timedelta(days=2 if (first + timedelta(days=1)).weekday() == 6 else 1)
    return announced(cast, first_day=first, last_day=first + days)


def test_closing_all_of_a_draw_s_time_is_refused_until_it_is_called_off(cast: Cast) -> None:
    draw = announced(cast)
    wish = wished(draw, cast.asha)
    with pytest.raises(DiaryRefused) as refused:
        save_in_diary(row=leave_over(cast, draw), by=cast.meera)
    (left,) = refused.value.left
    assert [code for code, _words in left.choices] == ["cancel"]
    assert "Asha" not in f"{left.words} {left.about}"
    for dealing in (
        Dealing(by=cast.meera, for_all="move"),
        Dealing(by=cast.meera, for_all="cancel", words="  Short.  "),
    ):
        with pytest.raises(DiaryRefused) as refused:
            save_in_diary(row=leave_over(cast, draw), by=cast.meera, dealing=dealing)
        assert refused.value.left[0].problem
    assert Draw.objects.get().status == "announced"
    assert not Leave.objects.exists()
    dealing = Dealing(by=cast.meera, for_all="cancel", words=WORDS)
    save_in_diary(row=leave_over(cast, draw), by=cast.meera, dealing=dealing)
    assert (Draw.objects.get().status, Draw.objects.get().words) == ("cancelled", WORDS)
    wish.refresh_from_db()
    assert (wish.status, wish.lost_reason) == ("lost", "cancelled")
    assert Message.objects.filter(template__key="draw_cancelled", channel="sms").count() == 1


def test_a_draw_that_keeps_some_time_goes_on(cast: Cast) -> None:
    draw = two_days(cast)
    start, end = day_bounds(draw.first_day)
    save_in_diary(row=leave_over(cast, draw, starts_at=start, ends_at=end), by=cast.meera)
    assert Draw.objects.get().status == "announced"


def test_a_booking_that_stands_there_and_the_draw_are_chosen_about_one_by_one(cast: Cast) -> None:
    day = open_day()
    row = sent(cast.rewari, cast.asha, slots_on(cast.rewari, day)[0])
    draw = announced(cast, first_day=day)
    each = {row.reference: "move"}
    dealing = Dealing(by=cast.meera, each=each, words=WORDS)
    with pytest.raises(DiaryRefused) as refused:
        save_in_diary(row=leave_over(cast, draw), by=cast.meera, dealing=dealing)
    assert {left.key for left in refused.value.left} == {row.reference, f"draw-{draw.pk}"}
    each[f"draw-{draw.pk}"] = "cancel"
    dealing = Dealing(by=cast.meera, each=each, words=WORDS)
    save_in_diary(row=leave_over(cast, draw), by=cast.meera, dealing=dealing)
    row.refresh_from_db()
    assert row.starts_at is not None
    assert row.starts_at >= day_bounds(day)[1]
    assert row.status == "requested"
    assert Draw.objects.get().status == "cancelled"


def test_once_the_codes_are_published_nobody_takes_its_time_away(cast: Cast) -> None:
    draw = closed(announced(cast))
    dealing = Dealing(by=cast.meera, for_all="cancel", words=WORDS)
    with pytest.raises(DiaryRefused) as refused:
        save_in_diary(row=leave_over(cast, draw), by=cast.meera, dealing=dealing)
    (left,) = refused.value.left
    assert left.choices == ()
    assert "codes of this draw are published" in left.problem or "कोड" in left.problem
    assert not Leave.objects.exists()


def test_a_holiday_asks_about_the_draws_of_every_office(cast: Cast) -> None:
    draw = announced(cast)
    holiday = Holiday(day=draw.first_day, name_en="Holi", name_hi="होली")
    with pytest.raises(DiaryRefused) as refused:
        save_holiday(holiday=holiday, by=cast.nasreen)
    assert [left.key for left in refused.value.left] == [f"draw-{draw.pk}"]
    dealing = Dealing(by=cast.nasreen, for_all="cancel", words=WORDS)
    save_holiday(holiday=holiday, by=cast.nasreen, dealing=dealing)
    assert Draw.objects.get().status == "cancelled"
    # Who set the holiday does not act for the office: it is told.
    assert Message.objects.filter(template__key="office_diary_changed").exists()


def test_an_office_that_is_closed_calls_its_draw_off(cast: Cast) -> None:
    announced(cast)
    cast.rewari.active = False
    with pytest.raises(DiaryRefused):
        save_post(post=cast.rewari, by=cast.nasreen)
    dealing = Dealing(by=cast.nasreen, for_all="cancel", words=WORDS)
    save_post(post=cast.rewari, by=cast.nasreen, dealing=dealing)
    assert Draw.objects.get().status == "cancelled"


def test_the_page_asks_about_the_draw_and_calls_it_off(office: Client, cast: Cast) -> None:
    draw = announced(cast)
    wished(draw, make_citizen(name="Sunita Rani"))
    start, end = day_bounds(draw.first_day)
    data = {
        "post": cast.rewari.pk,
        "reason": "Called to Chandigarh",
        **moment(start, "starts_at"),
        **moment(end, "ends_at"),
    }
    address = page("leave", "add")
    shown = send(office, address, **data)
    text = text_of(shown)
    assert "no time is left to give" in text
    assert "Cancel the draw, with words" in text
    assert "Sunita" not in text
    panel = {"dealing": "shown", "dealing_all": "cancel", "dealing_words": WORDS}
    done = resend(office, address, shown, {**data, **panel})
    assert done.status_code == 302
    assert Draw.objects.get().status == "cancelled"


def test_the_page_says_that_a_draw_has_less_to_give(office: Client, cast: Cast) -> None:
    draw = two_days(cast)
    free = draws.preview(
        cast.rewari, draw.last_day, draw.last_day, moment=day_bounds(draw.first_day)[0]
    ).free
    start, end = day_bounds(draw.first_day)
    data = {
        "post": cast.rewari.pk,
        "reason": "Called to Chandigarh",
        **moment(start, "starts_at"),
        **moment(end, "ends_at"),
    }
    done = send(office, page("leave", "add"), **data)
    assert done.status_code == 302
    assert f"It has {free} meetings to give now" in told(done)


def test_time_that_no_draw_waits_for_is_closed_without_a_word(office: Client, cast: Cast) -> None:
    draw = announced(cast)
    row = HoursException(
        post=cast.rewari,
        day=draw.first_day + timedelta(days=8),
        kind="close",
        starts="10:00",
        ends="11:00",
    )
    save_in_diary(row=row, by=cast.meera)
    remove_from_diary(row=row, by=cast.meera)
    assert DrawWish.objects.count() == 0
