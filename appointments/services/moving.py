"""Giving many meetings and requests other times or other posts in one act of an office.

Whoever was moved to another time like this has a :class:`Bump`, of which there is one for each
request: nobody is bumped twice (domain/appointments.md, "Diary changes").
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet
from psycopg2.extras import DateTimeTZRange

from appointments.models import Bump, Hold, Offer, Request
from appointments.services import letters, links, outcomes
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common import registry
from esachivalaya.common.slots import Span
from esachivalaya.notifications.services import Letter
from officials.models import Post
from officials.permissions import people_to_tell

KIND = letters.KIND
BATCH = 500
# One statement for all: what Django composes for so many rows took longer than all the rest.
STORE = """
UPDATE appointments_request AS request
   SET post_id = given.post, kind = given.kind, starts_at = given.starts_at,
       ends_at = given.ends_at, version = given.version, late_at = NULL,
       hand_down_agreed = given.agreed
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[],
              %s::int[], %s::boolean[])
    AS given (id, post, kind, starts_at, ends_at, version, agreed)
 WHERE request.id = given.id
"""
STORED = ("pk", "post_id", "kind", "starts_at", "ends_at", "version", "hand_down_agreed")


@dataclass(frozen=True)
class Move:
    """One request, locked by the caller, and what it gets.

    ``span`` and ``place`` are of ``post`` and free; without them a waiting request goes to another
    post that decides the time itself.
    """

    request: Request
    post: Post
    span: Span | None
    place: int = 1


def locked_rows(pks: Iterable[int]) -> dict[int, Request]:
    """Lock requests in the order of their ids, and return them as they are now, by id."""
    rows = (
        Request.objects.select_related("post", "citizen__household__user")
        .select_for_update(of=("self",))
        .filter(pk__in=list(pks))
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def bumped_before(requests: Iterable[Request]) -> set[int]:
    """Return the ids of those that an office's change of its diary moved already."""
    pks = [request.pk for request in requests]
    return set(Bump.objects.filter(request__in=pks).values_list("request_id", flat=True))


def release(requests: Iterable[Request], *, moment: datetime) -> None:
    """Free the times that ``requests`` have, before new ones are looked for; offers stay."""
    _asked([request.pk for request in requests]).update(released_at=moment)


@dataclass(frozen=True)
class Told:
    """What a new time is called in the record and by which template it is told, with what words."""

    act: str
    template: str
    words: str


def carry_out(
    moves: Sequence[Move], *, by: User, words: str, moment: datetime, shifted: bool = False
) -> None:
    """Do ``moves``: times, bumps, history, links, reminders, and one message to each citizen.

    The caller has locked the requests, released their times and locked the days of the new ones.
    Status and due time stay. A second bump of a request is refused by the database. ``shifted``
    says that the office's programme moved as a whole: then each reads the office's words.
    """
    told = Told("moved_by_office", "request_moved_by_office", words)
    if shifted:
        told = Told("shifted", "request_shifted", words)
    given = Counter[tuple[Post, Post]]()
    for start in range(0, len(moves), BATCH):
        changes = [_Change.of(move) for move in moves[start : start + BATCH]]
        _write(changes, told, by=by, moment=moment)
        given.update((change.left, change.to) for change in changes if change.elsewhere)
    for (left, to), count in given.items():
        letters.send(_to_the_new_desk(left, to, count, moment))


@dataclass(frozen=True)
class _Change:
    """A move, with where the request stood before; the request itself is changed in memory."""

    move: Move
    left: Post
    before: datetime | None

    @classmethod
    def of(cls, move: Move) -> "_Change":
        row, span = move.request, move.span
        change = cls(move, row.post, row.starts_at)
        row.version += 1
        row.late_at = None
        row.starts_at, row.ends_at = (span.start, span.end) if span else (None, None)
        if span is None:
            row.kind = Request.Kind.OPEN
        if change.elsewhere:
            row.post = move.post
            # What was agreed to was another post below.
            row.hand_down_agreed = False
        return change

    @property
    def row(self) -> Request:
        return self.move.request

    @property
    def to(self) -> Post:
        return self.move.post

    @property
    def elsewhere(self) -> bool:
        return self.left.pk != self.to.pk

    @property
    def other_time(self) -> bool:
        """Whether a time stood and another one stands now."""
        return bool(self.before and self.move.span and self.before != self.move.span.start)


