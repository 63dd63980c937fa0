"""The booking behind a request: its own, or that of the missed meeting in whose place it was given.

Whoever missed a meeting by the office's fault gets a new one without asking: nobody books it, so it
has no booking of its own, and belongs to the Kendra at which the first one was made.
"""

from django.db import connection

BEHIND = """
WITH RECURSIVE line (id, follows_id) AS (
    SELECT id, follows_id FROM appointments_request WHERE reference = %s
    UNION ALL
    SELECT earlier.id, earlier.follows_id
      FROM line JOIN appointments_request AS earlier ON earlier.id = line.follows_id
)
SELECT booking.id
  FROM line JOIN kendras_assistedbooking AS booking ON booking.request_id = line.id
"""


def booking_behind(reference: str) -> int | None:
    """Return the id of the assisted booking from which the request of ``reference`` came."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, [reference])
        found = cursor.fetchone()
    return found[0] if found else None
