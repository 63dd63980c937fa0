"""The page of the shift, and shifts that meet something else at the same moment."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Hold
from appointments.services import wishes
from appointments.services.programme import (
    Decision,
    PlanChanged,
    look_at,
    shift_programme,
)
from appointments.services.refusals import Refused
from esachivalaya.common.idempotency import new_key
from tests.appointments.programmes import WORDS, by, day_slots, done, held, meeting, some_day
from tests.booking import sent
from tests.office import assert_strict, content, queries, sms, told
from tests.people import Cast, make_cast, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def cast(self, transactional_db: None) -> Cast:
        return make_cast()

    @pytest.mark.parametrize("_round", range(3))
    def test_a_booking_at_the_same_moment_is_refused_or_in_the_list(
        self, cast: Cast, race: Callable[..., list[Any]], _round: int
    ) -> None:
        slots = day_slots(cast)
        shift = by(cast, slots[0].start, 45)
        shown = look_at(shift).fingerprint
        booked, shifted = race(
            lambda: sent(cast.rewari, cast.asha, slots[0]),
            lambda: shift_programme(shift=shift, decision=Decision(shown, WORDS), by=cast.suresh),
        )
        assert booked.ok != shifted.ok
        assert isinstance(booked.error or shifted.error, Refused | PlanChanged)
        for hold in Hold.objects.filter(released_at=None):
            assert hold.during.lower in {slot.start for slot in day_slots(cast)}

    def test_two_shifts_at_once_shift_once(
        self, cast: Cast, race: Callable[..., list[Any]]
    ) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        shift = by(cast, slot.start, 30)
        decision = Decision(look_at(shift).fingerprint, WORDS)
        outcomes = race(
            *[
                lambda: shift_programme(shift=shift, decision=decision, by=cast.suresh)
                for _ in range(3)
            ]
        )
        assert sum(one.ok for one in outcomes) == 1, [one.error for one in outcomes]
        assert held(row) == slot.start + timedelta(minutes=30)
        assert sms(row, "request_shifted") == 1

    def test_the_citizen_s_withdrawal_against_the_shift(
        self, cast: Cast, race: Callable[..., list[Any]]
    ) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        shift = by(cast, slot.start, 30)
        decision = Decision(look_at(shift).fingerprint, WORDS)
        outcomes = race(
            lambda: wishes.withdraw(request=row, by=None, version=row.version),
            lambda: shift_programme(shift=shift, decision=decision, by=cast.suresh),
        )
        assert sum(one.ok for one in outcomes) == 1, [one.error for one in outcomes]
        row.refresh_from_db()
        assert (row.status == "cancelled_by_citizen") == outcomes[0].ok


class TestPage:
    def address(self, cast: Cast) -> str:
        return reverse("admin:appointments_shift", args=["DC-REW", some_day(cast).isoformat()])

    def data(self, **fields: str) -> dict[str, str]:
        return {
            "key": new_key(),
            "since": "10:00",
            "direction": "later",
            "minutes": "60",
            "words": WORDS,
            **fields,
        }

    def shown(self, office: Client, cast: Cast, **fields: str) -> dict[str, str]:
        """What the second form sends, the plan having been shown."""
        page = office.post(self.address(cast), self.data(**fields))
        form = page.context["form"]
        return self.data(
            **fields, key=form["key"].value(), shown=form["shown"].value(), confirm="1"
        )

    def test_first_what_moves_is_shown_and_nothing_is_done(
        self, office: Client, cast: Cast
    ) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot, "Sunita Rani")
        page = office.post(self.address(cast), self.data())
        assert_strict(page)
        for words in ("10:00 am", "11:00 am", "Sunita Rani", WORDS):
            assert words in content(page), words
        assert held(row) == slot.start

    def test_then_it_is_done_once_however_often_it_is_sent(
        self, office: Client, cast: Cast
    ) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        data = self.shown(office, cast)
        first, second = (office.post(self.address(cast), data) for _ in range(2))
        assert first.status_code == second.status_code == 302
        assert "1 citizen is told" in told(first)
        assert held(row) == slot.start + timedelta(hours=1)
        assert sms(row, "request_shifted") == 1

    def test_what_was_not_shown_is_not_done(self, office: Client, cast: Cast) -> None:
        row = meeting(cast, day_slots(cast)[0])
        data = self.shown(office, cast)
        page = office.post(self.address(cast), {**data, "minutes": "90"})
        assert page.status_code == 409
        assert "has changed since you looked" in content(page)
        assert WORDS in content(page)
        assert held(row) == day_slots(cast)[0].start

    def test_who_cannot_move_is_ticked_or_nothing_is_done(self, office: Client, cast: Cast) -> None:
        slot = day_slots(cast)[0]
        row = meeting(cast, slot)
        done(cast, by(cast, slot.start))
        data = self.shown(office, cast, since="11:00")
        refused = office.post(self.address(cast), data)
        assert "Nobody is moved twice" in content(refused)
        assert "Decide about each of them" in content(refused)
        form = refused.context["form"]
        data |= {
            "key": form["key"].value(),
            "cancelled": str(row.pk),
            "cancel_words": "We are very sorry indeed.",
        }
        assert office.post(self.address(cast), data).status_code == 302
        row.refresh_from_db()
        assert row.status == "cancelled_by_office"

    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
        self, office: Client, cast: Cast
    ) -> None:
        page = content(office.post(self.address(cast), self.data(since="09:07")))
        assert "Choose one of the times still to come" in page
        assert WORDS in page
        page = content(office.post(self.address(cast), self.data(words="")))
        assert "Write a few words to the citizens" in page

    def test_the_language_is_switched_and_the_text_stays(self, office: Client, cast: Cast) -> None:
        page = office.post(self.address(cast), self.data(switch_language="hi"))
        assert WORDS in content(page)

    def test_another_office_s_diary_is_not_there(self, office: Client, cast: Cast) -> None:
        other = reverse("admin:appointments_shift", args=["DIV-GGM", some_day(cast).isoformat()])
        assert office.get(other).status_code == 404
        assert office.post(other, self.data()).status_code == 404
        assert office.get(self.address(cast).replace("DC-REW", "NONE")).status_code == 404
        bad = reverse("admin:appointments_shift", args=["DC-REW", "2026-02-30"])
        assert office.get(bad).status_code == 404

    def test_households_and_roles_without_a_charge_see_nothing(
        self, client: Client, cast: Cast
    ) -> None:
        assert client.get(self.address(cast)).status_code == 302
        sign_in_household(client, cast.household)
        assert client.get(self.address(cast)).status_code == 302
        sign_in_staff(client, cast.gurpreet)
        assert client.get(self.address(cast)).status_code == 404

    def test_other_methods_are_refused_and_a_past_day_says_so(
        self, office: Client, cast: Cast
    ) -> None:
        assert office.delete(self.address(cast)).status_code == 405
        past = reverse("admin:appointments_shift", args=["DC-REW", "2020-07-21"])
        assert "No meeting hours are still to come" in content(office.get(past))

    def test_the_page_takes_the_same_queries_for_one_meeting_and_for_ten(
        self, office: Client, cast: Cast
    ) -> None:
        slots = day_slots(cast)
        meeting(cast, slots[0])
        assert len(queries(office, self.address(cast))) <= 12
        counts = []
        for more in (0, 9):
            for n in range(more):
                meeting(cast, slots[1 + n], f"Citizen {n}")
            with CaptureQueriesContext(connection) as caught:
                office.post(self.address(cast), self.data())
            counts.append(len(caught))
        assert counts[0] == counts[1] <= 20

    def test_the_diary_of_the_day_leads_here(self, office: Client, cast: Cast) -> None:
        day = some_day(cast).isoformat()
        diary = reverse("admin:appointments_diary")
        assert self.address(cast) in content(office.get(diary, {"view": "day", "day": day}))
