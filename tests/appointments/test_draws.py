"""Draws: announced for days that nobody can book by first come, and taken part in."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from appointments import diary, drafts
from appointments.models import Draft, Draw, DrawWish, Hold, Request
from appointments.services import answers, deadlines, drawing, draws
from appointments.services.drafted import wish_of
from appointments.services.draw_wishes import take_back, take_part
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.models import Message
from officials.diary import slots_on
from officials.models import HoursException
from tests.booking import overdue, sent, slots
from tests.draws import announced, closed, drafted, due, open_day, wished
from tests.people import Cast, make_household, make_post

pytestmark = pytest.mark.django_db


def slots_of(draw: Draw) -> list[Span]:
    return slots_on(draw.post, draw.first_day)


def refused(rule: str) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, check=lambda refusal: refusal.rule == rule)


def messages(template: str) -> int:
    return Message.objects.filter(template__key=template, channel="sms").count()


def _all_but(weekday: int) -> list[int]:
    return [day for day in range(7) if day != weekday]


class TestAnnouncing:
    def test_only_the_digest_of_the_seed_is_in_the_record(self, cast: Cast) -> None:
        draw = announced(cast)
        entry = Entry.objects.get(act="draw_announced")
        assert entry.detail.data["seed_digest"] == draws.digest_of_seed(draw.seed)
        assert draw.seed not in str(entry.detail.data)
        assert len(draw.seed) == 64
        assert announced(cast, first_day=open_day(20)).seed != draw.seed

    def test_it_takes_a_live_charge(self, cast: Cast) -> None:
        with pytest.raises(PermissionDenied):
            announced(cast, by=cast.kavita)
        assert announced(cast, by=cast.suresh).made_by == cast.suresh

    def test_days_that_another_draw_covers_are_refused(self, cast: Cast) -> None:
        announced(cast, first_day=open_day(5), last_day=open_day(5) + timedelta(days=4))
        with refused("draw_overlap"):
            announced(cast, first_day=open_day(7))

    def test_days_of_a_cancelled_draw_can_be_drawn_again(self, cast: Cast) -> None:
        draws.cancel(draw=announced(cast), by=cast.meera, words="The programme has changed.")
        assert announced(cast).status == Draw.Status.ANNOUNCED

    def test_who_is_drawn_has_the_minimum_notice(self, cast: Cast) -> None:
        with refused("draw_notice"):
            announced(cast, closes_at=clock.now() + timedelta(days=4), first_day=open_day(4))

    def test_a_window_shorter_than_a_day_is_refused(self, cast: Cast) -> None:
        with refused("draw_window"):
            announced(cast, closes_at=clock.now() + timedelta(hours=23))

    def test_days_without_a_free_time_are_refused(self, cast: Cast) -> None:
        day = open_day()
        day += timedelta(days=6 - day.weekday())
        with refused("draw_no_slots"):
            announced(cast, first_day=day)

    def test_bookings_that_stand_there_are_shown_and_stay(self, cast: Cast) -> None:
        day = open_day()
        slot = next(slot for slot in slots(cast.rewari, 90) if clock.day_of(slot.start) == day)
        request = sent(cast.rewari, cast.asha, slot)
        shown = draws.preview(cast.rewari, day, day, moment=clock.now())
        assert [hold.request for hold in shown.bookings] == [request]
        assert shown.free == 11
        announced(cast)
        answers.confirm(request=request, by=cast.meera, version=1)
        assert Hold.objects.filter(request=request, released_at=None).count() == 1

    def test_an_unanswered_booking_there_is_still_confirmed_by_the_rule(self, cast: Cast) -> None:
        day = open_day()
        slot = next(slot for slot in slots(cast.rewari, 90) if clock.day_of(slot.start) == day)
        request = sent(cast.rewari, cast.asha, slot)
        announced(cast)
        overdue(request)
        deadlines.sweep()
        request.refresh_from_db()
        assert (request.status, request.starts_at) == ("confirmed", slot.start)


class TestNobodyComesFirst:
    def test_its_days_are_in_no_list_of_free_times(self, cast: Cast) -> None:
        day = open_day()
        assert day in diary.free_slots(cast.rewari, channel="kendra")
        announced(cast)
        assert day not in diary.free_slots(cast.rewari, channel="kendra")
        assert day not in {clock.day_of(slot.start) for slot in slots(cast.rewari, 90)}

    def test_the_directory_passes_over_them(self, cast: Cast) -> None:
        today = clock.day_of(clock.now())
        for n in range(3):
            HoursException.objects.create(
                post=cast.rewari,
                day=today + timedelta(days=n),
                kind="close",
                starts="00:00",
                ends="23:59",
            )
        days = [today + timedelta(days=n) for n in range(3, 9)]
        assert diary.next_free_of([cast.rewari], channel="kendra")[cast.rewari.pk]
        announced(cast, first_day=days[0], last_day=days[-1])
        assert diary.next_free_of([cast.rewari], channel="kendra")[cast.rewari.pk] is None

    @pytest.mark.parametrize("channel", ["own_phone", "kendra"])
    def test_no_channel_books_them(self, cast: Cast, channel: str) -> None:
        slot = slots_of(announced(cast))[0]
        with refused("draw"):
            sent(cast.rewari, cast.asha, slot, channel=channel, by=cast.household.user)
        assert not Request.objects.exists()

    def test_nor_does_the_office(self, cast: Cast) -> None:
        request = sent(cast.rewari, cast.asha)
        slot = slots_of(announced(cast))[0]
        with refused("draw"):
            answers.confirm_at(request=request, slot=slot, by=cast.meera, version=1)

    def test_nor_does_the_rule(self, cast: Cast) -> None:
        first = open_day(3)
        request = sent(cast.rewari, cast.asha, unsuitable_weekdays=_all_but(first.weekday()))
        draw = announced(cast, first_day=first)
        overdue(request)
        deadlines.sweep()
        request.refresh_from_db()
        assert request.starts_at is not None
        assert clock.day_of(request.starts_at) != draw.first_day

    def test_what_is_left_over_is_open_to_all_again(self, cast: Cast) -> None:
        draw = announced(cast)
        wished(draw)
        drawing.draw_due()
        assert draw.first_day not in diary.free_slots(cast.rewari, channel="kendra")
        due(draw)
        drawing.draw_due()
        assert len(diary.free_slots(cast.rewari, channel="kendra")[draw.first_day]) == 11

    def test_a_cancelled_draw_frees_its_days_and_tells_everybody(self, cast: Cast) -> None:
        draw = announced(cast)
        wish, other = wished(draw, cast.asha), wished(draw)
        draws.cancel(draw=draw, by=cast.suresh, words="The programme has changed.")
        wish.refresh_from_db()
        other.refresh_from_db()
        assert (wish.status, wish.lost_reason, wish.draft_id) == ("lost", "cancelled", None)
        assert other.status == "lost"
        assert messages("draw_cancelled") == 2
        assert sent(cast.rewari, cast.asha, slots_of(draw)[0]).is_open

    def test_it_cannot_be_cancelled_for_what_it_would_bring(self, cast: Cast) -> None:
        draw = closed(announced(cast))
        with refused("draw_closed"):
            draws.cancel(draw=draw, by=cast.meera, words="The programme has changed.")

    def test_strangers_cannot_cancel_it(self, cast: Cast) -> None:
        with pytest.raises(PermissionDenied):
            draws.cancel(draw=announced(cast), by=cast.kavita, words="The programme has changed.")


class TestTakingPart:
    def test_the_wish_is_kept_and_told(self, cast: Cast) -> None:
        wish = wished(announced(cast), cast.asha)
        assert wish.code.startswith("DR")
        assert wish.status == DrawWish.Status.WAITING
        assert messages("draw_wish_received") == 1
        assert not Request.objects.exists()

    def test_one_wish_for_each_person(self, cast: Cast) -> None:
        draw = announced(cast)
        wished(draw, cast.asha)
        with refused("draw_once"):
            wished(draw, cast.asha)
        assert wished(draw, cast.ramesh).status == "waiting"

    def test_before_and_after_the_window_nobody_takes_part(self, cast: Cast) -> None:
        draw = announced(
            cast, opens_at=clock.now() + timedelta(hours=1), closes_at=clock.now() + timedelta(2)
        )
        with refused("draw_not_open"):
            wished(draw, cast.asha)
        closed(draw)
        with refused("draw_not_open"):
            wished(draw, cast.asha)

    def test_an_open_request_with_the_office_excludes(self, cast: Cast) -> None:
        sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0])
        with refused("one_open_per_post"):
            wished(announced(cast), cast.asha)

    def test_open_requests_elsewhere_do_not_count(self, cast: Cast) -> None:

        for code in ("AA", "BB", "CC"):
            sent(make_post(code), cast.asha)
        assert wished(announced(cast), cast.asha).status == "waiting"

    def test_a_private_wish_is_refused_in_words(self, cast: Cast) -> None:

        draw = announced(cast)
        draft = drafted(cast.rewari, cast.asha, draw)
        draft.data["meeting"]["private"] = True
        with refused("draw_private"):
            take_part(
                draw=draw,
                wish=wish_of(draft),
                by=cast.household.user,
                channel="own_phone",
                principal="x",
                key="k" * 20,
            )

    def test_a_strangers_household_cannot_send_for_asha(self, cast: Cast) -> None:

        draw = announced(cast)
        draft = drafted(cast.rewari, cast.asha, draw)
        with refused("person_gone"):
            take_part(
                draw=draw,
                wish=wish_of(draft),
                by=make_household().user,
                channel="own_phone",
                principal="x",
                key="k" * 20,
            )

    def test_it_can_be_taken_back_and_made_anew_before_the_close(self, cast: Cast) -> None:
        draw = announced(cast)
        wish = wished(draw, cast.asha)
        take_back(wish=wish, by=cast.household.user)
        with pytest.raises(Overtaken):
            take_back(wish=wish, by=cast.household.user)
        again = wished(draw, cast.asha)
        closed(draw)
        with refused("draw_not_open"):
            take_back(wish=again, by=cast.household.user)

    def test_codes_are_no_thing_to_shop_for(self, cast: Cast) -> None:
        draw = announced(cast)
        for _time in range(3):
            take_back(wish=wished(draw, cast.asha), by=cast.household.user)
        with refused("draw_often"):
            wished(draw, cast.asha)
        assert wished(draw).status == "waiting"

    def test_messages_go_to_nobody_s_old_number_or_unproved_address(self, cast: Cast) -> None:
        draw = announced(cast)
        Citizen.objects.filter(pk=cast.asha.pk).update(email="somebody@example.in")
        cast.asha.refresh_from_db()
        wish = wished(draw, cast.asha)
        mine = Message.objects.filter(subject_id=str(wish.pk))
        assert (mine.filter(channel="email").count(), mine.filter(channel="sms").count()) == (0, 1)
        cast.asha.left_at = clock.now()
        cast.asha.save(update_fields=["left_at"])
        draws.cancel(draw=draw, by=cast.meera, words="The hall is not free.")
        assert mine.filter(channel="sms", template__key="draw_cancelled").count() == 0
        # Nor does the household that the person has left see the wish.
        assert not DrawWish.objects.visible_to(cast.household.user).exists()

    def test_its_draft_outlives_the_removal_of_old_drafts_until_the_answer(
        self, cast: Cast
    ) -> None:
        draw = announced(cast)
        wish = wished(draw, cast.asha)
        Draft.objects.update(changed_at=clock.now() - timedelta(days=5))
        assert drafts.remove_old() == 0
        take_back(wish=wish, by=cast.household.user)
        assert drafts.remove_old() == 1


def test_who_has_left_the_household_takes_their_wish_along(cast: Cast) -> None:
    wish = wished(announced(cast), cast.asha)
    user = cast.household.user
    assert list(DrawWish.objects.visible_to(user)) == [wish]
    Citizen.objects.filter(pk=cast.asha.pk).update(left_at=clock.now())
    assert not DrawWish.objects.visible_to(user).exists()
