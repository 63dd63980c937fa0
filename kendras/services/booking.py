"""Booking for whoever came to the counter: person, consent, slot and seat, or nothing of it."""

import dataclasses
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from appointments.diary import slot_value
from appointments.models import Draft, Draw, DrawWish, Request
from appointments.services import booking, draw_wishes, rules
from appointments.services.booking import Wish
from appointments.services.offered import check_service
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.audit.services import record
from esachivalaya.common import idempotency
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from kendras.models import AssistedBooking, Consent, Kendra
from kendras.services import consents, fees, people, seats
from kendras.services.consents import ConsentGiven
from kendras.services.people import PersonGiven
from kendras.services.seats import SeatTaken
from officials.models import Post

FORM = "kendras.booking"
CHANNEL = Request.Channel.KENDRA
# Under the lock of all three the charge is not ended, the Kendra not put out of service and the
# account not closed before this booking is committed; and one operator books one thing at a time.
LOCK_CHARGE = """
SELECT charge.ends_at
  FROM kendras_kendracharge AS charge
  JOIN kendras_kendra AS kendra ON kendra.id = charge.kendra_id
  JOIN accounts_user AS person ON person.id = charge.user_id
 WHERE charge.kind = 'operator' AND kendra.id = %s AND person.id = %s
   AND charge.starts_at <= clock_timestamp()
   AND (charge.ends_at IS NULL OR charge.ends_at > clock_timestamp())
   AND kendra.active AND person.is_active AND person.kind = 'staff'
   FOR SHARE OF charge, kendra FOR NO KEY UPDATE OF person
"""


@dataclass(frozen=True)
class CounterWish:
    """What is asked for at the counter, checked in shape by the forms. ``slot`` None: any time.

    With ``draw`` (the id of an open draw) it is a wish in that draw, and has no slot.
    """

    person: PersonGiven
    consent: ConsentGiven
    post: Post
    slot: Span | None
    category_id: int
    subject: str
    service_id: int | None = None
    sought: str = ""
    description: str = ""
    language: str = "hi"
    needs_interpreter: bool = False
    needs_accessible_seat: bool = False
    private: bool = False
    other_times_ok: bool = False
    hand_down_agreed: bool = False
    unsuitable_weekdays: list[int] = field(default_factory=list)
    unsuitable_parts: list[str] = field(default_factory=list)
    seat_wanted: bool = True
    fee_rs: int = 0
    # For figures only: the same booking sent again may count more seconds.
    took_s: int | None = None
    draw: int | None = None

    def digest(self, kendra: Kendra) -> str:
        """Return a digest of what is asked, by which a repeated sending is recognised."""
        told = dataclasses.asdict(dataclasses.replace(self, post=None))  # type: ignore[arg-type]
        del told["took_s"]
        told |= {
            "kendra": kendra.pk,
            "post": self.post.pk,
            "slot": slot_value(self.slot) if self.slot else "",
        }
        return idempotency.digest_of(told)

    def for_citizen(self, citizen: Citizen, draft: Draft | None = None) -> Wish:
        """Return it as the wish of ``citizen``, as every channel sends one."""
        copied = {one.name for one in dataclasses.fields(Wish)} & {
            one.name for one in dataclasses.fields(self)
        }
        values = {name: getattr(self, name) for name in copied}
        return Wish(citizen_id=citizen.pk, draft=draft, **values)


@dataclass(frozen=True)
class Booked:
    """A booking. ``reference`` is the code of the wish in a draw; ``pin`` is known this once."""

    reference: str
    pin: str | None
    replayed: bool
    booking: AssistedBooking


