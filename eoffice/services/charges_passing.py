"""A charge report comes by itself when somebody is relieved of a post or takes it over.

Whoever appoints and relieves starts it, in the same transaction; a charge that ends or begins on a
day that was set before is found by the hourly sweep. Source: domain rules of e-Office, 11.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from eoffice.models import ChargeReport, Desk
from eoffice.services.charge_reports import make, predecessor_at
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.retry import on_deadlock
from officials.models import Charge
from officials.permissions import HEADS
from officials.services.records import lock_post

# What passed longer ago had its report, or was before the desk worked in e-Office.
REACH = timedelta(days=7)


def passed(post: int, by: Any) -> None:
    """Report what passed at the desk of ``post``; for the hook, whose caller has locked the post.

    Each passing has one report, however often this is called. Who stands in as link officer takes
    nothing over: the charge stays the officer's.
    """
    desk = Desk.objects.select_related("post").filter(pk=post, closed_at__isnull=True).first()
    if desk is None:
        return
    moment = now()
    heads = Charge.objects.filter(post=post, kind__in=HEADS).select_related("user")
    written = ChargeReport.objects.filter(desk=desk)
    for one in heads.filter(ends_at__lte=moment, ends_at__gt=moment - REACH).order_by("ends_at"):
        if not _holds_again(heads, one) and not written.filter(
            leaver=one.user, made_at__gte=one.ends_at
        ):
            make(desk, leaver=one.user, successor=_next(desk, one), by=by)
    live = heads.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=moment))
    for one in live.filter(starts_at__lte=moment, starts_at__gt=moment - REACH):
        before = predecessor_at(desk, successor=one.user)
        if before is not None and not _told(written, before, one):
            make(desk, leaver=before, successor=one.user, by=by)


@on_deadlock
def sweep() -> int:
    """Report what passed at an hour that was set before; return how many reports were written."""
    lately = Q(ends_at__lte=ClockTimestamp(), ends_at__gt=ClockTimestamp() - REACH) | Q(
        starts_at__lte=ClockTimestamp(), starts_at__gt=ClockTimestamp() - REACH
    )
    posts = Charge.objects.filter(lately, kind__in=HEADS, post__desk__closed_at__isnull=True)
    posts = posts.filter(post__desk__isnull=False)
    before = ChargeReport.objects.count()
    for post in sorted(set(posts.values_list("post_id", flat=True))):
        with transaction.atomic():
            lock_post(post)
            passed(post, None)
    return ChargeReport.objects.count() - before


def waiting_for(user: User) -> list[ChargeReport]:
    """Return the reports that ``user`` has still to sign: one query."""
    unsigned = Q(leaver=user, leaver_signed_at__isnull=True) | Q(
        successor=user, successor_signed_at__isnull=True
    )
    rows = ChargeReport.objects.filter(unsigned).select_related("desk__post", "leaver", "successor")
    return list(rows.defer("rows").order_by("-made_at")[:20])


def _holds_again(heads: Any, ended: Charge) -> bool:
    """Whether the same person goes on at the post: nothing passes then."""
    later = Q(ends_at__isnull=True) | Q(ends_at__gt=ended.ends_at)
    return bool(heads.filter(later, user=ended.user, starts_at__lte=ended.ends_at).exists())


def _next(desk: Desk, ended: Charge) -> User | None:
    """Return who has the charge after ``ended``, from then or from a day to come."""
    after = (
        Charge.objects.filter(post=desk.pk, kind__in=HEADS)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=ClockTimestamp()))
        .exclude(user=ended.user)
        .select_related("user")
        .order_by("starts_at", "pk")
    )
    found = after.first()
    return found.user if found else None


def _told(written: Any, before: User, began: Charge) -> bool:
    """Whether the two have a report already: made as the one left, or as the other came."""
    of_both = written.filter(leaver=before, successor=began.user)
    return bool(of_both.filter(made_at__gt=began.starts_at - REACH).exists())
