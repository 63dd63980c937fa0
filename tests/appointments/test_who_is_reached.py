"""A request is opened by those it belongs to and told to those it concerns."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from appointments.models import LadderStep, Request
from appointments.services import answers, ladder
from appointments.services.pins import check_pin
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Household, SignInCode
from esachivalaya.accounts.services import households
from esachivalaya.common.clock import IST, now
from esachivalaya.notifications.models import Message
from tests.appointments.citizens import booked
from tests.booking import age, sent, sent_by_asha, slots
from tests.people import Cast

pytestmark = pytest.mark.django_db


def test_tries_side_by_side_do_not_outrun_the_rest_after_five(cast: Cast) -> None:
    row = booked(cast)
    # Each of them read the request before the first try was judged.
    read_before = [Request.objects.get(pk=row.pk) for _try in range(12)]
    judged = [check_pin(stale, "wrong") for stale in read_before[:5]]
    assert not any(judged)
    for stale in read_before[5:]:
        with pytest.raises(Refused) as refused:
            check_pin(stale, row.pin)
        assert refused.value.rule == "pin_tries"


@pytest.mark.parametrize("private", [False, True])
def test_a_code_on_the_household_s_phone_opens_no_private_request(
    client: Client, cast: Cast, private: bool
) -> None:
    row = booked(cast, private=private)
    response = client.post("/track/", {"reference": row.reference, "by_code": "1"})
    # The answer is the same either way.
    assert response.status_code == 302
    assert SignInCode.objects.filter(purpose="track").exists() is not private


def test_a_number_that_was_given_up_hears_no_more_of_the_earlier_household(
    client: Client, cast: Cast
) -> None:
    row = booked(cast)
    Household.objects.filter(pk=cast.household.pk).update(
        phone_seen_at=now() - households.SILENCE - timedelta(days=1)
    )
    households.start_anew(phone="+919800000001", language="hi")
    before = Message.objects.filter(to="+919800000001").count()
    answers.confirm(request=row, by=cast.meera, version=row.version)
    client.post("/track/", {"reference": row.reference, "by_code": "1"})
    assert Message.objects.filter(to="+919800000001").count() == before


def test_starting_anew_twice_makes_one_household(cast: Cast) -> None:
    Household.objects.filter(pk=cast.household.pk).update(phone_seen_at=None)
    first = households.start_anew(phone="+919800000001", language="hi")
    second = households.start_anew(phone="+919800000001", language="hi")
    assert second.pk == first.pk != cast.household.pk
    assert second.user is not None
    assert second.user.is_active


def test_a_closed_account_is_reminded_of_nothing(cast: Cast) -> None:
    request = sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1])
    cast.meera.is_active = False
    cast.meera.save(update_fields=["is_active"])
    age(request, timedelta(hours=23, minutes=50))
    assert ladder.climb() == 1
    assert not Message.objects.filter(to=cast.meera.phone, template__key__startswith="office_")
    assert all(cast.meera.pk not in step.told for step in LadderStep.objects.all())


def test_what_is_asked_for_at_night_is_reminded_of_on_a_quarter_like_all_else() -> None:
    """Two that come within a quarter are told in one digest; the second is not swallowed."""
    created = datetime(2020, 7, 21, 21, 7, tzinfo=IST)
    due = datetime(2020, 7, 22, 6, 0, tzinfo=IST)
    assert ladder.rung_time("half", created, due) == datetime(2020, 7, 21, 21, 15, tzinfo=IST)


def test_a_reminder_put_down_under_earlier_rules_stops_no_other(cast: Cast) -> None:
    request = sent_by_asha(cast)
    age(request, timedelta(seconds=2))
    Request.objects.filter(pk=request.pk).update(next_reminder_at=now() - timedelta(seconds=1))
    ladder.climb()
    request.refresh_from_db()
    assert request.next_reminder_at is not None
    assert request.next_reminder_at > now()
