"""Queries written out once, for the few that every booking runs.

Composing a query anew for each request costs the portal more than answering it costs PostgreSQL.
Only what many people do at the same moment is written out; everything else is a queryset.
"""

from typing import Any

from django.db import connection, models


class _Reader:
    """Makes instances of one model of the columns that a row holds of it."""

    def __init__(self, model: type[models.Model], alias: str) -> None:
        fields = model._meta.concrete_fields
        self.model = model
        self.names = [field.attname for field in fields]
        self.columns = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self.key = self.names.index(model._meta.pk.attname)
        self.converted: list[tuple[int, Any]] = [
            (place, field) for place, field in enumerate(fields) if hasattr(field, "from_db_value")
        ]

    def read(self, values: list[Any]) -> Any:
        if values[self.key] is None:
            return None
        for place, field in self.converted:
            values[place] = field.from_db_value(values[place], None, connection)
        return self.model.from_db(connection.alias, self.names, values)


class WrittenOut:
    """A query that reads at most one row, as instances of the models it joins.

    ``{alias}`` in the text stands for the columns of the model joined under that alias; those are
    read in the order in which ``joined`` names them and must come first in the text.
    """

    def __init__(self, text: str, **joined: type[models.Model]) -> None:
        self._text = text
        self._joined = joined
        self._readers: list[_Reader] = []
        self._sql = ""

    def first(self, **params: Any) -> list[Any] | None:
        """Return one instance for each joined model (None where an outer join found none).

        What the text selects beside them follows as it is. None when there is no row.
        """
        if not self._sql:
            # Not at import: models are complete only then.
            readers = {name: _Reader(model, name) for name, model in self._joined.items()}
            self._readers = list(readers.values())
            columns = {name: reader.columns for name, reader in readers.items()}
            self._sql = self._text.format(**columns)
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            row = cursor.fetchone()
        if row is None:
            return None
        found = []
        start = 0
        for reader in self._readers:
            end = start + len(reader.names)
            found.append(reader.read(list(row[start:end])))
            start = end
        return [*found, *row[start:]]
