"""What a field may hold is said to the database too: it is the last one to be asked."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Field, Model


def ours() -> list[type[Model]]:
    root = str(settings.BASE_DIR)
    return [
        model
        for model in apps.get_models()
        if model._meta.app_config.path.startswith(root)
        and "/.venv/" not in model._meta.app_config.path
        and model._meta.managed
        and not model._meta.proxy
    ]


def choice_fields() -> "list[tuple[type[Model], Field[Any, Any]]]":
    return [
        (model, field)
        for model in ours()
        for field in model._meta.local_concrete_fields
        if field.flatchoices
    ]


def checks_of(table: str, column: str) -> list[str]:
    """Definitions of the table's check constraints that are about this column."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            WHERE c.contype = 'c' AND c.conrelid = %s::regclass AND a.attname = %s
            """,
            [f'"{table}"', column],
        )
        return [definition for (definition,) in cursor.fetchall()]


def values_in(definition: str) -> set[str]:
    """The literals of a definition such as `CHECK (((state)::text = ANY (ARRAY['a'::...])))`."""
    texts = re.findall(r"'((?:[^']|'')*)'", definition)
    numbers = re.findall(r"(?<![\w'.])(-?\d+)(?![\w'.])", definition)
    return {text.replace("''", "'") for text in texts} | set(numbers)


def test_there_are_fields_with_choices() -> None:
    assert choice_fields()


@pytest.mark.parametrize(
    ("model", "field"),
    [
        pytest.param(model, field, id=f"{model.__name__}.{field.name}")
        for model, field in choice_fields()
    ],
)
def test_the_database_holds_a_field_to_its_choices(
    db: None, model: type[Model], field: "Field[Any, Any]"
) -> None:
    allowed = {str(value) for value, _label in field.flatchoices if value is not None}
    if field.blank and field.get_internal_type() in {"CharField", "TextField"}:
        allowed.add("")
    column = str(field.column)
    found = [values_in(definition) for definition in checks_of(model._meta.db_table, column)]
    assert any(values | {""} == allowed | {""} for values in found), (
        f"{model._meta.db_table}.{column} is not held to {sorted(allowed)}: {found}"
    )
