"""Charges, posts, holidays and departments in the admin."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from esachivalaya.audit.models import Entry
from officials.models import Charge, Department, Holiday, Post
from tests import people
from tests.officials.pages import page, send

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("english")
def test_an_appointing_role_gives_a_charge_at_once_and_overlaps_are_named(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.gurpreet)
    vijay = people.make_staff("vijay")
    empty = {"starts_at_0": "", "starts_at_1": "", "ends_at_0": "", "ends_at_1": ""}
    values = {"post": cast.rewari.pk, "user": vijay.pk, **empty}
    refused = send(client, page("charge", "add"), kind="holder", **values)
    assert refused.status_code == 200
    assert "Meera Yadav" in refused.content.decode()
    assert send(client, page("charge", "add"), kind="staff", **values).status_code == 302
    made = Charge.objects.get(user=vijay)
    assert (made.kind, made.given_by) == ("staff", cast.gurpreet)
    assert Charge.objects.live().filter(pk=made.pk).exists()


@pytest.mark.usefixtures("english")
def test_a_charge_is_ended_now_and_then_only_looked_at(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.gurpreet)
    charge = Charge.objects.get(user=cast.suresh)
    address = page("charge", "change", charge.pk)
    nothing = {"ends_at_0": "", "ends_at_1": ""}
    assert send(client, address, **nothing).status_code == 200
    assert send(client, address, at_once="on", **nothing).status_code == 302
    assert not Charge.objects.live().filter(pk=charge.pk).exists()
    assert "_save" not in client.get(address).content.decode()
    assert client.post(address, nothing).status_code == 403
    assert client.get(page("charge", "delete", charge.pk)).status_code == 403
    people.sign_in_staff(client, cast.suresh)
    assert client.get(page("post", "changelist")).status_code in (302, 403)


def test_staff_see_the_charges_of_their_own_post_only(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.suresh)
    listed = client.get(page("charge", "changelist"))
    assert {row.post.code for row in listed.context["cl"].result_list} == {"DC-REW"}
    assert client.get(page("charge", "add")).status_code == 403
    theirs = Charge.objects.get(post=cast.division)
    assert client.get(page("charge", "change", theirs.pk)).status_code == 404


def post_values(post: Post) -> dict[str, Any]:
    names = (
        "title_en",
        "title_hi",
        "short_en",
        "short_hi",
        "level",
        "at_due_time",
        "places",
        "minimum_notice_hours",
        "horizon_days",
        "kendra_share_percent",
        "pause_days",
    )
    return {
        **{name: getattr(post, name) for name in names},
        "department": post.department_id,
        "district": post.district_id or "",
        "reports_to": post.reports_to_id or "",
        "hand_down_to": "",
        "active": "on",
    }


@pytest.mark.usefixtures("english")
def test_a_post_is_changed_recorded_and_found(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.nasreen)
    address = page("post", "change", cast.rewari.pk)
    values = {**post_values(cast.rewari), "title_en": "Deputy Commissioner, Ahirwal"}
    assert send(client, address, **values).status_code == 302
    assert Entry.objects.get().act == "post_changed"
    listed = client.get(page("post", "changelist") + "?q=ahirwal")
    assert [post.code for post in listed.context["cl"].result_list] == ["DC-REW"]


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    "wrong",
    [
        {"at_due_time": "hand_down"},
        {"places": "0"},
        {"horizon_days": "121"},
        {"minimum_notice_hours": "2"},
        {"kendra_share_percent": "101"},
        {"reports_to": "itself"},
        {"level": "emperor"},
        {"short_en": "x" * 25},
    ],
)
def test_a_post_that_cannot_be_is_an_error_of_the_form(
    client: Client, cast: people.Cast, wrong: dict[str, str]
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    wrong = {name: value.replace("itself", str(cast.rewari.pk)) for name, value in wrong.items()}
    address = page("post", "change", cast.rewari.pk)
    response = send(client, address, **{**post_values(cast.rewari), **wrong})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not Entry.objects.exists()


@pytest.mark.usefixtures("english")
def test_a_holiday_that_somebody_changes_belongs_to_the_gazetted_list(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    row = Holiday.objects.create(
        day=date(2027, 1, 26), name_en="Republic Day", name_hi="गणतंत्र दिवस", source="calendar"
    )
    address = page("holiday", "change", row.pk)
    assert client.get(page("holiday", "delete", row.pk)).status_code == 403
    values = {"day": "2027-01-26", "name_en": "Republic Day", "name_hi": "गणतंत्र दिवस"}
    assert send(client, address, **values).status_code == 302
    row.refresh_from_db()
    assert (row.source, row.closed) == ("gazette", False)
    assert send(client, page("holiday", "add"), **values, closed="on").status_code == 200
    assert Holiday.objects.count() == 1


@pytest.mark.usefixtures("english")
def test_a_department_is_added_once_per_code(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.nasreen)
    values = {"code": "NEW", "name_en": "New", "name_hi": "नया", "kind": "department"}
    assert send(client, page("department", "add"), **values).status_code == 302
    assert send(client, page("department", "add"), **values).status_code == 200
    assert Department.objects.filter(code="NEW").count() == 1
    made = Department.objects.get(code="NEW")
    assert client.get(page("department", "delete", made.pk)).status_code == 403
