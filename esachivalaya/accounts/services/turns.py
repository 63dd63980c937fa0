"""Taking turns where counting and adding would otherwise race."""

from django.db import connection


def wait_for_turn(name: str) -> None:
    """Let everybody who names the same ``name`` go one after the other, until this commit.

    A transaction-level lock: it needs no session, so it works behind a pooler.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
