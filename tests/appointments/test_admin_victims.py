"""The pages that close time: what stands on it is shown, chosen about and dealt with at once."""

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from appointments.models import Bump, Request
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.notifications.models import Message
from officials.models import Holiday, Hours, HoursException, Leave, Post
from tests.booking import sent, sent_by_asha, slots
from tests.office import assert_strict, told
from tests.officials.pages import moment, page, send
from tests.people import (
    Cast,
    give_charge,
    make_citizen,
    make_post,
    make_staff,
    open_hours,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
WORDS = "The Deputy Commissioner is called to Chandigarh."


def text_of(response: Any) -> str:
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def leave_data(cast: Cast, when: datetime | None, **panel: str) -> dict[str, Any]:
    assert when is not None
    start, end = day_bounds(day_of(when))
    return {
        "post": cast.rewari.pk,
        "reason": "Called to Chandigarh",
        **moment(start, "starts_at"),
        **moment(end, "ends_at"),
        **panel,
    }


def resend(client: Client, address: str, shown: Any, data: dict[str, Any]) -> Any:
    """Send the page that was shown again, with the key that it carries."""
    keys = dict(re.findall(r'name="(form_key|shown)" value="([^"]*)"', shown.content.decode()))
    return client.post(address, {**keys, **data})


def test_leave_shows_its_victims_and_one_button_deals_with_all(office: Client, cast: Cast) -> None:
    row = sent_by_asha(cast)
    address = page("leave", "add")
    shown = send(office, address, **leave_data(cast, row.starts_at))
    assert shown.status_code == 200
    assert_strict(shown)
    text = text_of(shown)
    assert "1 meeting or request stands on this time" in text
    assert f"Asha: {row.subject}" in text
    assert 'value="Called to Chandigarh"' in text
    assert text.count('name="_save"') == 1
    assert "_addanother" not in text
    panel = {"dealing": "shown", "dealing_all": "move"}
    done = resend(office, address, shown, leave_data(cast, row.starts_at, **panel))
    assert done.status_code == 302
    assert "dealt with" in told(done)
    assert Leave.objects.count() == 1
    assert Bump.objects.get().request == row
    # Sent once more by a double tap: saved and told once.
    again = resend(office, address, shown, leave_data(cast, row.starts_at, **panel))
    assert again.status_code == 302
    assert Leave.objects.count() == 1
    messages = Message.objects.filter(template__key="request_moved_by_office", channel="sms")
    assert messages.count() == 1


def test_what_was_chosen_is_kept_when_one_cannot_be_moved(office: Client, cast: Cast) -> None:
    first, second = slots(cast.rewari, 2)
    one, two = sent(cast.rewari, cast.asha, first), sent(cast.rewari, cast.ramesh, second)
    Bump.objects.create(
        request=two,
        post=cast.rewari,
        from_starts_at=first.start,
        to_starts_at=second.start,
        by=cast.meera,
    )
    panel = {
        "dealing": "shown",
        "dealing_all": "move",
        f"dealing_with_{one.reference}": "cancel",
        "dealing_words": WORDS,
    }
    shown = send(office, page("leave", "add"), **leave_data(cast, first.start, **panel))
    text = text_of(shown)
    assert "Nothing was changed" in text
    assert "Nobody is moved to another time twice" in text
    assert 'value="move" checked' in text
    assert 'value="cancel" selected' in text
    assert WORDS in text
    assert not Leave.objects.exists()
    one.refresh_from_db()
    assert one.status == "requested"


def test_missing_words_are_said_at_their_field(office: Client, cast: Cast) -> None:
    row = sent_by_asha(cast)
    panel = {"dealing": "shown", "dealing_all": "cancel", "dealing_words": "Sorry"}
    shown = send(office, page("leave", "add"), **leave_data(cast, row.starts_at, **panel))
    assert text_of(shown).count("Write at least 10 characters") == 1
    assert 'aria-invalid="true"' in shown.content.decode()


def test_nothing_chosen_asks_again(office: Client, cast: Cast) -> None:
    row = sent_by_asha(cast)
    shown = send(office, page("leave", "add"), **leave_data(cast, row.starts_at, dealing="shown"))
    assert "Choose for all of them, or for each" in text_of(shown)


def test_who_sets_up_sees_reference_and_time_but_no_name_or_subject(
    client: Client, cast: Cast
) -> None:
    client.cookies["language"] = "en"
    sign_in_staff(client, cast.nasreen)
    row = sent_by_asha(cast)
    day = day_of(row.starts_at)  # type: ignore[arg-type]
    data = {"day": f"{day:%Y-%m-%d}", "name_hi": "मेला", "name_en": "Fair", "closed": "on"}
    shown = send(client, page("holiday", "add"), **data)
    text = text_of(shown)
    assert "1 meeting or request stands" in text
    assert row.reference[2:6] in text
    assert "Asha" not in text
    assert row.subject not in text
    done = resend(
        client,
        page("holiday", "add"),
        shown,
        {**data, "dealing": "shown", "dealing_all": "cancel", "dealing_words": WORDS},
    )
    assert done.status_code == 302
    assert Holiday.objects.filter(day=day).exists()
    row.refresh_from_db()
    assert (row.status, row.words) == ("declined", WORDS)


def test_removing_hours_asks_on_its_own_page(office: Client, cast: Cast) -> None:
    row = sent_by_asha(cast)
    assert row.starts_at is not None
    hours = Hours.objects.get(post=cast.rewari, weekday=day_of(row.starts_at).weekday())
    address = page("hours", "delete", hours.pk)
    shown = office.post(address, {"post": "yes"})
    assert shown.status_code == 200
    assert_strict(shown)
    assert "Remove and deal with all" in text_of(shown)
    assert Hours.objects.filter(pk=hours.pk).exists()
    data = {"post": "yes", "dealing": "shown", "dealing_all": "move"}
    assert office.post(address, data).status_code == 302
    assert not Hours.objects.filter(pk=hours.pk).exists()
    row.refresh_from_db()
    assert row.starts_at.weekday() != hours.weekday


def test_more_than_two_hundred_are_counted_and_dealt_with_as_all(
    office: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    cast.rewari.places = 20
    cast.rewari.kendra_share_percent = 0
    cast.rewari.save()
    day = day_of(slots(cast.rewari, 30)[-1].start)
    spans = [one for one in slots(cast.rewari, 60) if day_of(one.start) == day]
    for number in range(205):
        person = make_citizen(name=f"Person {number}")
        operator = cast.suresh if number % 2 else cast.meera
        sent(cast.rewari, person, spans[number // 20], by=operator, channel="kendra")
    with django_assert_max_num_queries(90):
        shown = send(office, page("leave", "add"), **leave_data(cast, spans[0].start))
    text = text_of(shown)
    assert "These 205 meetings and requests" in text
    assert "And 5 more, dealt with as chosen for all" in text
    assert text.count("As chosen for all</option>") == 200


def test_overlapping_hours_are_refused_naming_the_others(office: Client, cast: Cast) -> None:
    data = {
        "post": cast.rewari.pk,
        "weekday": "0",
        "starts": "12:00",
        "ends": "14:00",
        "minutes": "20",
        "gap_minutes": "0",
        "from_day": "2026-01-01",
        "until_day": "",
    }
    shown = send(office, page("hours", "add"), **data)
    text = text_of(shown)
    assert "These hours overlap others of this office: Monday, 10:00 am – 1:00 pm" in text
    touching = send(office, page("hours", "add"), **{**data, "starts": "13:00"})
    assert touching.status_code == 302
    before = send(
        office,
        page("hours", "add"),
        **{**data, "from_day": "2019-01-01", "until_day": "2020-07-21"},
    )
    assert before.status_code == 302


def test_an_exception_that_closes_nothing_is_saved_with_a_friendly_word(
    office: Client, cast: Cast
) -> None:
    day = day_of(slots(cast.rewari, 30)[-1].start)
    data = {
        "post": cast.rewari.pk,
        "day": f"{day:%Y-%m-%d}",
        "kind": "close",
        "starts": "16:00",
        "ends": "17:00",
        "minutes": "15",
        "gap_minutes": "0",
        "reason": "",
    }
    done = send(office, page("hoursexception", "add"), **data)
    assert done.status_code == 302
    assert "closes nothing: on that day the office meets people at 10:00" in told(done)
    done = send(office, page("hoursexception", "add"), **{**data, "starts": "12:00"})
    assert "closes nothing" not in told(done)
    assert HoursException.objects.count() == 2


def test_closing_a_post_gives_its_requests_to_the_successor(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    sign_in_staff(client, cast.nasreen)
    new = make_post("DC-NEW")
    open_hours(new)
    give_charge(make_staff("new.holder"), new)
    held, unheld = sent_by_asha(cast), sent(cast.rewari, cast.ramesh)
    data = post_data(cast.rewari, active="", succeeded_by=str(new.pk))
    address = page("post", "change", cast.rewari.pk)
    shown = send(client, address, **data)
    text = text_of(shown)
    assert "These 2 meetings and requests" in text
    assert re.search(r'value="successor" (checked|selected)', text)
    panel = {"dealing": "shown", "dealing_all": "successor"}
    assert send(client, address, **data, **panel).status_code == 302
    for row in (held, unheld):
        now = Request.objects.get(pk=row.pk)
        assert (now.post, now.status, now.due_at) == (new, "requested", row.due_at)
        assert now.starts_at == row.starts_at
    assert Message.objects.filter(template__key="office_given_over", channel="sms").count() == 1


def test_a_split_office_shares_its_requests_out(client: Client, cast: Cast) -> None:
    sign_in_staff(client, cast.nasreen)
    east, west = make_post("REW-E"), make_post("REW-W")
    first, second = sent_by_asha(cast), sent(cast.rewari, cast.ramesh)
    panel = {
        "dealing": "shown",
        "dealing_all": "post:REW-E",
        f"dealing_with_{second.reference}": "post:REW-W",
    }
    data = post_data(cast.rewari, active="")
    done = send(client, page("post", "change", cast.rewari.pk), **data, **panel)
    assert done.status_code == 302
    assert Request.objects.get(pk=first.pk).post == east
    assert Request.objects.get(pk=second.pk).post == west


def post_data(post: Post, **changes: str) -> dict[str, str]:
    """What the form of a post sends: its values, with ``changes``; "" leaves a field out."""
    names = (
        "title_hi title_en short_hi short_en level department district reports_to at_due_time "
        "minimum_notice_hours horizon_days places kendra_share_percent pause_days active"
    ).split()
    values = {name: getattr(post, name) for name in names}
    data = {
        name: str(getattr(value, "pk", value))
        for name, value in values.items()
        if value is not None
    }
    data["active"] = "on"
    return {name: value for name, value in {**data, **changes}.items() if value}
