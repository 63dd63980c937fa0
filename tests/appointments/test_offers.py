"""Offers: each sentence of the rules, and the citizen's own wish for another time."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.diary import slot_value
from appointments.models import Breach, Hold, Offer, Request
from appointments.services import answers, deadlines, link_acts, wishes
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken
from officials.models import HoursException
from tests.appointments.test_short_links import path_in
from tests.booking import overdue, sent, slots
from tests.office import content, give, sms, told
from tests.people import Cast, sign_in_household

pytestmark = pytest.mark.django_db


def other_time(cast: Cast) -> Span:
    """A time that was not asked for, more than a day away."""
    limit = clock.now() + timedelta(hours=25)
    return next(slot for slot in slots(cast.rewari, 60) if slot.start > limit)


def offered(cast: Cast, row: Request) -> Offer:
    return answers.offer(request=row, slot=other_time(cast), by=cast.meera, version=row.version)


def close_day_of(cast: Cast, span_start: object) -> None:
    HoursException.objects.create(
        post=cast.rewari,
        day=clock.day_of(span_start),  # type: ignore[arg-type]
        kind="close",
        starts="00:00",
        ends="23:59",
    )


class TestWithoutAskingAgain:
    def test_any_other_time_suits_then_the_office_confirms_at_another(self, cast: Cast) -> None:
        row = sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0], other_times_ok=True)
        slot = other_time(cast)
        done = answers.confirm_at(request=row, slot=slot, by=cast.meera, version=row.version)
        assert (done.status, done.starts_at) == ("confirmed", slot.start)
        assert not Offer.objects.exists()

    def test_otherwise_the_page_makes_an_offer_of_it(
        self, office: Client, cast: Cast, asked: Request
    ) -> None:
        give(office, asked, "another-time", slot=slot_value(other_time(cast)))
        asked.refresh_from_db()
        assert asked.status == "requested"
        assert Offer.objects.get().status == "open"


class TestHeldUntilAnswered:
    def test_both_times_are_held_and_nobody_else_gets_them(
        self, cast: Cast, asked: Request
    ) -> None:
        offer = offered(cast, asked)
        for start, end in (
            (asked.starts_at, asked.ends_at),
            (offer.starts_at, offer.ends_at),
        ):
            assert start is not None
            assert end is not None
            with pytest.raises(SlotTaken):
                sent(cast.rewari, cast.ramesh, Span(start, end), channel="kendra")

    def test_at_most_until_the_due_time(self, cast: Cast, asked: Request) -> None:
        offer = offered(cast, asked)
        assert offer.expires_at == asked.due_at
        Offer.objects.filter(pk=offer.pk).update(expires_at=clock.now())
        with pytest.raises(Refused) as refused:
            wishes.accept_offer(offer=offer, by=None)
        assert refused.value.rule == "offer_lapsed"

    def test_accepted_on_the_page(self, client: Client, cast: Cast, asked: Request) -> None:
        client.cookies["language"] = "en"
        offer = offered(cast, asked)
        asked.refresh_from_db()
        sign_in_household(client, cast.household)
        answer = client.post(
            reverse("appointments:offer", args=[asked.reference]),
            {"key": new_key(), "version": asked.version, "offer": offer.pk, "answer": "accept"},
        )
        assert "The meeting is confirmed" in told(answer)
        asked.refresh_from_db()
        assert (asked.status, asked.starts_at) == ("confirmed", offer.starts_at)
        held = Hold.objects.get(request=asked, released_at=None)
        assert (held.purpose, held.during.lower) == ("asked", offer.starts_at)

    def test_accepted_by_the_short_link(self, cast: Cast, asked: Request) -> None:
        offer = offered(cast, asked)
        token = path_in(asked, "request_offer").split("/")[2]
        link_acts.use(token=token, key=new_key())
        asked.refresh_from_db()
        assert (asked.status, asked.starts_at) == ("confirmed", offer.starts_at)

    def test_refused_its_time_is_free_and_the_one_asked_for_stays_held(
        self, cast: Cast, asked: Request
    ) -> None:
        offer = offered(cast, asked)
        done = wishes.refuse_offer(offer=offer, by=None)
        assert done.status == "requested"
        sent(cast.rewari, cast.ramesh, Span(offer.starts_at, offer.ends_at), channel="kendra")
        assert Hold.objects.get(request=asked, released_at=None).during.lower == asked.starts_at


class TestUnanswered:
    def test_the_slot_first_asked_for_is_confirmed_and_it_is_no_breach(
        self, cast: Cast, asked: Request
    ) -> None:
        offer = offered(cast, asked)
        overdue(asked)
        deadlines.sweep()
        done = Request.objects.get(pk=asked.pk)
        assert (done.status, done.starts_at) == ("confirmed", asked.starts_at)
        assert done.confirmed_by == "rule"
        assert not Breach.objects.exists()
        offer.refresh_from_db()
        assert offer.status == "lapsed"
        assert sms(done, "offer_lapsed") == 1
        assert Hold.objects.filter(request=done, released_at=None).count() == 1

    def test_the_offered_one_if_the_first_has_become_impossible(
        self, cast: Cast, asked: Request
    ) -> None:
        slot = other_time(cast)
        if clock.day_of(slot.start) == clock.day_of(asked.starts_at):  # type: ignore[arg-type]
            slot = next(
                one
                for one in slots(cast.rewari, 60)
                if clock.day_of(one.start) > clock.day_of(slot.start)
            )
        answers.offer(request=asked, slot=slot, by=cast.meera, version=asked.version)
        close_day_of(cast, asked.starts_at)
        overdue(asked)
        deadlines.sweep()
        done = Request.objects.get(pk=asked.pk)
        assert (done.status, done.starts_at) == ("confirmed", slot.start)
        assert not Breach.objects.exists()

    def test_an_open_request_is_confirmed_at_the_offered_time(self, cast: Cast) -> None:
        row = sent(cast.rewari, cast.asha)
        offer = offered(cast, row)
        overdue(row)
        deadlines.sweep()
        row.refresh_from_db()
        assert (row.status, row.starts_at) == ("confirmed", offer.starts_at)

    def test_after_the_due_time_nothing_is_offered_any_more(
        self, cast: Cast, asked: Request
    ) -> None:
        overdue(asked)
        with pytest.raises(Refused) as refused:
            offered(cast, asked)
        assert refused.value.rule == "too_late"


class TestAnotherTimeByTheCitizen:
    def test_it_ends_the_offer_and_keeps_the_due_time(self, cast: Cast, asked: Request) -> None:
        offer = offered(cast, asked)
        asked.refresh_from_db()
        wanted = slots(cast.rewari, 80)[-1]
        done = wishes.ask_other_time(request=asked, slot=wanted, by=None, version=asked.version)
        assert (done.status, done.starts_at, done.due_at) == (
            "requested",
            wanted.start,
            asked.due_at,
        )
        offer.refresh_from_db()
        assert offer.status == "refused"
        assert Hold.objects.filter(request=asked, released_at=None).count() == 1
        with pytest.raises(Overtaken):
            wishes.accept_offer(offer=offer, by=None)

    def test_on_the_page_while_an_offer_is_out(
        self, client: Client, cast: Cast, asked: Request
    ) -> None:
        client.cookies["language"] = "en"
        offered(cast, asked)
        asked.refresh_from_db()
        sign_in_household(client, cast.household)
        shown = content(client.get(reverse("appointments:detail", args=[asked.reference])))
        address = reverse("appointments:other-time", args=[asked.reference])
        assert address in shown
        wanted = slots(cast.rewari, 40, channel="own_phone")[-1]
        answer = client.post(
            address,
            {"key": new_key(), "version": asked.version, "slot": slot_value(wanted)},
        )
        assert "The time is changed" in told(answer)
        asked.refresh_from_db()
        assert asked.starts_at == wanted.start

    def test_not_to_a_time_before_the_answer_is_due(self, cast: Cast) -> None:
        far = slots(cast.rewari, 80)[-1]
        row = sent(cast.rewari, cast.asha, far, channel="kendra")
        near = slots(cast.rewari, 1)[0]
        Request.objects.filter(pk=row.pk).update(
            due_at=near.start + timedelta(minutes=1), created_at=near.start - timedelta(hours=1)
        )
        row.refresh_from_db()
        with pytest.raises(Refused) as refused:
            wishes.ask_other_time(request=row, slot=near, by=None, version=row.version)
        assert refused.value.rule == "before_due"

    def test_a_confirmed_meeting_is_moved_and_the_office_hears_of_it(
        self, cast: Cast, asked: Request
    ) -> None:
        done = answers.confirm(request=asked, by=cast.meera, version=asked.version)
        wanted = other_time(cast)
        moved = wishes.ask_other_time(request=done, slot=wanted, by=None, version=done.version)
        assert (moved.status, moved.starts_at) == ("confirmed", wanted.start)
        assert sms(moved, "office_moved") == 2
