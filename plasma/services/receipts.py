"""What became of the messages: read from the outbox in sets, every few seconds.

The outbox is not slowed down by it and knows nothing of campaigns. What was read is written with
the count of the funnel in one transaction, and an invitation whose message came to its end is not
looked at again: any number may run this, killed at any moment, and each step is counted once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from esachivalaya.common import sweeps
from esachivalaya.common.clock import now
from esachivalaya.common.models import Sweep
from esachivalaya.common.retry import on_deadlock
from esachivalaya.notifications.models import NumberMark, OptOut
from plasma.models import Campaign, FunnelCount, Invitation
from plasma.services import funnel
from plasma.services.appeals import KIND

SWEEP = "plasma_receipts"
BATCH = 2000
# Receipts are read again for so long, in case one was committed after a later one.
OVERLAP = timedelta(seconds=60)
REACHED = ("accepted", "sent", "delivered")
FAILED = ("undelivered", "failed")
NEVER_WENT = ("suppressed", "expired", "cancelled")
GOING_ON = (Campaign.Status.RUNNING, Campaign.Status.PAUSED)
Asked, Way, Step = Invitation.Status, Invitation.Way, FunnelCount.Step

ON_THEIR_WAY = """
SELECT id FROM plasma_invitation
 WHERE queued_at IS NOT NULL AND message = '' AND id > %s
 ORDER BY id LIMIT %s
"""
# Of several messages to one invitation (it was paused, and went on) the newest counts. They are
# looked up all at once: one by one, a planner with old statistics goes through the whole outbox
# for each.
FIRST_NEWS = """
WITH newest AS MATERIALIZED (
    SELECT DISTINCT ON (subject_id) subject_id, status, accepted_at, error_code
      FROM notifications_message
     WHERE subject_kind = %(kind)s AND subject_id = ANY (%(subjects)s)
     ORDER BY subject_id, id DESC
)
SELECT asked.id, asked.campaign_id, asked.donor_id, asked.phone, newest.status,
       newest.accepted_at, newest.error_code
  FROM newest JOIN plasma_invitation asked ON asked.id = newest.subject_id::bigint
 WHERE newest.status = ANY (%(settled)s) AND asked.id = ANY (%(ids)s)
   AND asked.queued_at IS NOT NULL AND asked.message = ''
 ORDER BY asked.id
   FOR UPDATE OF asked SKIP LOCKED
"""
# Of a message that was sent, only a receipt can say more.
LATER_NEWS = """
SELECT asked.id, asked.campaign_id, asked.donor_id, asked.phone, message.status,
       message.accepted_at, message.error_code
  FROM (SELECT DISTINCT receipt.message_id AS id FROM notifications_receipt receipt
         WHERE receipt.received_at > %(since)s AND receipt.moved) told
  JOIN notifications_message message ON message.id = told.id
  JOIN plasma_invitation asked
    ON asked.id = CASE WHEN message.subject_kind = %(kind)s THEN message.subject_id::bigint END
 WHERE asked.message = 'sent' AND message.status = ANY (%(final)s)
 ORDER BY asked.id LIMIT %(most)s
   FOR UPDATE OF asked SKIP LOCKED
"""
SENT = """
UPDATE plasma_invitation asked
   SET sent_at = given.at
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS given (id, at)
 WHERE asked.id = given.id
"""
ASKED_AT = """
UPDATE plasma_donor donor
   SET last_asked_at = greatest(donor.last_asked_at, given.at)
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS given (id, at)
 WHERE donor.id = given.id
"""


@dataclass(frozen=True)
class News:
    """One invitation, and how far its message came."""

    pk: int
    campaign: int
    donor: int
    phone: str
    fate: str
    accepted_at: datetime | None
    error_code: str


def sweep() -> int:
    """Read what is new in the outbox; return how many invitations that moved."""
    since = _since()
    moved = 0
    for ids in _on_their_way():
        subjects = [str(pk) for pk in ids]
        settled = [*REACHED, *FAILED, *NEVER_WENT]
        asked = {"ids": ids, "subjects": subjects, "settled": settled, "kind": KIND}
        moved += _read(FIRST_NEWS, asked)
    later = {"since": since, "final": ["delivered", *FAILED], "kind": KIND, "most": BATCH}
    while count := _read(LATER_NEWS, later):
        moved += count
    sweeps.done(SWEEP)
    return moved


def _on_their_way() -> Iterator[list[int]]:
    """Yield the invitations of whose message nothing is known yet, some at a time."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(ON_THEIR_WAY, [last, BATCH])
            ids = [pk for (pk,) in cursor.fetchall()]
        if not ids:
            return
        yield ids
        last = ids[-1]


def _since() -> datetime:
    """Return from when on receipts may not have been read."""
    last = Sweep.objects.filter(name=SWEEP).values_list("ended_at", flat=True).first()
    return last - OVERLAP if last else now() - timedelta(days=365)


