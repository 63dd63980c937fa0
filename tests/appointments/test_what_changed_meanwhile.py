"""What is asked or answered on an old picture of the office meets the office as it is."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.diary import parse_slot
from appointments.models import Hold, Request
from appointments.services import answers, deadlines, wishes
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common.clock import now
from esachivalaya.common.idempotency import new_key
from officials.models import Post
from tests.appointments.citizens import booked, later_span
from tests.booking import overdue, sent, sent_by_asha, slots
from tests.people import Cast, make_citizen, make_household, open_hours, sign_in_household

pytestmark = pytest.mark.django_db


def test_a_post_that_was_closed_a_moment_ago_takes_no_booking(cast: Cast) -> None:
    span = slots(cast.rewari, 1)[0]
    Post.objects.filter(pk=cast.rewari.pk).update(active=False)
    assert cast.rewari.active, "as the draft read it"
    with pytest.raises(Refused) as refused:
        sent(cast.rewari, cast.asha, span)
    assert refused.value.rule == "post_closed"


def test_a_post_that_meets_fewer_at_once_than_a_moment_ago_takes_fewer(cast: Cast) -> None:
    span = slots(cast.rewari, 1)[0]
    sent(cast.rewari, make_citizen(make_household(), "Balbir Singh"), span)
    cast.rewari.places = 2
    with pytest.raises(SlotTaken):
        sent(cast.rewari, cast.asha, span)
    assert Hold.objects.get().place == 1


def test_an_offer_ends_at_the_latest_when_its_time_begins(cast: Cast) -> None:
    asked = sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1])
    other = slots(cast.rewari, 1)[0]
    # As if it had been asked for before the offered time's day.
    Request.objects.filter(pk=asked.pk).update(
        created_at=other.end - timedelta(hours=20), due_at=other.end + timedelta(hours=2)
    )
    offer = answers.offer(request=asked, slot=other, by=cast.meera, version=asked.version)
    assert offer.expires_at == other.start
    type(offer).objects.filter(pk=offer.pk).update(expires_at=now())
    with pytest.raises(Refused) as refused:
        wishes.accept_offer(offer=offer, by=None)
    assert refused.value.rule == "offer_lapsed"


def test_consent_to_the_post_below_does_not_go_over_to_another_office(
    cast: Cast, gurugram: Post
) -> None:
    asked = sent_by_asha(cast, hand_down_agreed=True)
    Post.objects.filter(pk=gurugram.pk).update(at_due_time="hand_down", hand_down_to=cast.division)
    open_hours(cast.division)
    moved = answers.hand_over(request=asked, to=gurugram, by=cast.meera, version=asked.version)
    overdue(moved)
    deadlines.sweep()
    moved.refresh_from_db()
    assert moved.status == "released"


def test_an_office_that_the_person_has_asked_meanwhile_is_refused_in_words(
    cast: Cast, gurugram: Post, race: Any
) -> None:
    asked = sent_by_asha(cast)
    span = slots(gurugram, 60)[-1]
    outcomes = race(
        lambda: answers.hand_over(request=asked, to=gurugram, by=cast.meera, version=asked.version),
        lambda: sent(gurugram, cast.asha, span),
    )
    assert sum(outcome.ok for outcome in outcomes) == 1
    assert all(outcome.ok or isinstance(outcome.error, Refused) for outcome in outcomes)
    assert Request.objects.open().filter(citizen=cast.asha, post=gurugram).count() == 1


@pytest.mark.parametrize(
    "slot", ["9999-12-31T10:00/9999-12-31T10:15", "0001-01-01T10:00/0001-01-01T10:15"]
)
def test_a_day_at_the_end_of_the_calendar_is_no_slot(client: Client, cast: Cast, slot: str) -> None:
    assert parse_slot(slot) is None
    row = booked(cast, slot=later_span(cast.rewari))
    sign_in_household(client, cast.household)
    response = client.post(
        f"/appointments/{row.reference}/other-time/",
        {"key": new_key(), "version": row.version, "slot": slot},
    )
    assert response.status_code == 422
