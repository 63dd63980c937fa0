"""Closing a slot or days of a bank: whose time falls away is shown first, and they are told.

As with the leave and the holidays of offices: nothing is left standing on closed time, and nobody
loses a time of which the page did not say so.
"""

from collections.abc import Collection
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken
from plasma.models import Bank, BankClosure, Donor, Pledge
from plasma.permissions import serves_at
from plasma.services import beds, pledges

LONGEST = timedelta(days=31)


class OthersAffected(Exception):
    """Between the page and its button others were booked, or left: to be looked at again."""


def affected(bank: Bank, span: Span) -> list[Pledge]:
    """Return the booked pledges whose time ``span`` would take, by time; what has begun goes on."""
    booked = pledges.related().filter(
        bank=bank,
        status=Pledge.Status.BOOKED,
        starts_at__lt=span.end,
        starts_at__gt=ClockTimestamp(),
        ends_at__gt=span.start,
    )
    return list(booked.order_by("starts_at", "pk"))


@on_deadlock
@transaction.atomic
def close(
    *, bank: Bank, span: Span, words: str, by: User, shown: Collection[tuple[int, int]]
) -> BankClosure:
    """Take nobody at ``bank`` during ``span``; whoever had a time then is told and chooses anew.

    ``shown`` are id and version of the pledges that the page showed as affected: with any others
    nothing is closed and :class:`OthersAffected` is raised. Refused for what is over, and for more
    than 31 days.
    """
    if not serves_at(by, bank):
        raise PermissionDenied
    if span.end <= span.start or span.end - span.start > LONGEST:
        raise Refused("too_long", _("At most 31 days are closed at once."), field="last")
    if span.end <= now():
        raise Refused("past", _("This time is over."), field="first")
    donors = [row.donor_id for row in affected(bank, span)]
    list(Donor.objects.select_for_update(no_key=True).filter(pk__in=donors).order_by("pk"))
    rows = affected(bank, span)
    list(Pledge.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    first, last = day_of(span.start), day_of(span.end - timedelta(microseconds=1))
    beds.lock_days(bank, [first + timedelta(days=n) for n in range((last - first).days + 1)])
    # Whoever took a time before the lock is among them now, and nobody takes one after it.
    rows = affected(bank, span)
    if {(row.pk, row.version) for row in rows} != set(shown):
        raise OthersAffected
    moment = now()
    closure = BankClosure.objects.create(
        bank=bank, starts_at=span.start, ends_at=span.end, words=words, made_by=by, made_at=moment
    )
    for row in rows:
        pledges.lose_slot(row, moment=moment, by=by)
    record(closure, "bank_closed", at=moment, by=by, data={"pledges": len(rows)}, new=True)
    return closure


@on_deadlock
@transaction.atomic
def reopen(*, closure: BankClosure, by: User) -> BankClosure:
    """Take donors again at a time that was closed."""
    if not serves_at(by, closure.bank):
        raise PermissionDenied
    row = BankClosure.objects.select_for_update(of=("self",)).get(pk=closure.pk)
    if row.lifted_at is not None:
        raise Overtaken(row)
    row.lifted_at, row.lifted_by = now(), by
    row.save(update_fields=["lifted_at", "lifted_by"])
    record(row, "bank_reopened", at=row.lifted_at, by=by)
    return row


def standing(bank: Bank) -> list[BankClosure]:
    """Return the closed times of ``bank`` that are not over, by time."""
    rows = BankClosure.objects.filter(bank=bank, lifted_at__isnull=True, ends_at__gt=now())
    return list(rows.order_by("starts_at"))