@on_deadlock
@transaction.atomic
def _read(statement: str, asked: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        news = [News(*row) for row in cursor.fetchall()]
    counts: Counter[tuple[int, str]] = Counter()
    known = _known(news)
    by_fate: dict[str, list[News]] = defaultdict(list)
    for one in news:
        by_fate[one.fate].append(one)
    went = [one for one in news if one.accepted_at is not None and one.pk not in known]
    _went(went, counts)
    left = 0
    for fate, rows in by_fate.items():
        if fate == "delivered":
            _mark(rows, Way.DELIVERED, Asked.DELIVERED, Step.DELIVERED, counts)
        elif fate in REACHED:
            _mark(rows, Way.SENT, Asked.SENT, None, counts)
        elif fate in FAILED:
            _failed(rows, counts)
        else:
            left += _never_went(fate, rows, counts)
    # One order of locks for all.
    for (campaign, step), count in sorted(counts.items()):
        funnel.add(campaign, step, n=count)
    return len(news) - left


def _known(news: Sequence[News]) -> set[int]:
    """Return those of which it was known already that they went."""
    pks = [one.pk for one in news]
    return set(Invitation.objects.filter(pk__in=pks, message=Way.SENT).values_list("pk", flat=True))


def _went(rows: Sequence[News], counts: Counter[tuple[int, str]]) -> None:
    """From here on these donors have been asked: the next campaign waits its 30 days."""
    if not rows:
        return
    moments = [one.accepted_at for one in rows]
    with connection.cursor() as cursor:
        cursor.execute(SENT, [[one.pk for one in rows], moments])
        cursor.execute(ASKED_AT, [[one.donor for one in rows], moments])
    counts.update((one.campaign, Step.SENT.value) for one in rows)


def _mark(
    rows: Sequence[News],
    way: str,
    status: str,
    step: str | None,
    counts: Counter[tuple[int, str]],
) -> None:
    """Note how far the message came; an answer that was quicker than its receipt stands."""
    marked = Invitation.objects.filter(pk__in=[one.pk for one in rows])
    marked.update(message=way)
    marked.filter(status__in=[Asked.QUEUED, Asked.SENT]).update(status=status)
    if step is not None:
        counts.update((one.campaign, str(step)) for one in rows)


def _failed(rows: Sequence[News], counts: Counter[tuple[int, str]]) -> None:
    """What the network did not deliver; a number that stopped us at the provider has said stop."""
    stopped = _stopped_at_provider({one.phone for one in rows})
    _mark(
        [one for one in rows if one.phone not in stopped],
        Way.UNDELIVERABLE,
        Asked.UNDELIVERABLE,
        Step.UNDELIVERABLE,
        counts,
    )
    _stopped([one for one in rows if one.phone in stopped], counts)


def _never_went(fate: str, rows: Sequence[News], counts: Counter[tuple[int, str]]) -> int:
    """What was not given to the provider: refused at the last look, too late, or taken back.

    It goes all the same, later, while its campaign goes on. Returns how many were left for the
    next time.
    """
    if fate == "suppressed":
        phones = {one.phone for one in rows}
        refused = set(
            OptOut.objects.filter(channel="sms", address__in=phones).values_list(
                "address", flat=True
            )
        )
        refused |= _stopped_at_provider(phones)
        _stopped([one for one in rows if one.phone in refused], counts)
        rest = [one for one in rows if one.phone not in refused]
        _mark(rest, Way.UNDELIVERABLE, Asked.UNDELIVERABLE, Step.UNDELIVERABLE, counts)
        return 0
    # Nobody stops a campaign between the look and the change. What somebody works on just now is
    # read the next time: whoever stops a campaign locks it first, and its invitations then.
    campaigns = Campaign.objects.filter(pk__in={one.campaign for one in rows})
    held = {row.pk: row for row in campaigns.select_for_update(of=("self",), skip_locked=True)}
    looked_at = [one for one in rows if one.campaign in held]
    moment = now()
    goes_on = {pk for pk, row in held.items() if row.status in GOING_ON and row.ends_at > moment}
    ids = [one.pk for one in looked_at]
    waiting = Invitation.objects.filter(pk__in=ids, status=Asked.QUEUED)
    back: dict[str, Any] = {"queued_at": None, "version": F("version") + 1}
    waiting.filter(campaign__in=goes_on).update(status=Asked.PLANNED, **back)
    waiting.update(status=Asked.CANCELLED, **back)
    answered = Invitation.objects.filter(pk__in=ids, queued_at__isnull=False)
    answered.update(message=Way.NOT_SENT)
    return len(rows) - len(looked_at)


def _stopped(rows: Sequence[News], counts: Counter[tuple[int, str]]) -> None:
    """Their message did not go since its reader wants no appeals."""
    found = Invitation.objects.filter(pk__in=[one.pk for one in rows])
    found.update(message=Way.NOT_SENT)
    waiting = found.filter(status__in=[Asked.QUEUED, Asked.SENT])
    pks = set(waiting.values_list("pk", flat=True))
    waiting.update(status=Asked.STOPPED, answered_at=now(), version=F("version") + 1)
    counts.update((one.campaign, Step.STOPPED.value) for one in rows if one.pk in pks)


def _stopped_at_provider(phones: set[str]) -> set[str]:
    marks = NumberMark.objects.filter(
        channel="sms", address__in=phones, kind=NumberMark.Kind.OPTED_OUT
    )
    return set(marks.values_list("address", flat=True))
