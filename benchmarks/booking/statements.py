"""What one booking says to the database: captured from a real one, to be said again by the floor.

Each parameter is kept as it was sent, except where it is a value that a case has for itself (its
person, draft, slot ...): there the name of the value is kept instead.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, reset_queries
from psycopg2.extras import DateTimeTZRange, Json

TRANSACTION = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)", re.IGNORECASE)
# Numbers that the database gives out in the course of a booking, by the statement that makes them.
MADE = {
    "request_id": re.compile(r'INSERT INTO "appointments_request"'),
    "entry_id": re.compile(r'INSERT INTO "audit_entry"'),
}
# Shorter values are compared as a whole only: they could stand in a text by chance.
SHORTEST_IN_TEXT = 8


@dataclass
class Spoken:
    """The statements of one request to the portal, in order."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    transaction_statements: int = 0


@contextmanager
def listening() -> Any:
    """Capture what is said to the database: statements with parameters, and BEGIN and the like."""
    spoken = Spoken()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        spoken.statements.append((sql, params))
        return execute(sql, params, many, context)

    before = connection.force_debug_cursor
    connection.force_debug_cursor = True
    try:
        with connection.execute_wrapper(note):
            yield spoken
        spoken.transaction_statements = sum(
            bool(TRANSACTION.match(query["sql"])) for query in connection.queries
        )
    finally:
        connection.force_debug_cursor = before
        reset_queries()


def script_of(spoken: Spoken, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statements as JSON can hold them, with the names of ``values`` in their places."""
    names = Names(values)
    return [
        {
            "sql": sql,
            "makes": next((name for name, sign in MADE.items() if sign.match(sql)), ""),
            "params": names.told(params or []),
        }
        for sql, params in spoken.statements
    ]


class Names:
    """Puts names where a parameter holds what a case has for itself."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.known = {(type(value), value): name for name, value in values.items()}
        long = {str(value): name for name, value in values.items() if isinstance(value, int | str)}
        self.in_text = {
            text: long[text]
            for text in sorted(long, key=len, reverse=True)
            if len(text) >= SHORTEST_IN_TEXT
        }
        self.texts = re.compile("|".join(map(re.escape, self.in_text)))

    def told(self, value: Any) -> Any:
        """Return ``value``, or the names in it, as JSON can hold it; see :func:`filler`."""
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, dict):
            return {"named": {name: self.told(part) for name, part in value.items()}}
        if isinstance(value, list | tuple):
            return {"list": [self.told(part) for part in value]}
        if isinstance(value, DateTimeTZRange):
            return {"range": [self.told(value.lower), self.told(value.upper)]}
        if name := self.known.get((type(value), value)):
            return {"value": name}
        return self._constant(value)

    def _constant(self, value: Any) -> Any:
        if isinstance(value, int):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, datetime):
            return {"at": value.isoformat()}
        if isinstance(value, date):
            return {"day": value.isoformat()}
        if isinstance(value, Json):
            return self._text(value.dumps(value.adapted))
        raise TypeError(f"A parameter of a kind that the floor does not know: {value!r}")

    def _text(self, value: str) -> Any:
        parts: list[Any] = []
        end = 0
        for match in self.texts.finditer(value):
            parts += [value[end : match.start()], {"value": self.in_text[match[0]]}]
            end = match.end()
        return {"text": [*parts, value[end:]]} if parts else value


Told = Callable[[Mapping[str, Any]], Any]


def filler(told: Any) -> tuple[Any, Told | None]:
    """Return a parameter that never changes, or the function that makes it of a case's values."""
    if not isinstance(told, dict):
        return told, None
    (kind, content), *_none = told.items()
    if kind == "value":
        return None, lambda values: values[content]
    if kind == "at":
        return datetime.fromisoformat(content), None
    if kind == "day":
        return date.fromisoformat(content), None
    if kind == "named":
        return _several(
            list(content.values()), lambda parts: dict(zip(content, parts, strict=True))
        )
    makers: dict[str, Callable[[list[Any]], Any]] = {
        "text": _joined,
        "list": list,
        "range": _range,
    }
    return _several(content, makers[kind])


def _several(content: list[Any], made: Callable[[list[Any]], Any]) -> tuple[Any, Told | None]:
    """Return what is ``made`` of several parts, or the function that makes it."""
    parts = [filler(part) for part in content]
    start = [value for value, _function in parts]
    changing = [(place, function) for place, (_value, function) in enumerate(parts) if function]
    if not changing:
        return made(start), None

    def fill(values: Mapping[str, Any]) -> Any:
        filled = start.copy()
        for place, function in changing:
            filled[place] = function(values)
        return made(filled)

    return None, fill


def _range(ends: list[Any]) -> DateTimeTZRange:
    return DateTimeTZRange(*ends)


def _joined(parts: list[Any]) -> str:
    return "".join(map(str, parts))
