"""What the ledger says was done, by day, desk and person: counted as it is, or rolled up by day.

A day that is over is counted once, in a transaction of its own, and read from the roll-up from then
on; days that are not counted yet (today, mostly) are counted as they are. So the State's figures
cost what their days cost, not what ten million movements cost. Nothing here reads a subject.

A paper counts as what it is classified now: when that changes, its days are counted anew
(:func:`recount`), so that figures without confidential papers never hold one.
"""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min

from eoffice.models import CountedDay, Movement
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.common import reading
from esachivalaya.common.clock import at, day_of, now

# A movement of a day's last moment may be committed a little later.
AFTER_MIDNIGHT = timedelta(hours=1)
DAYS_AT_ONCE = 31
NO_DAY = date(2000, 1, 1)
# A stay at a desk is in time when it ends within so many days.
IN_TIME_DAYS = 7
# A page of noting holds so many characters: thirty lines of sixty.
PAGE_OF_NOTING = 1800

# What is counted of the acts of one person at one desk. ``since`` is there where the act ended the
# item's stay at the desk: it was sent on, put in a file, bound into another one, or closed.
OF_ACTS: Mapping[str, str] = {
    "acts": "count(*)",
    "receipts": "count(*) FILTER (WHERE act = 'made' AND kind = 'receipt')",
    "files": "count(*) FILTER (WHERE act = 'made' AND kind = 'file' AND NOT old)",
    "joined": "count(*) FILTER (WHERE act = 'made' AND kind = 'file' AND old)",
    "sent": "count(*) FILTER (WHERE act = 'marked')",
    "returned": "count(*) FILTER (WHERE act = 'returned')",
    "filed": "count(*) FILTER (WHERE act = 'put_in_file' AND kind = 'receipt')",
    "closed": "count(*) FILTER (WHERE act = 'closed')",
    "issued": "count(*) FILTER (WHERE act = 'issued')",
    "stays": "count(since)",
    "stays_in_time": "count(*) FILTER (WHERE at - since <= %(in_time)s)",
    # The rule of what these are worth stands in eoffice.services.paper_saved.
    "note_pages": "sum(note_pages)",
    "print_pages": "sum(receipt_pages) FILTER (WHERE act = 'made' AND by_wire)",
    "copies": "count(receipt_pages) FILTER (WHERE act = 'marked')",
    "copy_pages": "sum(receipt_pages) FILTER (WHERE act = 'marked')",
    "letter_pages": "sum(letter_pages)",
}
# What comes to a desk, and letters that went by e-mail: no act of a person at the desk.
OF_NOBODY = ("came", "mails", "mail_pages")
COUNTS = (*OF_ACTS, *OF_NOBODY)

