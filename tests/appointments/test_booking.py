"""Sending a request: what is held, what is promised, what is refused."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import DateTimeTZRange

from appointments.diary import free_slots, own_phone_limit
from appointments.models import Hold, Request
from appointments.services import booking
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.audit.models import Entry
from esachivalaya.common.clock import IST, now
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from officials.models import HoursException, Leave
from tests.booking import sent, sent_by_asha, slots, wish
from tests.people import Cast, make_citizen, make_household, make_post, open_hours

pytestmark = pytest.mark.django_db


def test_a_request_holds_its_slot_from_the_moment_it_is_made(cast: Cast) -> None:
    request = sent_by_asha(cast)
    assert request.starts_at is not None
    hold = Hold.objects.get(request=request)
    assert (hold.during.lower, hold.during.upper) == (request.starts_at, request.ends_at)
    assert hold.released_at is None
    held = Span(request.starts_at, request.ends_at or request.starts_at)
    assert held not in slots(cast.rewari, 5)


def test_the_answer_is_due_24_hours_after_the_request(cast: Cast) -> None:
    far = slots(cast.rewari, 60)[-1]
    request = sent(cast.rewari, cast.asha, far)
    assert request.due_at - request.created_at == timedelta(hours=24)


def test_the_answer_is_due_two_hours_before_a_near_slot(cast: Cast) -> None:
    moment = now()
    near = Span(moment + timedelta(hours=5), moment + timedelta(hours=5, minutes=15))
    assert booking.due_time(moment, near) == near.start - timedelta(hours=2)


def test_an_open_request_needs_no_free_slot_and_has_the_same_due_time(cast: Cast) -> None:
    closed = make_post("SDM-REW")
    request = sent(closed, cast.asha, None)
    assert request.kind == Request.Kind.OPEN
    assert request.due_at - request.created_at == timedelta(hours=24)
    assert not Hold.objects.exists()


def test_a_taken_slot_is_refused_with_alternatives(cast: Cast) -> None:
    slot = slots(cast.rewari, 1)[0]
    sent(cast.rewari, cast.asha, slot)
    with pytest.raises(SlotTaken) as refused:
        sent(cast.rewari, cast.ramesh, slot)
    assert len(refused.value.alternatives) == 3
    assert slot not in refused.value.alternatives
    assert Request.objects.count() == 1


def test_the_database_itself_refuses_two_meetings_in_one_slot(cast: Cast) -> None:
    request = sent_by_asha(cast)
    other = sent(cast.rewari, cast.ramesh, None)
    with pytest.raises(IntegrityError, match="hold_no_double_booking"), transaction.atomic():
        Hold.objects.create(
            post=cast.rewari,
            place=1,
            during=DateTimeTZRange(
                request.starts_at and request.starts_at + timedelta(minutes=5),
                request.ends_at and request.ends_at + timedelta(minutes=5),
            ),
            request=other,
            purpose=Hold.Purpose.ASKED,
            own_phone=True,
        )


def test_a_post_that_meets_two_at_once_gives_two_places_and_no_third(cast: Cast) -> None:
    hall = make_post("DC-GGM", places=2)
    open_hours(hall)
    slot = slots(hall, 1)[0]
    third = make_citizen(make_household(), "Third Person")
    assert {sent(hall, person, slot).holds.get().place for person in (cast.asha, cast.ramesh)} == {
        1,
        2,
    }
    with pytest.raises(SlotTaken):
        sent(hall, third, slot)


@pytest.mark.parametrize(
    ("shift", "rule"),
    [
        (timedelta(minutes=7), "not_a_slot"),
        (timedelta(weeks=-52), "past"),
        (timedelta(weeks=10), "horizon"),
    ],
)
def test_a_forged_past_or_distant_slot_is_refused(cast: Cast, shift: timedelta, rule: str) -> None:
    first = slots(cast.rewari, 1)[0]
    forged = Span(first.start + shift, first.end + shift)
    with pytest.raises(Refused) as refused:
        sent(cast.rewari, cast.asha, forged)
    assert refused.value.rule == rule


def test_a_slot_nearer_than_the_minimum_notice_is_refused(cast: Cast) -> None:
    near = slots(cast.rewari, 1)[0]
    cast.rewari.minimum_notice_hours = 24 * 20
    cast.rewari.save()
    with pytest.raises(Refused) as refused:
        sent(cast.rewari, cast.asha, near)
    assert refused.value.rule == "notice"


def test_a_slot_of_a_closed_day_is_refused(cast: Cast) -> None:
    slot = slots(cast.rewari, 1)[0]
    Leave.objects.create(
        post=cast.rewari, starts_at=slot.start, ends_at=slot.start + timedelta(minutes=1)
    )
    with pytest.raises(Refused) as refused:
        sent(cast.rewari, cast.asha, slot)
    assert refused.value.rule == "not_a_slot"


def test_leave_leaves_the_diary_open_where_the_link_officer_sits_in(cast: Cast) -> None:
    slot = slots(cast.rewari, 1)[0]
    Leave.objects.create(
        post=cast.rewari, starts_at=slot.start, ends_at=slot.end, link_officer_sits=True
    )
    assert sent(cast.rewari, cast.asha, slot).starts_at == slot.start


def test_a_closing_exception_takes_the_slots_it_touches_and_shifts_no_other(cast: Cast) -> None:
    before = slots(cast.rewari, 200)
    second = before[1].start.astimezone(IST)
    HoursException.objects.create(
        post=cast.rewari,
        day=second.date(),
        kind=HoursException.Kind.CLOSE,
        starts=(second + timedelta(minutes=1)).time(),
        ends=(second + timedelta(minutes=2)).time(),
    )
    assert slots(cast.rewari, 199) == [before[0], *before[2:]]


def test_a_person_has_one_open_request_per_post(cast: Cast) -> None:
    sent_by_asha(cast)
    with pytest.raises(Refused) as refused:
        sent_by_asha(cast)
    assert refused.value.rule == "one_open_per_post"


def test_a_person_has_at_most_three_open_requests(cast: Cast) -> None:
    for number in range(3):
        sent(make_post(f"P{number}"), cast.asha)
    with pytest.raises(Refused) as refused:
        sent(cast.rewari, cast.asha)
    assert refused.value.rule == "open_per_person"


def test_after_a_meeting_there_is_a_pause_that_says_when_it_ends(cast: Cast) -> None:
    met = sent_by_asha(cast)
    yesterday = now() - timedelta(days=1)
    Request.objects.filter(pk=met.pk).update(
        status="met",
        answered_at=yesterday,
        starts_at=yesterday,
        ends_at=yesterday + timedelta(minutes=15),
    )
    with pytest.raises(Refused) as refused:
        sent_by_asha(cast)
    assert refused.value.rule == "pause"
    assert refused.value.until == yesterday + timedelta(days=30)


def test_a_phone_makes_at_most_ten_requests_a_day(cast: Cast) -> None:
    people = [make_citizen(cast.household, f"Person {n}") for n in range(11)]
    for person in people[:10]:
        sent(cast.rewari, person)
    with pytest.raises(Refused) as refused:
        sent(cast.rewari, people[10])
    assert refused.value.rule == "phone_cap"


def test_own_phones_leave_the_kendras_their_share_of_a_day(cast: Cast) -> None:
    day = sorted(free_slots(cast.rewari, channel="kendra"))[4]
    of_day = [slot.span for slot in free_slots(cast.rewari, channel="kendra")[day]]
    limit = own_phone_limit(cast.rewari, len(of_day))
    assert (len(of_day), limit) == (12, 8)  # 30 % of 12 is 3.6, rounded up to 4
    for slot in of_day[:limit]:
        sent(cast.rewari, make_citizen(make_household(), "Somebody"), slot)
    with pytest.raises(Refused) as refused:
        sent(cast.rewari, cast.asha, of_day[limit])
    assert refused.value.rule == "kendra_share"
    assert day not in free_slots(cast.rewari, channel="own_phone")
    at_kendra = sent(cast.rewari, cast.asha, of_day[limit], channel="kendra", by=cast.suresh)
    assert at_kendra.starts_at == of_day[limit].start


def test_the_same_form_sent_twice_makes_one_request(cast: Cast) -> None:
    form = wish(cast.rewari, cast.asha, slots(cast.rewari, 1)[0])
    told = {"by": cast.household.user, "channel": "own_phone", "principal": "h", "key": "k" * 20}
    first = booking.send(wish=form, **told)  # type: ignore[arg-type]
    second = booking.send(wish=form, **told)  # type: ignore[arg-type]
    assert (second.reference, second.replayed, second.pin) == (first.reference, True, None)
    assert Request.objects.count() == 1
    assert Message.objects.filter(subject_id=str(Request.objects.get().pk)).count() == 1


def test_a_key_used_for_another_wish_is_refused(cast: Cast) -> None:
    told = {"by": cast.household.user, "channel": "own_phone", "principal": "h", "key": "k" * 20}
    one, other = slots(cast.rewari, 2)
    booking.send(wish=wish(cast.rewari, cast.asha, one), **told)  # type: ignore[arg-type]
    with pytest.raises(KeyMisused):
        booking.send(wish=wish(cast.rewari, cast.asha, other), **told)  # type: ignore[arg-type]


def test_a_refused_request_leaves_nothing_behind(cast: Cast) -> None:
    sent_by_asha(cast)
    before = (Message.objects.count(), Entry.objects.count(), Hold.objects.count())
    with pytest.raises(Refused):
        sent_by_asha(cast)
    assert (Message.objects.count(), Entry.objects.count(), Hold.objects.count()) == before


def test_the_acknowledgement_is_written_once_with_reference_and_due_time(cast: Cast) -> None:
    request = sent_by_asha(cast)
    message = Message.objects.get(subject_id=str(request.pk), channel="sms")
    assert f"{request.reference[:2]} {request.reference[2:6]}" in message.body
    assert "Asha" in message.body
    assert "Devi" not in message.body


def test_the_acknowledgement_comes_by_e_mail_as_well_where_there_is_one(cast: Cast) -> None:
    cast.asha.email, cast.asha.email_proved_at = "asha@example.com", now()
    cast.asha.save()
    request = sent_by_asha(cast)
    letter = Message.objects.get(subject_id=str(request.pk), channel="email")
    assert (letter.to, letter.language) == ("asha@example.com", "hi")
    assert request.reference[2:6] in letter.body


def test_a_private_request_s_messages_name_neither_person_nor_office(cast: Cast) -> None:
    request = sent_by_asha(cast, private=True)
    body = Message.objects.get(subject_id=str(request.pk), channel="sms").body
    assert "Asha" not in body
    assert cast.rewari.short_hi not in body
    assert cast.rewari.short_en not in body


def test_a_booking_takes_at_most_fourteen_statements_in_the_service(cast: Cast) -> None:
    sent(cast.rewari, cast.ramesh, slots(cast.rewari, 1)[0])  # templates are read once
    slot = slots(cast.rewari, 1)[0]
    with CaptureQueriesContext(connection) as queries:
        sent_by = booking.send(
            wish=wish(cast.rewari, cast.asha, slot),
            by=cast.household.user,
            channel="own_phone",
            principal="h",
            key="k" * 20,
        )
    counted = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    assert sent_by.reference
    assert len(counted) <= 14, "\n".join(counted)
