"""The charge report: what lies at a desk when its charge passes on, signed by both.

It reads holdings and writes none: no ledger of any file changes, and the yellow notes of who leaves
stay theirs alone. Source: domain rules of e-Office, invariant 11.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from eoffice.models import ChargeReport, Classification, Desk, Holding
from eoffice.permissions import OFFICERS, Seat
from eoffice.services.locking import seated
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.retry import on_deadlock
from officials.models import Charge
from officials.services.records import lock_post, record_on_post


def successors_at(desk: Desk, *, leaver: User) -> list[User]:
    """Return who heads the post of ``desk`` beside ``leaver``, now or from a day to come."""
    charges = (
        Charge.objects.filter(post=desk.pk, kind__in=OFFICERS)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=ClockTimestamp()))
        .exclude(user=leaver)
        .select_related("user")
        .order_by("starts_at", "pk")
    )
    return list({charge.user_id: charge.user for charge in charges}.values())


def predecessor_at(desk: Desk, *, successor: User) -> User | None:
    """Return whose charge of the post of ``desk`` ended last, if it was not ``successor``'s own."""
    charges = (
        Charge.objects.filter(post=desk.pk, kind__in=OFFICERS, ends_at__lte=ClockTimestamp())
        .exclude(user=successor)
        .select_related("user")
        .order_by("-ends_at", "-pk")
    )
    last = charges.first()
    return last.user if last else None


@on_deadlock
@transaction.atomic
def hand_over(*, desk: Desk, by: User, to: User | None) -> ChargeReport:
    """Make the report of what lies at ``desk`` now, which ``by`` hands over to ``to``.

    ``to`` None: nobody is posted yet, and the post keeps its inbox. Only an officer of the desk.
    """
    # The post first, then the charge: in the order of whoever ends one.
    lock_post(desk.pk)
    seat = _officer(by, desk)
    if to is not None and to not in successors_at(desk, leaver=by):
        raise Refused("successor", _("They have no charge of this post."), field="successor")
    return make(seat.desk, leaver=by, successor=to, by=by)


@on_deadlock
@transaction.atomic
def take_over(*, desk: Desk, by: User) -> ChargeReport:
    """Make the report of what lies at ``desk`` now, which ``by`` took over from who was there."""
    lock_post(desk.pk)
    seat = _officer(by, desk)
    leaver = predecessor_at(desk, successor=by)
    if leaver is None:
        raise Refused("nobody_before", _("Nobody had this charge before you."))
    return make(seat.desk, leaver=leaver, successor=by, by=by)


@on_deadlock
@transaction.atomic
def sign(*, report: ChargeReport, by: User) -> ChargeReport:
    """Sign ``report`` as the one of its two that ``by`` is; a second signature changes nothing.

    Who leaves may sign after the charge ended; who takes over signs once theirs has begun.
    """
    post = lock_post(report.desk_id)
    row = ChargeReport.objects.select_for_update().get(pk=report.pk)
    if row.digest != digest_of(row):
        raise Refused("changed", _("The report is not as it was made. Make a new one."))
    if by.pk == row.leaver_id:
        field = "leaver_signed_at"
    elif by.pk == row.successor_id:
        field = "successor_signed_at"
        _officer(by, row.desk)
    else:
        raise PermissionDenied
    if getattr(row, field) is None:
        moment = now()
        setattr(row, field, moment)
        row.save(update_fields=[field])
        data = {"report": row.pk, "as": field.removesuffix("_signed_at")}
        record_on_post(post, "charge_report_signed", at=moment, by=by, data=data)
    return row


def visible_to(user: User, desk: Desk, seat: Seat | None) -> QuerySet[ChargeReport]:
    """Return the reports of ``desk`` that ``user`` may read: their own, and an officer's desk's."""
    found = ChargeReport.objects.filter(desk=desk).select_related("leaver", "successor")
    if seat is not None and seat.is_officer:
        return found
    return found.filter(Q(leaver=user) | Q(successor=user))


def digest_of(report: ChargeReport) -> str:
    """Return the digest of what both sign: the desk, the two, the moment and every row."""
    told = {
        "desk": report.desk_id,
        "leaver": report.leaver_id,
        "successor": report.successor_id,
        "at": report.made_at.timestamp(),
        "rows": report.rows,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def rows_at(desk: Desk, moment: datetime) -> list[dict[str, Any]]:
    """Return every item that lies at ``desk``, the oldest first, as it stands in a report.

    The subject of a confidential one is left out: a report outlives the right to see it.
    """
    held = Holding.objects.at(desk.pk).select_related("item").order_by("since", "pk")
    today = day_of(moment)
    return [
        {
            "kind": str(stay.item.kind),
            "number": stay.item.number,
            "subject": stay.item.subject
            if stay.item.classification < Classification.CONFIDENTIAL
            else "",
            "classification": stay.item.classification,
            "priority": stay.item.priority,
            "since": day_of(stay.since).isoformat(),
            "age": (today - day_of(stay.since)).days,
            "due_on": stay.item.due_on.isoformat() if stay.item.due_on else "",
            "read": stay.read_at is not None,
            "parked_until": stay.parked_until.isoformat() if stay.parked_until else "",
        }
        for stay in held
    ]


def make(desk: Desk, *, leaver: User, successor: User | None, by: User | None) -> ChargeReport:
    """Write the report of what lies at ``desk`` now, in the caller's transaction; post locked."""
    moment = now()
    report = ChargeReport(
        desk=desk,
        leaver=leaver,
        successor=successor,
        made_at=moment,
        rows=rows_at(desk, moment),
    )
    report.digest = digest_of(report)
    report.save(force_insert=True)
    data = {"report": report.pk, "items": len(report.rows), "sha256": report.digest}
    record_on_post(desk.post, "charge_report_made", at=moment, by=by, data=data)
    return report


def _officer(by: User, desk: Desk) -> Seat:
    seat = seated(by, desk)
    if seat is None or not seat.is_officer:
        raise PermissionDenied
    return seat
