"""A meeting that the office missed: the citizen gets another one without asking again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Companion, Hold, Request
from appointments.services import after_meeting, pins, wishes
from appointments.services.booking import CompanionWish
from esachivalaya.common import clock
from esachivalaya.common.formats import datetime_long
from esachivalaya.notifications.models import Message
from officials.models import Hours
from tests.booking import sent, slots
from tests.meetings import begun
from tests.office import sms
from tests.papers import attach
from tests.people import Cast, sign_in_household

pytestmark = pytest.mark.django_db


def missed(cast: Cast, **wish: object) -> Request:
    row = begun(cast, **wish)
    return after_meeting.record_outcome(
        request=row, by=cast.meera, version=row.version, outcome="missed_by_office"
    )


def test_the_citizen_gets_the_next_free_time_in_the_states_name(cast: Cast) -> None:
    free = slots(cast.rewari, 2)
    row = missed(cast, needs_interpreter=True, companions=(CompanionWish("Ramesh", "husband"),))
    given = Request.objects.get(follows=row)
    # The first of the two was Asha's own before its time came.
    assert given.starts_at in {free[0].start, free[1].start}
    assert (given.status, given.confirmed_by, given.priority) == ("confirmed", "rule", True)
    assert (given.subject, given.category_id) == (row.subject, row.category_id)
    assert given.needs_interpreter
    assert Companion.objects.get(request=given).name == "Ramesh"
    assert Hold.objects.filter(request=given, released_at=None).count() == 1
    assert sms(given, "missed_by_office_new_time") == 1
    assert given.version > 1
    told = Message.objects.get(
        subject_id=str(given.pk), channel="sms", template__key="missed_by_office_new_time"
    )
    assert "/l/" in told.body


def test_the_old_pin_opens_the_new_meeting_too(cast: Cast) -> None:
    row = begun(cast)
    Request.objects.filter(pk=row.pk).update(pin_hash=pins.hash_of("123456"))
    after_meeting.record_outcome(
        request=row, by=cast.meera, version=row.version, outcome="missed_by_office"
    )
    given = Request.objects.get(follows=row)
    assert pins.check_pin(given, "123456")


def test_caps_and_pauses_do_not_stop_it(cast: Cast) -> None:
    met = begun(cast)
    Request.objects.filter(pk=met.pk).update(status="met")
    row = Request.objects.get(pk=met.pk)
    again = sent(cast.division, cast.asha, None)
    Request.objects.filter(pk=again.pk).update(
        post=cast.rewari,
        status="confirmed",
        confirmed_by="office",
        answered_at=clock.now(),
        starts_at=clock.now() - timedelta(minutes=5),
        ends_at=clock.now() + timedelta(minutes=10),
    )
    again.refresh_from_db()
    assert row.status == "met"
    after_meeting.record_outcome(
        request=again, by=cast.meera, version=again.version, outcome="missed_by_office"
    )
    assert Request.objects.get(follows=again).status == "confirmed"


def test_without_a_free_time_it_waits_for_an_answer_with_the_usual_due_time(cast: Cast) -> None:
    row = begun(cast)
    Hours.objects.all().delete()
    after_meeting.record_outcome(
        request=row, by=cast.meera, version=row.version, outcome="missed_by_office"
    )
    given = Request.objects.get(follows=row)
    assert (given.status, given.kind, given.priority) == ("requested", "open", True)
    assert given.due_at - given.created_at == timedelta(hours=24)
    assert given.next_reminder_at is not None
    assert sms(given, "missed_by_office_asked_anew") == 1


def test_who_calls_off_the_given_meeting_still_comes_first(cast: Cast) -> None:
    given = Request.objects.get(follows=missed(cast))
    wishes.withdraw(request=given, by=cast.household.user, version=given.version)
    assert sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0]).priority
    assert not sent(cast.rewari, cast.ramesh, slots(cast.rewari, 1)[0]).priority


def test_both_pages_lead_to_each_other(client: Client, cast: Cast) -> None:
    row = missed(cast)
    given = Request.objects.get(follows=row)
    client.cookies["language"] = "en"
    sign_in_household(client, cast.household)
    addresses = [reverse("appointments:detail", args=[one.reference]) for one in (row, given)]
    first, second = (client.get(address).content.decode() for address in addresses)
    assert addresses[1] in first
    assert addresses[0] in second
    assert "A new meeting is given for it" in first
    assert "Ask this office for a new meeting" not in first


def test_a_private_meeting_is_given_anew_in_private(cast: Cast) -> None:
    given = Request.objects.get(follows=missed(cast, private=True))
    assert given.private
    assert sms(given, "missed_by_office_new_time_private") == 1


def test_its_papers_are_the_same_ones_and_are_stored_once(cast: Cast) -> None:
    row = begun(cast)
    paper = attach(row, name="map.pdf")
    after_meeting.record_outcome(
        request=row, by=cast.meera, version=row.version, outcome="missed_by_office"
    )
    copy = Request.objects.get(follows=row).attachments.get()
    assert (copy.name, copy.position, copy.stored_id) == ("map.pdf", 1, paper.stored_id)
    assert row.attachments.count() == 1


def test_both_pages_say_what_happened_and_no_late_answer(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    row = missed(cast)
    given = Request.objects.get(follows=row)
    assert given.starts_at is not None
    sign_in_household(client, cast.household)
    old = client.get(reverse("appointments:detail", args=[row.reference])).content.decode()
    assert f"Your new meeting: <strong>{datetime_long(given.starts_at, 'en')}</strong>" in old
    new = client.get(reverse("appointments:detail", args=[given.reference])).content.decode()
    assert "The office missed your meeting" in new
    assert "did not answer in time" not in new
