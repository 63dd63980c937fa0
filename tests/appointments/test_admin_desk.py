"""The desk: the first page of the admin, for the posts one has a live charge of."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import answers
from esachivalaya.common import clock
from officials.models import Charge
from tests.booking import overdue, sent, sent_by_asha, slots
from tests.office import assert_strict, content, queries
from tests.people import (
    Cast,
    give_charge,
    make_citizen,
    make_staff,
    make_superuser,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
DESK = "/admin/"


@pytest.fixture
def desk(client: Client, cast: Cast) -> Client:
    return sign_in_staff(client, cast.suresh)


def test_the_desk_shows_what_waits_with_the_time_that_is_left(desk: Client, cast: Cast) -> None:
    asked = sent_by_asha(cast)
    page = content(desk.get(DESK))
    assert asked.citizen.name in page
    assert asked.subject in page
    assert 'data-countdown="' in page
    assert reverse("admin:appointments_request_change", args=[asked.reference]) in page


def test_what_is_overdue_stands_first_with_a_word_before_any_sweep(
    desk: Client, cast: Cast
) -> None:
    first, second = slots(cast.rewari, 2)
    sent(cast.rewari, cast.ramesh, first)
    late = overdue(sent(cast.rewari, cast.asha, second))
    desk.cookies["language"] = "en"
    page = content(desk.get(DESK))
    assert page.index(late.citizen.name) < page.index(cast.ramesh.name)
    assert re.search(r'class="overdue".*?overdue by', page, re.DOTALL)
    assert "1 request was not answered in time" in page


def test_the_desk_shows_offers_out_and_the_meetings_of_today_and_next(
    desk: Client, cast: Cast
) -> None:
    times = slots(cast.rewari, 3)
    offered = sent(cast.rewari, cast.asha, times[0])
    answers.offer(request=offered, slot=times[1], by=cast.suresh, version=offered.version)
    met = sent(cast.rewari, cast.ramesh, times[2])
    answers.confirm(request=met, by=cast.suresh, version=met.version)
    now = clock.now()
    Request.objects.filter(pk=met.pk).update(starts_at=now, ends_at=now + timedelta(minutes=15))
    part = dict(desk.get(DESK).context["parts"])["admin/appointments/desk.html"]
    assert [offer.request for offer in part["offers"]] == [offered]
    assert part["today"] == [met]
    assert part["figures"]["offered"] == 1
    assert part["figures"]["today"] == 1


def test_several_offers_of_one_request_count_as_one_request(desk: Client, cast: Cast) -> None:
    times = slots(cast.rewari, 4)
    asked = sent(cast.rewari, cast.asha, times[0])
    for slot in times[1:]:
        asked.refresh_from_db()
        answers.offer(request=asked, slot=slot, by=cast.suresh, version=asked.version)
    part = dict(desk.get(DESK).context["parts"])["admin/appointments/desk.html"]
    assert part["figures"]["waiting"] == 1
    assert part["figures"]["offered"] == 1


def test_who_has_several_posts_sees_all_or_one_of_them(desk: Client, cast: Cast) -> None:
    give_charge(cast.suresh, cast.division, "staff")
    asked = sent_by_asha(cast)
    assert asked.citizen.name in content(desk.get(DESK))
    assert asked.citizen.name in content(desk.get(DESK, {"post": "DC-REW"}))
    assert asked.citizen.name not in content(desk.get(DESK, {"post": "DIV-GGM"}))


def test_an_empty_desk_says_what_will_be_there(desk: Client) -> None:
    desk.cookies["language"] = "en"
    page = content(desk.get(DESK))
    assert "Nothing waits for your answer" in page
    assert "No meeting today" in page


def test_a_charge_that_ended_a_second_ago_shows_nothing(desk: Client, cast: Cast) -> None:
    asked = sent_by_asha(cast)
    assert desk.get(DESK).status_code == 200
    second_ago = clock.now() - timedelta(seconds=1)
    Charge.objects.filter(user=cast.suresh).update(ends_at=second_ago)
    assert desk.get(DESK).status_code == 302
    page = reverse("admin:appointments_request_change", args=[asked.reference])
    assert desk.get(page).status_code == 302


def test_a_superuser_and_the_roles_see_no_request(client: Client, cast: Cast) -> None:
    asked = sent_by_asha(cast)
    page = reverse("admin:appointments_request_change", args=[asked.reference])
    for user in (make_superuser(), cast.nasreen, cast.gurpreet):
        sign_in_staff(client, user)
        shown = client.get(DESK)
        assert shown.status_code == 200
        assert asked.citizen.name not in content(shown)
        assert client.get(page).status_code == 404
        assert client.get(reverse("admin:appointments_diary")).status_code == 404
        assert client.get(reverse("admin:appointments_request_changelist")).status_code == 403


def test_the_signed_out_and_households_are_sent_to_the_staff_sign_in(
    client: Client, cast: Cast
) -> None:
    for address in (
        DESK,
        reverse("admin:appointments_request_changelist"),
        reverse("admin:appointments_diary"),
    ):
        answer = client.get(address, follow=True)
        assert answer.redirect_chain[-1][0].startswith(reverse("accounts:staff-sign-in"))
        assert "next=" in answer.redirect_chain[-1][0]
    sign_in_household(client, cast.household)
    assert client.get(DESK)["Location"].startswith(reverse("admin:login"))


def test_staff_without_charge_and_role_do_not_enter(client: Client) -> None:
    sign_in_staff(client, make_staff("visitor"))
    assert client.get(DESK).status_code == 302


def test_staff_without_a_second_factor_do_not_enter(client: Client, cast: Cast) -> None:
    client.force_login(cast.suresh, backend="esachivalaya.accounts.backends.StaffBackend")
    assert client.get(DESK).status_code == 302


def test_the_sign_in_leads_back_but_never_to_another_site(client: Client) -> None:
    there = client.get(reverse("admin:login"), {"next": "/admin/appointments/request/"})
    assert "next=%2Fadmin%2Fappointments%2Frequest%2F" in there["Location"]
    away = client.get(reverse("admin:login"), {"next": "https://elsewhere.example/"})
    assert "elsewhere" not in away["Location"]


def test_the_desk_takes_no_more_queries_for_fifty_requests_than_for_one(
    desk: Client, cast: Cast
) -> None:
    sent_by_asha(cast)
    one = queries(desk, DESK)
    for place in range(49):
        sent(cast.rewari, make_citizen(name=f"Citizen {place}"), None)
    fifty = queries(desk, DESK)
    assert len(fifty) == len(one)
    assert len(fifty) <= 17, "\n".join(fifty)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_desk_has_no_inline_style_or_script(desk: Client, cast: Cast, language: str) -> None:
    sent_by_asha(cast)
    desk.cookies["language"] = language
    assert_strict(desk.get(DESK))


@pytest.mark.parametrize("method", ["put", "delete"])
def test_signing_out_of_the_admin_needs_a_form(desk: Client, method: str) -> None:
    assert desk.get(reverse("admin:logout")).status_code == 405
    assert getattr(desk, method)(reverse("admin:logout")).status_code == 405
    assert desk.post(reverse("admin:logout")).status_code == 302
    assert desk.get(DESK).status_code == 302
