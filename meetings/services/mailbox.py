"""Signals between two pages of one room, over plain HTTP: a mailbox and a complete snapshot.

A lost or repeated request loses nothing, any web process can answer, and a mailbox opens only to
the seat of the browser that sits there (its token), never to a number in the address. Each poll is
one statement.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from meetings.models.passing import LARGEST_SIGNAL
from meetings.services.seats import NotYourSeat, digest_of

# A page sends an offer, an answer and some dozens of candidates to each of five others.
MOST_SIGNALS, IN = 300, timedelta(seconds=60)

# The office's side must still have a live charge and an open account, as ChargeQuerySet asks: one
# that has ended shuts the door at the next poll, and nobody is told of such a seat any more.
_IN_CHARGE = """({seat}.kind <> 'office' OR EXISTS (
           SELECT FROM officials_charge charge
             JOIN accounts_user holder ON holder.id = charge.user_id AND holder.is_active
            WHERE charge.post_id = {request}.post_id AND charge.user_id = {seat}.user_id
              AND charge.starts_at <= clock_timestamp()
              AND (charge.ends_at IS NULL OR charge.ends_at > clock_timestamp())))"""

# Who asks, as the database knows them: only the browser whose token this is.
_ME = f"""
me AS (
  SELECT seat.*, room.status AS room_status, room.closed_for, room.starts_at, room.closes_at,
         room.opens_at, room.engine, room.request_id, request.post_id,
         room.status <> 'closed' AND room.opens_at <= clock_timestamp()
           AND clock_timestamp() < room.closes_at AS room_open,
         seat.page IS NOT DISTINCT FROM %(page)s AS current
    FROM meetings_seat seat
    JOIN meetings_room room ON room.id = seat.room_id
    JOIN appointments_request request ON request.id = room.request_id
   WHERE seat.id = %(seat)s AND seat.token_digest = %(token)s AND seat.token_digest <> ''
     AND {_IN_CHARGE.format(seat="seat", request="request")}
)
"""  # noqa: S608 - nothing but the words of this file stands in it

_POLL = (
    "WITH "  # noqa: S608 - nothing but the words of this file stands in it
    + _ME
    + """
, seen AS (
  UPDATE meetings_seat SET seen_at = clock_timestamp()
   WHERE id IN (SELECT id FROM me WHERE current)
     AND (seen_at IS NULL OR seen_at < clock_timestamp() - interval '4 seconds')
)
SELECT status, version, kind, current, room_status, closed_for, room_open, waiting_since,
       CASE WHEN status = 'waiting' AND room_open THEN
         (SELECT count(*) FROM meetings_room ahead
            JOIN appointments_request before ON before.id = ahead.request_id
           WHERE before.post_id = me.post_id AND before.status = 'confirmed'
             AND ahead.status <> 'closed' AND ahead.starts_at < me.starts_at
             AND ahead.closes_at > clock_timestamp())
       ELSE 0 END,
       CASE WHEN status = 'admitted' AND current AND room_open THEN
         (SELECT json_agg(json_build_object(
                   'seat', other.id, 'name', other.name, 'kind', other.kind, 'page', other.page,
                   'here', other.seen_at > clock_timestamp() - interval '10 seconds')
                 ORDER BY other.id)
            FROM meetings_seat other
           WHERE other.room_id = me.room_id AND other.status = 'admitted' AND other.id <> me.id
             AND """
    + _IN_CHARGE.format(seat="other", request="me")
    + """)
       END,
       CASE WHEN status = 'admitted' AND current AND room_open THEN
         (SELECT json_agg(json_build_object(
                   'id', signal.id, 'from', signal.sender_id, 'page', signal.sender_page,
                   'kind', signal.kind, 'content', signal.content) ORDER BY signal.id)
            FROM meetings_signal signal
            JOIN meetings_seat sender ON sender.id = signal.sender_id
           WHERE signal.to_id = me.id AND signal.to_page = me.page AND signal.id > %(after)s
             AND sender.status = 'admitted' AND sender.page = signal.sender_page)
       END,
       CASE WHEN status = 'admitted' AND current AND room_open THEN
         (SELECT json_agg(json_build_object(
                   'id', line.id, 'from', line.seat_id, 'name', writer.name, 'words', line.words)
                 ORDER BY line.id)
            FROM meetings_chatline line JOIN meetings_seat writer ON writer.id = line.seat_id
           WHERE line.room_id = me.room_id AND line.id > %(chat_after)s)
       END,
       CASE WHEN status = 'admitted' AND current AND room_open THEN
         (SELECT json_build_object('position', paper.position, 'page', shared.page,
                                   'name', paper.name)
            FROM meetings_sharedpaper shared
            JOIN appointments_attachment paper ON paper.id = shared.attachment_id
           WHERE shared.room_id = me.room_id)
       END,
       CASE WHEN kind = 'office' AND current AND room_open THEN
         (SELECT json_agg(json_build_object(
                   'seat', guest.id, 'name', guest.name, 'kind', guest.kind,
                   'place', guest.place, 'status', guest.status, 'version', guest.version,
                   'since', guest.waiting_since,
                   'here', guest.seen_at > clock_timestamp() - interval '10 seconds')
                 ORDER BY guest.waiting_since, guest.id)
            FROM meetings_seat guest
           WHERE guest.room_id = me.room_id AND guest.kind <> 'office')
       END,
       coalesce((SELECT late.minutes FROM appointments_runninglate late
                  WHERE late.post_id = me.post_id
                    AND late.day = (clock_timestamp() AT TIME ZONE 'Asia/Kolkata')::date
                  ORDER BY late.id DESC LIMIT 1), 0),
       EXISTS (SELECT FROM meetings_seat office
                WHERE office.room_id = me.room_id AND office.kind = 'office'
                  AND office.status = 'admitted'
                  AND office.seen_at > clock_timestamp() - interval '10 seconds')
  FROM me