def _write(changes: Sequence[_Change], told: Told, *, by: User, moment: datetime) -> None:
    rows = [change.row for change in changes]
    _end_offers([change.row for change in changes if change.elsewhere], moment)
    Hold.objects.bulk_create(
        _hold(change.move, change.move.span, moment) for change in changes if change.move.span
    )
    _store(rows)
    bumps = (_bump(change, by, told.words) for change in changes)
    Bump.objects.bulk_create(bump for bump in bumps if bump is not None)
    links.revoke_all(rows, at=moment)
    record_all((_act(change, by, told) for change in changes), at=moment)
    confirmed = [row.pk for row in rows if row.status == Request.Status.CONFIRMED]
    registry.moved.of_all(KIND, confirmed)
    waiting = [row.pk for row in rows if row.status == Request.Status.REQUESTED]
    registry.changed_while_waiting.of_all(KIND, waiting)
    letters.send(_to_citizen(change, told) for change in changes)


def _bump(change: _Change, by: User, words: str) -> Bump | None:
    """The one bump of a request, when it had a time and has another one now."""
    before, after = change.before, change.row.starts_at
    if before is None or after is None or before == after:
        return None
    return Bump(
        request=change.row,
        post=change.left,
        from_starts_at=before,
        to_starts_at=after,
        words=words,
        by=by,
    )


def _store(rows: Sequence[Request]) -> None:
    columns = [[getattr(row, name) for row in rows] for name in STORED]
    with connection.cursor() as cursor:
        cursor.execute(STORE, columns)


def _end_offers(rows: Sequence[Request], moment: datetime) -> None:
    """A time that the old office offered does not go along to another one."""
    offered = Offer.objects.filter(request__in=rows, status=Offer.Status.OPEN)
    with_offer = set(offered.values_list("request_id", flat=True))
    for row in rows:
        if row.pk in with_offer:
            outcomes.end_offer(row, status=Offer.Status.WITHDRAWN, at=moment)


def _hold(move: Move, span: Span, moment: datetime) -> Hold:
    return Hold(
        post=move.post,
        place=move.place,
        during=DateTimeTZRange(span.start, span.end),
        request=move.request,
        purpose=Hold.Purpose.ASKED,
        own_phone=move.request.channel == Request.Channel.OWN_PHONE,
        taken_at=moment,
    )


def _asked(pks: list[int]) -> QuerySet[Hold]:
    return Hold.objects.filter(
        request__in=pks, purpose=Hold.Purpose.ASKED, released_at__isnull=True
    )


def _act(change: _Change, by: User, told: Told) -> Act:
    act, data = told.act, dict[str, object](words=told.words)
    if change.other_time:
        data["before"] = change.before
    if change.row.starts_at is not None:
        data["starts_at"] = change.row.starts_at
    if change.elsewhere:
        data |= {"from": change.left.code, "to": change.to.code}
        act = "handed_over"
    kind, pk = subject_of(change.row)
    return Act(kind, pk, act, by.pk, change.left.code, data)


def _to_citizen(change: _Change, told: Told) -> Letter:
    """One letter: of the new time where there is one, else of the new office."""
    row = change.row
    confirmed = row.status == Request.Status.CONFIRMED
    if change.other_time or (confirmed and row.starts_at is not None):
        assert change.before is not None
        assert row.starts_at is not None
        return letters.to_citizen(
            row,
            told.template,
            event=str(row.version),
            before=letters.moment_words(change.before),
            when=letters.moment_words(row.starts_at),
            words=told.words,
            short_link=links.to_withdraw(row) if confirmed else letters.public_link(row),
        )
    return letters.to_citizen(
        row,
        "request_handed_over",
        event=str(row.version),
        post=letters.post_words(change.left),
        new_post=letters.post_words(change.to),
        due=letters.moment_words(row.due_at),
    )


def _to_the_new_desk(left: Post, to: Post, count: int, moment: datetime) -> list[Letter]:
    """One letter for all that an office was given, never one for each."""
    return letters.to_officers(
        people_to_tell(to, letters.DESK),
        "office_given_over",
        event=f"{left.pk}:{to.pk}:{moment:%Y%m%dT%H%M%S.%f}",
        values={
            "post": letters.post_words(to),
            "from_post": letters.post_words(left),
            "count": str(count),
            "link": letters.desk_address(),
        },
    )
