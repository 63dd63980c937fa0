"""What the portal does when the office has not answered."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from appointments.models import Breach, Hold, LadderStep, Request
from appointments.services import answers, deadlines, ladder
from esachivalaya.common.clock import IST, now
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from officials.models import HoursException, Leave
from tests.booking import age, overdue, sent, sent_by_asha, slots
from tests.people import (
    Cast,
    give_charge,
    make_citizen,
    make_household,
    make_post,
    make_staff,
    open_hours,
)

pytestmark = pytest.mark.django_db


def told(template: str, **fields: str) -> int:
    return Message.objects.filter(template__key=template, channel="sms", **fields).count()


def test_a_request_in_time_is_left_alone(cast: Cast) -> None:
    request = sent_by_asha(cast)
    age(request, request.due_at - request.created_at - timedelta(minutes=2))
    assert deadlines.sweep() == 0
    request.refresh_from_db()
    assert request.status == "requested"


def test_allot_confirms_the_held_slot_and_counts_a_breach_with_the_due_time(cast: Cast) -> None:
    request = overdue(sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1]))
    call_command("enforce_deadlines")
    request.refresh_from_db()
    assert (request.status, request.confirmed_by) == ("confirmed", "rule")
    breach = Breach.objects.get()
    assert (breach.request, breach.post, breach.outcome) == (request, cast.rewari, "allotted")
    assert breach.due_at == request.due_at < breach.recorded_at
    assert told("request_confirmed_by_rule") == 1
    assert told("office_allotted") == 2  # the holder and the private secretary
    assert told("office_superior_breach") == 1


def test_a_second_sweep_changes_nothing(cast: Cast) -> None:
    overdue(sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1]))
    assert deadlines.sweep() == 1
    before = Message.objects.count()
    assert deadlines.sweep() == 0
    assert (Breach.objects.count(), Message.objects.count()) == (1, before)


def test_a_slot_that_became_impossible_is_replaced_by_the_next_one(cast: Cast) -> None:
    request = overdue(sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1]))
    assert request.starts_at is not None
    HoursException.objects.create(
        post=cast.rewari,
        day=request.starts_at.astimezone(IST).date(),
        kind="close",
        starts="10:00",
        ends="13:00",
    )
    expected = slots(cast.rewari, 1)[0]
    deadlines.sweep()
    request.refresh_from_db()
    assert (request.status, request.starts_at) == ("confirmed", expected.start)


def test_where_the_post_has_no_time_left_its_link_officer_s_own_post_gives_it(
    cast: Cast,
) -> None:
    sdm = make_post("SDM-REW")
    open_hours(sdm)
    give_charge(cast.anil, sdm)
    request = overdue(sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1]))
    moment = now()
    Leave.objects.create(post=cast.rewari, starts_at=moment, ends_at=moment + timedelta(days=90))
    deadlines.sweep()
    request.refresh_from_db()
    assert (request.status, request.post) == ("confirmed", sdm)
    assert Breach.objects.get().post == cast.rewari


def test_an_open_request_is_allotted_the_next_slot_that_suits(cast: Cast) -> None:
    first = slots(cast.rewari, 1)[0].start.astimezone(IST)
    request = overdue(sent(cast.rewari, cast.asha, unsuitable_weekdays=[first.weekday()]))
    deadlines.sweep()
    request.refresh_from_db()
    assert request.status == "confirmed"
    assert request.starts_at is not None
    assert request.starts_at.astimezone(IST).weekday() != first.weekday()


def test_an_open_request_avoids_the_parts_of_the_day_that_do_not_suit(cast: Cast) -> None:
    request = overdue(sent(cast.rewari, cast.asha, unsuitable_parts=["morning"]))
    deadlines.sweep()
    request.refresh_from_db()
    assert request.starts_at is not None
    assert request.starts_at.astimezone(IST).hour >= 12


def test_release_frees_the_slot_and_tells_the_next_free_times(cast: Cast) -> None:
    minister = make_post("MIN-HOME", at_due_time="release")
    open_hours(minister)
    request = overdue(sent(minister, cast.asha, slots(minister, 60)[-1]))
    deadlines.sweep()
    request.refresh_from_db()
    assert request.status == "released"
    assert not Hold.objects.filter(released_at__isnull=True).exists()
    assert Breach.objects.get().outcome == "released"
    assert told("request_released") == 1


@pytest.fixture
def chief_minister() -> Request:
    """A request to the Chief Minister, whose office hands down."""
    below = make_post("DPS-CM")
    open_hours(below)
    office = make_post("CM", at_due_time="hand_down", hand_down_to=below)
    open_hours(office)
    asha = make_citizen(make_household(), "Asha Devi")
    return sent(office, asha, slots(office, 60)[-1], hand_down_agreed=True)


def test_hand_down_allots_at_the_named_post_below(chief_minister: Request) -> None:
    overdue(chief_minister)
    deadlines.sweep()
    chief_minister.refresh_from_db()
    assert (chief_minister.status, chief_minister.post.code) == ("confirmed", "DPS-CM")
    breach = Breach.objects.get()
    assert (breach.outcome, breach.post.code) == ("handed_down", "CM")
    assert chief_minister.holds.get(released_at__isnull=True).post.code == "DPS-CM"


def test_the_office_that_owed_the_answer_hears_who_meets_the_citizen_instead(
    chief_minister: Request,
) -> None:
    give_charge(make_staff("sombir"), chief_minister.post, "staff")
    overdue(chief_minister)
    deadlines.sweep()
    assert told("office_handed_down") == 1


def test_an_open_request_is_confirmed_at_the_time_that_was_offered_without_a_breach(
    cast: Cast,
) -> None:
    request = sent(cast.rewari, cast.asha)
    other = slots(cast.rewari, 60)[-1]
    answers.offer(request=request, slot=other, by=cast.meera, version=request.version)
    overdue(request)
    deadlines.sweep()
    request.refresh_from_db()
    assert (request.status, request.starts_at) == ("confirmed", other.start)
    assert not Breach.objects.exists()


def test_without_the_citizen_s_agreement_nothing_is_handed_down(chief_minister: Request) -> None:
    Request.objects.filter(pk=chief_minister.pk).update(hand_down_agreed=False)
    overdue(chief_minister)
    deadlines.sweep()
    chief_minister.refresh_from_db()
    assert (chief_minister.status, chief_minister.post.code) == ("released", "CM")


def test_an_unanswered_offer_confirms_the_time_first_asked_for_without_a_breach(
    cast: Cast,
) -> None:
    request = sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1])
    other = slots(cast.rewari, 61)[-1]
    answers.offer(request=request, slot=other, by=cast.meera, version=request.version)
    overdue(request)
    deadlines.sweep()
    asked = request.starts_at
    request.refresh_from_db()
    assert (request.status, request.starts_at) == ("confirmed", asked)
    assert not Breach.objects.exists()
    assert request.offers.get().status == "lapsed"
    assert Hold.objects.filter(released_at__isnull=True).count() == 1


def test_an_unanswered_offer_stands_in_where_the_first_time_became_impossible(
    cast: Cast,
) -> None:
    request = sent(cast.rewari, cast.asha, slots(cast.rewari, 30)[-1])
    other = slots(cast.rewari, 90)[-1]
    answers.offer(request=request, slot=other, by=cast.meera, version=request.version)
    assert request.starts_at is not None
    Leave.objects.create(post=cast.rewari, starts_at=request.starts_at, ends_at=request.ends_at)
    overdue(request)
    deadlines.sweep()
    request.refresh_from_db()
    assert (request.status, request.starts_at) == ("confirmed", other.start)
    assert not Breach.objects.exists()


def test_after_hours_of_outage_a_slot_in_the_past_is_not_allotted(cast: Cast) -> None:
    request = overdue(sent_by_asha(cast))
    past = now() - timedelta(minutes=30)
    Request.objects.filter(pk=request.pk).update(
        starts_at=past, ends_at=past + timedelta(minutes=15)
    )
    deadlines.sweep()
    request.refresh_from_db()
    assert request.status == "confirmed"
    assert request.starts_at is not None
    assert request.starts_at > now()


def test_a_breach_is_never_changed_or_deleted(cast: Cast) -> None:
    overdue(sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1]))
    deadlines.sweep()
    for statement in (
        "UPDATE appointments_breach SET due_at = now()",
        "DELETE FROM appointments_breach",
    ):
        with (
            pytest.raises((IntegrityError, Exception), match=r"never changed|permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_rungs_come_at_half_three_quarters_and_the_last_twelfth_by_day() -> None:
    created = now().astimezone(IST).replace(hour=9, minute=0, second=0, microsecond=0)
    due = created + timedelta(hours=24)
    times = {rung: moment for moment, rung in ladder.schedule(created, due)}
    assert times["arrived"] == created + timedelta(minutes=15)
    # Half the time falls at 21:00, the others at 03:00 and 07:00: all come early, at 20:00.
    assert {times[r] for r in ("half", "three_quarters", "last_twelfth")} == {
        created.replace(hour=20)
    }


def test_news_of_an_arrival_at_night_waits_until_eight() -> None:
    created = now().astimezone(IST).replace(hour=22, minute=7, second=0, microsecond=0)
    expected = (created + timedelta(days=1)).replace(hour=8, minute=0)
    assert ladder.arrival_reminder(created) == expected


def test_each_person_gets_one_digest_per_rung_and_not_a_message_per_request(
    cast: Cast,
) -> None:
    for person in (cast.asha, cast.ramesh):
        request = sent(cast.rewari, person, slots(cast.rewari, 60)[-1])
        age(request, timedelta(hours=12, minutes=1))
    ladder.climb()
    # At night the later rungs are taken beforehand, and the superior is told as well.
    digests = Message.objects.filter(
        template__key__in=("office_ladder", "office_new_requests"), channel="sms"
    )
    phones = list(digests.values_list("to", flat=True))
    assert {cast.meera.phone, cast.suresh.phone} <= set(phones)
    assert len(phones) == len(set(phones))
    assert set(LadderStep.objects.values_list("request__citizen__given_name", flat=True)) == {
        "Asha",
        "Ramesh",
    }
    before = Message.objects.count()
    ladder.climb()
    assert Message.objects.count() == before


def test_with_a_twelfth_left_the_link_officer_and_the_superior_are_told(cast: Cast) -> None:
    request = sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1])
    age(request, timedelta(hours=23))
    ladder.climb()
    phones = set(
        Message.objects.filter(template__key="office_ladder", channel="sms").values_list(
            "to", flat=True
        )
    )
    officers = (cast.meera, cast.suresh, cast.anil, cast.kavita)
    assert phones == {officer.phone for officer in officers}
    steps = set(request.ladder.values_list("rung", flat=True))
    assert steps == {"arrived", "half", "three_quarters", "last_twelfth"}


def test_an_answered_request_is_not_reminded_of(cast: Cast) -> None:
    request = sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1])
    answers.confirm(request=request, by=cast.meera, version=request.version)
    age(request, timedelta(hours=20))
    assert ladder.climb() == 0


def test_a_request_past_due_reads_as_overdue_before_any_sweep(cast: Cast) -> None:
    request = overdue(sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1]))
    assert list(Request.objects.overdue()) == [request]


def test_the_slot_shown_first_is_a_span_of_the_post_s_hours(cast: Cast) -> None:
    first = slots(cast.rewari, 1)[0]
    assert isinstance(first, Span)
    assert first.start.astimezone(IST).hour in range(10, 13)
