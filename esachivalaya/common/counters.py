"""Numbers that a register must show without gaps."""

from django.db import connection


def next_number(*, series: str, year: int) -> int:
    """Return the next number of ``series`` in ``year``, from 1, without gap or duplicate.

    Taken from a counter row in the caller's transaction: a rollback gives the number back, and
    two writers of one series wait for each other.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A number is taken in the transaction that uses it.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_counter (series, year, value) VALUES (%s, %s, 1) "
            "ON CONFLICT (series, year) DO UPDATE SET value = common_counter.value + 1 "
            "RETURNING value",
            [series, year],
        )
        (value,) = cursor.fetchone()
    return int(value)
