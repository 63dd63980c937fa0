"""State changes by compare-and-set: one winner, and the loser learns who won."""

from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class Overtaken(Exception):
    """Somebody else changed the row first; ``row`` is as they left it."""

    def __init__(self, row: models.Model) -> None:
        super().__init__(str(row))
        self.row = row


def move(row: Row, *, to: str, **changes: Any) -> Row:
    """Move ``row`` from the status it was read with to ``to``, in one UPDATE.

    The model names its status ``status`` and its allowed moves ``TRANSITIONS`` (a table of status
    to the set of next ones). A move that the table does not know is a programming error
    (ValueError). When the stored status is no longer the one read, nothing changes and
    :class:`Overtaken` carries the row as it is now. A ``version`` column counts the changes.
    """
    old = row.status  # type: ignore[attr-defined]
    if to not in row.TRANSITIONS[old]:  # type: ignore[attr-defined]
        raise ValueError(f"{type(row).__name__} does not move from {old} to {to}")
    manager = type(row)._default_manager
    values: dict[str, Any] = {"status": to, **changes}
    if hasattr(row, "version"):
        values["version"] = models.F("version") + 1
    if manager.filter(pk=row.pk, status=old).update(**values) != 1:
        raise Overtaken(manager.get(pk=row.pk))
    for name, value in {"status": to, **changes}.items():
        setattr(row, name, value)
    if hasattr(row, "version"):
        row.version += 1
    return row
