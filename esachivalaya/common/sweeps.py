"""When the portal's regular work was last done to its end: by this its life is judged.

A process that is up proves nothing; work that was done does.
"""

from django.db import connection

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.models import Sweep


def done(name: str) -> None:
    """Remember that the sweep ``name`` ended well just now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_sweep (name, ended_at) VALUES (%s, clock_timestamp()) "
            "ON CONFLICT (name) DO UPDATE SET ended_at = clock_timestamp()",
            [name],
        )


def ages() -> dict[str, float]:
    """Return how many seconds ago each sweep last ended well."""
    rows = Sweep.objects.annotate(now=ClockTimestamp()).order_by("name")
    return {row.name: (row.now - row.ended_at).total_seconds() for row in rows}
