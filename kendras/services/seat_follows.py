"""The seat follows the meeting: kept when it is confirmed, moved with it, freed when it is off.

Called by the hooks of the appointments in the transaction of what happened, with the requests
locked; a batch without a single booking of a Kendra costs one query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from typing import NamedTuple

from django.db import connection
from psycopg2.extras import DateTimeTZRange

from appointments.models import Request
from appointments.services import letters
from appointments.services.letters import KIND
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.slots import Span
from esachivalaya.notifications.services import Letter
from kendras.models import AssistedBooking, Desk, Kendra, KendraNotice, SeatHold
from kendras.services import seat_reminders, seats

# The bookings behind these requests: their own, that of the missed meeting in whose place one was
# given, and that of the wish from which one was drawn.
FOUND = """
WITH RECURSIVE line (id, origin, follows_id) AS (
    SELECT id, id, follows_id FROM appointments_request WHERE id = ANY(%(pks)s)
    UNION ALL
    SELECT line.id, earlier.id, earlier.follows_id
      FROM line JOIN appointments_request AS earlier ON earlier.id = line.follows_id
), booked (id, booking_id, kendra_id, seat_wanted, drawn) AS (
    SELECT line.id, booking.id, booking.kendra_id, booking.seat_wanted, false
      FROM line JOIN kendras_assistedbooking AS booking ON booking.request_id = line.origin
    UNION ALL
    SELECT wish.request_id, booking.id, booking.kendra_id, booking.seat_wanted, true
      FROM appointments_drawwish AS wish
      JOIN kendras_assistedbooking AS booking
        ON booking.wish_id = wish.id AND booking.request_id IS NULL
     WHERE wish.request_id = ANY(%(pks)s)
)
SELECT booked.id, booked.booking_id, booked.kendra_id, booked.seat_wanted, booked.drawn,
       request.status, request.starts_at, request.ends_at, request.needs_accessible_seat,
       hold.id, hold.desk_id, lower(hold.during), upper(hold.during)
  FROM booked
  JOIN appointments_request AS request ON request.id = booked.id
  LEFT JOIN kendras_seathold AS hold ON hold.request_id = booked.id AND hold.released_at IS NULL
 ORDER BY booked.id
