"""The office runs late: one act tells everybody who still waits today, each once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from appointments.models import Request, RunningLate
from appointments.services import answers, running_late
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock, registry
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from officials.models import Charge
from tests.booking import sent, slots
from tests.office import assert_strict, content, queries, sms, told
from tests.people import Cast, make_cast, make_citizen, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db


def today(cast: Cast, left: timedelta, name: str = "Sunita Rani", **wish: Any) -> Request:
    """A confirmed meeting of today that begins in ``left``, as if it had been booked long ago."""
    citizen = wish.pop("citizen", None) or make_citizen(name=name)
    row = sent(cast.rewari, citizen, slots(cast.rewari, 1)[0], channel="kendra", **wish)
    row = answers.confirm(request=row, by=cast.meera, version=row.version)
    moment = clock.now()
    first, last = clock.day_bounds(clock.day_of(moment))
    # Always today, also when the tests run shortly before or after midnight.
    start = min(max(moment + left, first), last - timedelta(minutes=1))
    Request.objects.filter(pk=row.pk).update(starts_at=start, ends_at=start + timedelta(minutes=15))
    row.refresh_from_db()
    return row


def late(cast: Cast, minutes: int = 30) -> int:
    return running_late.say(post=cast.rewari, minutes=minutes, by=cast.suresh)


@pytest.fixture
def heard() -> Iterator[list[tuple[int, Any, int]]]:
    """What the apps above are told."""
    found: list[tuple[int, Any, int]] = []

    def hear(post_id: int, day: Any, minutes: int) -> None:
        found.append((post_id, day, minutes))

    registry.running_late.add(hear)
    yield found
    registry.running_late._functions.remove(hear)


class TestTelling:
    def test_everybody_still_to_come_today_is_told_once(self, cast: Cast) -> None:
        rows = [today(cast, timedelta(minutes=n), f"Citizen {n}") for n in (1, 2, 3)]
        tomorrow = sent(cast.rewari, cast.asha, slots(cast.rewari, 40)[-1])
        answers.confirm(request=tomorrow, by=cast.meera, version=tomorrow.version)
        assert late(cast) == 3
        assert [sms(row, "office_runs_late") for row in rows] == [1, 1, 1]
        assert sms(tomorrow, "office_runs_late") == 0

    def test_the_same_again_tells_nobody(self, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=1))
        assert [late(cast), late(cast)] == [1, 0]
        assert sms(row, "office_runs_late") == 1
        assert RunningLate.objects.count() == 1

    def test_more_minutes_tell_again_and_on_time_again_ends_it(self, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=1))
        late(cast, 30)
        late(cast, 60)
        assert sms(row, "office_runs_late") == 2
        late(cast, 0)
        assert sms(row, "office_on_time") == 1
        assert running_late.minutes_of(cast.rewari, moment=clock.now()) == 0

    def test_on_time_without_having_been_late_tells_nobody(self, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=1))
        assert late(cast, 0) == 0
        assert sms(row, "office_on_time") == 0

    def test_who_waits_while_their_time_passes_is_told_of_more(self, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=-5))
        late(cast, 30)
        Request.objects.filter(pk=row.pk).update(
            starts_at=clock.now() - timedelta(minutes=25),
            ends_at=clock.now() - timedelta(minutes=10),
        )
        assert late(cast, 60) == 1

    def test_whoever_the_office_meets_already_is_not_told(self, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=-5))
        Request.objects.filter(pk=row.pk).update(office_came_at=clock.now())
        assert late(cast) == 0

    def test_waiting_requests_and_cancelled_meetings_are_not_told(self, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=1))
        answers.cancel(request=row, by=cast.meera, version=row.version, words="The hall is closed.")
        assert late(cast) == 0

    def test_a_private_meeting_is_told_without_name_and_office(self, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=1), private=True)
        late(cast)
        body = Message.objects.get(
            subject_id=str(row.pk), template__key="office_runs_late_private", channel="sms"
        ).body
        assert cast.rewari.short_hi not in body
        assert "Sunita" not in body

    def test_it_ends_at_midnight(self, cast: Cast) -> None:
        today(cast, timedelta(minutes=1))
        late(cast)
        RunningLate.objects.update(day=clock.day_of(clock.now()) - timedelta(days=1))
        assert running_late.minutes_of(cast.rewari, moment=clock.now()) == 0

    def test_the_apps_above_hear_of_it_and_it_is_on_the_record(
        self, cast: Cast, heard: list[tuple[int, Any, int]]
    ) -> None:
        late(cast, 45)
        assert heard == [(cast.rewari.pk, clock.day_of(clock.now()), 45)]
        assert Entry.objects.get(act="running_late").actor == cast.suresh

    @pytest.mark.parametrize("minutes", [-15, 10, 500])
    def test_only_what_the_page_offers_can_be_said(self, cast: Cast, minutes: int) -> None:
        with pytest.raises(Refused):
            late(cast, minutes)

    def test_nobody_says_it_without_a_live_charge(self, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=1))
        Charge.objects.filter(user=cast.suresh).update(ends_at=clock.now())
        with pytest.raises(PermissionDenied):
            late(cast)
        assert sms(row, "office_runs_late") == 0


class TestPages:
    ADDRESS = "/admin/appointments/request/diary/DC-REW/late/"

    def test_one_press_tells_and_the_page_says_how_many(self, office: Client, cast: Cast) -> None:
        row = today(cast, timedelta(minutes=1))
        page = office.get(self.ADDRESS)
        assert_strict(page)
        assert "Sunita Rani" in content(page)
        data = {"key": new_key(), "minutes": "30"}
        first, second = (office.post(self.ADDRESS, data) for _ in range(2))
        assert "1 citizen is told" in told(first)
        assert second.status_code == 302
        assert sms(row, "office_runs_late") == 1
        assert "about 30 minutes late" in content(office.get(self.ADDRESS))

    def test_without_a_choice_the_page_says_what_to_do(self, office: Client, cast: Cast) -> None:
        today(cast, timedelta(minutes=1))
        page = office.post(self.ADDRESS, {"key": new_key()})
        assert "Choose by how much the office runs late" in content(page)
        assert not RunningLate.objects.exists()

    def test_a_day_without_meetings_says_that_nobody_is_to_be_told(self, office: Client) -> None:
        assert "No meeting is still to come today" in content(office.get(self.ADDRESS))

    def test_another_office_and_other_people(self, client: Client, cast: Cast) -> None:
        assert client.get(self.ADDRESS).status_code == 302
        sign_in_staff(client, cast.kavita)
        assert client.get(self.ADDRESS).status_code == 404
        assert client.post(self.ADDRESS, {"key": new_key(), "minutes": "30"}).status_code == 404
        sign_in_household(client, cast.household)
        assert client.get(self.ADDRESS).status_code == 302

    def test_other_methods_are_refused(self, office: Client) -> None:
        assert office.put(self.ADDRESS).status_code == 405

    def test_the_page_takes_the_same_queries_for_one_and_for_five(
        self, office: Client, cast: Cast
    ) -> None:
        today(cast, timedelta(minutes=1))
        one = queries(office, self.ADDRESS)
        for n in range(4):
            today(cast, timedelta(minutes=1), f"Citizen {n}")
        assert len(queries(office, self.ADDRESS)) == len(one) <= 12

    def test_the_citizen_s_page_says_it_only_on_that_day(self, client: Client, cast: Cast) -> None:
        client.cookies["language"] = "en"
        row = today(cast, timedelta(minutes=1), citizen=cast.asha)
        other = sent(cast.rewari, cast.ramesh, slots(cast.rewari, 40)[-1])
        answers.confirm(request=other, by=cast.meera, version=other.version)
        late(cast)
        sign_in_household(client, cast.household)
        page = content(client.get(reverse("appointments:detail", args=[row.reference])))
        assert "runs about 30 minutes late today" in page
        page = content(client.get(reverse("appointments:detail", args=[other.reference])))
        assert "minutes late today" not in page

    def test_the_desk_and_the_day_lead_to_it(self, office: Client, cast: Cast) -> None:
        today(cast, timedelta(minutes=1))
        assert self.ADDRESS in content(office.get("/admin/"))
        diary = office.get(reverse("admin:appointments_diary"), {"view": "day"})
        assert self.ADDRESS in content(diary)


@pytest.mark.django_db(transaction=True)
def test_three_desks_that_say_it_at_once_tell_each_citizen_once(
    transactional_db: None, race: Callable[..., list[Any]]
) -> None:
    cast = make_cast()
    row = today(cast, timedelta(minutes=1))
    outcomes = race(*[lambda: late(cast) for _ in range(3)])
    assert sorted(one.value for one in outcomes) == [0, 0, 1]
    assert sms(row, "office_runs_late") == 1
