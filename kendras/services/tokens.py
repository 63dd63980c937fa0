"""The queue of a Kendra's hall: numbers without names, from 1 each day.

A token carries nothing of anybody, so it is no act of the record: who called it stands in its row.
"""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.counters import next_number
from esachivalaya.common.models import Counter
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from kendras.models import Kendra, Token
from kendras.permissions import serves_at

SERIES = "kendra-token:"
Status = Token.Status


def today_of(kendra: Kendra, day: date | None = None) -> QuerySet[Token]:
    """Return the tokens of ``kendra`` on ``day``, by default today in Asia/Kolkata."""
    return Token.objects.filter(kendra=kendra, day=day or day_of(now()))


@on_deadlock
@transaction.atomic
def issue(*, kendra: Kendra, by: User) -> Token:
    """Give the next number of today's queue, from 1, without gap or duplicate.

    Whoever asks at the same moment waits for the counter row until the other's number is given.
    Only for who serves there at this moment.
    """
    if not serves_at(by, kendra):
        raise PermissionDenied
    moment = now()
    day = day_of(moment)
    number = next_number(series=f"{SERIES}{day}:{kendra.pk}", year=day.year)
    return Token.objects.create(kendra=kendra, day=day, number=number, made_at=moment)


@on_deadlock
@transaction.atomic
def call_next(*, kendra: Kendra, by: User, counter: int | None = None) -> Token | None:
    """Call whoever waits longest to ``counter``; None when nobody waits.

    Who was called to this operator before counts as served with it: pressing "next" is what one
    does when somebody has gone. Two operators who call at the same moment call two numbers.
    """
    moment = now()
    tokens = today_of(kendra, day_of(moment))
    waiting = tokens.filter(status=Status.WAITING).order_by("number")
    token = waiting.select_for_update(skip_locked=True).first()
    tokens.filter(status=Status.CALLED, called_by=by).update(
        status=Status.SERVED, ended_at=moment, version=F("version") + 1
    )
    if token is None:
        return None
    return move(token, to=Status.CALLED, counter=counter, called_at=moment, called_by=by)


@on_deadlock
@transaction.atomic
def call(*, token: Token, by: User, counter: int | None = None) -> Token:
    """Call this number: out of turn, once more, or after it was noted not to have come.

    :class:`Overtaken` when it was served or changed meanwhile.
    """
    moment = now()
    told = {"counter": counter, "called_at": moment, "called_by": by}
    if token.status != Status.CALLED:
        return move(token, to=Status.CALLED, ended_at=None, **told)
    rows = Token.objects.filter(pk=token.pk, status=Status.CALLED, version=token.version)
    if not rows.update(version=F("version") + 1, **told):
        raise Overtaken(Token.objects.get(pk=token.pk))
    token.refresh_from_db()
    return token


@on_deadlock
@transaction.atomic
def serve(*, token: Token, by: User) -> Token:
    """Note that the person with this number was served."""
    return _end(token, Status.SERVED, by)


@on_deadlock
@transaction.atomic
def gone(*, token: Token, by: User) -> Token:
    """Note that nobody came with this number; who comes after all is called again."""
    return _end(token, Status.GONE, by)


def _end(token: Token, to: str, by: User) -> Token:
    """Move to ``to``, or say who was faster when the table knows no such way."""
    if to not in Token.TRANSITIONS[token.status]:
        raise Overtaken(token)
    return move(token, to=to, ended_at=now(), called_by=by)


def queue_of(kendra: Kendra) -> list[Token]:
    """Return today's numbers that are called, wait, or did not come within the last hour.

    Called ones first, the newest on top, then those who wait in their order. One query beside the
    clock's.
    """
    moment = now()
    late = Q(status=Status.GONE, ended_at__gt=ClockTimestamp() - timedelta(hours=1))
    shown = today_of(kendra, day_of(moment)).filter(Q(status__in=["called", "waiting"]) | late)
    order = {Status.CALLED: 0, Status.WAITING: 1, Status.GONE: 2}
    return sorted(
        shown.select_related("called_by"), key=lambda token: (order[token.status], token.number)
    )


def forget_counters() -> int:
    """Remove the counter rows of former days; yesterday's stay for whoever asks at midnight."""
    today = day_of(now())
    kept = Q(series__startswith=f"{SERIES}{today}:") | Q(
        series__startswith=f"{SERIES}{today - timedelta(days=1)}:"
    )
    old = Counter.objects.filter(series__startswith=SERIES).exclude(kept)
    removed, _by_model = old.delete()
    return removed


def why_overtaken(token: Token) -> str:
    """Say how a number stands that somebody else was faster with."""
    words = _("Token %(number)s is not there any more: %(status)s.")
    return words % {"number": token.number, "status": token.get_status_display()}
