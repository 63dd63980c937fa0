"""The office's answers and the citizen's: one terminal state, told once, by whom may."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from appointments.models import Hold, Offer, Request
from appointments.services import answers, wishes
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common.clock import now
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.models import Message
from officials.models import Charge
from tests.booking import overdue, sent, slots
from tests.people import Cast, give_charge, make_citizen, make_household, make_post
from tests.people import open_hours as open_hours_of

pytestmark = pytest.mark.django_db


def messages(request: Request, template: str) -> int:
    return Message.objects.filter(
        subject_id=str(request.pk), template__key=template, channel="sms"
    ).count()


def test_the_private_secretary_confirms_and_the_citizen_is_told_once(
    cast: Cast, asked: Request
) -> None:
    done = answers.confirm(request=asked, by=cast.suresh, version=asked.version)
    assert (done.status, done.confirmed_by) == ("confirmed", "office")
    assert messages(asked, "request_confirmed") == 1
    assert asked.holds.filter(released_at__isnull=True).count() == 1


def test_a_second_answer_is_overtaken_and_says_what_stands(cast: Cast, asked: Request) -> None:
    answers.confirm(request=asked, by=cast.meera, version=asked.version)
    with pytest.raises(Overtaken) as loser:
        answers.decline(
            request=asked, by=cast.suresh, version=asked.version, reason="court", words="No."
        )
    assert loser.value.row.status == "confirmed"  # type: ignore[attr-defined]
    assert messages(asked, "request_declined") == 0


@pytest.mark.parametrize("who", ["kavita", "nasreen", "gurpreet"])
def test_nobody_answers_for_a_post_without_a_live_charge(
    cast: Cast, asked: Request, who: str
) -> None:
    with pytest.raises(PermissionDenied):
        answers.confirm(request=asked, by=getattr(cast, who), version=asked.version)


def test_a_charge_that_ended_a_moment_ago_answers_nothing(cast: Cast, asked: Request) -> None:
    Charge.objects.filter(user=cast.suresh).update(ends_at=now())
    with pytest.raises(PermissionDenied):
        answers.confirm(request=asked, by=cast.suresh, version=asked.version)


def test_at_or_after_the_due_time_the_office_is_too_late(cast: Cast, asked: Request) -> None:
    overdue(asked)
    with pytest.raises(Refused) as refused:
        answers.confirm(request=asked, by=cast.meera, version=asked.version)
    assert refused.value.rule == "too_late"


def test_another_time_is_confirmed_only_where_the_citizen_said_it_suits(
    cast: Cast, asked: Request
) -> None:
    other = slots(cast.rewari, 2)[1]
    with pytest.raises(Refused) as refused:
        answers.confirm_at(request=asked, slot=other, by=cast.meera, version=asked.version)
    assert refused.value.rule == "only_offer"
    flexible = sent(cast.rewari, cast.ramesh, slots(cast.rewari, 1)[0], other_times_ok=True)
    done = answers.confirm_at(request=flexible, slot=other, by=cast.meera, version=flexible.version)
    assert (done.status, done.starts_at) == ("confirmed", other.start)
    held = Hold.objects.get(request=flexible, released_at__isnull=True)
    assert held.during.lower == other.start


def test_an_open_request_is_confirmed_at_a_time_the_office_chooses(cast: Cast) -> None:
    asked = sent(cast.rewari, cast.asha)
    slot = slots(cast.rewari, 1)[0]
    done = answers.confirm_at(request=asked, slot=slot, by=cast.suresh, version=asked.version)
    assert (done.status, done.starts_at) == ("confirmed", slot.start)


def test_a_declined_request_frees_its_slot_and_gives_reason_and_words(
    cast: Cast, asked: Request
) -> None:
    sdm = make_post("SDM-REW")
    done = answers.decline(
        request=asked,
        by=cast.meera,
        version=asked.version,
        reason="other_office",
        words="The SDM decides this.",
        go_to=sdm,
    )
    assert (done.status, done.words, done.go_to) == ("declined", "The SDM decides this.", sdm)
    assert not asked.holds.filter(released_at__isnull=True).exists()
    assert slots(cast.rewari, 1)[0].start == asked.starts_at


def test_declining_without_words_is_refused(cast: Cast, asked: Request) -> None:
    with pytest.raises(Refused) as refused:
        answers.decline(
            request=asked, by=cast.meera, version=asked.version, reason="court", words="  "
        )
    assert refused.value.field == "words"


def test_the_database_refuses_a_decline_without_reason(asked: Request) -> None:
    with (
        pytest.raises(IntegrityError, match="request_declined_with_reason"),
        transaction.atomic(),
    ):
        Request.objects.filter(pk=asked.pk).update(status="declined", answered_at=now())


def test_an_offered_time_is_held_while_the_time_asked_for_stays_held(
    cast: Cast, asked: Request
) -> None:
    other = slots(cast.rewari, 1)[0]
    offer = answers.offer(request=asked, slot=other, by=cast.meera, version=asked.version)
    assert offer.expires_at == asked.due_at
    assert other not in slots(cast.rewari, 3)
    with pytest.raises(SlotTaken):
        sent(cast.rewari, cast.ramesh, other)
    assert asked.holds.filter(released_at__isnull=True).count() == 2


def test_an_accepted_offer_confirms_it_and_frees_the_time_first_asked_for(
    cast: Cast, asked: Request
) -> None:
    other = slots(cast.rewari, 1)[0]
    offer = answers.offer(request=asked, slot=other, by=cast.meera, version=asked.version)
    done = wishes.accept_offer(offer=offer, by=cast.household.user)
    assert (done.status, done.confirmed_by, done.starts_at) == (
        "confirmed",
        "citizen",
        other.start,
    )
    assert slots(cast.rewari, 1)[0].start == asked.starts_at
    with pytest.raises(Overtaken):
        wishes.accept_offer(offer=offer, by=cast.household.user)


def test_a_refused_offer_is_free_again_and_the_office_still_owes_its_answer(
    cast: Cast, asked: Request
) -> None:
    other = slots(cast.rewari, 1)[0]
    offer = answers.offer(request=asked, slot=other, by=cast.meera, version=asked.version)
    done = wishes.refuse_offer(offer=offer, by=None)
    assert (done.status, done.due_at) == ("requested", asked.due_at)
    assert slots(cast.rewari, 1)[0] == other
    assert messages(asked, "office_offer_answered") == 2  # the holder and the private secretary


def test_a_request_handed_to_another_post_keeps_its_clock_and_its_time(
    cast: Cast, asked: Request
) -> None:
    gurugram = make_post("DC-GGM")
    open_hours_of(gurugram)
    done = answers.hand_over(request=asked, to=gurugram, by=cast.meera, version=asked.version)
    assert (done.post, done.due_at, done.created_at) == (gurugram, asked.due_at, asked.created_at)
    assert done.holds.get(released_at__isnull=True).post == gurugram
    assert slots(cast.rewari, 1)[0].start == asked.starts_at
    with pytest.raises(Overtaken):
        answers.confirm(request=asked, by=cast.meera, version=asked.version)


def test_handed_to_a_post_without_that_time_it_waits_for_a_time_from_there(
    cast: Cast, asked: Request
) -> None:
    sdm = make_post("SDM-REW")
    done = answers.hand_over(request=asked, to=sdm, by=cast.meera, version=asked.version)
    assert (done.kind, done.starts_at) == ("open", None)
    assert not done.holds.filter(released_at__isnull=True).exists()


def test_a_withdrawn_request_frees_its_slot_and_never_revives(cast: Cast, asked: Request) -> None:
    done = wishes.withdraw(request=asked, by=cast.household.user, version=asked.version)
    assert done.status == "withdrawn"
    assert slots(cast.rewari, 1)[0].start == asked.starts_at
    with pytest.raises(Overtaken):
        answers.confirm(request=done, by=cast.meera, version=done.version)
    assert Request.TRANSITIONS["withdrawn"] == set()


def test_a_confirmed_meeting_is_cancelled_by_the_citizen_and_the_office_hears_of_it(
    cast: Cast, asked: Request
) -> None:
    done = answers.confirm(request=asked, by=cast.meera, version=asked.version)
    ended = wishes.withdraw(request=done, by=None, version=done.version)
    assert ended.status == "cancelled_by_citizen"
    assert messages(asked, "office_withdrawn") == 2


def test_a_waiting_request_moves_to_another_free_slot_on_the_same_clock(
    cast: Cast, asked: Request
) -> None:
    later = slots(cast.rewari, 40)[-1]
    done = wishes.ask_other_time(request=asked, slot=later, by=None, version=asked.version)
    assert (done.status, done.starts_at, done.due_at) == ("requested", later.start, asked.due_at)
    assert slots(cast.rewari, 1)[0].start == asked.starts_at
    assert done.holds.filter(released_at__isnull=True).count() == 1


def test_a_move_to_a_taken_slot_keeps_the_old_one(cast: Cast, asked: Request) -> None:
    later = slots(cast.rewari, 40)[-1]
    sent(cast.rewari, cast.ramesh, later)
    with pytest.raises(SlotTaken):
        wishes.ask_other_time(request=asked, slot=later, by=None, version=asked.version)
    asked.refresh_from_db()
    assert asked.holds.get(released_at__isnull=True).during.lower == asked.starts_at


def test_a_release_gives_the_next_request_to_the_same_post_priority(cast: Cast) -> None:
    minister = make_post("MIN-HOME", at_due_time="release")
    open_hours_of(minister)
    first = sent(minister, cast.asha, slots(minister, 1)[0])
    assert not first.priority
    moment = now()
    Request.objects.filter(pk=first.pk).update(
        status="released", answered_at=moment, closed_at=moment
    )
    Hold.objects.filter(request=first).update(released_at=moment)
    assert sent(minister, cast.asha, slots(minister, 1)[0]).priority
    other = sent(minister, make_citizen(make_household(), "Other One"))
    assert not other.priority


def test_an_offer_made_before_is_taken_back_by_a_new_one(cast: Cast, asked: Request) -> None:
    give_charge(cast.kavita, cast.rewari, "staff")
    one, other = slots(cast.rewari, 2)
    first = answers.offer(request=asked, slot=one, by=cast.meera, version=asked.version)
    asked.refresh_from_db()
    answers.offer(request=asked, slot=other, by=cast.kavita, version=asked.version)
    first.refresh_from_db()
    assert first.status == Offer.Status.WITHDRAWN
    assert slots(cast.rewari, 1)[0] == one
