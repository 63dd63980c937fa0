"""STATUS and CANCEL by SMS: for the phone of the request alone."""

from typing import Any

import pytest

from appointments.models import Request
from appointments.services import answers
from esachivalaya.common.formats import datetime_short
from esachivalaya.common.references import grouped
from esachivalaya.notifications import inbound
from esachivalaya.notifications.models import Message
from tests.appointments.citizens import booked, later_span
from tests.people import Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def answered(body: str, sender: str, number: int = 1) -> Any:
    """The SMS with which this one was answered, or None."""
    inbound.take(provider_id=f"SM{number}", sender=sender, to="+919800009999", body=body)
    return Message.objects.filter(to=sender, key__startswith="inbound:").order_by("id").last()


def test_status_tells_by_when_the_office_answers(cast: Cast) -> None:
    row = booked(cast)
    told = answered(f"STATUS {grouped(row.reference)}", row.phone)
    assert told.template.key == "reply_status"
    assert f"The office will answer by {datetime_short(row.due_at, 'en')}." in told.body
    assert grouped(row.reference) in told.body


def test_status_may_be_asked_in_hindi_and_in_any_grouping(cast: Cast) -> None:
    row = booked(cast)
    told = answered(f"स्थिति {row.reference.lower()}", row.phone)
    assert told.language == "hi"
    assert datetime_short(row.due_at, "hi") in told.body


def test_status_tells_of_an_offer_and_of_a_meeting(cast: Cast) -> None:
    row = booked(cast)
    slot = later_span(cast.rewari, 5)
    answers.offer(request=row, slot=slot, by=cast.meera, version=row.version)
    assert "Another time is offered" in answered(f"STATUS {row.reference}", row.phone).body
    row.refresh_from_db()
    answers.confirm(request=row, by=cast.meera, version=row.version)
    told = answered(f"STATUS {row.reference}", row.phone, 2)
    assert f"confirmed for {datetime_short(row.starts_at, 'en')}" in told.body


@pytest.mark.parametrize("word", ["STATUS", "CANCEL"])
def test_another_phone_learns_nothing_and_changes_nothing(cast: Cast, word: str) -> None:
    row = booked(cast)
    stranger = answered(f"{word} {row.reference}", "+919800000777")
    unknown = answered(f"{word} ES22222222", "+919800000778", 2)
    assert stranger.template.key == unknown.template.key == "reply_not_found"
    assert stranger.body == unknown.body
    row.refresh_from_db()
    assert row.status == "requested"


def test_cancel_withdraws_and_the_withdrawal_tells_by_itself(cast: Cast) -> None:
    row = booked(cast)
    assert answered(f"रद्द {row.reference}", row.phone) is None
    row.refresh_from_db()
    assert row.status == "withdrawn"
    assert Message.objects.filter(template__key="request_withdrawn", channel="sms").count() == 1


def test_cancel_of_what_is_over_says_how_it_stands(cast: Cast) -> None:
    row = booked(cast)
    answers.decline(
        request=row, by=cast.meera, version=row.version, reason="court", words="Sub judice."
    )
    told = answered(f"CANCEL {row.reference}", row.phone)
    assert told.template.key == "reply_cannot_cancel"
    assert "Declined" in told.body


def test_a_word_without_a_reference_changes_nothing(cast: Cast) -> None:
    row = booked(cast)
    assert answered("CANCEL", row.phone).template.key == "reply_not_found"
    assert Request.objects.get().status == "requested"


@pytest.mark.parametrize("word", ["STATUS", "CANCEL"])
def test_a_private_request_does_not_exist_for_the_household_s_phone(cast: Cast, word: str) -> None:
    row = booked(cast, private=True)
    assert answered(f"{word} {row.reference}", row.phone).template.key == "reply_not_found"
    row.refresh_from_db()
    assert row.status == "requested"


def test_a_number_that_was_given_up_learns_nothing_and_the_present_one_does(cast: Cast) -> None:
    row = booked(cast)
    cast.household.phone = "+919800000555"
    cast.household.save()
    assert answered(f"STATUS {row.reference}", row.phone).template.key == "reply_not_found"
    told = answered(f"STATUS {row.reference}", "+919800000555", 2)
    assert told.template.key == "reply_status"
