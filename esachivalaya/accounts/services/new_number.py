"""A household's new mobile number: by the old one, by a PIN and a wait, or at a help desk.

Whoever has the number has the appointments. So a change is proved by a code on the new number and,
beside that, by the old number, by reference and PIN, or by somebody who looked at the person's
papers; the old number is always told, and where it could not be asked it may object for two days.
"""

import base64
import hashlib
import hmac
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Household, NumberChange, User
from esachivalaya.accounts.services import matters
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.services.sessions import end_sessions
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.formats import datetime_short
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter, Recipient

logger = logging.getLogger(__name__)

# How long the old number may object to a change that it was not asked about.
OBJECTION = timedelta(hours=48)
# After an objection nobody asks again by PIN for so long; a help desk can still act.
REST = timedelta(days=7)
LEAST_REASON = 20
# Without PIN and old number one officer changes so many in a day: nobody sees more such papers.
MOST_BY_PARTICULARS, IN_A_DAY = 20, timedelta(days=1)
Status = NumberChange.Status
Proof = NumberChange.Proof
_TOKEN = 12


@on_deadlock
def change_number(
    *,
    household: Household,
    new_phone: str,
    by: User,
    proof: str,
    reason: str = "",
    keep: str | None = None,
) -> NumberChange:
    """Give ``household`` the number ``new_phone``, which was proved by a code just now.

    Guarantees: the household signs in with the new number alone; what waits in the outbox for the
    old one about its people goes to the new one; the old number is told once; every session but the
    one with the key ``keep`` ends; a change that waited is over. A number that belongs to another
    household with people is refused; one whose household is empty is taken over. The same service
    serves the citizen, the help desk and the counter of a Kendra; without the PIN and without the
    old number a ``reason`` of at least 20 characters is asked for, and one officer does so at most
    20 times a day.
    """
    if proof == Proof.PARTICULARS and len(reason.strip()) < LEAST_REASON:
        raise Refused(
            "reason", _("Write in at least 20 characters how you know that it is this person.")
        )
    for _attempt in range(2):
        try:
            return _change(household, new_phone, by, proof, reason.strip(), keep)
        except IntegrityError:
            # Somebody signed in with the new number for the first time at this moment.
            continue
    return _change(household, new_phone, by, proof, reason.strip(), keep)


@transaction.atomic
def _change(
    household: Household, new_phone: str, by: User, proof: str, reason: str, keep: str | None
) -> NumberChange:
    own, other = _locked(household.pk, new_phone)
    _check_new(own, new_phone)
    if other is not None and matters.people_of(other):
        raise _belongs_to_others()
    moment = clock.now()
    if proof == Proof.PARTICULARS:
        _check_day_of(by, moment)
    lapse(own, moment)
    change = NumberChange.objects.create(
        household=own,
        status=Status.DONE,
        proof=proof,
        old_phone=own.phone or "",
        new_phone=new_phone,
        by=by,
        reason=reason,
        asked_at=moment,
        takes_effect_at=moment,
        ended_at=moment,
    )
    _take_effect(change, own, other, moment=moment, proved_at=moment, by=by, keep=keep)
    return change


@on_deadlock
@transaction.atomic
def ask_for_number(
    *, household: Household, new_phone: str, by: User, reason: str = ""
) -> NumberChange:
    """Ask that ``household`` get ``new_phone``, by somebody who brought a PIN and the full name.

    The old number is told at once and may object for 48 hours; then :func:`settle_due` makes the
    change. Asked again from the same number it is the same change. People of the new number who
    never asked for anything do not stand in the way: a person who lost a phone often signs in with
    the new one first. ``reason`` says on which paper somebody else than the household asks.
    """
    own, other = _locked(household.pk, new_phone)
    _check_new(own, new_phone)
    if other is not None and matters.subjects_of(matters.people_of(other)):
        raise _belongs_to_others()
    moment = clock.now()
    waiting = own.number_changes.filter(status=Status.WAITING).first()
    if waiting is not None and waiting.new_phone == new_phone:
        return waiting
    _check_may_ask(own, waiting, moment)
    change = NumberChange.objects.create(
        household=own,
        status=Status.WAITING,
        proof=Proof.PIN,
        old_phone=own.phone or "",
        new_phone=new_phone,
        by=by,
        reason=reason,
        asked_at=moment,
        takes_effect_at=moment + OBJECTION,
    )
    record(own, "number_change_asked", at=moment, by=by, data={"to": new_phone, "reason": reason})
    if own.phone:
        link = settings.PUBLIC_URL + reverse("accounts:refuse-number", args=[token_of(change)])
        until = {name: datetime_short(change.takes_effect_at, name) for name in ("hi", "en")}
        told: dict[str, str | dict[str, str]] = {
            "ending": new_phone[-2:],
            "until": until,
            "refuse_link": link,
        }
        outbox.post([_letter(change, "number_change_asked", own.phone, told)])
    return change


