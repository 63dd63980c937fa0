"""The meeting that a citizen gets, without asking again, for one that the office missed."""

from datetime import datetime

from django.db import transaction

from appointments.diary import free_slots
from appointments.models import Attachment, Companion, Hold, Request
from appointments.services import holds, ladder, letters, outcomes
from appointments.services.booking import due_time
from appointments.services.refusals import Refused
from esachivalaya.audit.services import record
from esachivalaya.common.references import new_reference
from esachivalaya.common.slots import Span

COPIED = (
    "post_id citizen_id channel category_id service_id subject sought description language "
    "unsuitable_weekdays unsuitable_parts needs_interpreter needs_accessible_seat private pin_hash"
).split()


def give(missed: Request, *, moment: datetime) -> Request:
    """Give a new meeting for ``missed``, which the caller has locked and closed.

    Guarantees: one new request with priority, the same matter, papers, people, needs and PIN, at
    the next free time of the post that suits, confirmed in the State's name; without a free time up
    to the horizon it waits for an answer like any other. Caps and pauses do not stop it, and the
    Kendras' share does not bind it. The citizen is told once. Source: domain rules, "After the
    meeting".
    """
    given = _copy(missed, moment)
    _copy_what_belongs_to_it(missed, given)
    data = {"follows": missed.reference}
    record(missed, "given_anew", at=moment, data={"followed_by": given.reference})
    span = _first_free(given, moment)
    if span is not None:
        outcomes.confirm(
            given,
            act="meeting_given_anew",
            confirmed_by=Request.ConfirmedBy.RULE,
            at=moment,
            by=None,
            span=span,
            data=data,
        )
        letter = letters.of_meeting(given, "missed_by_office_new_time")
    else:
        record(given, "asked_anew", at=moment, data={**data, "due_at": given.due_at}, new=True)
        letter = letters.to_citizen(
            given, "missed_by_office_asked_anew", due=letters.moment_words(given.due_at)
        )
    letters.send([letter])
    return given


def _copy(missed: Request, moment: datetime) -> Request:
    due_at = due_time(moment, None)
    given = Request(
        **{name: getattr(missed, name) for name in COPIED},
        reference=new_reference(),
        phone=missed.citizen.household.phone or "",
        kind=Request.Kind.OPEN,
        priority=True,
        follows=missed,
        created_at=moment,
        due_at=due_at,
        next_reminder_at=ladder.first_reminder(moment, due_at),
    )
    given.post, given.citizen = missed.post, missed.citizen
    given.save(force_insert=True)
    return given


def _copy_what_belongs_to_it(missed: Request, given: Request) -> None:
    Companion.objects.bulk_create(
        Companion(
            request=given,
            position=one.position,
            name=one.name,
            relation=one.relation,
            phone=one.phone,
        )
        for one in missed.companions.all()
    )
    # The papers' files stay where they are: two rows name the same content.
    Attachment.objects.bulk_create(
        Attachment(request=given, position=one.position, name=one.name, stored_id=one.stored_id)
        for one in missed.attachments.all()
    )


def _first_free(given: Request, moment: datetime) -> Span | None:
    """Take the next free time that suits; one that is lost to somebody makes the next be tried."""
    if not given.post.active:
        return None
    free = free_slots(given.post, channel=Request.Channel.KENDRA, moment=moment)
    for slot in (slot for day in sorted(free) for slot in free[day]):
        if not given.suits(slot.span.start):
            continue
        try:
            with transaction.atomic():
                holds.seize(given, given.post, slot.span, purpose=Hold.Purpose.ASKED)
        except Refused:
            continue
        return slot.span
    return None
