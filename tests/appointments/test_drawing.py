"""Holding a draw: ranks by the seed, times by the ranks, each wish answered once."""

from datetime import timedelta

import pytest

from appointments import papers
from appointments.models import Attachment, Draft, Draw, DrawWish, Hold, Request
from appointments.services import drawing, pins
from appointments.services.drafted import wish_of
from appointments.services.draw_wishes import take_part
from appointments.services.timeline import entries
from appointments.tasks import draw_lots
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock, sweeps
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from officials.diary import slots_on
from officials.models import HoursException, Post
from tests.booking import sent
from tests.draws import announced, closed, drafted, due, open_day, wished
from tests.papers import paper, pdf
from tests.people import Cast, give_charge, make_citizen, make_household

pytestmark = pytest.mark.django_db


def slots_of(draw: Draw) -> list[Span]:
    return slots_on(draw.post, draw.first_day)


def messages(template: str) -> int:
    return Message.objects.filter(template__key=template, channel="sms").count()


class TestTheDraw:
    def test_nothing_is_drawn_while_the_codes_stand_alone(self, cast: Cast) -> None:
        draw = announced(cast)
        wish = wished(draw)
        closed(draw)
        assert drawing.draw_due() == 0
        wish.refresh_from_db()
        draw.refresh_from_db()
        assert (wish.rank, draw.drawn_at) == (None, None)

    def test_ranks_follow_the_seed_and_times_follow_the_ranks(self, cast: Cast) -> None:
        draw = announced(cast)
        wishes = [wished(draw) for _ in range(4)]
        due(draw)
        assert drawing.draw_due() == 4
        expected = sorted(
            (wish.code for wish in wishes), key=lambda code: drawing.rank_key(draw.seed, code)
        )
        ranked = DrawWish.objects.order_by("rank").select_related("request")
        assert [wish.code for wish in ranked] == expected
        assert [wish.request.starts_at for wish in ranked if wish.request] == [
            slot.start for slot in slots_of(draw)[:4]
        ]
        draw.refresh_from_db()
        assert draw.status == Draw.Status.DRAWN

    def test_who_is_drawn_has_a_confirmed_meeting_with_papers_and_pin(self, cast: Cast) -> None:
        draw = announced(cast)
        wish = wished(draw, cast.asha)
        assert wish.draft is not None
        wish.draft.data["meeting"] |= {"name1": "Sunita", "relation1": "daughter"}
        wish.draft.save()
        papers.add_to_draft(draft=wish.draft, paper=paper(pdf()))
        DrawWish.objects.filter(pk=wish.pk).update(pin_hash=pins.hash_of("202020"))
        due(draw)
        draw_lots()
        wish.refresh_from_db()
        request = wish.request
        assert request is not None
        assert (request.status, request.confirmed_by) == ("confirmed", "draw")
        assert request.reference != wish.code
        assert Hold.objects.filter(request=request, released_at=None).count() == 1
        assert request.companions.get().name == "Sunita"
        assert Attachment.objects.get().request == request
        assert pins.check_pin(request, "202020")
        assert not Draft.objects.exists()
        assert messages("draw_won") == 1
        titles = [entry.title for entry in entries(request)]
        assert len(titles) == 1
        assert titles != ["drawn"]
        assert Entry.objects.filter(act="drawn", subject_id=str(request.pk)).count() == 1
        assert "draw_lots" in sweeps.ages()

    def test_what_does_not_suit_is_passed_over(self, cast: Cast) -> None:
        first = open_day()
        draw = announced(cast, first_day=first, last_day=first + timedelta(days=2))
        wish = wished(draw, unsuitable_weekdays=[first.weekday()])
        never = wished(draw, unsuitable_parts=["morning", "afternoon"])
        due(draw)
        drawing.draw_due()
        wish.refresh_from_db()
        never.refresh_from_db()
        assert wish.request is not None
        assert wish.request.starts_at is not None
        assert clock.day_of(wish.request.starts_at) > first
        assert (never.status, never.lost_reason) == ("lost", "no_time")

    def test_the_rest_is_told_and_what_they_wrote_goes(self, cast: Cast) -> None:
        draw = announced(cast)
        wishes = [wished(draw) for _ in range(14)]
        due(draw)
        assert drawing.draw_due() == 14
        lost = DrawWish.objects.filter(status="lost").order_by("rank")
        assert [wish.rank for wish in lost] == [13, 14]
        assert messages("draw_lost") == 2
        assert messages("draw_won") == 12
        assert Entry.objects.filter(act="draw_wish_lost").count() == 2
        assert not DrawWish.objects.exclude(draft=None).exists()
        assert len(wishes) == 14

    def test_who_has_an_open_request_by_then_is_passed_over(self, cast: Cast) -> None:
        draw = announced(cast)
        wish, other = wished(draw, cast.asha), wished(draw)
        sent(cast.rewari, cast.asha)
        due(draw)
        drawing.draw_due()
        wish.refresh_from_db()
        other.refresh_from_db()
        assert (wish.status, wish.lost_reason) == ("lost", "passed_over")
        assert other.status == "won"

    def test_who_left_the_household_is_passed_over(self, cast: Cast) -> None:
        draw = announced(cast)
        wish = wished(draw, cast.asha)
        cast.asha.left_at = clock.now()
        cast.asha.save(update_fields=["left_at"])
        due(draw)
        drawing.draw_due()
        wish.refresh_from_db()
        assert (wish.status, wish.lost_reason) == ("lost", "gone")

    def test_one_bad_wish_keeps_none_of_the_others_waiting(self, cast: Cast) -> None:
        draw = announced(cast)
        bad, good = wished(draw), wished(draw)
        Draft.objects.filter(pk=bad.draft_id).update(data={"time": {}})
        due(draw)
        assert drawing.draw_due() == 1
        bad.refresh_from_db()
        good.refresh_from_db()
        assert (bad.status, good.status) == ("waiting", "won")
        draw.refresh_from_db()
        assert draw.status == Draw.Status.ANNOUNCED
        # After an hour of trying the days are given back.
        Draw.objects.update(drawn_at=clock.now() - timedelta(hours=2))
        drawing.draw_due()
        bad.refresh_from_db()
        draw.refresh_from_db()
        assert (bad.status, bad.lost_reason) == ("lost", "failed")
        assert draw.status == Draw.Status.DRAWN

    def test_one_bad_draw_keeps_none_of_the_others_waiting(
        self, cast: Cast, gurugram: Post, caplog: pytest.LogCaptureFixture
    ) -> None:
        give_charge(cast.meera, gurugram, "additional")
        bad, good = announced(cast), announced(cast, post=gurugram)
        # A rank that cannot be written twice: whatever is done with this draw fails.
        first, second = wished(bad), wished(bad)
        wish = wished(good)
        DrawWish.objects.filter(pk=first.pk).update(status="lost", lost_reason="gone", rank=1)
        due(bad)
        due(good)
        assert drawing.draw_due() == 1
        wish.refresh_from_db()
        second.refresh_from_db()
        assert (wish.status, second.status) == ("won", "waiting")
        assert f"Draw {bad.pk} is not held yet" in caplog.text

    def test_drawn_twice_and_after_dead_hours_it_is_the_same_draw(self, cast: Cast) -> None:
        draw = announced(cast)
        wish = wished(draw)
        due(draw)
        Draw.objects.update(closes_at=clock.now() - timedelta(hours=3))
        assert (drawing.draw_due(), drawing.draw_due()) == (1, 0)
        wish.refresh_from_db()
        assert wish.rank == 1
        assert Request.objects.count() == 1
        assert Entry.objects.filter(act="draw_held").count() == 1

    def test_a_time_that_was_closed_meanwhile_is_not_given(self, cast: Cast) -> None:
        draw = announced(cast)
        wish = wished(draw)
        HoursException.objects.create(
            post=cast.rewari, day=draw.first_day, kind="close", starts="00:00", ends="12:00"
        )
        due(draw)
        drawing.draw_due()
        wish.refresh_from_db()
        assert wish.request is not None
        assert wish.request.starts_at is not None
        assert wish.request.starts_at.astimezone(clock.IST).hour == 12

    def test_an_empty_draw_ends_too(self, cast: Cast) -> None:
        draw = due(announced(cast))
        assert drawing.draw_due() == 0
        draw.refresh_from_db()
        assert draw.status == Draw.Status.DRAWN

    def test_walk_ins_take_part_as_well(self, cast: Cast) -> None:

        draw = announced(cast)
        walk_in = make_citizen(make_household(user=None), "Bhola Ram")
        part = take_part(
            draw=draw,
            wish=wish_of(drafted(cast.rewari, walk_in, draw)),
            by=cast.suresh,
            channel="kendra",
            principal="user:operator",
            key="w" * 20,
        )
        due(draw)
        drawing.draw_due()
        wish = DrawWish.objects.get(code=part.code)
        assert wish.request is not None
        assert part.pin is not None
        assert pins.check_pin(wish.request, part.pin)