@on_deadlock
@transaction.atomic
def refuse(*, change: NumberChange, by: User | None) -> bool:
    """Object to a waiting change from the old number; say whether it was still in time.

    Whoever asked is told at the new number. Pressed twice it is one objection.
    """
    Household.objects.select_for_update().get(pk=change.household_id)
    row = NumberChange.objects.select_for_update().select_related("household").get(pk=change.pk)
    moment = clock.now()
    if not is_open(row, moment):
        return False
    move(row, to=Status.REFUSED, ended_at=moment)
    record(row.household, "number_change_refused", at=moment, by=by, data={"to": row.new_phone})
    outbox.post([_letter(row, "number_change_refused", row.new_phone, {})])
    return True


def is_open(change: NumberChange, moment: datetime) -> bool:
    """Whether the old number may still object at ``moment``."""
    return change.status == Status.WAITING and moment < change.takes_effect_at


def waiting_change(household: Household) -> NumberChange | None:
    """Return the change that the holder of ``household``'s number may object to, if one waits."""
    change = household.number_changes.filter(status=Status.WAITING).first()
    return change if change is not None and is_open(change, clock.now()) else None


def settle_due(*, limit: int = 200) -> int:
    """Make the changes whose time to object is over; return how many were settled.

    Each on its own: one that cannot be made (the new number has become somebody's with
    appointments of their own) lapses and is told, and keeps no other waiting. Run twice at once,
    each is settled once.
    """
    due = NumberChange.objects.filter(
        status=Status.WAITING, takes_effect_at__lte=clock.ClockTimestamp()
    ).order_by("takes_effect_at", "pk")
    settled = 0
    for change in list(due[:limit]):
        try:
            settled += _settle(change)
        except Exception as problem:
            _log(change, problem)
    return settled


def _log(change: NumberChange, problem: Exception) -> None:
    """Log what stays, without the database's words: they may quote a number."""
    logger.error("Change %s of a number stays (%s).", change.pk, type(problem).__name__)


@on_deadlock
@transaction.atomic
def _settle(change: NumberChange) -> bool:
    own, other = _locked(change.household_id, change.new_phone)
    row = NumberChange.objects.select_for_update().get(pk=change.pk)
    if row.status != Status.WAITING:
        return False
    moment = clock.now()
    if other is not None and matters.subjects_of(matters.people_of(other)):
        move(row, to=Status.LAPSED, ended_at=moment)
        record(own, "number_change_lapsed", at=moment, data={"to": row.new_phone})
        outbox.post([_letter(row, "number_change_refused", row.new_phone, {})])
        return True
    move(row, to=Status.DONE, ended_at=moment)
    _take_effect(row, own, other, moment=moment, proved_at=row.asked_at, by=None, keep=None)
    return True


def token_of(change: NumberChange) -> str:
    """Return the token of the link by which the old number objects; only the portal makes one."""
    key = f"{settings.SECRET_KEY}/number-change".encode()
    mixed = hmac.new(key, f"{change.pk}:{change.household_id}".encode(), hashlib.sha256).digest()
    return f"{change.pk:x}.{base64.urlsafe_b64encode(mixed).decode()[:_TOKEN]}"


def find(token: str) -> NumberChange | None:
    """Return the change that ``token`` may still stop, or None; why not is nobody's business."""
    number, dot, _rest = token[:40].partition(".")
    try:
        pk = int(number, 16) if dot and number.isascii() else 0
    except ValueError:
        return None
    change = NumberChange.objects.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if change is None or not hmac.compare_digest(token_of(change).encode(), token.encode()):
        return None
    return change if is_open(change, clock.now()) else None


