"""Handing over at the pace, within the hours, once, whatever is killed on the way."""

import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from esachivalaya.common import clock
from esachivalaya.notifications.models import Message, MessageTemplate
from esachivalaya.notifications.services import key_of
from plasma.models import Campaign, Donor, Invitation
from plasma.services import campaigns, handing_over, planning
from tests.donors import DonorCast, make_campaign, make_cohort, make_donor
from tests.notifications.fake_twilio import FakeTwilio
from tests.plasma.campaigning import approved, asked, later, running, send
from tests.races import Outcome

pytestmark = pytest.mark.django_db
DAY = date(2020, 7, 21)


def many(cast: DonorCast, count: int = 40) -> None:
    for number in range(count):
        make_donor(f"Donor{number} Singh", cohort=cast.cohort, language="en")


def segments() -> int:
    return sum(Message.objects.values_list("segments", flat=True))


def test_the_pace_is_kept(donor_cast: DonorCast) -> None:
    many(donor_cast)
    row = running(donor_cast, pace=60)
    later(row, seconds=10)
    handing_over.tick()
    # A message of two segments is not begun with one.
    assert segments() in {9, 10}
    # A second turn at once finds nothing that may go.
    handing_over.tick()
    assert segments() in {9, 10}
    later(row, seconds=4)
    handing_over.tick()
    assert segments() in {13, 14}


def test_after_an_outage_there_is_no_burst(donor_cast: DonorCast) -> None:
    many(donor_cast)
    row = running(donor_cast, pace=60)
    later(row, seconds=3600)
    handing_over.tick()
    assert segments() in {19, 20}


def test_a_slow_pace_sends_a_long_message_in_time(donor_cast: DonorCast) -> None:
    row = running(donor_cast, pace=1)
    later(row, seconds=20)
    assert handing_over.tick() == 0
    for _turn in range(8):
        later(row, seconds=20)
        handing_over.tick()
    assert Message.objects.count() == 1


def test_no_more_than_a_minute_of_it_stands_in_the_outbox(donor_cast: DonorCast) -> None:
    many(donor_cast, 60)
    row = running(donor_cast, pace=60)
    for _turn in range(12):
        later(row, seconds=20)
        handing_over.tick()
    # Nobody sends: the rest stays where a pause or a stop finds it.
    assert segments() in {59, 60}


def test_two_turns_at_once_hand_over_once(
    donor_cast: DonorCast, transactional_db: None, race: Callable[..., list[Outcome]]
) -> None:
    many(donor_cast)
    row = running(donor_cast, pace=60_000)
    outcomes = race(handing_over.tick, handing_over.tick, handing_over.tick)
    assert all(one.ok for one in outcomes), [one.error for one in outcomes]
    assert set(asked(row).values()) == {"queued"}
    assert Message.objects.count() == 43
    assert Message.objects.values("subject_id").distinct().count() == 43


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_while_writing_leaves_nothing_half_done(
    donor_cast: DonorCast,
) -> None:
    row = running(donor_cast)
    first = Invitation.objects.order_by("pk")[0]
    key = key_of(f"plasma-appeal:{first.pk}:{first.version}", "sms", first.phone)
    template = MessageTemplate.objects.filter(key="plasma_appeal").latest("pk")
    # Somebody writes the same message and does not commit: the turn stands still in its middle.
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_message (key, channel, klass, status, template_id, "
            '"to", language, subject, body, segments, subject_kind, subject_id, attempts, '
            "callback_token, provider_id, problem) VALUES (%s, 'sms', 'appeal', 'queued', %s, "
            "'+919800000009', 'hi', '', 'x', 1, '', '', 0, 'x', '', '')",
            [key, template.pk],
        )
        turn = _Turn()
        turn.start()
        cursor.execute("SELECT pg_terminate_backend(%s)", [_standing(cursor)])
    turn.join(30)
    other.rollback()
    other.close()
    assert set(asked(row).values()) == {"planned"}
    assert not Message.objects.exists()
    later(row)
    assert handing_over.tick() == 3
    assert Message.objects.count() == 3


