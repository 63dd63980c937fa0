"""The history of what was set up: from the record, in words, for whoever may see the thing."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.services.categories import save_category
from esachivalaya.audit.models import Detail
from esachivalaya.common import clock
from officials.models import Charge, Holiday, Hours, Section
from officials.services import (
    appoint,
    relieve,
    save_holiday,
    save_in_diary,
    save_post,
    save_set_up,
)
from tests import people
from tests.office import assert_strict
from tests.officials.pages import page, send
from tests.officials.test_set_up_pages import post_values

pytestmark = pytest.mark.django_db


def history(client: Client, name: str, pk: int) -> str:
    answer = client.get(page(name, "history", pk))
    assert_strict(answer)
    return str(answer.content.decode())


def change_hours(cast: people.Cast, minutes: int = 20) -> Hours:
    row = Hours.objects.filter(post=cast.rewari).order_by("pk")[0]
    row.minutes, row.ends = minutes, time(14)
    save_in_diary(row=row, by=cast.suresh)
    return row


@pytest.mark.usefixtures("english")
def test_a_change_is_told_with_its_field_before_and_after(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    post = cast.rewari
    post.title_en, post.at_due_time, post.reports_to = "DC, Ahirwal", "release", None
    save_post(post=post, by=cast.nasreen)
    told = history(client, "post", post.pk)
    for words in (
        "Nasreen Khan",
        "Title in English",
        "Deputy Commissioner, Rewari",
        "DC, Ahirwal",
        "Divisional Commissioner, Gurugram",
        str(post.AtDueTime.RELEASE.label),
        "Reports to",
    ):
        assert words in told
    assert "reports_to_id" not in told
    client.cookies["language"] = "hi"
    assert "नसरीन खान" in history(client, "post", post.pk)


@pytest.mark.usefixtures("english")
def test_hours_and_charges_show_their_own_part_of_the_posts_record(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    hours = change_hours(cast)
    other = Hours.objects.filter(post=cast.rewari).exclude(pk=hours.pk)[0]
    charge = Charge.objects.get(user=cast.suresh)
    relieve(charge=charge, ends_at=clock.now() + timedelta(days=1), by=cast.gurpreet)
    told = history(client, "hours", hours.pk)
    assert "Minutes per meeting" in told
    assert "1:00 pm" in told
    assert "2:00 pm" in told
    assert "Charge ended" not in told
    assert "Charge ended" in history(client, "charge", charge.pk)
    assert "Minutes per meeting" not in history(client, "hours", other.pk)
    of_post = history(client, "post", cast.rewari.pk)
    assert "Minutes per meeting" in of_post
    # The post's own page says which hours they were.
    hours.refresh_from_db()
    assert str(hours) in of_post
    assert "Charge ended" in of_post


@pytest.mark.usefixtures("english")
def test_every_kind_of_thing_that_is_set_up_has_its_history(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    holiday = save_holiday(
        holiday=Holiday(day=date(2027, 1, 26), name_en="Republic Day", name_hi="गणतंत्र दिवस"),
        by=cast.nasreen,
    )
    section = save_set_up(
        row=Section(department=cast.rewari.department, code="A", name_en="A", name_hi="ए"),
        by=cast.nasreen,
    )
    district, department = cast.rewari.district, cast.rewari.department
    assert district is not None
    district.name_en, department.name_en = "Ahirwal", "Land"
    save_set_up(row=district, by=cast.nasreen)
    save_set_up(row=department, by=cast.nasreen)
    cast.category.name_en = "Land, revenue"
    save_category(category=cast.category, by=cast.nasreen)
    for name, pk, words in (
        ("holiday", holiday.pk, "26 January 2027"),
        ("section", section.pk, "Section added"),
        ("district", district.pk, "Ahirwal"),
        ("department", department.pk, "Land"),
    ):
        assert words in history(client, name, pk)
    answer = client.get(f"/admin/appointments/category/{cast.category.pk}/history/")
    assert "Land, revenue" in answer.content.decode()


def test_the_history_is_reached_from_the_form_and_djangos_own_is_not_kept(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    address = page("department", "change", cast.rewari.department_id)
    assert page("department", "history", cast.rewari.department_id) in (
        client.get(address).content.decode()
    )
    values: dict[str, Any] = {"code": "REV", "name_en": "New", "name_hi": "नया", "kind": "office"}
    assert send(client, address, **values).status_code == 302
    assert not LogEntry.objects.exists()


def test_only_who_may_see_the_thing_sees_its_history(client: Client, cast: people.Cast) -> None:
    hours = change_hours(cast)
    people.sign_in_staff(client, cast.kavita)
    assert client.get(page("hours", "history", hours.pk)).status_code == 404
    assert client.get(page("post", "history", cast.rewari.pk)).status_code == 404
    assert client.get(page("post", "history", cast.division.pk)).status_code == 200
    assert client.get(page("department", "history", cast.rewari.department_id)).status_code == 403
    assert client.get(page("post", "history", 999_999)).status_code == 404
    people.sign_in_staff(client, cast.nasreen)
    assert client.post(page("post", "history", cast.rewari.pk)).status_code == 404


def test_a_long_history_has_pages_and_takes_the_same_queries(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    address = page("post", "history", cast.rewari.pk)

    def counted() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    vijay = people.make_staff("vijay")
    appoint(post=cast.rewari, user=vijay, kind="staff", by=cast.gurpreet)
    change_hours(cast, 20)
    few = counted()
    for minutes in range(21, 45):
        change_hours(cast, minutes)
    appoint(post=cast.rewari, user=vijay, kind="link_officer", by=cast.gurpreet)
    assert counted() == few
    shown = client.get(address).context
    assert len(shown["entries"]) == 20
    older = client.get(address, {"after": shown["page"].next}).context
    assert len(older["entries"]) == 7
    assert older["page"].next == ""


def test_what_was_erased_is_said_to_be_erased(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.nasreen)
    hours = change_hours(cast)
    assert "मिटा" not in history(client, "post", cast.rewari.pk)
    Detail.objects.all().delete()
    client.cookies["language"] = "en"
    assert "The details were erased" in history(client, "post", cast.rewari.pk)
    assert hours.pk


@pytest.mark.usefixtures("english")
def test_what_is_wrong_in_a_form_is_summed_up_with_links_to_the_fields(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    answer = send(client, page("holiday", "add"), day="", name_en="", name_hi="x")
    text = answer.content.decode()
    assert 'class="error-summary"' in text
    assert 'href="#id_day"' in text
    assert 'href="#id_name_en"' in text
    assert 'href="#id_name_hi"' not in text
    # What a constraint refuses leads to the field that it looks at.
    values = {**post_values(cast.rewari), "horizon_days": "400"}
    answer = send(client, page("post", "change", cast.rewari.pk), **values)
    assert answer.context["adminform"].form.errors.keys() == {"horizon_days"}
    assert 'href="#id_horizon_days"' in answer.content.decode()
    assert 'class="error-summary"' not in client.get(page("holiday", "add")).content.decode()
