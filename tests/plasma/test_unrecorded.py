"""Visits of which no desk wrote anything down: shown, the bank reminded, ended after three days."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections
from django.test import Client

from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from plasma import tasks
from plasma.models import BedHold, Invitation, Pledge
from plasma.services import answers, donations, erasing, pledges, unrecorded
from plasma.services.answers import Asker
from tests.donors import DonorCast, make_campaign, make_donor_cast, make_invitation
from tests.people import sign_in_staff
from tests.plasma.donor_pages import counted, said, slots


def booked(cast: DonorCast, invitation: Invitation) -> Pledge:
    made = answers.pledge(asker=Asker(invitation.donor, invitation), bank=cast.bank, answers=said())
    return pledges.book(pledge=made, span=slots(cast.bank)[0], version=made.version)


def ago(row: Pledge, **span: float) -> Pledge:
    """As if the time, or the arrival, had been so long ago."""
    past = clock.now() - timedelta(**span)
    times = {"starts_at": past - timedelta(minutes=90), "ends_at": past}
    Pledge.objects.filter(pk=row.pk).update(**times)
    Pledge.objects.filter(pk=row.pk, arrived_at__isnull=False).update(arrived_at=past)
    row.refresh_from_db()
    return row


@pytest.fixture
def row(donor_cast: DonorCast, invitation: Invitation) -> Pledge:
    return booked(donor_cast, invitation)


@pytest.fixture
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever hour the tests run at, banks may be reminded."""
    monkeypatch.setattr(unrecorded, "MORNING", unrecorded.time.min)
    monkeypatch.setattr(unrecorded, "EVENING", unrecorded.time.max)


@pytest.mark.django_db
class TestEnding:
    def test_a_time_counts_as_missed_after_three_days_and_not_before(self, row: Pledge) -> None:
        ago(row, days=2, hours=23)
        assert unrecorded.sweep() == 0
        ago(row, days=3, minutes=1)
        assert unrecorded.sweep() == 1
        row.refresh_from_db()
        assert (row.status, row.closed_at is not None) == ("no_show", True)
        assert (counted("booked"), counted("no_show")) == (1, 1)
        assert not BedHold.objects.filter(released_at__isnull=True).exists()
        assert Entry.objects.filter(act="pledge_not_recorded", actor=None).count() == 1
        assert unrecorded.sweep() == 0

    def test_the_desk_may_still_write_down_that_the_donor_came(
        self, row: Pledge, donor_cast: DonorCast
    ) -> None:
        ago(row, days=4)
        tasks.end_unrecorded()
        row.refresh_from_db()
        donations.arrive(pledge=row, by=donor_cast.desk, version=row.version)
        assert counted("no_show") == 0

    def test_who_arrived_is_not_at_the_bank_for_ever(
        self, row: Pledge, donor_cast: DonorCast
    ) -> None:
        donations.arrive(pledge=row, by=donor_cast.desk, version=row.version)
        ago(row, days=3, minutes=1)
        assert unrecorded.sweep() == 1
        row.refresh_from_db()
        assert row.status == "cancelled"
        # Their data can be erased again, and they can pledge anew.
        assert erasing.erase(donor_cast.suman, how="link").erased_at is not None

    def test_what_was_written_down_stays_as_it_is(self, row: Pledge, donor_cast: DonorCast) -> None:
        Pledge.objects.filter(pk=row.pk).update(starts_at=clock.now() - timedelta(minutes=5))
        donations.no_show(pledge=row, by=donor_cast.desk, version=row.version)
        ago(row, days=30)
        assert unrecorded.sweep() == 0


@pytest.mark.django_db
class TestReminding:
    def test_the_bank_is_reminded_once_a_day_without_a_name(
        self, row: Pledge, donor_cast: DonorCast, by_day: None
    ) -> None:
        ago(row, hours=13)
        tasks.end_unrecorded()
        tasks.end_unrecorded()
        sent = Message.objects.filter(template__key="plasma_unrecorded")
        told = {donor_cast.desk.phone, donor_cast.doctor.phone}
        told |= {donor_cast.desk.email, donor_cast.doctor.email}
        assert sorted(sent.values_list("to", flat=True)) == sorted(told)
        assert all("Suman" not in one.body and "98700" not in one.body for one in sent)
        assert {"/plasma/bank/" in one.body for one in sent} == {True}

    def test_nobody_is_reminded_at_night_or_before_the_bank_had_time(
        self, row: Pledge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(unrecorded, "MORNING", unrecorded.time.max)
        ago(row, hours=13)
        assert unrecorded.remind() == 0
        monkeypatch.setattr(unrecorded, "MORNING", unrecorded.time.min)
        monkeypatch.setattr(unrecorded, "EVENING", unrecorded.time.max)
        ago(row, hours=11)
        assert unrecorded.remind() == 0

    def test_the_desk_shows_what_waits_and_another_bank_does_not(
        self, row: Pledge, donor_cast: DonorCast
    ) -> None:
        ago(row, hours=13)
        pages = []
        for user, code in ((donor_cast.desk, "GGM"), (donor_cast.other_desk, "PKL")):
            client = Client()
            client.cookies["language"] = "en"
            sign_in_staff(client, user)
            pages.append(client.get(f"/plasma/bank/{code}/?day=2020-08-01").content.decode())
        assert "Not written down yet" in pages[0]
        assert f"/plasma/bank/GGM/visits/{row.pk}/" in pages[0]
        assert "Devi" not in pages[0]
        assert "Not written down yet" not in pages[1]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_end_a_visit_once(race: Callable[..., list[Any]]) -> None:
    close_old_connections()
    cast = make_donor_cast()
    row = booked(cast, make_invitation(make_campaign(cast.cohort, status="running"), cast.suman))
    ago(row, days=4)
    outcomes = race(*[unrecorded.sweep for _n in range(4)])
    assert all(one.ok for one in outcomes), [one.error for one in outcomes]
    assert counted("no_show") == 1
    assert Entry.objects.filter(act="pledge_not_recorded").count() == 1