def book(*, kendra: Kendra, by: User, wanted: CounterWish, key: str) -> Booked:
    """Book for the person at the counter of ``kendra``.

    Guarantees: person, consent, request, slot, seat, both names, message and audit are written
    together or not at all; ``by`` is an operator of the Kendra and it is in service when it is
    committed (PermissionDenied); one consent stands for one booking; the seat is one that a
    wheelchair can reach when that is asked; the same ``key`` acts once, and a repeated sending
    gets the same reference and no PIN.

    Raises :class:`SeatTaken` and ``SlotTaken`` (with times at which slot and seat are free),
    ``Refused`` of the appointments or of the accounts for any other rule, and ``KeyMisused`` when
    the key was used for something else. Source: domain rules of Kendras.
    """
    try:
        return _book(kendra, by, wanted, key)
    except idempotency.AlreadySent as earlier:
        found = AssistedBooking.objects.select_related("request", "wish").get(pk=earlier.result)
        return Booked(_reference_of(found), None, True, found)
    except (SlotTaken, SeatTaken) as refusal:
        if wanted.seat_wanted and wanted.slot is not None:
            refusal.alternatives = seats.alternatives_to(
                wanted.slot,
                kendra=kendra,
                post=wanted.post,
                accessible=wanted.needs_accessible_seat,
            )
        raise


@on_deadlock
@transaction.atomic
def _book(kendra: Kendra, by: User, wanted: CounterWish, key: str) -> Booked:
    claim = idempotency.claim(
        principal=_principal(by), form=FORM, key=key, digest=wanted.digest(kendra)
    )
    ends_at = _lock_charge(kendra, by)
    fees.check_fee(kendra, check_service(wanted.service_id), wanted.fee_rs)
    if wanted.draw is not None:
        _lock_draw(wanted.draw, wanted.post)
    citizen = people.person_for(kendra=kendra, by=by, given=wanted.person, key=key)
    act = _request if wanted.draw is None else _wish_in_draw
    booked = act(kendra, by, wanted, citizen, key=key, ends_at=ends_at)
    if wanted.consent.kind == Consent.Kind.CODE:
        people.number_proved(citizen)
    claim.finish(str(booked.booking.pk))
    return booked


def _request(
    kendra: Kendra,
    by: User,
    wanted: CounterWish,
    citizen: Citizen,
    *,
    key: str,
    ends_at: datetime | None,
) -> Booked:
    made: list[AssistedBooking] = []

    def also(request: Request, moment: datetime) -> None:
        _check_still_in_charge(ends_at, moment)
        seat: int | None = None
        if wanted.seat_wanted and wanted.slot is not None:
            hold = seats.take(
                request=request,
                kendra=kendra,
                span=wanted.slot,
                accessible=wanted.needs_accessible_seat,
                moment=moment,
            )
            seat = hold.desk.number
        booking = AssistedBooking(request=request)
        made.append(_keep(booking, kendra, by, wanted, citizen, key=key, moment=moment, seat=seat))

    sent = booking.send(
        wish=wanted.for_citizen(citizen),
        by=by,
        channel=CHANNEL,
        principal=_principal(by),
        key=key,
        also=also,
    )
    return Booked(sent.reference, sent.pin, False, made[0])


def _wish_in_draw(
    kendra: Kendra,
    by: User,
    wanted: CounterWish,
    citizen: Citizen,
    *,
    key: str,
    ends_at: datetime | None,
) -> Booked:
    draft = Draft.objects.create(
        owner_digest=secrets.token_hex(32),
        post=wanted.post,
        data=_typed(wanted, citizen),
    )
    part = draw_wishes.take_part(
        draw=Draw.objects.get(pk=wanted.draw or 0),
        wish=wanted.for_citizen(citizen, draft),
        by=by,
        channel=CHANNEL,
        principal=_principal(by),
        key=key,
    )
    assert part.moment is not None
    _check_still_in_charge(ends_at, part.moment)
    _check_day_of_operator(by, part.moment)
    wish = DrawWish.objects.get(code=part.code)
    made = _keep(
        AssistedBooking(wish=wish), kendra, by, wanted, citizen, key=key, moment=part.moment
    )
    return Booked(part.code, part.pin, False, made)