"""
# Of a Kendra's name in an SMS.
MOST_LETTERS = 40
OPEN = {str(Request.Status.REQUESTED), str(Request.Status.CONFIRMED)}


class _Row(NamedTuple):
    """One request that was booked at a Kendra, and the seat that it has."""

    request_id: int
    booking_id: int
    kendra_id: int
    seat_wanted: bool
    drawn: bool
    status: str
    starts_at: datetime | None
    ends_at: datetime | None
    accessible: bool
    hold_id: int | None
    desk_id: int | None
    held_from: datetime | None
    held_to: datetime | None

    @property
    def held(self) -> Span | None:
        return Span(self.held_from, self.held_to) if self.held_from and self.held_to else None

    @property
    def wanted(self) -> Span | None:
        """The time at which a seat is wanted now."""
        if not self.seat_wanted or self.status not in OPEN:
            return None
        return Span(self.starts_at, self.ends_at) if self.starts_at and self.ends_at else None

    @property
    def is_confirmed(self) -> bool:
        return self.status == Request.Status.CONFIRMED


@dataclass(frozen=True)
class _Kept:
    """A seat that a request has at its time; ``before`` says that it had one elsewhere in time."""

    row: _Row
    desk: Desk | None
    before: bool = False


def confirmed(kind: str, pk: int) -> None:
    """Keep the seat of a meeting that was just confirmed, or take one; the citizen is told."""
    all_confirmed(kind, [pk])


def all_confirmed(kind: str, pks: Sequence[int]) -> None:
    """Do it for many, in as many statements as for one."""
    if kind == KIND:
        _follow(pks, newly_confirmed=True)


def follow(kind: str, pk: int) -> None:
    """Let the seat go where its meeting went: to another time, or to whoever needs it next."""
    follow_all(kind, [pk])


def follow_all(kind: str, pks: Sequence[int]) -> None:
    """Do it for many, in as many statements as for one."""
    if kind == KIND:
        _follow(pks, newly_confirmed=False)


def place_anew(pks: Sequence[int]) -> None:
    """Give another seat at the same time to those whose own is no longer offered.

    Called with the Kendra changed and its days locked; whoever gets none is told, and the counter.
    """
    wait_for(pks)
    rows = [row for row in _found(pks) if row.hold_id is not None]
    moment = now()
    _free(rows, moment)
    kept = _take([row for row in rows if row.wanted is not None], moment)
    _tell(kept, newly_confirmed=True, cause=f":{moment:%Y%m%dT%H%M%S}")


def wait_for(pks: Sequence[int]) -> None:
    """Lock requests whose seats are given anew, as everybody does who withdraws or moves one.

    Else the seat of one that is withdrawn at that moment would be given back twice, and the new one
    never. Before the days of the Kendra are locked: in that order they are taken elsewhere.
    """
    list(Request.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))


def _follow(pks: Sequence[int], *, newly_confirmed: bool) -> None:
    rows = _found(pks)
    if not rows:
        return
    _link_drawn(rows)
    moment = now()
    changed = [row for row in rows if row.held != row.wanted]
    _free([row for row in changed if row.hold_id is not None], moment)
    wanting = [row for row in changed if row.wanted is not None]
    kept = _take(wanting, moment)
    if newly_confirmed:
        # Those who keep the seat that they had while they waited hear of it now.
        kept += _still_there([row for row in rows if row.hold_id and row not in changed])
    _tell(kept, newly_confirmed=newly_confirmed)


def _found(pks: Sequence[int]) -> list[_Row]:
    if not pks:
        return []
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {"pks": list(pks)})
        return [_Row._make(found) for found in cursor.fetchall()]


def _link_drawn(rows: Sequence[_Row]) -> None:
    """Write the request of a drawn wish into its booking; each draw confirms one at a time."""
    for row in rows:
        if row.drawn:
            AssistedBooking.objects.filter(pk=row.booking_id).update(request=row.request_id)


def _free(rows: Sequence[_Row], moment: datetime) -> None:
    """Free seats. It needs no lock: it makes nothing scarcer."""
    if not rows:
        return
    SeatHold.objects.filter(pk__in=[row.hold_id for row in rows]).update(released_at=moment)
    seat_reminders.take_back([row.request_id for row in rows])
    label = SeatHold._meta.label_lower
    record_all([Act(label, str(row.hold_id), "seat_freed") for row in rows], at=moment)


def _take(rows: Sequence[_Row], moment: datetime) -> list[_Kept]:
    """Take a seat for each of ``rows`` where one is free, whoever asked first first."""
    if not rows:
        return []
    spans = [row.wanted for row in rows if row.wanted]
    seats.lock_days((row.kendra_id, day_of(row.wanted.start)) for row in rows if row.wanted)
    kendras = seats.kendras_now(row.kendra_id for row in rows)
    seatings = seats.seatings_of(kendras, spans)
    kept: list[_Kept] = []
    holds: list[SeatHold] = []
    for row in rows:
        assert row.wanted is not None
        seating = seatings[row.kendra_id]
        free = seating.free(row.wanted, accessible=row.accessible)
        # The same seat where it can be had: who moves by an hour need not change desks.
        desk = next((one for one in free if one.pk == row.desk_id), free[0] if free else None)
        kept.append(_Kept(row, desk, before=row.held is not None))
        if desk is not None:
            seating.taken[desk.pk].append(row.wanted)
            holds.append(_hold(row.request_id, desk, row.wanted, moment))
    made = SeatHold.objects.bulk_create(holds)
    acts = [
        Act(*subject_of(hold), "seat_kept", data={"seat": hold.desk.number}, new=True)
        for hold in made
    ]
    record_all(acts, at=moment)
    return kept


def _hold(request_id: int, desk: Desk, span: Span, moment: datetime) -> SeatHold:
    during = DateTimeTZRange(span.start, span.end)
    return SeatHold(desk=desk, during=during, request_id=request_id, taken_at=moment)


def _still_there(rows: Sequence[_Row]) -> list[_Kept]:
    desks = Desk.objects.in_bulk({row.desk_id for row in rows if row.desk_id}) if rows else {}
    return [_Kept(row, desks[row.desk_id]) for row in rows if row.desk_id]


def _tell(kept: Sequence[_Kept], *, newly_confirmed: bool, cause: str = "") -> None:
    """Tell the counter what changed, and the citizen that no seat is free; reminders say where.

    That a seat is kept, or moves with its meeting, is no message of its own: what confirmed or
    moved the meeting is one already. ``cause`` tells apart what happens to the seat alone.
    """
    if not kept:
        return
    KendraNotice.objects.bulk_create(
        _notice(one) for one in kept if one.desk is None or (one.before and not newly_confirmed)
    )
    told = [one for one in kept if one.desk is None or one.row.is_confirmed]
    requests = Request.objects.select_related("post", "citizen__household__user").in_bulk(
        [one.row.request_id for one in told]
    )
    kendras = seats.kendras_now(one.row.kendra_id for one in told)
    places = {
        one.row.request_id: _place(one, requests[one.row.request_id], kendras) for one in told
    }
    letters.send(
        _letter(one, requests[one.row.request_id], places[one.row.request_id], cause)
        for one in told
        if one.desk is None or cause
    )
    seated = [one.row.request_id for one in told if one.desk is not None]
    seat_reminders.write([(requests[pk], places[pk]) for pk in seated])
    if cause:
        seat_reminders.write_without_place(
            requests[one.row.request_id]
            for one in told
            if one.desk is None and one.row.is_confirmed
        )


def _notice(one: _Kept) -> KendraNotice:
    assert one.row.wanted is not None
    lost = one.desk is None
    return KendraNotice(
        kendra_id=one.row.kendra_id,
        kind=KendraNotice.Kind.SEAT_LOST if lost else KendraNotice.Kind.SEAT_MOVED,
        day=day_of(one.row.wanted.start),
        request_id=one.row.request_id,
    )


def _place(one: _Kept, request: Request, kendras: Mapping[int, Kendra]) -> dict[str, letters.Value]:
    """Return what messages say of the place."""
    values: dict[str, letters.Value] = {}
    if not request.private:
        # Where a private matter was asked for is told to nobody who reads over the shoulder.
        kendra = kendras[one.row.kendra_id]
        values["kendra"] = {"hi": _short(kendra.name_hi), "en": _short(kendra.name_en)}
    if one.desk is not None:
        values["seat"] = str(one.desk.number)
    return values


def _letter(one: _Kept, request: Request, place: Mapping[str, letters.Value], cause: str) -> Letter:
    assert one.row.wanted is not None
    start = one.row.wanted.start
    template = "kendra_seat_lost" if one.desk is None else "kendra_seat_kept"
    # The same of the same time is told once.
    event = f"{start:%Y%m%dT%H%M}:{request.version}{cause}"
    when = letters.moment_words(start)
    return letters.to_citizen(request, template, event=event, when=when, **place)


def _short(name: str) -> str:
    """Return the name as an SMS has room for it, in whole words."""
    return shorten(name, MOST_LETTERS, placeholder="") or name[:MOST_LETTERS]
