"""Handing a campaign's appeals over to the outbox at its pace, within its hours.

The outbox looks once more at the moment of each call: hours, opt-outs, marked numbers. So little
stands in it at a time that a pause or a stop finds almost everything still here.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from esachivalaya.audit.services import record
from esachivalaya.common.clock import IST, at, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from esachivalaya.common.sweeps import NOT_ITS_FAULT, log_failure
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.hours import appeals_open_at
from esachivalaya.notifications.services import Letter, Recipient
from plasma.models import Campaign, Cohort, ConsentEntry, DonorPhone, FunnelCount, Invitation
from plasma.services import funnel, links, switch
from plasma.services.appeals import KIND, last_words

logger = logging.getLogger(__name__)
Status = Campaign.Status
Asked = Invitation.Status
# A turn that comes late makes up for so much time, and no more: no burst after an outage.
MAKES_UP_FOR = timedelta(seconds=20)
# When the gateway is slower than the campaign, no more than this stands in the outbox.
WAITS_AT_MOST = timedelta(seconds=60)
# Segments of a message longer than any: however slow the pace, one fits in time.
LONGEST = 10.0
BATCH = 2000


def tick() -> int:
    """Hand over what the pace of each running campaign allows by now; return how many messages.

    Safe to run twice at once and after any kill: an invitation and its message are written in one
    transaction, under the campaign's lock. One campaign that fails holds up no other.
    """
    handed = 0
    for pk in Campaign.objects.filter(status=Status.RUNNING).values_list("pk", flat=True):
        try:
            handed += _hand_over(pk)
        except NOT_ITS_FAULT:
            raise
        except Exception as problem:
            log_failure(logger, f"Campaign {pk} is not handed over", problem)
    return handed


@on_deadlock
@transaction.atomic
def _hand_over(pk: int) -> int:
    row = (
        Campaign.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("cohort")
        .filter(pk=pk, status=Status.RUNNING)
        .first()
    )
    if row is None or not switch.is_on():
        return 0
    moment = now()
    if moment >= row.ends_at:
        # Its end is the sweep's to bring about.
        return 0
    if not open_at(row, moment):
        # Time outside the hours allows nothing afterwards.
        Campaign.objects.filter(pk=pk).update(allowance=0, allowance_at=moment)
        return 0
    allowed = _allowance(row, moment)
    looked_at = _next(row, min(allowed, _room(row)))
    fit = _fit(row, looked_at, moment)
    used = sum(one.segments for one in fit)
    Campaign.objects.filter(pk=pk).update(allowance=allowed - used, allowance_at=moment)
    if not looked_at:
        _finish_if_all_went(row, moment)
        return 0
    bases = _bases(row, fit)
    outbox.post_all(_letter(row, one, bases[one.donor_id], moment) for one in fit)
    Invitation.objects.filter(pk__in=[one.pk for one in fit]).update(
        status=Asked.QUEUED, queued_at=moment
    )
    return len(fit)


def open_at(row: Campaign, moment: datetime) -> bool:
    """Whether people are asked at ``moment``, by the law's hours and the campaign's own."""
    clock = moment.astimezone(IST).time()
    return appeals_open_at(moment) is None and row.first_hour <= clock < row.last_hour


def _allowance(row: Campaign, moment: datetime) -> float:
    """Return the segments that may go now: what was left, and what has filled up since."""
    since = min(moment - (row.allowance_at or moment), MAKES_UP_FOR)
    most = max(row.pace * MAKES_UP_FOR.total_seconds() / 60, LONGEST)
    return min(row.allowance + row.pace * since.total_seconds() / 60, most)


def _room(row: Campaign) -> float:
    """Return how many segments the outbox may still take from this campaign."""
    waiting = on_their_way(row).aggregate(segments=Sum("segments"))["segments"] or 0
    return max(row.pace * WAITS_AT_MOST.total_seconds() / 60, LONGEST) - waiting


def on_their_way(row: Campaign) -> QuerySet[Invitation]:
    """Return the invitations whose message is in the outbox, its fate not known yet."""
    return Invitation.objects.filter(
        campaign=row, status=Asked.QUEUED, queued_at__isnull=False, message=Invitation.Way.OPEN
    )


def _next(row: Campaign, allowed: float) -> list[Invitation]:
    """Return the next planned invitations whose messages fit into ``allowed`` segments, locked."""
    most = min(max(int(allowed), 0) + 1, BATCH)
    planned = (
        Invitation.objects.select_for_update(of=("self",))
        .filter(campaign=row, status=Asked.PLANNED)
        .select_related("donor")
        .order_by("pk")[:most]
    )
    found: list[Invitation] = []
    left = allowed
    for one in planned:
        # A message longer than a turn's allowance goes when enough of it has filled up.
        if one.segments > left:
            break
        left -= one.segments
        found.append(one)
    return found


def _fit(row: Campaign, batch: list[Invitation], moment: datetime) -> list[Invitation]:
    """Return those who may be asked all the same; the others' invitations end here.

    Between the planning and now, days may have passed: a donor has said stop elsewhere, had the
    data erased, or the number turned out to be another person's.
    """
    own = DonorPhone.objects.filter(
        donor_id=OuterRef("donor_id"), phone=OuterRef("phone"), wrong_at__isnull=True
    )
    reached = set(
        Invitation.objects.filter(Exists(own), pk__in=[one.pk for one in batch]).values_list(
            "pk", flat=True
        )
    )
    stopped = [one.pk for one in batch if one.donor.stopped_at is not None]
    lost = [one.pk for one in batch if one.donor.erased_at is not None or one.pk not in reached]
    lost = [pk for pk in lost if pk not in stopped]
    _close(stopped, Asked.STOPPED, answered_at=moment)
    _close(lost, Asked.CANCELLED)
    funnel.add(row, FunnelCount.Step.STOPPED, n=len(stopped))
    gone = {*stopped, *lost}
    return [one for one in batch if one.pk not in gone]


def _close(pks: list[int], status: str, **changes: object) -> None:
    if pks:
        Invitation.objects.filter(pk__in=pks).update(
            status=status, version=F("version") + 1, **changes
        )


def _bases(row: Campaign, batch: list[Invitation]) -> dict[int, str]:
    """Return on what each appeal stands: the donor's consent, else the list's legal basis."""
    donors = [one.donor_id for one in batch]
    given = dict(
        last_words()
        .filter(donor_id__in=donors, act=ConsentEntry.Act.GIVEN)
        .values_list("donor_id", "pk")
    )
    law = dict.fromkeys(donors, row.cohort.legal_basis) if row.cohort else _laws(donors)
    return {donor: f"consent {given[donor]}" if donor in given else law[donor] for donor in donors}


def _laws(donors: list[int]) -> dict[int, str]:
    """Return the legal basis of the newest list in which each donor stands, "" for none."""
    lists = Cohort.objects.filter(donors__in=donors, kind=Cohort.Kind.IMPORTED)
    lists = lists.order_by("dated", "pk")
    return dict.fromkeys(donors, "") | dict(lists.values_list("donors", "legal_basis"))


def _letter(row: Campaign, one: Invitation, basis: str, moment: datetime) -> Letter:
    return Letter(
        # A message that came back from the outbox is another one when it goes after all.
        event=f"plasma-appeal:{one.pk}:{one.version}",
        template=row.template,
        to=Recipient(phone=one.phone, language=one.donor.language),
        values={"name": one.donor.given_name, "donor_link": links.url_of(one.pk)},
        subject_kind=KIND,
        subject_id=str(one.pk),
        # What is not called by then comes back, and goes on the next day.
        expires_at=min(row.ends_at, at(day_of(moment), row.last_hour)),
        basis=basis,
    )


def _finish_if_all_went(row: Campaign, moment: datetime) -> None:
    """A campaign of which everything went stays open for answers until its end."""
    if row.kind == Campaign.Kind.NEED:
        # The next donor may be asked at any time.
        return
    planned = Invitation.objects.filter(campaign=row, status=Asked.PLANNED)
    if not planned.exists() and not on_their_way(row).exists():
        _done(row, moment)


def end_due() -> int:
    """End the campaigns whose end has passed; return how many invitations that closed.

    What was not sent is cancelled, whoever has not answered is asked no more: their donors may be
    asked by another campaign, after their 30 days. A stopped one ends for its links only now.
    """
    alive = [Status.RUNNING, Status.PAUSED]
    due = Campaign.objects.filter(ends_at__lte=now())
    for pk in due.filter(status__in=alive).values_list("pk", flat=True):
        _end(pk)
    closed = Counter[str]()
    for status in Invitation.OPEN:
        to = Asked.CANCELLED if status == Asked.PLANNED else Asked.EXPIRED
        while count := _expire(status, to):
            closed[to] += count
    return closed.total()


@transaction.atomic
def _end(pk: int) -> None:
    row = Campaign.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.status in {Status.RUNNING, Status.PAUSED}:
        _done(row, now())


def _done(row: Campaign, moment: datetime) -> None:
    move(row, to=Status.DONE, ended_at=moment)
    record(row, "campaign_done", at=moment)


def _expire(status: str, to: str) -> int:
    """Close some invitations in ``status`` of campaigns that are over; return how many."""
    over = Campaign.objects.filter(ends_at__lte=now())
    some = Invitation.objects.filter(campaign__in=over, status=status).order_by("pk")[:BATCH]
    pks = list(some.values_list("pk", flat=True))
    return Invitation.objects.filter(pk__in=pks, status=status).update(
        status=to, version=F("version") + 1
    )
