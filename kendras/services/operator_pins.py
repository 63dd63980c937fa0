"""The six digits by which an operator takes over a counter where a session is open."""

from datetime import datetime, timedelta
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.words import ascii_digits
from kendras.models import OperatorPin

LENGTH = 6
TRIES = 5
PAUSE = timedelta(minutes=15)


@transaction.atomic
def set_pin(*, user: User, pin: str) -> OperatorPin:
    """Make ``pin`` the operator's own; a former one ends, and so does a pause after wrong tries.

    Six digits that are neither one digit, a run, a group said again, nor part of their own mobile
    number: what a person beside them would try first. The caller has made sure that it is ``user``,
    with the second factor. Raises :class:`Refused`.
    """
    digits = _digits(pin)
    _check(digits, user)
    locked = User.objects.select_for_update().get(pk=user.pk)
    given = {"pin_hash": make_password(digits), "tries_left": TRIES, "closed_until": None}
    row, made = OperatorPin.objects.update_or_create(
        user=locked, defaults={**given, "set_at": ClockTimestamp()}
    )
    act = "operator_pin_set" if made else "operator_pin_changed"
    record(locked, act, at=now(), by=locked)
    return row


def check_pin(*, user: User, typed: str) -> bool:
    """Say whether ``typed`` is the PIN of ``user``; digits of any script count.

    Five wrong tries in a row close it for a quarter of an hour, which is written into the record
    (:class:`Refused` ``pin_tries`` says until when). A try is counted before it is judged, so that
    tries side by side are counted too; outside of a transaction that could undo it.
    """
    row = OperatorPin.objects.filter(user=user).first()
    if row is None:
        return False
    rows = OperatorPin.objects.filter(pk=row.pk, pin_hash=row.pin_hash)
    if not rows.filter(_open(), tries_left__gt=0).update(tries_left=F("tries_left") - 1):
        raise _closed(OperatorPin.objects.filter(pk=row.pk).first())
    if check_password(_digits(typed), row.pin_hash):
        # Unless tries side by side have closed it meanwhile: that stands.
        return bool(rows.filter(_open()).update(tries_left=TRIES, closed_until=None))
    _close_after_the_last(row)
    return False


def _close_after_the_last(row: OperatorPin) -> None:
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=row.user_id)
        closed = OperatorPin.objects.filter(pk=row.pk, tries_left=0).update(
            tries_left=TRIES, closed_until=ClockTimestamp() + PAUSE
        )
        if closed:
            record(user, "operator_pin_closed", at=now(), data={"tries": TRIES})


def _open() -> Q:
    return Q(closed_until__isnull=True) | Q(closed_until__lte=ClockTimestamp())


def _closed(row: OperatorPin | None) -> Refused:
    until: datetime | None = row.closed_until if row is not None else None
    return Refused(
        "pin_tries",
        _("The PIN was wrong five times and is closed for a quarter of an hour."),
        # Tries side by side may have used up the last one a moment ago.
        until=until or now() + PAUSE,
        field="pin",
    )


def _digits(typed: str) -> str:
    return "".join(c for c in ascii_digits(typed[:40]) if c.isascii() and c.isdigit())


def _check(digits: str, user: User) -> None:
    if len(digits) != LENGTH:
        raise Refused("pin_length", _("The PIN has six digits."), field="pin")
    if _trivial(digits) or digits in user.phone:
        raise Refused(
            "pin_trivial",
            _("This PIN is too easy to guess. Choose six digits without an order."),
            field="pin",
        )


def _trivial(digits: str) -> bool:
    """Whether it is one digit, a run up or down, or a group said twice or three times."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(digits)}
    run = len(steps) == 1
    again = digits[:2] * 3 == digits or digits[:3] * 2 == digits
    # 112233 and 111222.
    doubled = digits[::2] == digits[1::2] or len(set(digits[:3])) == len(set(digits[3:])) == 1
    return run or again or doubled
