"""What the counter is told: an office runs late for those who wait here, a seat was lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import running_late
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from kendras.models import Kendra, KendraNotice
from kendras.services import notices
from tests.counters import serve_at
from tests.kendras.meetings import meeting_here
from tests.office import content
from tests.people import Cast, give_charge, make_post, make_staff, open_hours

At = Callable[[Client, User], Client]
SOON = timedelta(minutes=1)


@pytest.fixture
def here(client: Client, operator: User, at_counter: At) -> Client:
    return at_counter(client, operator)


@pytest.fixture
def row(kendra: Kendra, operator: User, cast: Cast) -> Request:
    return meeting_here(kendra, operator, cast, begins_in=SOON)


def late(cast: Cast, minutes: int = 30) -> None:
    running_late.say(post=cast.rewari, minutes=minutes, by=cast.suresh)


def unseen(kendra: Kendra) -> list[notices.Shown]:
    return notices.unseen(kendra, clock.now())


def seen(client: Client, pk: int, code: str = "REW-0001", **extra: Any) -> Any:
    return client.post(reverse("kendras:notice-seen", args=[code, pk]), **extra)


def test_a_kendra_where_somebody_waits_is_told_who_is_affected(
    kendra: Kendra, row: Request, cast: Cast
) -> None:
    late(cast)
    (shown,) = unseen(kendra)
    assert (shown.notice.post, shown.notice.minutes) == (cast.rewari, 30)
    assert shown.requests == [row]


def test_the_counter_shows_it_with_reference_and_time(
    here: Client, row: Request, cast: Cast
) -> None:
    late(cast)
    page = content(here.get(reverse("kendras:counter", args=["REW-0001"])))
    assert "DC Rewari runs about 30 minutes late" in page
    assert row.reference[2:6] in page


def test_other_kendras_are_told_nothing(row: Request, cast: Cast, other_kendra: Kendra) -> None:
    late(cast)
    assert not KendraNotice.objects.filter(kendra=other_kendra).exists()


def test_nobody_is_told_of_an_office_for_which_nobody_waits_here(
    kendra: Kendra, operator: User, cast: Cast
) -> None:
    meeting_here(kendra, operator, cast, begins_in=timedelta(days=1))
    late(cast)
    assert not KendraNotice.objects.exists()


def test_a_meeting_that_has_begun_is_not_waited_for(
    kendra: Kendra, row: Request, cast: Cast
) -> None:
    Request.objects.update(office_came_at=clock.now())
    late(cast)
    assert not KendraNotice.objects.exists()


def test_the_last_word_of_an_office_stands_alone(kendra: Kendra, row: Request, cast: Cast) -> None:
    late(cast, 30)
    late(cast, 60)
    assert [one.notice.minutes for one in unseen(kendra)] == [60]
    late(cast, 0)
    assert [one.notice.minutes for one in unseen(kendra)] == [0]


def test_on_time_again_is_said_only_where_the_delay_was_said(
    kendra: Kendra, operator: User, row: Request, cast: Cast, other_kendra: Kendra,
    other_operator: User,
) -> None:  # fmt: skip
    late(cast, 30)
    meeting_here(other_kendra, other_operator, cast, begins_in=SOON * 16, place=1)
    late(cast, 0)
    assert KendraNotice.objects.filter(kendra=kendra).count() == 2
    assert not KendraNotice.objects.filter(kendra=other_kendra).exists()


def test_two_offices_say_it_side_by_side(
    kendra: Kendra, operator: User, row: Request, cast: Cast
) -> None:
    home = make_post("MIN-HOME")
    open_hours(home)
    give_charge(cast.meera, home)
    meeting_here(kendra, operator, cast, post=home, begins_in=SOON * 20)
    late(cast)
    running_late.say(post=home, minutes=15, by=cast.meera)
    assert [one.notice.minutes for one in unseen(kendra)] == [15, 30]


def test_the_queries_do_not_grow_with_kendras_and_notices(
    kendra: Kendra, row: Request, cast: Cast, operator: User,
    other_kendra: Kendra, other_operator: User, django_assert_num_queries: Any,
) -> None:  # fmt: skip
    meeting_here(other_kendra, other_operator, cast, begins_in=SOON * 16, place=1)
    late(cast)
    day = clock.day_of(clock.now())
    with django_assert_num_queries(7):
        notices.office_runs_late(cast.rewari.pk, day, 45)
    moment = clock.now()
    with django_assert_num_queries(2):
        notices.unseen(kendra, moment)


def test_nothing_is_told_when_the_word_of_the_office_is_refused(
    kendra: Kendra, row: Request, cast: Cast
) -> None:
    with pytest.raises(PermissionDenied):
        running_late.say(post=cast.rewari, minutes=30, by=cast.nasreen)
    assert not KendraNotice.objects.exists()


# Of a seat


def lost(kendra: Kendra, row: Request, kind: str = "seat_lost") -> KendraNotice:
    day = clock.day_of(clock.now()) + timedelta(days=3)
    return KendraNotice.objects.create(kendra=kendra, kind=kind, day=day, request=row)


def test_a_seat_that_was_lost_is_told_until_somebody_has_noted_it(
    here: Client, kendra: Kendra, row: Request
) -> None:
    notice = lost(kendra, row)
    address = reverse("kendras:counter", args=["REW-0001"])
    page = content(here.get(address))
    assert "no seat is free here at its new time" in page
    assert row.citizen.name in page
    assert seen(here, notice.pk).headers["Location"] == address
    assert "no seat is free here at its new time" not in content(here.get(address))


def test_of_a_private_request_only_the_reference_is_told(
    here: Client, kendra: Kendra, operator: User, cast: Cast
) -> None:
    row = meeting_here(kendra, operator, cast, private=True)
    lost(kendra, row)
    page = content(here.get(reverse("kendras:counter", args=["REW-0001"])))
    part = page[page.index('id="queue-notices"') :]
    assert row.citizen.name not in part[: part.index("</section>")]
    assert row.reference[2:6] in part


# Noted


def test_who_noted_it_first_stays(
    here: Client, kendra: Kendra, row: Request, operator: User
) -> None:
    notice = lost(kendra, row)
    seen(here, notice.pk)
    second = serve_at(kendra, make_staff("rakesh"))
    assert notices.seen(kendra=kendra, notice=notice.pk, by=second)
    notice.refresh_from_db()
    assert notice.seen_by == operator


def test_a_script_gets_json(here: Client, kendra: Kendra, row: Request) -> None:
    answer = seen(here, lost(kendra, row).pk, headers={"Accept": "application/json"})
    assert answer.json() == {"seen": True}


def test_another_kendras_notice_is_not_there(
    here: Client, other_kendra: Kendra, row: Request
) -> None:
    notice = lost(other_kendra, row)
    assert seen(here, notice.pk).status_code == 404
    assert seen(here, notice.pk, code="GGM-0001").status_code == 404
    notice.refresh_from_db()
    assert notice.seen_at is None


def test_looking_does_not_note_it(here: Client, kendra: Kendra, row: Request) -> None:
    notice = lost(kendra, row)
    address = reverse("kendras:notice-seen", args=["REW-0001", notice.pk])
    assert here.get(address).status_code == 405
    notice.refresh_from_db()
    assert notice.seen_at is None
