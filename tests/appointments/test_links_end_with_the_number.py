"""Who goes to another number is reached there alone: links sent to the former one open nothing."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from appointments.models import Request
from appointments.services import answers
from esachivalaya.accounts.models import Citizen, NumberChange
from esachivalaya.accounts.services import leaving, new_number
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests.appointments.citizens import booked, later_span
from tests.people import Cast

OLD, NEW = "+919800000001", "+919800000045"
LINK = re.compile(r"/l/[A-Za-z0-9_-]+/")
Change = Callable[[Cast], object]
pytestmark = pytest.mark.django_db


def leaves(cast: Cast) -> None:
    leaving.take_to_own_number(person=cast.asha, phone=NEW, by=cast.household.user)


def gets_a_new_number(cast: Cast) -> None:
    new_number.change_number(
        household=cast.household,
        new_phone=NEW,
        by=cast.household.user,
        proof=NumberChange.Proof.OLD_NUMBER,
    )


def confirmed(cast: Cast, person: Citizen | None = None) -> Request:
    """A meeting three days away, of which the message and both reminders are written."""
    row = booked(cast, person or cast.asha)
    span = later_span(cast.rewari, 20)
    Request.objects.filter(pk=row.pk).update(other_times_ok=True)
    row.refresh_from_db()
    return answers.confirm_at(request=row, slot=span, by=cast.meera, version=row.version)


def links_to(phone: str, row: Request) -> set[str]:
    bodies = Message.objects.filter(
        to=phone, subject_id=str(row.pk), channel="sms", status="queued"
    ).values_list("body", flat=True)
    return {found.group() for body in bodies if (found := LINK.search(body))}


@pytest.fixture(params=[leaves, gets_a_new_number])
def change(request: pytest.FixtureRequest) -> Change:
    found: Change = request.param
    return found


def test_a_link_sent_to_the_former_number_opens_nothing(
    client: Client, cast: Cast, change: Change
) -> None:
    row = confirmed(cast)
    Message.objects.filter(template__key="request_confirmed").update(
        status="sent", finished_at=clock.now()
    )
    body = Message.objects.get(template__key="request_confirmed", channel="sms").body
    path = LINK.findall(body)[0]
    assert client.get(path).status_code == 200
    change(cast)
    assert client.get(path).status_code == 404
    assert client.post(path, {"key": new_key()}).status_code == 404
    row.refresh_from_db()
    assert row.status == "confirmed"


def test_the_reminders_come_once_to_the_new_number_with_links_that_open(
    client: Client, cast: Cast, change: Change
) -> None:
    row = confirmed(cast)
    reminders = Message.objects.filter(template__key__startswith="reminder_", status="queued")
    before = sorted(reminders.values_list("template__key", "channel", "due_at"))
    assert links_to(OLD, row)
    change(cast)
    assert sorted(reminders.values_list("template__key", "channel", "due_at")) == before
    assert not links_to(OLD, row)
    assert set(reminders.filter(channel="sms").values_list("to", flat=True)) == {NEW}
    day_before = reminders.get(template__key="reminder_day", channel="sms").body
    assert client.get(LINK.findall(day_before)[0]).status_code == 200


def test_links_of_the_others_in_the_household_stay(client: Client, cast: Cast) -> None:
    other = confirmed(cast, cast.ramesh)
    version, paths = other.version, links_to(OLD, other)
    leaves(cast)
    other.refresh_from_db()
    assert (other.version, links_to(OLD, other)) == (version, paths)


def test_an_offer_can_be_accepted_after_the_change_by_its_page_alone(
    client: Client, cast: Cast, change: Change
) -> None:
    row = booked(cast)
    offer = answers.offer(
        request=row, slot=later_span(cast.rewari, 5), by=cast.meera, version=row.version
    )
    path = LINK.findall(Message.objects.get(template__key="request_offer", channel="sms").body)[0]
    change(cast)
    assert client.post(path, {"key": new_key()}).status_code == 404
    offer.refresh_from_db()
    assert offer.status == "open"