# One row for each movement of these days, with what it was worth.
_MOVED = """
    SELECT (m.at AT TIME ZONE 'Asia/Kolkata')::date AS day, m.at, m.act, m.by_id,
           m.from_desk_id, m.to_desk_id, i.kind, i.classification >= 3 AS confidential,
           COALESCE(f.old_number <> '', false) AS old,
           COALESCE(r.delivery_mode IN ('email', 'portal'), false) AS by_wire,
           stay.since, noting.note_pages, papers.receipt_pages, letter.letter_pages
      FROM eoffice_movement m
      JOIN eoffice_item i ON i.id = m.item_id
      LEFT JOIN eoffice_file f ON f.item_id = m.item_id AND m.act = 'made'
      LEFT JOIN eoffice_receipt r ON r.item_id = m.item_id AND m.act = 'made'
      LEFT JOIN LATERAL (
           SELECT h.since FROM eoffice_holding h
            WHERE h.item_id = m.item_id AND h.ended_at = m.at AND h.desk_id = m.from_desk_id
              AND m.act IN ('marked', 'returned', 'put_in_file', 'attached', 'merged', 'closed')
           ) AS stay ON true
      LEFT JOIN LATERAL (
           SELECT sum(GREATEST(1, ceil(char_length(n.text) / %(page)s::numeric)))::int AS note_pages
             FROM eoffice_note n
            WHERE n.file_id = m.item_id AND n.sealed_at = m.at AND n.status = 'sealed'
              AND i.nature = 'electronic'
              AND m.act IN ('marked', 'returned', 'attached', 'merged', 'closed')
           ) AS noting ON true
      LEFT JOIN LATERAL (
           SELECT GREATEST(1, COALESCE(sum(COALESCE(s.pages, 1)), 0))::int AS receipt_pages
             FROM eoffice_enclosure e JOIN common_storedfile s ON s.id = e.stored_id
            WHERE e.receipt_id = m.item_id
           ) AS papers
           ON i.kind = 'receipt' AND i.nature = 'electronic' AND m.act IN ('made', 'marked')
      LEFT JOIN LATERAL (
           SELECT sum(COALESCE(s.pages, 1))::int AS letter_pages
             FROM eoffice_draft d
             JOIN eoffice_issue l ON l.draft_id = d.id AND l.at = m.at
             JOIN common_storedfile s ON s.id = l.stored_id
            WHERE d.file_id = m.item_id AND m.act = 'issued'
           ) AS letter ON true
     WHERE m.at >= %(starts)s AND m.at < %(ends)s
       AND (m.at AT TIME ZONE 'Asia/Kolkata')::date = ANY(%(days)s::date[])
       AND (%(desks)s::bigint[] IS NULL
            OR m.from_desk_id = ANY(%(desks)s) OR m.to_desk_id = ANY(%(desks)s))
"""
_MAILED = """
    SELECT (d.sent_at AT TIME ZONE 'Asia/Kolkata')::date AS day, l.desk_id,
           i.classification >= 3 AS confidential, COALESCE(s.pages, 1) AS pages
      FROM eoffice_dispatch d
      JOIN eoffice_issue l ON l.id = d.issue_id
      JOIN eoffice_draft t ON t.id = l.draft_id
      JOIN eoffice_item i ON i.id = t.file_id
      JOIN common_storedfile s ON s.id = l.stored_id
     WHERE d.mode = 'email' AND d.sent_at IS NOT NULL AND d.again_of_id IS NULL
       AND d.sent_at >= %(starts)s AND d.sent_at < %(ends)s
       AND (d.sent_at AT TIME ZONE 'Asia/Kolkata')::date = ANY(%(days)s::date[])
"""
_KEYS = "day, desk_id, by_id, confidential"


def _counted() -> str:
    of_acts = ", ".join(
        f"COALESCE({counted}, 0)::int AS {name}" for name, counted in OF_ACTS.items()
    )
    zeros = ", ".join("0" for _name in OF_ACTS)
    sums = ", ".join(f"sum({name})::int AS {name}" for name in COUNTS)
    # Only names of this module: every value stands apart.
    return f"""
    WITH moved AS ({_MOVED}), mailed AS ({_MAILED}), each AS (
        SELECT day, from_desk_id AS desk_id, by_id, confidential, {of_acts},
               0 AS came, 0 AS mails, 0 AS mail_pages
          FROM moved WHERE from_desk_id IS NOT NULL GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT day, to_desk_id, NULL, confidential, {zeros}, count(*), 0, 0
          FROM moved WHERE act IN ('marked', 'returned') GROUP BY 1, 2, 4
        UNION ALL
        SELECT day, desk_id, NULL, confidential, {zeros}, 0, count(*), sum(pages)
          FROM mailed GROUP BY 1, 2, 4)
    SELECT {_KEYS}, {sums} FROM each
     WHERE %(desks)s::bigint[] IS NULL OR desk_id = ANY(%(desks)s)
     GROUP BY 1, 2, 3, 4
    """  # noqa: S608


