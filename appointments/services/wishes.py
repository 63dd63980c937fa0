"""What the citizen does with a request that was sent: withdraw it, answer an offer, move it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Hold, Offer, Request
from appointments.services import holds, letters, links, outcomes
from appointments.services.locking import check_in_time, locked, open_offer
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import registry
from esachivalaya.common.clock import day_of
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken
from officials.diary import slots_on

Status = Request.Status
OPEN = {str(Status.REQUESTED), str(Status.CONFIRMED)}


@on_deadlock
@transaction.atomic
def withdraw(*, request: Request, by: User | None, version: int) -> Request:
    """Take a request back, or cancel a confirmed meeting before it begins. Its time is free again.

    ``by`` is None for somebody who came with reference and PIN.
    """
    row, moment = locked(request, version=version, status=OPEN)
    starts_at = row.starts_at
    if row.status == Status.REQUESTED:
        outcomes.close(row, to=Status.WITHDRAWN, at=moment, by=by)
    else:
        _check_not_begun(row, moment)
        outcomes.close(row, to=Status.CANCELLED_BY_CITIZEN, at=moment, by=by)
        _tell_office(row, "office_withdrawn", starts_at)
    letters.send([letters.to_citizen(row, "request_withdrawn")])
    return row


@on_deadlock
@transaction.atomic
def accept_offer(*, offer: Offer, by: User | None) -> Request:
    """Accept the offered time: it is confirmed, and the time first asked for is free again."""
    row, moment, open_ = _with_open_offer(offer)
    open_.status, open_.answered_at = Offer.Status.ACCEPTED, moment
    open_.save(update_fields=["status", "answered_at"])
    outcomes.accept_offered_time(row, at=moment)
    outcomes.confirm(
        row,
        act="offer_accepted",
        confirmed_by=Request.ConfirmedBy.CITIZEN,
        at=moment,
        by=by,
        span=Span(open_.starts_at, open_.ends_at),
    )
    letters.send([letters.of_meeting(row, "request_confirmed")])
    _tell_office_of_answer(row, open_, {"en": "accepted", "hi": "स्वीकार"})
    return row


@on_deadlock
@transaction.atomic
def refuse_offer(*, offer: Offer, by: User | None) -> Request:
    """Refuse the offered time: it is free again; the office still owes its answer in time."""
    row, moment, open_ = _with_open_offer(offer)
    outcomes.end_offer(row, status=Offer.Status.REFUSED, at=moment)
    row.version += 1
    row.save(update_fields=["version"])
    record(
        row,
        "offer_refused",
        at=moment,
        by=by,
        post_code=row.post.code,
        data={"starts_at": open_.starts_at},
    )
    _tell_office_of_answer(row, open_, {"en": "refused", "hi": "अस्वीकार"})
    return row


@on_deadlock
@transaction.atomic
def ask_other_time(
    *, request: Request, slot: Span, by: User | None, version: int, drawn: bool = False
) -> Request:
    """Change the time asked for, or move a confirmed meeting, to another free slot.

    The due time stays; the new slot must leave the office until then. An open offer is refused by
    it. A meeting is moved at least the minimum notice before the old and the new time. Whoever was
    ``drawn`` for a time that became free is not held up by the Kendras' share.
    """
    row, _moment = locked(request, version=version, status=OPEN)
    moment = holds.lock_day(row.post, day_of(slot.start))
    slots = slots_on(row.post, day_of(slot.start))
    holds.check_offered(row.post, slot, slots, moment=moment)
    holds.check_notice(row.post, slot, moment=moment)
    if row.status == Status.CONFIRMED:
        _check_can_be_moved(row, moment)
    else:
        check_in_time(row, moment)
        if slot.start < row.due_at:
            raise Refused(
                "before_due",
                _("The office may answer later than this time. Please choose a later one."),
                field="slot",
            )
        outcomes.end_offer(row, status=Offer.Status.REFUSED, at=moment)
    before = row.starts_at
    holds.free(row, moment=moment)
    own_phone = row.channel == Request.Channel.OWN_PHONE
    holds.take(
        row,
        row.post,
        slot,
        purpose=Hold.Purpose.ASKED,
        own_phone=own_phone,
        moment=moment,
        slots=slots,
        share=own_phone and not drawn,
    )
    row.starts_at, row.ends_at, row.kind = slot.start, slot.end, Request.Kind.SLOT
    row.version += 1
    row.late_at = None
    row.save(update_fields=["starts_at", "ends_at", "kind", "version", "late_at"])
    links.revoke(row, at=moment)
    data = {"before": before, "starts_at": slot.start}
    record(row, "moved", at=moment, by=by, post_code=row.post.code, data=data)
    when = letters.moment_words(slot.start)
    link = links.to_withdraw(row) if row.status == Status.CONFIRMED else letters.public_link(row)
    letters.send(
        [
            letters.to_citizen(
                row, "request_moved", event=str(row.version), when=when, short_link=link
            )
        ]
    )
    if row.status == Status.CONFIRMED:
        registry.moved(outcomes.KIND, row.pk)
        _tell_office(row, "office_moved", slot.start, link=letters.desk_link(row))
    else:
        registry.changed_while_waiting(outcomes.KIND, row.pk)
    return row


def _with_open_offer(offer: Offer) -> tuple[Request, datetime, Offer]:
    """Return the offer's request, locked, the time, and the offer as it is now."""
    request = offer.request
    current = Request.objects.values_list("version", flat=True).get(pk=request.pk)
    row, moment = locked(request, version=current, status={str(Status.REQUESTED)})
    open_ = open_offer(row)
    if open_ is None or open_.pk != offer.pk:
        raise Overtaken(row)
    if moment >= open_.expires_at:
        raise Refused("offer_lapsed", _("The time to answer this offer has ended."))
    return row, moment, open_


def _check_not_begun(row: Request, moment: datetime) -> None:
    if row.starts_at is not None and row.starts_at <= moment:
        raise Refused("begun", _("The meeting has begun and can no longer be changed."))


def _check_can_be_moved(row: Request, moment: datetime) -> None:
    _check_not_begun(row, moment)
    if row.starts_at is not None:
        try:
            holds.check_notice(row.post, Span(row.starts_at, row.starts_at), moment=moment)
        except Refused as refusal:
            raise Refused(
                "too_near_to_move",
                _("The meeting is too near to be moved. It can still be cancelled."),
            ) from refusal


def _tell_office(
    row: Request, template: str, when: datetime | None, **values: letters.Value
) -> None:
    letters.send(
        letters.to_desk(
            row,
            template,
            post=row.post,
            event=f"{row.pk}:{row.version}",
            when=letters.moment_words(when) if when else "",
            **values,
        )
    )


def _tell_office_of_answer(row: Request, offer: Offer, answer: dict[str, str]) -> None:
    _tell_office(row, "office_offer_answered", offer.starts_at, answer=answer)