def _keep(
    row: AssistedBooking,
    kendra: Kendra,
    by: User,
    wanted: CounterWish,
    citizen: Citizen,
    *,
    key: str,
    moment: datetime,
    seat: int | None = None,
) -> AssistedBooking:
    """Write the consent and the assisted booking with it, and the record of both."""
    consent = consents.keep(
        kendra=kendra,
        by=by,
        citizen=citizen,
        given=wanted.consent,
        phone=wanted.person.phone,
        key=key,
        moment=moment,
    )
    row.kendra, row.operator, row.citizen, row.consent = kendra, by, citizen, consent
    row.seat_wanted, row.fee_rs = wanted.seat_wanted, wanted.fee_rs
    row.booked_at, row.took_s = moment, wanted.took_s
    row.save(force_insert=True)
    told = {
        "kendra": kendra.code,
        "ref": _reference_of(row),
        "consent": consent.kind,
        "seat": seat,
        "fee_rs": wanted.fee_rs,
    }
    record(
        row, "booked_at_kendra", at=moment, by=by, post_code=wanted.post.code, data=told, new=True
    )
    return row


def _typed(wanted: CounterWish, citizen: Citizen) -> dict[str, object]:
    """Return what was typed as the draft of a wish keeps it until the draw."""
    names = ("name", "relation", "phone")
    return {
        "time": {
            # Any time: a draw gives one.
            "slot": "",
            "draw": wanted.draw,
            "other_times_ok": wanted.other_times_ok,
            "hand_down_agreed": wanted.hand_down_agreed,
            "unsuitable_weekdays": wanted.unsuitable_weekdays,
            "unsuitable_parts": wanted.unsuitable_parts,
        },
        "about": {
            "category": wanted.category_id,
            "service": wanted.service_id,
            "subject": wanted.subject,
            "sought": wanted.sought,
            "description": wanted.description,
        },
        "meeting": {
            "language": wanted.language,
            "needs_interpreter": wanted.needs_interpreter,
            "needs_accessible_seat": wanted.needs_accessible_seat,
            "private": wanted.private,
            **{f"{name}{number}": "" for name in names for number in (1, 2, 3)},
        },
        "papers": {},
        "person": {"citizen": citizen.pk},
    }


def _principal(by: User) -> str:
    return f"user:{by.pk}"


def _reference_of(row: AssistedBooking) -> str:
    found = row.request.reference if row.request else row.wish and row.wish.code
    return str(found)


def _lock_charge(kendra: Kendra, by: User) -> datetime | None:
    """Hold the charge of ``by`` at ``kendra`` until the commit; return when it ends by itself."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CHARGE, [kendra.pk, by.pk])
        found = cursor.fetchone()
    if found is None:
        raise PermissionDenied
    ends_at: datetime | None = found[0]
    return ends_at


def _check_still_in_charge(ends_at: datetime | None, moment: datetime) -> None:
    """Refuse when the charge ended by itself while others were waited for."""
    if ends_at is not None and ends_at <= moment:
        raise PermissionDenied


def _lock_draw(pk: int, post: Post) -> None:
    """Lock the draw before the person's household, in the order in which it is drawn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM appointments_draw WHERE id = %s AND post_id = %s FOR SHARE",
            [pk, post.pk],
        )
        found = cursor.fetchone()
    if found is None:
        raise Refused(
            "draw_gone",
            _("This office has no such draw. Choose one of the times shown."),
            field="slot",
        )


def _check_day_of_operator(by: User, moment: datetime) -> None:
    """Count wishes in draws as bookings of the day, as requests are counted when they are sent."""
    start, tomorrow = day_bounds(day_of(moment))
    today = AssistedBooking.objects.filter(operator=by, booked_at__gte=start)
    if today.count() >= rules.PER_OPERATOR_A_DAY:
        raise Refused(
            "operator_cap",
            _("This operator has reached the number of requests that one can make in a day."),
            until=tomorrow,
        )
