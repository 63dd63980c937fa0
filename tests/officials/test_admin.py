"""The set-up pages: through services, within one's own posts, and never a 500."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.registry import Dealing, Left, diary_changing
from officials.models import Hours, HoursException, Leave
from officials.search import words_of
from tests import people
from tests.officials.pages import hidden, moment, page, send

pytestmark = pytest.mark.django_db

PAGES = (
    "district",
    "department",
    "section",
    "post",
    "hours",
    "hoursexception",
    "leave",
    "holiday",
    "charge",
)


HOURS = {
    "weekday": "6",
    "starts": "10:00",
    "ends": "12:00",
    "minutes": "15",
    "gap_minutes": "0",
    "from_day": "2026-01-01",
    "until_day": "",
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["hi", "en"])
def test_who_sets_up_sees_every_list_and_every_add_page(
    client: Client, cast: people.Cast, name: str, language: str
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    client.cookies["language"] = language
    for address in (page(name, "changelist"), page(name, "changelist") + "?q=revari"):
        assert client.get(address).status_code == 200
    added = client.get(page(name, "add"))
    assert added.status_code == (403 if name == "charge" else 200)


@pytest.mark.parametrize("name", ["district", "department", "section", "holiday"])
def test_staff_of_a_post_do_not_see_set_up(client: Client, cast: people.Cast, name: str) -> None:
    people.sign_in_staff(client, cast.suresh)
    assert client.get(page(name, "changelist")).status_code == 403
    assert client.get(page(name, "add")).status_code == 403


def test_a_household_and_a_stranger_are_led_to_sign_in(client: Client, cast: people.Cast) -> None:
    assert client.get(page("post", "changelist")).status_code == 302
    people.sign_in_household(client, cast.household)
    assert client.get(page("post", "changelist")).status_code in (302, 403, 404)


def test_staff_see_their_own_post_to_look_at_and_others_are_not_there(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.suresh)
    listed = client.get(page("post", "changelist"))
    assert [post.code for post in listed.context["cl"].result_list] == ["DC-REW"]
    own = client.get(page("post", "change", cast.rewari.pk))
    assert own.status_code == 200
    assert "_save" not in own.content.decode()
    assert client.get(page("post", "change", cast.division.pk)).status_code == 404
    assert client.post(page("post", "change", cast.rewari.pk), {}).status_code == 403
    assert client.get(page("post", "change", 999999)).status_code == 404


def test_somebody_elses_hours_are_not_there(client: Client, cast: people.Cast) -> None:
    (theirs, *_more) = people.open_hours(cast.division)
    people.sign_in_staff(client, cast.suresh)
    for kind in ("change", "delete", "history"):
        assert client.get(page("hours", kind, theirs.pk)).status_code == 404
        assert client.post(page("hours", kind, theirs.pk), {}).status_code in (404, 405)
    assert Hours.objects.filter(pk=theirs.pk).exists()


@pytest.mark.usefixtures("english")
def test_a_private_secretary_adds_hours_and_it_is_recorded(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.suresh)
    response = send(client, page("hours", "add"), post=cast.rewari.pk, **HOURS)
    assert response.status_code == 302
    assert Hours.objects.filter(post=cast.rewari, weekday=6).count() == 1
    assert Entry.objects.get().act == "hours_added"


@pytest.mark.usefixtures("english")
def test_hours_for_a_post_of_others_are_refused_in_the_form(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.suresh)
    response = send(client, page("hours", "add"), post=cast.division.pk, **HOURS)
    assert response.status_code == 200
    assert "post" in response.context["adminform"].form.errors
    assert not Hours.objects.filter(post=cast.division).exists()


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    "wrong",
    [
        {"starts": "12:00", "ends": "10:00"},
        {"minutes": "3"},
        {"minutes": "9999999"},
        {"gap_minutes": "121"},
        {"until_day": "2025-01-01"},
        {"weekday": "9"},
        {"starts": "25:00"},
        {"from_day": "31.12"},
        {"form_key": ""},
    ],
)
def test_hours_that_cannot_be_are_errors_of_the_form(
    client: Client, cast: people.Cast, wrong: dict[str, str]
) -> None:
    people.sign_in_staff(client, cast.suresh)
    response = send(client, page("hours", "add"), post=cast.rewari.pk, **{**HOURS, **wrong})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not Hours.objects.filter(weekday=6).exists()


@pytest.mark.usefixtures("english")
def test_a_form_sent_twice_acts_once(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.suresh)
    address = page("hours", "add")
    values = {**hidden(client.get(address)), **HOURS, "post": cast.rewari.pk}
    for _again in range(2):
        assert client.post(address, values).status_code == 302
    assert Hours.objects.filter(weekday=6).count() == 1
    other = client.post(address, {**values, "ends": "12:30"})
    assert other.status_code == 409
    assert Hours.objects.filter(weekday=6).count() == 1


@pytest.mark.usefixtures("english")
def test_a_form_shown_before_somebody_elses_change_is_not_saved_over_it(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.suresh)
    row = Hours.objects.filter(post=cast.rewari)[0]
    address = page("hours", "change", row.pk)
    shown = hidden(client.get(address))
    Hours.objects.filter(pk=row.pk).update(ends=time(14))
    response = client.post(address, {**shown, **HOURS, "ends": "11:00"})
    assert response.status_code == 409
    assert "11:00" in response.content.decode()
    row.refresh_from_db()
    assert row.ends == time(14)


@pytest.mark.usefixtures("english")
def test_overlapping_leave_is_refused_naming_the_other(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.meera)
    start = clock.at(clock.day_of(clock.now()) + timedelta(days=5), time(0))
    Leave.objects.create(post=cast.rewari, starts_at=start, ends_at=start + timedelta(days=3))
    values = {
        **moment(start + timedelta(days=1), "starts_at"),
        **moment(start + timedelta(days=2), "ends_at"),
    }
    response = send(client, page("leave", "add"), post=cast.rewari.pk, reason="", **values)
    assert response.status_code == 200
    assert "on leave already" in response.content.decode()
    backwards = {**moment(start, "starts_at"), **moment(start - timedelta(days=1), "ends_at")}
    response = send(client, page("leave", "add"), post=cast.rewari.pk, reason="", **backwards)
    assert "must end after it starts" in response.content.decode()
    assert Leave.objects.count() == 1


@pytest.mark.usefixtures("english")
def test_closing_time_with_bookings_is_an_error_that_lists_them(
    client: Client, cast: people.Cast
) -> None:
    def booked(post_id: int, first: date, last: date, dealing: Dealing | None) -> list[Left]:
        return [Left("ES-AAAA", "ES-AAAA, DC Rewari", (("cancel", "Cancel, with words"),))]

    people.sign_in_staff(client, cast.meera)
    diary_changing.add(booked)
    try:
        day = clock.day_of(clock.now()) + timedelta(days=5)
        values = {
            "day": f"{day:%Y-%m-%d}",
            "kind": "close",
            "starts": "10:00",
            "ends": "12:00",
            "minutes": "15",
            "gap_minutes": "0",
            "reason": "",
        }
        response = send(client, page("hoursexception", "add"), post=cast.rewari.pk, **values)
        assert response.status_code == 200
        assert "ES-AAAA, DC Rewari" in response.content.decode()
        row = Hours.objects.filter(post=cast.rewari)[0]
        removed = client.post(page("hours", "delete", row.pk), {"post": "yes"}, follow=True)
        assert "ES-AAAA, DC Rewari" in removed.content.decode()
    finally:
        diary_changing._functions.remove(booked)
    assert not HoursException.objects.exists()
    assert Hours.objects.filter(pk=row.pk).exists()


@pytest.mark.usefixtures("english")
def test_hours_are_removed_through_the_service(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.suresh)
    row = Hours.objects.filter(post=cast.rewari)[0]
    assert client.get(page("hours", "delete", row.pk)).status_code == 200
    assert Hours.objects.filter(pk=row.pk).exists()
    assert client.post(page("hours", "delete", row.pk), {"post": "yes"}).status_code == 302
    assert Entry.objects.get().act == "hours_removed"


def test_choosing_a_post_offers_only_ones_own(client: Client, cast: people.Cast) -> None:
    for post in (cast.rewari, cast.division):
        post.search_words = words_of(post)
        post.save()
    people.sign_in_staff(client, cast.suresh)
    asked = {"app_label": "officials", "model_name": "hours", "field_name": "post", "term": ""}
    found = client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert [one["id"] for one in found] == [str(cast.rewari.pk)]
    found = client.get(reverse("admin:autocomplete"), {**asked, "term": "उपायुक्त"}).json()
    assert [one["id"] for one in found["results"]] == [str(cast.rewari.pk)]


def test_lists_take_the_same_number_of_statements_for_many_rows(
    client: Client, cast: people.Cast, django_assert_max_num_queries: Any
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    people.open_hours(cast.division)
    for number in range(20):
        people.make_post(f"X-{number}", reports_to=cast.rewari)
    for name in ("post", "hours", "charge"):
        with django_assert_max_num_queries(25):
            client.get(page(name, "changelist"))
    with django_assert_max_num_queries(40):
        client.get(page("post", "change", cast.rewari.pk))
