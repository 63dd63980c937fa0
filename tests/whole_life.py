"""Everything that can happen to a few requests, for the tests that let it happen.

Citizens, three offices and the clock act in any order on the real services and the real database;
after each step everything that must hold is looked at.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from psycopg2.extras import DateTimeTZRange

from appointments.diary import span_of
from appointments.models import Hold, Offer, Request
from appointments.services import after_meeting, answers, booking, deadlines, wishes
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.audit.verification import first_broken
from esachivalaya.common import clock
from esachivalaya.common.clock import ClockTimestamp, day_of
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.models import Message
from officials.diary import slots_of_posts
from officials.models import Leave, Post
from officials.services.diary import save_in_diary
from tests.booking import slots, wish
from tests.people import (
    Cast,
    give_charge,
    make_cast,
    make_citizen,
    make_household,
    make_post,
    make_staff,
    open_hours,
)

KIND = "appointments.request"
TERMINAL = {status for status, after in Request.TRANSITIONS.items() if not after}
# Which message the citizen gets of which act; each act has exactly one.
TOLD = {
    "requested": "request_received",
    "confirmed": "request_confirmed",
    "confirmed_at_other_time": "request_confirmed",
    "offer_accepted": "request_confirmed",
    "offered": "request_offer",
    "declined": "request_declined",
    "withdrawn": "request_withdrawn",
    "cancelled_by_citizen": "request_withdrawn",
    "cancelled_by_office": "request_cancelled_by_office",
    "met": "outcome_recorded",
    "missed_by_citizen": "missed_by_citizen",
    "meeting_given_anew": "missed_by_office_new_time",
    "asked_anew": "missed_by_office_asked_anew",
    "released": "request_released",
    "handed_over": "request_handed_over",
    "handed_down": "request_confirmed_by_rule",
    "allotted": "request_confirmed_by_rule",
    "offer_lapsed": "offer_lapsed",
    "moved": "request_moved",
}
MEETING_OVER = {"met", "missed_by_citizen", "missed_by_office"}
DAY = timedelta(days=1)
NTH = st.integers(min_value=0, max_value=50)


class WholeLife(RuleBasedStateMachine):
    """Everything that can happen to a few requests, one step after the other."""

    def __init__(self) -> None:
        super().__init__()
        # Undone at the end: every run begins with the same empty office.
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.cast: Cast = make_cast()
        Post.objects.filter(pk=self.cast.rewari.pk).update(places=2)
        below = make_post("SDM-REW")
        open_hours(below)
        give_charge(make_staff("farida"), below)
        above = make_post("CM", at_due_time=Post.AtDueTime.HAND_DOWN, hand_down_to=below)
        open_hours(above)
        self.officer = make_staff("harpal")
        give_charge(self.officer, above)
        give_charge(self.officer, below, "staff")
        give_charge(self.officer, self.cast.rewari, "staff")
        self.posts = [self.cast.rewari, above, below]
        names = ("Sunita Rani", "Balbir Singh")
        self.people = [self.cast.asha, *(make_citizen(make_household(), one) for one in names)]
        self.keys = itertools.count(1)
        self.times = {post.pk: slots(post, 8) for post in self.posts}
        self.history: dict[int, list[str]] = {}
        self.verified: dict[int, int] = {}
        # Most steps then have something to act on, whatever rules a run is made of.
        for number in range(len(self.people)):
            self.send(person=number, post=0, slot=number, any_time=True)
            self.send(person=number, post=1, slot=None, any_time=True)
        self.offer(nth=0, slot=len(self.people))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # --- what people do ---

    @rule(person=NTH, post=NTH, slot=st.none() | NTH, any_time=st.booleans())
    def send(self, person: int, post: int, slot: int | None, any_time: bool) -> None:
        office = Post.objects.get(pk=_nth(self.posts, post).pk)
        citizen = _nth(self.people, person)
        span = None if slot is None else self._free(office, slot)
        told = wish(office, citizen, span, other_times_ok=any_time, hand_down_agreed=any_time)
        self._act(
            lambda: booking.send(
                wish=told,
                by=self.officer,
                channel="kendra",
                principal=f"user:{self.officer.pk}",
                key=f"whole-life-{next(self.keys):08d}",
            )
        )

    @rule(nth=NTH, stale=st.booleans())
    def confirm(self, nth: int, stale: bool) -> None:
        self._on(nth, lambda row: answers.confirm(**self._office(row, stale)))

    @rule(nth=NTH, slot=NTH)
    def confirm_at(self, nth: int, slot: int) -> None:
        self._on(
            nth,
            lambda row: answers.confirm_at(slot=self._free(row.post, slot), **self._office(row)),
        )

    @rule(nth=NTH, slot=NTH)
    def offer(self, nth: int, slot: int) -> None:
        self._on(
            nth, lambda row: answers.offer(slot=self._free(row.post, slot), **self._office(row))
        )

    @rule(nth=NTH, yes=st.booleans())
    def answer_offer(self, nth: int, yes: bool) -> None:
        offers = _likely(list(Offer.objects.order_by("pk")), nth, lambda one: one.status == "open")
        if offers:
            act = wishes.accept_offer if yes else wishes.refuse_offer
            self._act(lambda: act(offer=_nth(offers, nth), by=None))

    @rule(nth=NTH, slot=NTH)
    def ask_other_time(self, nth: int, slot: int) -> None:
        self._on(
            nth,
            lambda row: wishes.ask_other_time(
                request=row, slot=self._free(row.post, slot), by=None, version=row.version
            ),
        )

    @rule(nth=NTH)
    def withdraw(self, nth: int) -> None:
        self._on(nth, lambda row: wishes.withdraw(request=row, by=None, version=row.version))

    @rule(nth=NTH)
    def decline(self, nth: int) -> None:
        self._on(
            nth,
            lambda row: answers.decline(
                reason="answered", words="It is settled.", **self._office(row)
            ),
        )

    @rule(nth=NTH, post=NTH)
    def hand_over(self, nth: int, post: int) -> None:
        self._on(nth, lambda row: answers.hand_over(to=_nth(self.posts, post), **self._office(row)))

    @rule(nth=NTH)
    def cancel(self, nth: int) -> None:
        self._on(nth, lambda row: answers.cancel(words="Called away.", **self._office(row)))

    @rule(nth=NTH, outcome=st.sampled_from(["met", "missed_by_citizen", "missed_by_office"]))
    def record_outcome(self, nth: int, outcome: str) -> None:
        begun = Request.objects.filter(status="confirmed", starts_at__lte=clock.now())
        rows = list(begun.select_related("post").order_by("pk"))
        if not rows:
            # Not yet: refused.
            rows = list(Request.objects.select_related("post").order_by("pk"))
        if rows:
            self._act(
                lambda: after_meeting.record_outcome(
                    outcome=outcome, decision="Heard and noted.", **self._office(_nth(rows, nth))
                )
            )

    @rule(post=NTH, days=st.integers(min_value=0, max_value=3))
    def enter_leave(self, post: int, days: int) -> None:
        """Refused as long as anything would be left standing on the closed time."""
        begins = clock.now() + timedelta(days=days)
        row = Leave(post=_nth(self.posts, post), starts_at=begins, ends_at=begins + DAY)
        self._act(lambda: save_in_diary(row=row, by=self.officer), Refusal)

    # --- what time does ---

    @rule(hours=st.sampled_from([1, 6, 23, 25]))
    def time_passes(self, hours: int) -> None:
        """Shift what was promised into the past; the grid of the diary moves by whole days."""
        by = timedelta(hours=hours)
        Request.objects.update(created_at=F("created_at") - by, due_at=F("due_at") - by)
        Offer.objects.update(offered_at=F("offered_at") - by, expires_at=F("expires_at") - by)

    @precondition(lambda self: Request.objects.filter(status="confirmed").exists())
    @rule(nth=NTH)
    def the_meeting_comes(self, nth: int) -> None:
        """Let one confirmed meeting have begun: it is moved to the same hour of another week."""
        row = _nth(list(Request.objects.filter(status="confirmed").order_by("pk")), nth)
        assert row.starts_at is not None
        assert row.ends_at is not None
        weeks = timedelta(days=7 * (1 + (row.starts_at - clock.now()).days // 7) + 7 * row.pk)
        if row.starts_at <= clock.now():
            return
        Request.objects.filter(pk=row.pk).update(
            starts_at=row.starts_at - weeks, ends_at=row.ends_at - weeks
        )
        during = DateTimeTZRange(row.starts_at - weeks, row.ends_at - weeks)
        Hold.objects.filter(request=row, released_at__isnull=True).update(during=during)

    @rule(times=st.integers(min_value=1, max_value=2))
    def sweep(self, times: int) -> None:
        before = clock.now()
        for _time in range(times):
            deadlines.sweep()
        late = Request.objects.waiting().filter(due_at__lte=before)
        assert not late.exists(), "a request is still waiting past its due time after a sweep"

    @rule()
    def a_day_without_an_answer(self) -> None:
        self.time_passes(hours=25)
        self.sweep(times=1)

    @rule()
    def deliver_messages(self) -> None:
        """The workers send what waits; a message that has gone is not written again."""
        Message.objects.filter(status="queued").update(
            status="delivered", finished_at=ClockTimestamp()
        )

    # --- what must hold ---

    @invariant()
    def everything_holds(self) -> None:
        """Read what there is in a few statements and look at all of it."""
        now = Snapshot(self.posts)
        self.no_time_is_held_twice(now)
        for row in now.rows:
            self.nothing_closed_is_revived(row)
            self.it_ends_once_and_holds_what_it_should(row, now)
            self.every_act_is_told_once(row, now)
            if len(now.acts[row.pk]) != self.verified.get(row.pk):
                assert first_broken(KIND, str(row.pk)) is None, "the record is broken"
                self.verified[row.pk] = len(now.acts[row.pk])

    def no_time_is_held_twice(self, now: "Snapshot") -> None:
        for one in now.holds:
            same = [other for other in now.holds if other.post_id == one.post_id]
            beside = [
                other for other in same if span_of(other.during).overlaps(span_of(one.during))
            ]
            assert len(beside) <= now.places[one.post_id], f"booked twice at {one.during}"

    def nothing_closed_is_revived(self, row: Request) -> None:
        before = self.history.setdefault(row.pk, [row.status])
        if before[-1] in TERMINAL:
            assert row.status == before[-1], f"{before[-1]} became {row.status}"
        elif before[-1] == "confirmed":
            assert row.status != "requested", "a confirmed request waits again"
        if before[-1] != row.status:
            before.append(row.status)

    def it_ends_once_and_holds_what_it_should(self, row: Request, now: "Snapshot") -> None:
        acts = Counter(now.acts[row.pk])
        closed = sum(acts[act] for act in TERMINAL)
        assert closed == (row.status in TERMINAL), f"{row.status} with {dict(acts)}"
        held = [one for one in now.holds if one.request_id == row.pk]
        if row.status == "requested":
            expected = (row.starts_at is not None) + (row.pk in now.offered)
            assert len(held) == expected, f"{len(held)} times held while waiting"
        elif row.status == "confirmed":
            assert row.pk not in now.offered
            span = Span(_known(row.starts_at), _known(row.ends_at))
            assert [(span_of(one.during), one.post_id) for one in held] == [(span, row.post_id)]
            if span.start > now.moment:
                assert now.open(row.post_id, span), "a meeting on closed time"
        elif row.status not in MEETING_OVER:
            assert held == [], f"{row.status} still holds time"

    def every_act_is_told_once(self, row: Request, now: "Snapshot") -> None:
        expected = Counter(TOLD[act] for act in now.acts[row.pk] if act in TOLD)
        told = Counter(now.told[row.pk])
        assert told == expected, f"told {dict(told)}, acts {dict(expected)}"

    # --- the tools of the rules ---

    def _act(self, act: Callable[[], Any], *also: type[Exception]) -> None:
        """Do ``act``; a refusal, or somebody who was first, is an outcome like any other."""
        try:
            with transaction.atomic():
                act()
        except (Refused, Overtaken, *also):
            return

    def _on(self, nth: int, act: Callable[[Request], Any]) -> None:
        rows = list(Request.objects.select_related("post").order_by("pk"))
        rows = _likely(rows, nth, lambda row: row.is_open)
        if rows:
            self._act(lambda: act(_nth(rows, nth)))

    def _office(self, row: Request, stale: bool = False) -> dict[str, Any]:
        return {"request": row, "by": self.officer, "version": max(1, row.version - stale)}

    def _free(self, post: Post, nth: int) -> Span:
        """One of the times that were free at the beginning; now and then it is taken meanwhile."""
        span: Span = _nth(self.times[post.pk], nth)
        return span


class Snapshot:
    """What stands in the database after a step."""

    def __init__(self, posts: list[Post]) -> None:
        self.moment = clock.now()
        self.places = dict(Post.objects.values_list("pk", "places"))
        self.rows = list(Request.objects.order_by("pk"))
        self.holds = list(Hold.objects.filter(released_at__isnull=True))
        self.offered = set(Offer.objects.filter(status="open").values_list("request_id", flat=True))
        self.acts: dict[int, list[str]] = defaultdict(list)
        for pk, act in Entry.objects.filter(subject_kind=KIND).values_list("subject_id", "act"):
            self.acts[int(pk)].append(act)
        self.told: dict[int, list[str]] = defaultdict(list)
        sms = Message.objects.filter(
            subject_kind=KIND, channel="sms", template__key__in=set(TOLD.values())
        )
        for pk, key in sms.values_list("subject_id", "template__key"):
            self.told[int(pk)].append(key)
        days = [day_of(_known(row.starts_at)) for row in self.rows if row.status == "confirmed"]
        self.slots = slots_of_posts(posts, min(days), max(days)) if days else {}

    def open(self, post: int, span: Span) -> bool:
        """Whether the post still meets people at that time."""
        return span in self.slots[post].get(day_of(span.start), [])


def _known(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment


def _likely(found: list[Any], nth: int, live: Callable[[Any], bool]) -> list[Any]:
    """Return the live ones, for most of ``nth``: of what is closed, acts only find that it is."""
    return [one for one in found if live(one)] if nth < 40 else found


def _nth(found: list[Any], nth: int) -> Any:
    return found[nth % len(found)]
