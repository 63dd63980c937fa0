"""Every rule that the database holds is tried by raw SQL: whoever adds one adds how it is broken.

Rules are found in the database's own catalogue, so none can be left out. What Django makes for a
field's choices and for numbers that are not negative is broken by rule; all others have their line
in constraint_cases.py.
"""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from tests.architecture.constraint_cases import BROKEN, SEALED, TWICE, WHOLE
from tests.architecture.constraint_rows import NUMBERS, Rows, Rule, plain

pytestmark = pytest.mark.django_db(transaction=True)
FOREIGN = ("auth_", "django_", "otp_", "axes_")  # tables of libraries


@pytest.fixture
def rows(owner_connection: Any) -> Iterator[Rows]:
    """As the role that owns the tables: what holds it holds the portal's."""
    owner_connection.autocommit = False
    yield Rows(owner_connection)
    owner_connection.rollback()


def ours(rows: Rows, kinds: str) -> list[Rule]:
    found = [rule for rule in rows.rules() if not rule.table.startswith(FOREIGN)]
    return [rule for rule in found if rule.kind in kinds]


def row_of(rows: Rows, table: str, given: dict[str, Any]) -> dict[str, Any]:
    """A whole row with ``given``; for ``...`` some value that no other row has."""
    columns = {one.name: one for one in rows.columns(table)}
    told = {name: plain(columns[name]) if value is ... else value for name, value in given.items()}
    return rows.whole(table, told)


def broken(rows: Rows, rule: Rule) -> dict[str, Any]:
    """What breaks the rule in a row that is whole otherwise."""
    if rule.name in BROKEN:
        return BROKEN[rule.name]
    column = rule.columns[0]
    kind = next(one.type for one in rows.columns(rule.table) if one.name == column)
    if rule.name.endswith("_choices"):
        return {column: 29_999 if kind in NUMBERS else "~"}
    assert rule.name.endswith("_check"), f"{rule.name}: how is it broken? {rule.definition}"
    return {column: -1}


def test_the_rows_that_are_broken_are_whole_before(rows: Rows) -> None:
    for table in {rule.table for rule in ours(rows, "cuixt")}:
        assert rows.refused_by(table, row_of(rows, table, WHOLE.get(table, {}))) == "", table


def test_each_check_refuses_what_breaks_it(rows: Rows) -> None:
    wrong = []
    checks = ours(rows, "c")
    for rule in checks:
        given = {**WHOLE.get(rule.table, {}), **broken(rows, rule)}
        row = row_of(rows, rule.table, given)
        by = rows.refused_by(rule.table, row)
        if by != rule.name:
            # Another one looked first; without the others it is this one's turn.
            others = [one.name for one in checks if one.table == rule.table and one != rule]
            by = rows.refused_by(rule.table, row, without=others)
        if by != rule.name:
            wrong.append((rule.name, by or "taken"))
    assert not wrong


def test_what_is_there_once_is_not_taken_twice(rows: Rows) -> None:
    wrong = []
    for rule in ours(rows, "uix"):
        given = TWICE.get(rule.name, WHOLE.get(rule.table, {}))
        known = {one.name: one for one in rows.columns(rule.table)}
        first = row_of(rows, rule.table, given)
        for name in rule.columns:
            if first.get(name) is None and "NULLS NOT DISTINCT" not in rule.definition:
                first[name] = plain(known[name])
        alike = {name: first[name] for name in rule.columns if name in first}
        again = {**row_of(rows, rule.table, given), **alike}
        by = [rows.refused_by(rule.table, first), rows.refused_by(rule.table, first, again)]
        if by != ["", rule.name]:
            wrong.append((rule.name, by))
    assert not wrong, "Two rows that both break it stand in TWICE: " + repr(wrong)


# Refuses nothing: tests/eoffice/test_seen_by.py holds what it keeps.
KEEPS = "eoffice_keep_seen_by"


def test_what_is_sealed_is_neither_changed_nor_removed(rows: Rows) -> None:
    rules = [rule for rule in ours(rows, "t") if KEEPS not in rule.definition]
    assert rules
    wrong = []
    for rule in rules:
        assert "portal_refuse_change" in rule.definition, f"{rule.name}: what does it refuse?"
        given = {**WHOLE.get(rule.table, {}), **SEALED.get(rule.name, {})}
        before = rule.definition.split(" ON ")[0]
        for word in ("UPDATE", "DELETE"):
            if word in before and (told := _act(rows, rule, word, given)) is None:
                wrong.append((rule.name, word))
            elif word in before and told and "never changed" not in told:
                wrong.append((rule.name, told))
    assert not wrong


def _act(rows: Rows, rule: Rule, word: str, given: dict[str, Any]) -> str | None:
    """What the database says to it; nothing when it does it."""
    row = row_of(rows, rule.table, given)
    known = {one.name: one for one in rows.columns(rule.table)}
    # References and texts stand in every table; what may be changed later is empty at first.
    kinds = [*NUMBERS, "text", "varchar", "date"]
    told = [name for name in row if known[name].type in kinds and name not in given]
    column = min(told, key=lambda name: kinds.index(known[name].type))
    new = "2026-08-01" if known[column].type == "date" else plain(known[column])
    try:
        rows.write(rule.table, row)
        with rows.link.cursor() as cursor:
            if word == "DELETE":
                cursor.execute(f'DELETE FROM "{rule.table}"')
            else:
                cursor.execute(f'UPDATE "{rule.table}" SET "{column}" = %s', [new])
    except psycopg2.Error as error:
        return str(error)
    finally:
        rows.link.rollback()
    return None


def test_no_line_speaks_of_a_rule_that_is_gone(rows: Rows) -> None:
    names = {rule.name for rule in rows.rules()}
    assert {*BROKEN, *TWICE, *SEALED} <= names
    assert set(WHOLE) <= {rule.table for rule in rows.rules()}