COUNTED = _counted()
COLUMNS = f"{_KEYS}, {', '.join(COUNTS)}"

_UNCOUNTED = """
SELECT one::date FROM generate_series(%s::date, %s::date, interval '1 day') AS one
 WHERE NOT EXISTS (SELECT FROM eoffice_countedday c WHERE c.day = one::date)
 ORDER BY 1 LIMIT %s
"""
_CLOCK = """
SELECT clock_timestamp(), (SELECT min(at) FROM eoffice_movement),
       ARRAY(SELECT day FROM eoffice_countedday WHERE day BETWEEN %s AND %s)
"""
_DAYS_OF_ITEM = """
DELETE FROM eoffice_countedday WHERE day IN (
    SELECT (m.at AT TIME ZONE 'Asia/Kolkata')::date FROM eoffice_movement m WHERE m.item_id = %(pk)s
    UNION
    SELECT (d.sent_at AT TIME ZONE 'Asia/Kolkata')::date FROM eoffice_dispatch d
      JOIN eoffice_issue l ON l.id = d.issue_id JOIN eoffice_draft t ON t.id = l.draft_id
     WHERE t.file_id = %(pk)s AND d.sent_at IS NOT NULL)
"""


def asked(days: Sequence[date], desks: Sequence[int] | None = None) -> dict[str, Any]:
    """Return the values that :data:`COUNTED` asks for; without days it finds nothing."""
    starts = at(days[0] if days else NO_DAY, time.min)
    ends = at(days[-1] + timedelta(days=1) if days else NO_DAY, time.min)
    return {
        "days": list(days),
        "starts": starts,
        "ends": ends,
        "desks": None if desks is None else list(desks),
        "in_time": timedelta(days=IN_TIME_DAYS),
        "page": PAGE_OF_NOTING,
    }


def uncounted(first: date, last: date) -> list[date]:
    """Return the days from ``first`` to ``last`` that have movements to be counted as they are."""
    with reading.link().cursor() as cursor:
        cursor.execute(_CLOCK, [first, last])
        moment, oldest, counted = cursor.fetchone()
    if oldest is None:
        return []
    first, last = max(first, day_of(oldest)), min(last, day_of(moment))
    length = (last - first).days + 1
    found = (first + timedelta(days=number) for number in range(length))
    done = set(counted)
    return [day for day in found if day not in done]


def roll_up(*, limit: int = DAYS_AT_ONCE) -> int:
    """Count up to ``limit`` days that are over, the oldest first; return how many.

    Each day in a transaction of its own. Days that were missed are made up for. Safe to run twice,
    at once or one after the other: a day is counted by one of them.
    """
    oldest = Movement.objects.aggregate(first=Min("at"))["first"]
    if oldest is None:
        return 0
    last = day_of(now() - AFTER_MIDNIGHT) - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_UNCOUNTED, [day_of(oldest), last, limit])
        days = [day for (day,) in cursor.fetchall()]
    return sum(_count(day) for day in days)


@transaction.atomic
def _count(day: date) -> bool:
    # Whoever changes a classification at this moment is waited for, or waits.
    wait_for_turn("eoffice-roll-up")
    _row, fresh = CountedDay.objects.get_or_create(day=day)
    if not fresh:
        return False
    with connection.cursor() as cursor:
        # What was counted of it before, where it is counted anew.
        cursor.execute("DELETE FROM eoffice_deskday WHERE day = %s", [day])
        cursor.execute(f"INSERT INTO eoffice_deskday ({COLUMNS}) {COUNTED}", asked([day]))
    return True


def recount(pk: int) -> None:
    """Have the days counted anew on which something was done with an item.

    Called in the transaction that changes its classification, after the change. Until then the
    figures stay as they were a moment ago.
    """
    wait_for_turn("eoffice-roll-up")
    with connection.cursor() as cursor:
        cursor.execute(_DAYS_OF_ITEM, {"pk": pk})
