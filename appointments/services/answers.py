"""The office's answers. Each is given by somebody with a live charge of the post, before the due
time, on the version that was shown; the citizen is told once, in the same transaction.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Hold, Offer, Request
from appointments.services import holds, letters, links, outcomes
from appointments.services.locking import check_in_time, locked_for_office
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import registry
from esachivalaya.common.clock import day_of
from esachivalaya.common.constraints import violated
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken
from officials.diary import slots_on
from officials.models import Post

Status = Request.Status
WAITING = {str(Status.REQUESTED)}
SETTLED = {str(Status.CONFIRMED)}
# One sentence whatever the reason: that the person asked the other office too, perhaps privately,
# is not the handing office's business.
CANNOT_TAKE = _(
    "This office cannot take the request at present. Choose another one, or answer it here."
)


def _to_answer(request: Request, by: User, version: int) -> tuple[Request, datetime]:
    row, moment = locked_for_office(request, by=by, version=version, status=WAITING)
    check_in_time(row, moment)
    return row, moment


@on_deadlock
@transaction.atomic
def confirm(*, request: Request, by: User, version: int) -> Request:
    """Confirm the time that the citizen asked for and holds."""
    row, moment = _to_answer(request, by, version)
    if row.starts_at is None:
        raise Refused(
            "no_time",
            _("No time was asked for. Please choose one of the free times."),
            field="slot",
        )
    if row.starts_at <= moment:
        raise Refused("past", _("The time asked for has passed."), field="slot")
    outcomes.end_offer(row, status=Offer.Status.WITHDRAWN, at=moment)
    outcomes.confirm(
        row, act="confirmed", confirmed_by=Request.ConfirmedBy.OFFICE, at=moment, by=by
    )
    _tell_confirmed(row)
    return row


@on_deadlock
@transaction.atomic
def confirm_at(*, request: Request, slot: Span, by: User, version: int) -> Request:
    """Confirm another time, where the citizen said that others suit or left it to the office."""
    row, _moment = _to_answer(request, by, version)
    if row.kind == Request.Kind.SLOT and not row.other_times_ok:
        raise Refused(
            "only_offer",
            _("The citizen asked for this one time only. Another time can be offered."),
            field="slot",
        )
    outcomes.end_offer(row, status=Offer.Status.WITHDRAWN, at=_moment)
    holds.free(row, moment=_moment)
    moment = holds.seize(row, row.post, slot, purpose=Hold.Purpose.ASKED)
    check_in_time(row, moment)
    outcomes.confirm(
        row,
        act="confirmed_at_other_time",
        confirmed_by=Request.ConfirmedBy.OFFICE,
        at=moment,
        by=by,
        span=slot,
        data={"asked_starts_at": row.asked_starts_at},
    )
    _tell_confirmed(row)
    return row


@on_deadlock
@transaction.atomic
def offer(*, request: Request, slot: Span, by: User, version: int) -> Offer:
    """Offer another time; it is held until the citizen answers, at most until the due time.

    The time first asked for stays held. An offer made before is taken back by a new one.
    """
    row, moment = _to_answer(request, by, version)
    outcomes.end_offer(row, status=Offer.Status.WITHDRAWN, at=moment)
    moment = holds.seize(row, row.post, slot, purpose=Hold.Purpose.OFFERED)
    check_in_time(row, moment)
    # An offered time may come before the due time: nobody accepts a meeting that has begun.
    until = min(row.due_at, slot.start)
    made = Offer.objects.create(
        request=row,
        starts_at=slot.start,
        ends_at=slot.end,
        offered_by=by,
        offered_at=moment,
        expires_at=until,
    )
    _next_version(row)
    record(
        row,
        "offered",
        at=moment,
        by=by,
        post_code=row.post.code,
        data={"starts_at": slot.start, "until": until},
    )
    letters.send(
        [
            letters.to_citizen(
                row,
                "request_offer",
                event=str(made.pk),
                when=letters.moment_words(slot.start),
                answer_by=letters.moment_words(until),
                short_link=links.to_accept(row, made),
            )
        ]
    )
    return made


@on_deadlock
@transaction.atomic
def decline(
    *,
    request: Request,
    by: User,
    version: int,
    reason: str,
    words: str,
    go_to: Post | None = None,
) -> Request:
    """Decline with a reason from the list, words for the citizen, and where to go instead."""
    row, moment = _to_answer(request, by, version)
    if not words.strip():
        raise Refused(
            "words", _("Please say in a sentence why, in words for the citizen."), field="words"
        )
    outcomes.close(
        row,
        to=Status.DECLINED,
        at=moment,
        by=by,
        decline_reason=reason,
        words=words.strip(),
        go_to=go_to,
        data={
            "reason": reason,
            "words": words.strip(),
            "go_to": go_to.code if go_to else "",
        },
    )
    letters.send([letters.to_citizen(row, "request_declined")])
    return row


@on_deadlock
@transaction.atomic
def hand_over(*, request: Request, to: Post, by: User, version: int, words: str = "") -> Request:
    """Hand the request to another post. Its clock and its history go with it.

    The same time is held there when that is free; otherwise the other office decides the time.
    """
    row, moment = _to_answer(request, by, version)
    left = row.post
    if to.pk == left.pk or not to.active:
        raise Refused("hand_over_to", CANNOT_TAKE, field="to")
    outcomes.end_offer(row, status=Offer.Status.WITHDRAWN, at=moment)
    holds.free(row, moment=moment)
    row.post = to
    row.version += 1
    # What was agreed to was another post below.
    row.hand_down_agreed = False
    if not _same_time(row, to):
        row.kind = Request.Kind.OPEN
        row.starts_at = row.ends_at = None
    _save_at_new_post(row)
    record(
        row,
        "handed_over",
        at=moment,
        by=by,
        post_code=left.code,
        data={"from": left.code, "to": to.code, "words": words.strip()},
    )
    registry.changed_while_waiting(outcomes.KIND, row.pk)
    due = letters.moment_words(row.due_at)
    letters.send(
        [
            letters.to_citizen(
                row,
                "request_handed_over",
                event=str(row.version),
                new_post=letters.post_words(to),
                post=letters.post_words(left),
                due=due,
            ),
            *letters.to_desk(
                row,
                "office_handed_over",
                post=to,
                event=f"{row.pk}:{row.version}",
                from_post=letters.post_words(left),
                due=due,
                link=letters.desk_link(row),
            ),
        ]
    )
    return row


@on_deadlock
@transaction.atomic
def cancel(*, request: Request, by: User, version: int, words: str) -> Request:
    """Cancel a confirmed meeting before it begins, with words for the citizen."""
    row, moment = locked_for_office(request, by=by, version=version, status=SETTLED)
    if row.starts_at is None or row.starts_at <= moment:
        raise Refused("begun", _("The meeting has begun. Please record how it went."))
    if not words.strip():
        raise Refused(
            "words", _("Please say in a sentence why, in words for the citizen."), field="words"
        )
    outcomes.close(
        row,
        to=Status.CANCELLED_BY_OFFICE,
        at=moment,
        by=by,
        words=words.strip(),
        data={"words": words.strip()},
    )
    letters.send([letters.to_citizen(row, "request_cancelled_by_office")])
    return row


def _same_time(row: Request, to: Post) -> bool:
    """Hold the time asked for in the diary of ``to``, when it is a free slot there."""
    if row.starts_at is None or row.ends_at is None:
        return False
    span = Span(row.starts_at, row.ends_at)
    if span not in slots_on(to, day_of(span.start)):
        return False
    try:
        with transaction.atomic():
            holds.seize(row, to, span, purpose=Hold.Purpose.ASKED)
    except Refused:
        return False
    return True


def _save_at_new_post(row: Request) -> None:
    """Store ``row`` at its new post; the person may have asked that office a moment ago."""
    fields = ["post", "version", "hand_down_agreed", "kind", "starts_at", "ends_at"]
    try:
        with transaction.atomic():
            row.save(update_fields=fields)
    except IntegrityError as problem:
        if violated(problem) != "request_one_open_per_post":
            raise
        raise Refused(
            "one_open_per_post",
            CANNOT_TAKE,
            field="to",
        ) from problem


def _next_version(row: Request) -> None:
    """Count a change that is no move: pages shown before it are stale."""
    changed = Request.objects.filter(pk=row.pk, version=row.version)
    if changed.update(version=row.version + 1) != 1:
        raise Overtaken(row)
    row.version += 1


def _tell_confirmed(row: Request) -> None:
    letters.send([letters.of_meeting(row, "request_confirmed")])
