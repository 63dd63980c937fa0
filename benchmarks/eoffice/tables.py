"""Rows by the million: COPY into tables that have no indexes meanwhile."""

import io
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import sql

from benchmarks.surroundings import owner_url

# The columns that are written, in the order in which a row gives them.
COLUMNS = {
    "item": "id kind number number_key subject nature classification priority due_on status "
    "version made_at closed_at words search_words closed_by_desk_id made_at_desk_id made_by_id",
    "receipt": "item_id sender category vip letter_number received_on delivery_mode diarised_at "
    "location sameness correspondent_id",
    "file": "item_id kind year serial description old_number location pages_scanned last_note "
    "last_page section_id",
    "holding": "id came since action read_at received_at parked_words ended_at desk_id "
    "from_desk_id item_id",
    "access": "id section_id desk_id item_id",
    "movement": "id seq at act charge_kind words payload previous hash by_id from_desk_id item_id "
    "to_desk_id",
    "note": "id number status version text signed_name signed_post made_at changed_at sealed_at "
    "digest by_id desk_id file_id",
    "correspondence": "id first_page last_page added_at added_by_id added_at_desk_id file_id "
    "receipt_id",
    "enclosure": "id position name stored_id receipt_id",
}
COUNTED = ("item", "holding", "access", "movement", "note", "correspondence", "enclosure")
# Rows of movements that are written at once.
BATCH = 60_000
_FRESH = "eoffice_item_fresh"
_BOUND = """
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), contype
  FROM pg_constraint
 WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u')
"""
_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary
"""


_SEEN_BY = """
UPDATE eoffice_item AS item SET seen_by = own.seen_by
  FROM (SELECT item_id, array_agg(coalesce(desk_id, -section_id)) AS seen_by
          FROM eoffice_access GROUP BY item_id) AS own
 WHERE own.item_id = item.id AND item.seen_by = '{}'
"""


class Tables:
    """What is to be written, by table, and the connection of the owner that writes it."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.rows: dict[str, list[str]] = defaultdict(list)
        self.last: dict[str, int] = {}
        for table in COUNTED:
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM eoffice_{table}")  # noqa: S608
            self.last[table] = cursor.fetchone()[0]
        cursor.execute(f"CREATE TEMP TABLE {_FRESH} (LIKE eoffice_item INCLUDING DEFAULTS)")

    def id_of(self, table: str) -> int:
        """Return the next number of a row of ``table``."""
        self.last[table] += 1
        return self.last[table]

    def add(self, table: str, *values: Any) -> None:
        """Note one row; None is NULL. Only texts that people write may need :func:`told`."""
        told = ["\\N" if value is None else str(value) for value in values]
        self.rows[table].append("\t".join(told))

    @property
    def full(self) -> bool:
        """Whether it is time to write."""
        return len(self.rows["movement"]) >= BATCH

    def write(self) -> None:
        """Write everything that was noted."""
        for table, names in COLUMNS.items():
            lines = self.rows.pop(table, [])
            if not lines:
                continue
            into = _FRESH if table == "item" else f"eoffice_{table}"
            columns = ", ".join(names.split())
            data = io.StringIO("\n".join(lines) + "\n")
            self.cursor.copy_expert(f"COPY {into} ({columns}) FROM STDIN", data)
            if table == "item":
                self._take_fresh(columns)

    def _take_fresh(self, columns: str) -> None:
        """The words that items are found by are worked out as the portal works them out."""
        self.cursor.execute(
            f"INSERT INTO eoffice_item ({columns}, search) SELECT {columns}, "  # noqa: S608 - own
            "to_tsvector('hindi', search_words) || to_tsvector('simple', search_words) "
            f"FROM {_FRESH}"
        )
        self.cursor.execute(f"TRUNCATE {_FRESH}")


def told(text: str) -> str:
    """Return ``text`` as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", " ")


@contextmanager
def bare_tables() -> Iterator[Tables]:
    """Give tables without indexes and foreign keys; all are back, and hold, when it is left."""
    names = [f"eoffice_{table}" for table in COLUMNS]
    link = psycopg2.connect(owner_url())
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute("SET synchronous_commit = off")
            again = _laid_bare(cursor, names)
            cursor.execute("ALTER TABLE eoffice_access DISABLE TRIGGER USER")
            tables = Tables(cursor)
            yield tables
            tables.write()
            for table in COUNTED:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('eoffice_{table}', 'id'), %s)",
                    [max(tables.last[table], 1)],
                )
            # What the database keeps by itself when access is given one by one.
            cursor.execute("ALTER TABLE eoffice_access ENABLE TRIGGER USER")
            cursor.execute(_SEEN_BY)
            for statement in again:
                cursor.execute(statement)
            # As autovacuum does on a server that has run a day.
            cursor.execute("VACUUM (ANALYZE)")
    finally:
        link.close()


def _laid_bare(cursor: Any, names: list[str]) -> list[Any]:
    """Drop constraints and indexes; return the statements that bring them back."""
    again: list[tuple[bool, sql.Composable]] = []
    cursor.execute(_BOUND, [names])
    for table, name, definition, kind in cursor.fetchall():
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        cursor.execute(drop.format(sql.SQL(table), sql.Identifier(name)))
        add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
            sql.SQL(table), sql.Identifier(name), sql.SQL(definition)
        )
        again.append((kind == "f", add))
    cursor.execute(_INDEXES, [names])
    for name, definition in cursor.fetchall():
        cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        again.append((False, sql.SQL(definition)))
    # Keys that refer to a table need its indexes.
    return [statement for _foreign, statement in sorted(again, key=lambda one: one[0])]