def _locked(pk: int, new_phone: str) -> tuple[Household, Household | None]:
    """Lock the household and the one that has the new number, always in the same order."""
    rows = Household.objects.select_for_update().filter(Q(pk=pk) | Q(phone=new_phone))
    found = {row.pk: row for row in rows.order_by("pk")}
    own = found.pop(pk)
    return own, next(iter(found.values()), None)


def _check_day_of(by: User, moment: datetime) -> None:
    """Refuse what is more than one officer changes in a day by looking at papers."""
    # Two at once would each count without the other.
    wait_for_turn(f"help-desk:{by.pk}")
    done = NumberChange.objects.filter(
        by=by, proof=Proof.PARTICULARS, asked_at__gt=moment - IN_A_DAY
    )
    if done.count() >= MOST_BY_PARTICULARS:
        raise Refused(
            "particulars a day",
            _("You have changed 20 numbers without a PIN today. Let a colleague go on."),
        )


def _check_new(own: Household, new_phone: str) -> None:
    if own.phone == new_phone:
        raise Refused("same number", _("The appointments are with this number already."))


def _check_may_ask(own: Household, waiting: NumberChange | None, moment: datetime) -> None:
    if waiting is not None:
        raise Refused(
            "change waits",
            _("A change to another number was asked for already. It is decided first."),
            until=waiting.takes_effect_at,
        )
    refused = own.number_changes.filter(status=Status.REFUSED, ended_at__gt=moment - REST)
    last = refused.order_by("-ended_at").values_list("ended_at", flat=True).first()
    if last is not None:
        raise Refused(
            "refused",
            _("The holder of the old number has refused this. Please go to a help desk."),
            until=last + REST,
        )


def _belongs_to_others() -> Refused:
    return Refused(
        "number of others",
        _(
            "This number belongs to another household already. If the number is new to you, sign "
            "in with it once, start anew, and come back."
        ),
    )


def lapse(own: Household, moment: datetime) -> None:
    """End what waits: the number was changed by a shorter road, or there is nobody any more."""
    own.number_changes.filter(status=Status.WAITING).update(status=Status.LAPSED, ended_at=moment)


def _take_effect(
    change: NumberChange,
    own: Household,
    other: Household | None,
    *,
    moment: datetime,
    proved_at: datetime,
    by: User | None,
    keep: str | None,
) -> None:
    """Move number, sign-in and waiting messages of ``own``; tell both numbers; end sessions."""
    if other is not None:
        _close(other, into=own, moment=moment, by=by)
    old = own.phone or ""
    own.phone, own.phone_seen_at = change.new_phone, proved_at
    own.save(update_fields=["phone", "phone_seen_at"])
    if own.user_id is not None:
        # A number that was given up had closed the sign-in.
        User.objects.filter(pk=own.user_id).update(phone=change.new_phone, is_active=True)
        end_sessions(user=User(pk=own.user_id), by=by, keep=keep)
    told = {"from": old, "to": change.new_phone, "kind": change.proof, "reason": change.reason}
    record(own, "number_changed", at=moment, by=by, data=told)
    people = list(own.citizens.order_by("pk"))
    matters.reached_anew(people)
    letters = [_letter(change, "number_changed_here", change.new_phone, {})]
    if old:
        outbox.redirect(old=old, new=change.new_phone, subjects=matters.subjects_of(people))
        letters.append(_letter(change, "number_changed", old, {"ending": change.new_phone[-2:]}))
    outbox.post(letters)


def _close(other: Household, *, into: Household, moment: datetime, by: User | None) -> None:
    """Merge the empty household of the new number: it loses number and sign-in."""
    other.citizens.filter(left_at__isnull=True).update(left_at=moment)
    lapse(other, moment)
    other.phone = None
    other.save(update_fields=["phone"])
    if other.user_id is not None:
        User.objects.filter(pk=other.user_id).update(phone="", is_active=False)
        end_sessions(user=User(pk=other.user_id), by=by)
    record(other, "merged", at=moment, by=by, data={"to": str(into.pk)})


def _letter(
    change: NumberChange,
    template: str,
    phone: str,
    values: dict[str, str | dict[str, str]],
) -> Letter:
    user = change.household.user
    return Letter(
        event=f"{template}:{change.pk}",
        template=template,
        to=Recipient(phone=phone, language=user.language if user else "hi"),
        values=values,
    )