"""
)

_SEND = (
    "WITH "  # noqa: S608 - nothing but the words of this file stands in it
    # The room is held while something is put into it: what is closed at this moment stays empty.
    + _ME.rstrip().removesuffix(")")
    + """ FOR SHARE OF room
)
, lately AS (
  SELECT count(*) AS number FROM meetings_signal
   WHERE sender_id = %(seat)s AND made_at > clock_timestamp() - %(in)s
)
, sent AS (
  INSERT INTO meetings_signal
         (room_id, sender_id, sender_page, to_id, to_page, kind, key, content, made_at)
  SELECT me.room_id, me.id, me.page, other.id, other.page, %(kind)s, %(key)s, %(content)s,
         clock_timestamp()
    FROM me, lately, meetings_seat other
   WHERE me.status = 'admitted' AND me.current AND me.room_open
     AND other.id = %(to)s AND other.room_id = me.room_id AND other.id <> me.id
     AND other.status = 'admitted' AND other.page = %(to_page)s
     AND lately.number < %(most)s
  ON CONFLICT (sender_id, sender_page, key) DO NOTHING
  RETURNING id
)
SELECT (SELECT count(*) FROM sent), (SELECT number FROM lately),
       status = 'admitted' AND current AND room_open
  FROM me
"""
)

_STATE = (
    "status version kind current room_status closed_for room_open waiting_since ahead people "
    "signals chat paper guests late office_here"
).split()


@dataclass(frozen=True)
class Snapshot:
    """All that a page may know at this moment. What it may not know is None."""

    status: str
    version: int
    kind: str
    # Whether this page is the one that sits here; another of the same person may have replaced it.
    current: bool
    room_status: str
    closed_for: str
    room_open: bool
    waiting_since: Any
    # How many meetings of the same office come before and are not over.
    ahead: int
    people: list[dict[str, Any]] | None
    signals: list[dict[str, Any]] | None
    chat: list[dict[str, Any]] | None
    paper: dict[str, Any] | None
    guests: list[dict[str, Any]] | None
    # Minutes by which the office said that it runs late today.
    late: int
    # Whether somebody of the office is in the room: who waits then looks more often.
    office_here: bool


def poll(*, seat: int, token: str, page: int, after: int = 0, chat_after: int = 0) -> Snapshot:
    """Return what the page ``page`` of ``seat`` may know now, and note that it is there.

    ``after`` and ``chat_after`` are the last ids that the page has seen. Raises
    :class:`NotYourSeat` for any other token than that of the browser that sits there.
    """
    asked: dict[str, Any] = {"seat": seat, "token": digest_of(token), "page": page}
    with connection.cursor() as cursor:
        cursor.execute(_POLL, {**asked, "after": after, "chat_after": chat_after})
        row = cursor.fetchone()
    if row is None:
        raise NotYourSeat
    return Snapshot(**dict(zip(_STATE, row, strict=True)))


def send(
    *, seat: int, token: str, page: int, to: int, to_page: int, kind: str, key: str, content: str
) -> bool:
    """Put a signal into the mailbox of another admitted seat; return whether it is there.

    False when the other has gone or has another page by now: the sender learns that at its next
    poll. The same ``key`` from the same page is put there once. Raises :class:`NotYourSeat`, or
    :class:`Refused` when the sender is not admitted, the content is over 64 KiB, or too many came.
    """
    if len(content.encode()) > LARGEST_SIGNAL:
        raise Refused("signal_size", _("This is larger than a signal can be."))
    asked: dict[str, Any] = {"seat": seat, "token": digest_of(token), "page": page}
    asked |= {"most": MOST_SIGNALS, "in": IN}
    told: dict[str, Any] = {
        "to": to,
        "to_page": to_page,
        "kind": kind,
        "key": key,
        "content": content,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEND, {**asked, **told})
        row = cursor.fetchone()
    if row is None:
        raise NotYourSeat
    sent, lately, may = row
    if not may:
        raise Refused("not_admitted", _("The office has not let you in yet."))
    if lately >= MOST_SIGNALS:
        raise Refused("too_many", _("Too much came from this page. Please wait a minute."))
    return bool(sent)
