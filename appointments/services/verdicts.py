"""What the 24-hour rule decided about several requests, written all at once.

The caller has locked the requests and, for each time that is newly taken, its day. Either all of it
is written or none; each request makes its move by compare-and-set, as with a single one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg2.extras import DateTimeTZRange

from appointments.models import Breach, Hold, Offer, Request
from appointments.services import confirmed, links, outcomes
from appointments.services.batch_diaries import Booked
from esachivalaya.audit.services import Act, record_all
from esachivalaya.common import many_rows, registry
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken
from officials.models import Post

Status = Request.Status

# One statement for requests whose new times and posts differ.
MOVE = """
UPDATE appointments_request AS r
SET status = %(to)s, version = r.version + 1, answered_at = %(at)s, next_reminder_at = NULL,
    closed_at = CASE WHEN %(to)s = 'released' THEN %(at)s ELSE r.closed_at END,
    confirmed_by = CASE WHEN %(to)s = 'confirmed' THEN 'rule' ELSE r.confirmed_by END,
    post_id = v.post_id, starts_at = v.starts_at, ends_at = v.ends_at
FROM unnest(%(ids)s::bigint[], %(posts)s::bigint[], %(starts)s::timestamptz[],
            %(ends)s::timestamptz[]) AS v (id, post_id, starts_at, ends_at)
WHERE r.id = v.id AND r.status = 'requested'
"""


@dataclass(frozen=True)
class Verdict:
    """What becomes of one request at its due time.

    ``post`` meets the citizen, ``owing`` owed the answer. ``span`` is the time that is confirmed;
    ``booked`` is the hold that it needs if it is another than the one asked for. ``offer`` is the
    open offer that ends with it, ``by_offer`` says that the offered time is the one confirmed.
    ``times`` are the next free ones that a citizen is told whose time was released.
    """

    request: Request
    act: str
    owing: Post
    post: Post
    breach: str = ""
    span: Span | None = None
    booked: Booked | None = None
    offer: Offer | None = None
    by_offer: bool = False
    times: list[Span] = field(default_factory=list)

    @property
    def confirms(self) -> bool:
        """Whether a meeting comes of it."""
        return self.span is not None

    @property
    def handed_down(self) -> bool:
        """Whether another post than the one asked meets the citizen."""
        return self.post.pk != self.owing.pk


def write(verdicts: Sequence[Verdict], *, at: datetime) -> None:
    """Write ``verdicts``: holds, offers, requests, breaches, audit, ended links, reminders.

    The requests carry the new values afterwards, for the letters that tell of them.
    """
    _end_offers(verdicts, at)
    _change_holds(verdicts, at)
    _move([one for one in verdicts if one.confirms], Status.CONFIRMED, at)
    _move([one for one in verdicts if not one.confirms], Status.RELEASED, at)
    many_rows.insert(
        [
            Breach(
                request=one.request,
                post=one.owing,
                due_at=one.request.due_at,
                outcome=one.breach,
                recorded_at=at,
            )
            for one in verdicts
            if one.breach
        ]
    )
    record_all(
        [
            Act(
                outcomes.KIND,
                str(one.request.pk),
                one.act,
                post_code=one.post.code,
                data=_data_of(one),
            )
            for one in verdicts
        ],
        at=at,
    )
    links.revoke_all([one.request for one in verdicts], at=at)
    meetings = [one.request for one in verdicts if one.confirms]
    with confirmed.lent(meetings):
        registry.confirmed.of_all(outcomes.KIND, [request.pk for request in meetings])
    waiting = [one.request.pk for one in verdicts if not one.confirms]
    registry.changed_while_waiting.of_all(outcomes.KIND, waiting)


def _end_offers(verdicts: Iterable[Verdict], at: datetime) -> None:
    ended = [one.offer.pk for one in verdicts if one.offer is not None]
    if ended:
        Offer.objects.filter(pk__in=ended, status=Offer.Status.OPEN).update(
            status=Offer.Status.LAPSED, answered_at=at
        )


def _change_holds(verdicts: Sequence[Verdict], at: datetime) -> None:
    """Release what is given up, then take what is new: a place may pass from one to the other."""
    asked, offered = Hold.Purpose.ASKED, Hold.Purpose.OFFERED
    kept = [one.request.pk for one in verdicts if one.confirms and not one.booked]
    by_offer = [one.request.pk for one in verdicts if one.by_offer]
    given_up = [one.request.pk for one in verdicts if not one.confirms or one.booked]
    lapsed = [one.request.pk for one in verdicts if one.offer and not one.by_offer]
    live = Hold.objects.filter(released_at__isnull=True)
    if given_up:
        live.filter(request__in=given_up).update(released_at=at)
    if set(lapsed) & set(kept):
        live.filter(request__in=lapsed, purpose=offered).update(released_at=at)
    if by_offer:
        live.filter(request__in=by_offer, purpose=asked).update(released_at=at)
        live.filter(request__in=by_offer, purpose=offered).update(purpose=asked)
    many_rows.insert(
        [
            Hold(
                post=one.post,
                place=one.booked.place,
                during=DateTimeTZRange(one.booked.span.start, one.booked.span.end),
                request=one.request,
                purpose=one.booked.purpose,
                own_phone=one.booked.own_phone,
                taken_at=at,
            )
            for one in verdicts
            if one.booked
        ]
    )


def _move(verdicts: Sequence[Verdict], to: str, at: datetime) -> None:
    """Move each request from *requested* to ``to``; if one is that no longer, none is moved."""
    if not verdicts:
        return
    rows = [one.request for one in verdicts]
    spans = [_time_of(one) for one in verdicts]
    told: dict[str, Any] = {
        "to": str(to),
        "at": at,
        "ids": [row.pk for row in rows],
        "posts": [one.post.pk for one in verdicts],
        "starts": [start for start, _end in spans],
        "ends": [end for _start, end in spans],
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, told)
        if cursor.rowcount != len(rows):
            raise Overtaken(rows[0])
    for one, row, (start, end) in zip(verdicts, rows, spans, strict=True):
        row.status, row.post, row.version = str(to), one.post, row.version + 1
        row.starts_at, row.ends_at, row.answered_at = start, end, at


def _time_of(verdict: Verdict) -> tuple[datetime | None, datetime | None]:
    if verdict.span is not None:
        return verdict.span.start, verdict.span.end
    return verdict.request.starts_at, verdict.request.ends_at


def _data_of(verdict: Verdict) -> Mapping[str, Any] | None:
    """Return what the record keeps: the time, and who owed the answer since when."""
    if verdict.span is None:
        return None
    data: dict[str, Any] = {"starts_at": verdict.span.start}
    if verdict.breach:
        data |= {
            "from": verdict.owing.code,
            "to": verdict.post.code,
            "due_at": verdict.request.due_at,
        }
    return data
