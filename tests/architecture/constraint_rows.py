"""Rows written by raw SQL: a whole one for any table, and what the database says of others.

Nothing of the models takes part: types, defaults and constraints are read from the catalogue.
References are looked at when a transaction ends well, and none of these does.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg2
from psycopg2 import sql

DAY = "2026-07-20"
PLAIN: dict[str, Any] = {
    "bool": False,
    "date": DAY,
    "timestamptz": f"{DAY} 10:00+05:30",
    "time": "10:00",
    "interval": "1 hour",
    "jsonb": "{}",
    "bytea": b"",
    "tstzrange": f"[{DAY} 10:00+05:30,{DAY} 10:15+05:30)",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "inet": "127.0.0.1",
    "tsvector": "",
}
NUMBERS = ("int8", "int4", "int2", "float8", "numeric")
_numbers = itertools.count(1)


class Column(NamedTuple):
    """What the catalogue says of a column."""

    name: str
    type: str
    needed: bool


class Rule(NamedTuple):
    """A constraint, a unique index or a trigger of a table."""

    table: str
    name: str
    kind: str  # c, u, x as in pg_constraint; i for an index; t for a trigger
    definition: str
    columns: list[str]


RULES = """
    SELECT r.relname, c.conname, c.contype::text, pg_get_constraintdef(c.oid),
        ARRAY(SELECT attname::text FROM pg_attribute
            WHERE attrelid = c.conrelid AND attnum = ANY (c.conkey))
    FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
    JOIN pg_namespace n ON n.oid = r.relnamespace
    WHERE n.nspname = 'public' AND c.contype IN ('c', 'u', 'x')
    UNION ALL
    SELECT r.relname, i.relname, 'i', pg_get_indexdef(i.oid),
        ARRAY(SELECT attname::text FROM pg_attribute
            WHERE attrelid = r.oid AND attnum = ANY (x.indkey))
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class r ON r.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = r.relnamespace
    WHERE n.nspname = 'public' AND x.indisunique AND NOT x.indisprimary
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid)
    UNION ALL
    SELECT r.relname, t.tgname, 't', pg_get_triggerdef(t.oid), ARRAY[]::text[]
    FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
    ORDER BY 1, 2
"""
COLUMNS = """
    SELECT a.attname, t.typname, a.attnotnull AND a.attidentity = '' AND NOT a.atthasdef
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = ''
    ORDER BY a.attnum
"""


class Rows:
    """Rows that are written and undone."""

    def __init__(self, link: Any) -> None:
        self.link = link
        self.known: dict[str, list[Column]] = {}

    def rules(self) -> list[Rule]:
        return [Rule(*found) for found in self._run(RULES)]

    def columns(self, table: str) -> list[Column]:
        if table not in self.known:
            self.known[table] = [Column(*one) for one in self._run(COLUMNS, [f'"{table}"'])]
        return self.known[table]

    def whole(self, table: str, given: dict[str, Any]) -> dict[str, Any]:
        """A row with something in every column that needs it, and ``given``."""
        row = {one.name: plain(one) for one in self.columns(table) if one.needed}
        return {**row, **given}

    def write(self, table: str, row: dict[str, Any]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
        command = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})")
        self._do(command.format(sql.Identifier(table), names, places), list(row.values()))

    def refused_by(self, table: str, *rows: dict[str, Any], without: Sequence[str] = ()) -> str:
        """The rule by which the database refuses the last of the rows; empty when it takes all.

        What was written is undone, and with it the locks on the table are gone.
        """
        try:
            for name in without:
                command = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
                self._do(command.format(sql.Identifier(table), sql.Identifier(name)), [])
            for row in rows:
                self.write(table, row)
        except psycopg2.Error as error:
            return error.diag.constraint_name or error.diag.message_primary or "refused"
        finally:
            self.link.rollback()
        return ""

    def _do(self, command: Any, values: list[Any]) -> None:
        with self.link.cursor() as cursor:
            cursor.execute(command, values)

    def _run(self, command: str, values: list[Any] | None = None) -> list[Any]:
        with self.link.cursor() as cursor:
            cursor.execute(command, values)
            return list(cursor.fetchall())


def plain(column: Column) -> Any:
    """Some value of the column's type, each number and each text another one."""
    number = next(_numbers)
    if column.type in NUMBERS:
        return number % 30_000 if column.type == "int2" else number
    if column.type.startswith("_"):
        return "{}"
    return PLAIN.get(column.type, f"t{number}")
