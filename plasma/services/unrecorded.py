"""Visits of which no desk wrote down what became of them: the bank is reminded, then they end.

A donor waits for nothing because of a bank's forgetting: after three days a time that was booked
counts as missed, and who arrived is there no longer. Source: domain rules of plasma, "States".
"""

import logging
from collections import Counter, defaultdict
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import addresses
from esachivalaya.common.clock import IST, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from esachivalaya.common.sweeps import one_by_one
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter, Recipient
from plasma.models import Bank, BankCharge, FunnelCount, Pledge
from plasma.services import beds, letters, pledges

logger = logging.getLogger(__name__)
Status = Pledge.Status
REMINDED_AFTER, ENDS_AFTER = pledges.BANK_WRITES, timedelta(days=3)
# When a bank's people may be reminded.
MORNING, EVENING = time(8), time(20)
TEMPLATE = "plasma_unrecorded"
SHOWN_AT_MOST = 50


def of(bank: Bank) -> list[Pledge]:
    """Return the visits to ``bank`` that wait for being written down, the oldest first."""
    rows = _open_for(REMINDED_AFTER, now()).filter(bank=bank).select_related("donor")
    return list(rows.order_by("starts_at", "pk")[:SHOWN_AT_MOST])


def sweep() -> int:
    """Remind the banks, and end what is three days old; return how many visits that ended.

    Safe to run twice at once: a bank's officer has one message a day, and a visit ends once.
    """
    remind()
    return one_by_one(_end_next, logger=logger, failing=lambda pk: f"Pledge {pk} stays open")


@on_deadlock
@transaction.atomic
def remind() -> int:
    """Tell the desk of each bank, once a day, how many visits wait; return to how many banks.

    The message names no donor, and goes to whoever serves there now.
    """
    moment = now()
    if not MORNING <= moment.astimezone(IST).time() < EVENING:
        return 0
    waiting = Counter(_open_for(REMINDED_AFTER, moment).values_list("bank_id", flat=True))
    desks: dict[int, set[User]] = defaultdict(set)
    live = BankCharge.objects.live().filter(bank__in=waiting, user__is_active=True)
    for charge in live.select_related("user"):
        desks[charge.bank_id].add(charge.user)
    for bank in Bank.objects.filter(pk__in=desks).order_by("pk"):
        officers = sorted(desks[bank.pk], key=lambda user: user.pk)
        outbox.post([_letter(bank, one, waiting[bank.pk], moment) for one in officers])
    return len(desks)


@transaction.atomic
def _end_next(without: frozenset[int], tried: list[int]) -> int:
    """End one visit of which nothing was written down in time; 0 when there is none."""
    moment = now()
    due = _open_for(ENDS_AFTER, moment).exclude(pk__in=without).order_by("pk")
    found = due.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)
    pk = found.first()
    if pk is None:
        return 0
    tried.append(pk)
    row = pledges.related().get(pk=pk)
    beds.free(row, moment=moment)
    letters.forget_reminders(row)
    if row.status == Status.BOOKED:
        # Who came after all is noted as there by the desk; everybody else may take another time.
        move(row, to=Status.NO_SHOW, closed_at=moment)
        pledges.count(row, FunnelCount.Step.NO_SHOW)
    else:
        move(row, to=Status.CANCELLED, closed_at=moment)
    record(row, "pledge_not_recorded", at=moment)
    return 1


def _open_for(span: timedelta, moment: datetime) -> QuerySet[Pledge]:
    """Return the visits that ended, or began, so long ago, and of which nothing was written."""
    before = moment - span
    return Pledge.objects.filter(
        Q(status=Status.BOOKED, ends_at__lt=before)
        | Q(status=Status.ARRIVED, arrived_at__lt=before)
    )


def _letter(bank: Bank, officer: User, count: int, moment: datetime) -> Letter:
    return Letter(
        event=f"{TEMPLATE}:{bank.pk}:{day_of(moment)}:{officer.pk}",
        template=TEMPLATE,
        to=Recipient(phone=officer.phone, email=officer.email, language=officer.language),
        values={
            "city": {"hi": bank.city_hi, "en": bank.city_en},
            "count": str(count),
            "link": addresses.public_page("plasma:banks"),
        },
    )
