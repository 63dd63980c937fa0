"""Closing time on which meetings and requests stand: each is dealt with as the office chose."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from appointments.diary import free_slots, span_of
from appointments.models import Bump, Hold, Offer, Request, ShortLink
from appointments.services import answers
from appointments.services.moving import Move, carry_out, release
from esachivalaya.audit.models import Entry
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.registry import Dealing
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from officials.diary import slots_on
from officials.models import Holiday, Leave, Post
from officials.services import DiaryRefused, save_holiday, save_in_diary, save_post
from tests.booking import sent, sent_by_asha, slots
from tests.office import sms
from tests.people import (
    Cast,
    give_charge,
    make_citizen,
    make_household,
    make_post,
    open_hours,
)

WORDS = "The Deputy Commissioner is called to Chandigarh on that day."


def leave_over(cast: Cast, moment: datetime | None) -> Leave:
    assert moment is not None
    start, end = day_bounds(day_of(moment))
    return Leave(post=cast.rewari, starts_at=start, ends_at=end)


def close(cast: Cast, row: Request, **dealing: Any) -> Leave:
    """Leave over the day of ``row``, entered by DC Rewari."""
    return save_in_diary(
        row=leave_over(cast, row.starts_at),
        by=cast.meera,
        dealing=Dealing(by=cast.meera, **dealing),
    )


def confirmed(cast: Cast, row: Request) -> Request:
    return answers.confirm(request=row, by=cast.suresh, version=row.version)


def again(row: Request) -> Request:
    return Request.objects.get(pk=row.pk)


def held(row: Request) -> list[Span]:
    live = Hold.objects.filter(request=row, released_at__isnull=True)
    return [span_of(hold.during) for hold in live]


@pytest.fixture
def link(cast: Cast) -> Post:
    """The post that Anil, the link officer of DC Rewari, heads himself, with the same hours."""
    post = make_post("SDM-REW")
    open_hours(post)
    give_charge(cast.anil, post)
    return post


def test_a_meeting_moves_to_the_next_free_time_of_another_day(cast: Cast) -> None:
    row = confirmed(cast, sent_by_asha(cast))
    before = row.starts_at
    close(cast, row, for_all="move")
    row = again(row)
    assert row.starts_at is not None
    assert before is not None
    assert day_of(row.starts_at) > day_of(before)
    assert row.status == "confirmed"
    assert held(row) == [Span(row.starts_at, row.ends_at)]
    assert held(row)[0] == slots_on(cast.rewari, day_of(row.starts_at))[0]
    bump = Bump.objects.get()
    assert (bump.request_id, bump.from_starts_at, bump.to_starts_at) == (
        row.pk,
        before,
        row.starts_at,
    )
    assert Entry.objects.filter(subject_id=str(row.pk), act="moved_by_office").count() == 1


def test_the_citizen_is_told_once_of_old_and_new_time_with_a_link_to_say_no(cast: Cast) -> None:
    row = confirmed(cast, sent_by_asha(cast))
    old = ShortLink.objects.get(revoked_at=None, purpose="withdraw")
    close(cast, row, for_all="move")
    message = Message.objects.get(template__key="request_moved_by_office", channel="sms")
    live = ShortLink.objects.filter(request=row, purpose="withdraw", revoked_at=None)
    assert live.get().version == again(row).version
    assert "/l/" in message.body
    old.refresh_from_db()
    assert old.revoked_at is not None
    assert sms(row, "request_moved_by_office") == 1


def test_reminders_of_the_old_time_are_taken_back_and_new_ones_written(cast: Cast) -> None:
    row = confirmed(cast, sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1]))
    close(cast, row, for_all="move")
    days = Message.objects.filter(template__key="reminder_day", channel="sms")
    assert sorted(days.values_list("status", flat=True)) == ["cancelled", "queued"]


def test_a_waiting_request_keeps_its_due_time_and_waits_on(cast: Cast) -> None:
    row = sent_by_asha(cast)
    close(cast, row, for_all="move")
    moved = again(row)
    assert (moved.status, moved.due_at, moved.asked_starts_at) == (
        "requested",
        row.due_at,
        row.starts_at,
    )
    assert moved.starts_at != row.starts_at


def test_an_open_request_s_unsuitable_days_are_respected(cast: Cast) -> None:
    row = sent_by_asha(cast)
    nxt = day_of(row.starts_at) + timedelta(days=1)  # type: ignore[arg-type]
    if nxt.weekday() == 6:
        nxt += timedelta(days=1)
    Request.objects.filter(pk=row.pk).update(unsuitable_weekdays=[nxt.weekday()])
    close(cast, row, for_all="move")
    assert day_of(again(row).starts_at).weekday() != nxt.weekday()  # type: ignore[arg-type]


def test_two_victims_never_get_the_same_time(cast: Cast) -> None:
    first, second = slots(cast.rewari, 2)
    rows = [sent(cast.rewari, cast.asha, first), sent(cast.rewari, cast.ramesh, second)]
    close(cast, rows[0], for_all="move")
    assert len({held(row)[0] for row in rows}) == 2


def test_nothing_is_changed_when_one_has_no_way_out(cast: Cast) -> None:
    first, second = slots(cast.rewari, 2)
    one = sent(cast.rewari, cast.asha, first)
    two = sent(cast.rewari, cast.ramesh, second)
    Bump.objects.create(
        request=two,
        post=cast.rewari,
        from_starts_at=first.start,
        to_starts_at=second.start,
        by=cast.meera,
    )
    with pytest.raises(DiaryRefused) as refused:
        close(cast, one, for_all="move")
    left = refused.value.left
    assert [bool(each.problem) for each in left] == [True, False]
    assert left[0].key == two.reference
    assert "move" not in dict(left[0].choices)
    assert again(one).starts_at == first.start
    assert held(one) == [first]
    assert not Leave.objects.exists()
    assert not Message.objects.filter(template__key="request_moved_by_office").exists()


def test_nobody_is_bumped_twice_not_even_by_the_code(cast: Cast) -> None:
    row = sent_by_asha(cast)
    close(cast, row, for_all="move")
    row = again(row)
    with pytest.raises(DiaryRefused):
        close(cast, row, for_all="move")
    later = slots(cast.rewari, 40)[-1]
    release([row], moment=row.created_at)
    move = Move(row, cast.rewari, later)
    with pytest.raises(IntegrityError), transaction.atomic():
        carry_out([move], by=cast.meera, words="", moment=row.created_at)


def test_who_was_bumped_can_be_cancelled_and_comes_first_next_time(cast: Cast) -> None:
    row = sent_by_asha(cast)
    close(cast, row, for_all="move")
    close(cast, again(row), for_all="cancel", words=WORDS)
    row = again(row)
    assert (row.status, row.decline_reason, row.words) == ("declined", "closed", WORDS)
    assert sent_by_asha(cast).priority


def test_a_cancelled_meeting_gives_priority_too(cast: Cast) -> None:
    row = confirmed(cast, sent_by_asha(cast))
    close(cast, row, for_all="cancel", words=WORDS)
    assert again(row).status == "cancelled_by_office"
    assert sms(row, "request_cancelled_by_office") == 1
    assert sent_by_asha(cast).priority


def test_an_ordinary_cancellation_gives_no_priority(cast: Cast) -> None:
    row = confirmed(cast, sent_by_asha(cast))
    answers.cancel(request=row, by=cast.suresh, version=row.version, words=WORDS)
    assert not sent_by_asha(cast).priority


@pytest.mark.parametrize("words", ["", "Sorry", "   Sorry     "])
def test_cancelling_needs_words(cast: Cast, words: str) -> None:
    row = sent_by_asha(cast)
    with pytest.raises(DiaryRefused) as refused:
        close(cast, row, for_all="cancel", words=words)
    assert refused.value.left[0].problem
    assert again(row).status == "requested"


def test_each_choice_goes_before_the_one_for_all(cast: Cast) -> None:
    first, second = slots(cast.rewari, 2)
    one = sent(cast.rewari, cast.asha, first)
    two = sent(cast.rewari, cast.ramesh, second)
    close(cast, one, for_all="move", each={two.reference: "cancel"}, words=WORDS)
    assert again(one).status == "requested"
    assert again(two).status == "declined"


def test_the_link_officer_gets_the_same_time(cast: Cast, link: Post) -> None:
    row = confirmed(cast, sent_by_asha(cast))
    close(cast, row, for_all="link")
    given = again(row)
    assert (given.post, given.starts_at, given.status) == (link, row.starts_at, "confirmed")
    assert not Bump.objects.exists()
    assert Hold.objects.get(request=row, released_at__isnull=True).post == link
    assert Message.objects.filter(template__key="office_given_over", channel="sms").count() == 1


def test_the_link_officer_s_next_free_time_when_the_same_is_taken(cast: Cast, link: Post) -> None:
    row = sent_by_asha(cast)
    assert row.starts_at is not None
    assert row.ends_at is not None
    sent(link, cast.ramesh, Span(row.starts_at, row.ends_at))
    close(cast, row, for_all="link")
    given = again(row)
    assert given.post == link
    assert given.starts_at is not None
    assert given.starts_at > row.starts_at
    assert Bump.objects.get().request == given
    assert given.due_at == row.due_at


def test_who_was_bumped_goes_to_the_link_officer_at_the_same_time_only(
    cast: Cast, link: Post
) -> None:
    row = sent_by_asha(cast)
    close(cast, row, for_all="move")
    row = again(row)
    assert row.starts_at is not None
    assert row.ends_at is not None
    blocker = sent(link, cast.ramesh, Span(row.starts_at, row.ends_at))
    with pytest.raises(DiaryRefused):
        close(cast, row, for_all="link")
    answers.decline(
        request=blocker,
        by=cast.anil,
        version=blocker.version,
        reason="answered",
        words="Settled.",
    )
    close(cast, row, for_all="link")
    assert again(row).post == link


def test_who_has_an_open_request_with_the_link_officer_stays_in_the_list(
    cast: Cast, link: Post
) -> None:
    row = sent_by_asha(cast)
    sent(link, cast.asha, slots(link, 5)[-1])
    with pytest.raises(DiaryRefused) as refused:
        close(cast, row, for_all="link")
    assert refused.value.left[0].problem
    assert again(row).post == cast.rewari


def test_an_offer_on_closed_time_is_taken_back_and_the_asked_time_stays(cast: Cast) -> None:
    row = sent_by_asha(cast)
    assert row.starts_at is not None
    day = day_of(row.starts_at)
    other = next(one for one in slots(cast.rewari, 60) if day_of(one.start) > day)
    answers.offer(request=row, slot=other, by=cast.suresh, version=row.version)
    leave = leave_over(cast, other.start)
    with pytest.raises(DiaryRefused) as refused:
        save_in_diary(row=leave, by=cast.meera)
    (left,) = refused.value.left
    assert [code for code, _words in left.choices] == ["withdraw"]
    leave = leave_over(cast, other.start)
    save_in_diary(row=leave, by=cast.meera, dealing=Dealing(by=cast.meera, for_all="withdraw"))
    assert Offer.objects.get().status == "withdrawn"
    assert held(row) == [Span(row.starts_at, row.ends_at)]
    assert sms(row, "offer_withdrawn") == 1


def test_freed_time_on_closed_ground_is_not_offered_again(cast: Cast) -> None:
    row = sent_by_asha(cast)
    day = day_of(row.starts_at)  # type: ignore[arg-type]
    close(cast, row, for_all="cancel", words=WORDS)
    assert day not in free_slots(cast.rewari, channel="kendra")
    assert all(day_of(span.start) != day for span in slots(cast.rewari, 50))


def test_a_meeting_that_has_begun_is_nobody_s_victim(cast: Cast) -> None:
    row = confirmed(cast, sent_by_asha(cast))
    assert row.starts_at is not None
    ago = row.starts_at - row.created_at + timedelta(minutes=5)
    span = Span(row.starts_at - ago, row.starts_at - ago + timedelta(minutes=15))
    Request.objects.filter(pk=row.pk).update(starts_at=span.start, ends_at=span.end)
    Hold.objects.filter(request=row).update(during=(span.start, span.end))
    save_in_diary(row=leave_over(cast, span.start), by=cast.meera)
    assert again(row).status == "confirmed"


def test_a_holiday_moves_the_meetings_of_every_post(cast: Cast, gurugram: Post) -> None:
    one = confirmed(cast, sent_by_asha(cast))
    span = Span(one.starts_at, one.ends_at)  # type: ignore[arg-type]
    two = sent(gurugram, cast.ramesh, span)
    day = day_of(span.start)
    holiday = Holiday(day=day, name_en="A fair", name_hi="मेला")
    dealing = Dealing(by=cast.nasreen, for_all="move")
    save_holiday(holiday=holiday, by=cast.nasreen, dealing=dealing)
    for row in (one, two):
        assert day_of(again(row).starts_at) > day  # type: ignore[arg-type]
    # DC Rewari's office did not do it: it is told once.
    told = Message.objects.filter(template__key="office_diary_changed", channel="sms")
    assert told.filter(to=cast.meera.phone).count() == 1


def test_name_and_subject_are_for_who_acts_for_the_post(cast: Cast) -> None:
    row = sent_by_asha(cast)
    for user, reads in ((cast.meera, True), (cast.nasreen, False)):
        with pytest.raises(DiaryRefused) as refused:
            save_in_diary(row=leave_over(cast, row.starts_at), by=user)
        (left,) = refused.value.left
        assert (row.subject in left.about) is reads
        assert row.subject not in left.words


def test_a_private_request_s_subject_is_in_no_list(cast: Cast) -> None:
    row = sent_by_asha(cast, private=True)
    with pytest.raises(DiaryRefused) as refused:
        save_in_diary(row=leave_over(cast, row.starts_at), by=cast.meera)
    assert row.subject not in refused.value.left[0].about
    close(cast, row, for_all="move")
    assert sms(row, "request_moved_by_office_private") == 1


def test_fewer_places_put_who_can_stay_at_a_lower_one(cast: Cast) -> None:
    cast.rewari.places = 2
    save_post(post=cast.rewari, by=cast.nasreen)
    (span,) = slots(cast.rewari, 1)
    one, two = sent(cast.rewari, cast.asha, span), sent(cast.rewari, cast.ramesh, span)
    answers.decline(
        request=one, by=cast.suresh, version=one.version, reason="answered", words="Settled."
    )
    cast.rewari.places = 1
    save_post(post=cast.rewari, by=cast.nasreen)
    hold = Hold.objects.get(released_at__isnull=True)
    assert (hold.request_id, hold.place) == (two.pk, 1)


@pytest.mark.parametrize("choice", ["move", "cancel"])
def test_many_victims_cost_no_more_statements_than_few(cast: Cast, choice: str) -> None:
    cast.rewari.places = 9
    cast.rewari.kendra_share_percent = 0
    cast.rewari.save()
    counts = []
    for many in (2, 8):
        (span,) = slots(cast.rewari, 1)
        rows = [sent(cast.rewari, make_citizen(make_household()), span) for _number in range(many)]
        for row in rows[::2]:
            confirmed(cast, row)
        with CaptureQueriesContext(connection) as caught:
            close(cast, rows[0], for_all=choice, words=WORDS)
        counts.append(len(caught))
        Leave.objects.all().delete()
        Hold.objects.update(released_at=now())
    assert counts[1] <= counts[0] + 2
