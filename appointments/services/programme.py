"""Shifting a post's programme: one act moves everything of a day from a moment on.

Confirmed meetings, the times that waiting requests hold and the times on offer move by the same
minutes, in one transaction under the lock of the day; the day's hours move with them, so that
nothing is left standing on closed time. Whoever was bumped cannot be bumped twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from appointments.models import Hold, Offer, Request
from appointments.permissions import may_answer
from appointments.programme import Affected, Plan, Shift, plan_of
from appointments.services import holds, letters, links
from appointments.services.calling_off import call_off, take_offer_back
from appointments.services.moving import Move, carry_out
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import registry
from esachivalaya.common.clock import day_bounds, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.notifications.services import Letter
from officials.services.programme import rewrite_day
from officials.services.records import lock_post


@dataclass(frozen=True)
class Decision:
    """What the office decided on the plan that it read.

    ``shown`` is that plan's fingerprint, ``words`` are for those who move, ``cancelled`` the ids of
    the requests to be called off since they cannot move, with words of their own.
    """

    shown: str
    words: str = ""
    cancelled: Collection[int] = ()
    cancel_words: str = ""


class PlanChanged(Exception):
    """Something changed since the office read the plan; ``plan`` is how it is now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("plan changed")
        self.plan = plan


def look_at(shift: Shift) -> Plan:
    """Return what ``shift`` would do now; nothing is changed or locked."""
    return plan_of(shift, moment=now())


@on_deadlock
@transaction.atomic
def shift_programme(*, shift: Shift, decision: Decision, by: User) -> Plan:
    """Shift the programme as it was read, and tell everybody concerned once.

    Guarantees: all of it or nothing; a booking, answer or change of hours since the plan was read
    raises :class:`PlanChanged`; each request whose time moves has its one :class:`Bump`; one that
    cannot move is called off with the office's words and comes first next time, and without that
    decision nothing is done. Source: domain rules of appointments, "Diary changes".
    """
    post = lock_post(shift.post.pk)
    shift = Shift(post, shift.since, shift.minutes)
    _lock_requests(shift)
    # A day that waits for its draw is refused with the plan, which says until when.
    moment = holds.lock_day(post, shift.day, draw=True)
    if not may_answer(by, post):
        raise PermissionDenied
    plan = plan_of(shift, moment=moment)
    if plan.fingerprint != decision.shown:
        raise PlanChanged(plan)
    _check_decided(plan, decision)
    # What is called off first: the time of the others may lie where it was.
    told = _call_off(plan, decision, moment=moment, by=by)
    rewrite_day(
        post=post,
        day=shift.day,
        slots=plan.slots,
        by=by,
        at=moment,
        act="programme_shifted",
        data={"since": shift.since.isoformat(), "minutes": shift.minutes},
    )
    gone = {one.request.pk for one in plan.stuck}
    moving = [one for one in plan.moving if one.request.pk not in gone]
    told += _move(moving, decision.words.strip(), moment=moment, by=by)
    _refuse_what_is_left(shift)
    letters.send(told)
    return plan


def _lock_requests(shift: Shift) -> None:
    """Lock what is to move; what came after that is seen by the plan's fingerprint."""
    rest_of_day = {
        "during__startswith__gte": shift.since,
        "during__startswith__lt": day_bounds(shift.day)[1],
    }
    held = Hold.objects.filter(post=shift.post, released_at__isnull=True, **rest_of_day)
    rows = Request.objects.filter(pk__in=held.values("request")).order_by("pk")
    list(rows.select_for_update(of=("self",)).values_list("pk"))


def _check_decided(plan: Plan, decision: Decision) -> None:
    undecided = {one.request.pk for one in plan.stuck} - set(decision.cancelled)
    if undecided:
        raise Refused(
            "undecided",
            _("Some of these cannot move. Decide about each of them, or shift otherwise."),
            field="cancelled",
        )
    if plan.stuck and not decision.cancel_words.strip():
        raise Refused(
            "words",
            _("Write a few words to those whose meeting is cancelled."),
            field="cancel_words",
        )


def _call_off(plan: Plan, decision: Decision, *, moment: datetime, by: User) -> list[Letter]:
    """End each request that cannot move, with the office's words; it comes first next time.

    Of whoever keeps a time of their own only the offer is taken back.
    """
    rows = list({one.request.pk: one.request for one in plan.stuck}.values())
    told = call_off(rows, by=by, words=decision.cancel_words.strip(), moment=moment)
    moving = {one.request.pk for one in plan.moving}
    for one in plan.taken_back:
        told += take_offer_back(
            one.request,
            starts_at=one.before.start,
            by=by,
            words=decision.words.strip(),
            moment=moment,
            tell=one.request.pk not in moving,
        )
    return told


def _move(moving: list[Affected], words: str, *, moment: datetime, by: User) -> list[Letter]:
    """Move what people hold and what they were offered; return what the latter are told.

    Every old time is released before any new one is taken: the constraint looks at each row. Whose
    own time moves is told of that alone, by the act that moves it.
    """
    Hold.objects.filter(pk__in=[one.hold.pk for one in moving]).update(released_at=moment)
    asked = [one for one in moving if not one.offered]
    moves = [Move(one.request, one.request.post, one.after, one.hold.place) for one in asked]
    carry_out(moves, by=by, words=words, moment=moment, shifted=True)
    told = {one.request.pk for one in asked}
    found: list[Letter] = []
    for one in moving:
        if one.offered:
            offer = _move_offer(one, moment=moment)
            if one.request.pk not in told:
                found.append(_of_offer(one, offer, words, moment=moment, by=by))
    return found


def _move_offer(one: Affected, *, moment: datetime) -> Offer:
    """Move the offered time; it still ends at the due time at the latest."""
    Hold.objects.create(
        post=one.request.post,
        place=one.hold.place,
        during=DateTimeTZRange(one.after.start, one.after.end),
        request=one.request,
        purpose=Hold.Purpose.OFFERED,
        own_phone=one.hold.own_phone,
        taken_at=moment,
    )
    offer = Offer.objects.get(request=one.request, status=Offer.Status.OPEN)
    offer.starts_at, offer.ends_at = one.after.start, one.after.end
    offer.expires_at = min(one.request.due_at, offer.starts_at)
    offer.save(update_fields=["starts_at", "ends_at", "expires_at"])
    return offer


def _of_offer(one: Affected, offer: Offer, words: str, *, moment: datetime, by: User) -> Letter:
    """Make the old link worthless, record the new time on offer, and return the letter of it."""
    row = one.request
    row.version += 1
    row.save(update_fields=["version"])
    links.revoke(row, at=moment)
    data = {"before": one.before.start, "starts_at": one.after.start, "words": words}
    record(row, "offer_shifted", at=moment, by=by, post_code=row.post.code, data=data)
    return letters.to_citizen(
        row,
        "request_offer",
        event=f"{offer.pk}:{row.version}",
        when=letters.moment_words(offer.starts_at),
        answer_by=letters.moment_words(offer.expires_at),
        short_link=links.to_accept(row, offer),
    )


def _refuse_what_is_left(shift: Shift) -> None:
    """Undo the shift when an app above would be left on closed time by it."""
    left = registry.diary_changing(shift.post.pk, shift.day, shift.day, None)
    words = "; ".join(one.words for found in left for one in found)
    if words:
        raise Refused("left", _("These would be left on closed time: %(what)s") % {"what": words})