class _Turn(threading.Thread):
    """A turn in a worker of its own."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            handing_over.tick()
        except Exception as problem:
            self.problem = problem
        finally:
            connections.close_all()


def _standing(cursor: Any) -> int:
    """Return the process that waits for our row, once one does."""
    for _try in range(2000):
        # Within a transaction what was seen once is seen again.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
        )
        if found := cursor.fetchone():
            return int(found[0])
        cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("Nobody came to stand in the middle.")


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("08:59:59", False),
        ("09:00:00", True),
        ("20:59:59", True),
        ("21:00:00", False),
        ("23:00:00", False),
    ],
)
def test_the_laws_hours_are_half_open(
    donor_cast: DonorCast, settings: Any, moment: str, open_: bool
) -> None:
    settings.APPEAL_HOURS = (time(9), time(21))
    row = running_in(donor_cast, time(0), time(23, 59))
    at = datetime.combine(DAY, time.fromisoformat(moment), tzinfo=clock.IST)
    assert handing_over.open_at(row, at) is open_


@pytest.mark.parametrize(
    ("moment", "open_"), [("10:29:59", False), ("10:30:00", True), ("17:00:00", False)]
)
def test_the_campaigns_own_hours_hold_beside_them(
    donor_cast: DonorCast, moment: str, open_: bool
) -> None:
    row = running_in(donor_cast, time(10, 30), time(17))
    at = datetime.combine(DAY, time.fromisoformat(moment), tzinfo=clock.IST)
    assert handing_over.open_at(row, at) is open_


def running_in(cast: DonorCast, first: time, last: time) -> Campaign:
    return running(cast, first_hour=first, last_hour=last)


def test_out_of_hours_nothing_is_handed_over_and_nothing_saved_up(
    donor_cast: DonorCast, settings: Any, twilio: FakeTwilio
) -> None:
    row = running(donor_cast)
    settings.APPEAL_HOURS = (time(0, 0), time(0, 0, 1))
    later(row, seconds=3600)
    send()
    assert set(asked(row).values()) == {"planned"}
    row.refresh_from_db()
    assert row.allowance == 0
    assert twilio.calls == 0


def test_a_message_is_worth_nothing_after_the_last_hour(donor_cast: DonorCast) -> None:
    row = running(donor_cast)
    handing_over.tick()
    today = clock.day_of(clock.now())
    due = clock.at(today, row.last_hour)
    assert set(Message.objects.values_list("expires_at", flat=True)) == {due}
    assert due <= clock.at(today, time.max)


def test_a_campaign_that_fails_holds_up_no_other(donor_cast: DonorCast) -> None:
    broken = running(donor_cast)
    Campaign.objects.filter(pk=broken.pk).update(template="there_is_no_such")
    Invitation.objects.filter(donor=donor_cast.imran).delete()
    other = make_cohort("Another")
    donor_cast.imran.cohorts.add(other)
    row = approved(make_campaign(other, by=donor_cast.priya), donor_cast.priya, donor_cast.harish)
    row = campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
    later(row)
    assert handing_over.tick() == 1
    assert asked(row) == {"Imran": "queued"}


def test_who_may_not_be_asked_any_more_is_not(donor_cast: DonorCast, twilio: FakeTwilio) -> None:
    row = running(donor_cast)
    Donor.objects.filter(pk=donor_cast.suman.pk).update(stopped_at=clock.now())
    donor_cast.imran.phones.update(wrong_at=clock.now())
    send()
    assert asked(row) == {"Suman": "stopped", "Rakesh": "sent", "Imran": "cancelled"}


def test_the_duration_counts_the_hours(donor_cast: DonorCast, settings: Any) -> None:
    settings.APPEAL_HOURS = (time(9), time(21))
    row = running_in(donor_cast, time(10), time(18))
    row.pace = 10
    row.ends_at = clock.at(DAY + timedelta(days=5), time(12))
    # From 17:00 there is an hour; the next day has eight.
    begins = clock.at(DAY, time(17))
    assert planning.finish_of(row, 600, begins) == clock.at(DAY, time(18))
    assert planning.finish_of(row, 601, begins) == clock.at(DAY + timedelta(days=1), time(10, 0, 6))
    everything = 10 * 60 * (1 + 4 * 8 + 2)
    assert planning.finish_of(row, everything, begins) == row.ends_at
    assert planning.finish_of(row, everything + 1, begins) is None
    assert planning.segments_until(row, row.ends_at, begins) == everything
    assert connection.vendor == "postgresql"
