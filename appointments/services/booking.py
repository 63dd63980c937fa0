"""Sending a request: the moment at which a wish becomes binding for the office."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from appointments.diary import next_free, slot_value
from appointments.models import Attachment, Companion, Draft, Hold, Request
from appointments.models.requests import BEFORE_SLOT, PROMISE
from appointments.services import closing, holds, ladder, letters, pins, rules
from appointments.services.offered import check_service
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.audit.services import record
from esachivalaya.common import idempotency
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.references import new_reference
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.common.written_out import WrittenOut
from officials.diary import slots_on
from officials.models import Post

FORM = "appointments.request"
# What an upper app does in the transaction that sends a request: (the request, the time of it).
Also = Callable[[Request, datetime], None]
_LOCK_PERSON = WrittenOut(
    """
    SELECT {citizen}, {household}, {person} FROM accounts_citizen citizen
      JOIN accounts_household household ON household.id = citizen.household_id
      LEFT JOIN accounts_user person ON person.id = household.user_id
     WHERE citizen.id = %(pk)s AND citizen.left_at IS NULL
       AND (%(owner)s::bigint IS NULL OR household.user_id = %(owner)s)
       FOR UPDATE OF citizen FOR NO KEY UPDATE OF household
    """,
    citizen=Citizen,
    household=Household,
    person=User,
)


@dataclass(frozen=True)
class CompanionWish:
    """Somebody who is to join the meeting."""

    name: str
    relation: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Wish:
    """What a citizen asks for, checked in shape by the forms. ``slot`` None: any time.

    Weekdays count from 0 for Monday; parts of the day are the codes of ``Request.PartOfDay``.
    ``draft`` is what the wish was typed into: its papers go with the request, and it is gone then.
    """

    post: Post
    citizen_id: int
    slot: Span | None
    category_id: int
    subject: str
    service_id: int | None = None
    sought: str = ""
    description: str = ""
    other_times_ok: bool = False
    hand_down_agreed: bool = False
    unsuitable_weekdays: list[int] = field(default_factory=list)
    unsuitable_parts: list[str] = field(default_factory=list)
    language: str = "hi"
    needs_interpreter: bool = False
    needs_accessible_seat: bool = False
    private: bool = False
    companions: tuple[CompanionWish, ...] = ()
    draft: Draft | None = None

    def digest(self) -> str:
        """Return a digest of what is asked, by which a repeated form is recognised."""
        told: dict[str, Any] = {
            name.name: getattr(self, name.name)
            for name in dataclasses.fields(self)
            if name.name not in {"post", "slot", "companions", "draft"}
        }
        told |= {
            "post": self.post.pk,
            "slot": slot_value(self.slot) if self.slot else "",
            "companions": [dataclasses.asdict(companion) for companion in self.companions],
        }
        return idempotency.digest_of(told)


@dataclass(frozen=True)
class Sent:
    """A sent request. ``pin`` is known this one time; a repeated form gets None."""

    reference: str
    pin: str | None
    # The database's time at the sending; None for a repeated form.
    moment: datetime | None
    replayed: bool = False


def send(
    *,
    wish: Wish,
    by: User | None,
    channel: str,
    principal: str,
    key: str,
    also: Also | None = None,
) -> Sent:
    """Send ``wish`` and hold its slot at once.

    Guarantees: the slot is one of the post's, free at commit, beyond the minimum notice and within
    the horizon; the rules for persons, phones and operators hold; the due time is stored once;
    message and audit are written in the same transaction; the same ``key`` acts once. What ``also``
    does with the new request, at the database's time that it is given, is done with it or not at
    all (a seat at a Kendra).

    Raises :class:`SlotTaken` (with the next free times), :class:`Refused` for any other rule and
    ``KeyMisused`` when the key was used for another wish. Source: domain rules of appointments.
    """
    try:
        return _send(wish, by, channel, principal=principal, key=key, also=also)
    except idempotency.AlreadySent as earlier:
        return Sent(earlier.result, None, None, replayed=True)
    except SlotTaken as refusal:
        refusal.alternatives = next_free(wish.post, channel=channel)
        raise


@on_deadlock
@transaction.atomic
def _send(
    wish: Wish, by: User | None, channel: str, *, principal: str, key: str, also: Also | None
) -> Sent:
    reference, pin = new_reference(), pins.new_pin()
    idempotency.claim(
        principal=principal, form=FORM, key=key, digest=wish.digest(), result=reference
    )
    closing.refuse_if_closed()
    check_service(wish.service_id)
    own_phone = channel == Request.Channel.OWN_PHONE
    citizen = lock_person(wish.citizen_id, owner=by if own_phone else None)
    phone = citizen.household.phone or ""
    operator_id = by.pk if by and channel == Request.Channel.KENDRA else None
    if operator_id is not None:
        rules.lock_operator(operator_id)
    moment, slots = _scarce_day(wish)
    standing = rules.standing_of(
        citizen, wish.post, phone=phone, operator_id=operator_id, moment=moment
    )
    rules.check_standing(standing, wish.post, moment=moment)
    request = _request(wish, citizen, moment=moment, channel=channel)
    request.reference, request.pin_hash = reference, pins.hash_of(pin)
    request.phone, request.made_by = phone, by
    request.priority = standing.has_priority
    _insert(request)
    if standing.waiver_id and standing.needs_waiver(wish.post, moment=moment):
        rules.use_waiver(standing.waiver_id, request)
    if wish.slot is not None:
        holds.take(
            request,
            wish.post,
            wish.slot,
            purpose=Hold.Purpose.ASKED,
            own_phone=channel == Request.Channel.OWN_PHONE,
            moment=moment,
            slots=slots,
            share=channel == Request.Channel.OWN_PHONE and not standing.has_priority,
        )
    _add_companions(request, wish)
    _empty_draft(request, wish.draft)
    record(
        request,
        "requested",
        at=moment,
        by=by,
        data={"post": wish.post.code, "starts_at": request.starts_at, "due_at": request.due_at},
        new=True,
    )
    if also is not None:
        also(request, moment)
    letters.send(
        [letters.to_citizen(request, "request_received", due=letters.moment_words(request.due_at))]
    )
    return Sent(reference, pin, moment)


def make_drawn(
    wish: Wish,
    citizen: Citizen,
    *,
    channel: str,
    phone: str,
    by: User | None,
    pin_hash: str,
    moment: datetime,
) -> Request:
    """Make the request of a wish that was drawn, with its companions and papers.

    The caller holds the person's row and the slot's day, then takes the slot and confirms at once:
    nobody waits for an answer, so that neither message nor audit row says that it was asked for.
    """
    request = _request(wish, citizen, moment=moment, channel=channel)
    request.reference, request.pin_hash = new_reference(), pin_hash
    request.phone, request.made_by = phone, by
    _insert(request)
    rules.use_any_waiver(request)
    _add_companions(request, wish)
    _empty_draft(request, wish.draft)
    return request


def due_time(created_at: datetime, slot: Span | None) -> datetime:
    """Return the moment by which the citizen must have an answer.

    24 hours after the request, or two hours before the slot when that is sooner.
    """
    due = created_at + PROMISE
    return due if slot is None else min(due, slot.start - BEFORE_SLOT)


def lock_person(pk: int, *, owner: User | None) -> Citizen:
    """Lock the person's row and the household's: their caps are counted one request at a time.

    With ``owner`` only a person of that user's household is found: nobody sends for strangers.
    """
    found = _LOCK_PERSON.first(pk=pk, owner=owner.pk if owner else None)
    if found is None:
        raise Refused("person_gone", _("This person is no longer in the household."))
    locked, household, user = found
    locked.household = household
    household.user = user
    return locked  # type: ignore[no-any-return]


def _scarce_day(wish: Wish) -> tuple[datetime, list[Span]]:
    """Lock the day of the wished slot and check that the slot can be asked for."""
    if not wish.post.active:
        raise Refused("post_closed", _("This office does not take appointments at present."))
    if wish.slot is None:
        return now(), []
    day = day_of(wish.slot.start)
    moment = holds.lock_day(wish.post, day)
    slots = slots_on(wish.post, day)
    holds.check_offered(wish.post, wish.slot, slots, moment=moment)
    holds.check_notice(wish.post, wish.slot, moment=moment)
    return moment, slots


def _request(wish: Wish, citizen: Citizen, *, moment: datetime, channel: str) -> Request:
    due_at = due_time(moment, wish.slot)
    copied = (
        "category_id service_id subject sought description other_times_ok hand_down_agreed "
        "language unsuitable_weekdays unsuitable_parts needs_interpreter needs_accessible_seat "
        "private"
    )
    return Request(
        post=wish.post,
        citizen=citizen,
        channel=channel,
        kind=Request.Kind.SLOT if wish.slot else Request.Kind.OPEN,
        starts_at=wish.slot.start if wish.slot else None,
        ends_at=wish.slot.end if wish.slot else None,
        asked_starts_at=wish.slot.start if wish.slot else None,
        created_at=moment,
        due_at=due_at,
        next_reminder_at=ladder.first_reminder(moment, due_at),
        **{name: getattr(wish, name) for name in copied.split()},
    )


def _insert(request: Request) -> None:
    try:
        with transaction.atomic(savepoint=False):
            request.save(force_insert=True)
    except IntegrityError as problem:
        if "request_one_open_per_post" in str(problem):
            raise Refused("one_open_per_post", rules.NOT_AT_PRESENT) from problem
        raise


def _add_companions(request: Request, wish: Wish) -> None:
    Companion.objects.bulk_create(
        Companion(request=request, position=position, **dataclasses.asdict(companion))
        for position, companion in enumerate(wish.companions, start=1)
    )


def _empty_draft(request: Request, draft: Draft | None) -> None:
    """Give the draft's papers to the request and remove the draft, in two statements."""
    if draft is None:
        return
    Attachment.objects.filter(draft=draft).update(request=request, draft=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM appointments_draft WHERE id = %s", [draft.pk])
