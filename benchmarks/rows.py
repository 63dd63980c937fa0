"""Many rows like one, made by the database itself: a hundred thousand in a second or two."""

from django.db import connection, models


def copies(
    row: models.Model, first: int, last: int, *, where: str = "true", **columns: str
) -> None:
    """Copy a saved ``row`` once for each number ``n`` from ``first`` to ``last``.

    ``columns`` are the SQL expressions, over ``n`` and the columns of the row itself, of what the
    copies do not have in common; their own ``id`` is always one of them. ``where`` leaves some out.
    """
    names = [str(field.column) for field in row._meta.local_concrete_fields]
    if unknown := set(columns) - set(names):
        raise ValueError(f"{row._meta.db_table} has no column {', '.join(sorted(unknown))}.")
    quote = connection.ops.quote_name
    told = ", ".join(columns.get(name, f"t.{quote(name)}") for name in names)
    table = quote(str(row._meta.db_table))
    columns_of_all = ", ".join(map(quote, names))
    statement = (
        f"INSERT INTO {table} ({columns_of_all}) "  # noqa: S608 - all of it is a benchmark's words
        f"SELECT {told} FROM {table} AS t, generate_series(%s::bigint, %s::bigint) AS n "
        f"WHERE t.id = %s AND {where}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [first, last, row.pk])


def one_of(ids: list[int], number: str = "n") -> str:
    """Return the SQL of one of ``ids``, by turns."""
    listed = ",".join(map(str, ids))
    return f"(ARRAY[{listed}])[1 + ({number}) %% {len(ids)}]"
