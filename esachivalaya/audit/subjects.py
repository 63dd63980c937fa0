"""What an entry is about, in words: the record knows only a kind and a number."""

from collections.abc import Iterable

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models

from esachivalaya.audit.models import Entry
from esachivalaya.common import formats, references


def model_of(kind: str) -> type[models.Model] | None:
    """Return the model of that kind, if there still is one."""
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


# From one kind to the next by the index: a million entries are of a few dozen kinds.
_KINDS = """
WITH RECURSIVE kinds (kind) AS (
    (SELECT subject_kind FROM audit_entry ORDER BY subject_kind LIMIT 1)
    UNION ALL
    SELECT (SELECT subject_kind FROM audit_entry
             WHERE subject_kind > kind ORDER BY subject_kind LIMIT 1)
      FROM kinds WHERE kind IS NOT NULL
)
SELECT kind FROM kinds WHERE kind IS NOT NULL
"""


def kinds_on_record() -> list[str]:
    """Return the kinds of subjects that there are entries of, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS)
        return [str(kind) for (kind,) in cursor.fetchall()]


def kind_words(kind: str) -> str:
    """Return what rows of that kind are called."""
    model = model_of(kind)
    return str(model._meta.verbose_name) if model else kind


def name_subjects(entries: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """Return the names of the entries' subjects, one query for each kind.

    A row that is gone has no name; its entries stay.
    """
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        wanted.setdefault(entry.subject_kind, set()).add(entry.subject_id)
    names: dict[tuple[str, str], str] = {}
    for kind, ids in wanted.items():
        model = model_of(kind)
        if model is None:
            continue
        keys = [one for one in ids if one.isascii() and one.isdecimal() and len(one) < 19]
        for row in model._default_manager.filter(pk__in=keys):
            names[(kind, str(row.pk))] = _written(str(row))
    return names


def _written(name: str) -> str:
    """A reference in groups, a phone number masked, anything else as it is."""
    if name.startswith("+"):
        return formats.masked_phone(name)
    return formats.grouped_reference(name) if references.normalise(name) == name else name


def subjects_with_reference(words: str) -> list[tuple[str, str]]:
    """Return the kind and number of what carries that reference, in any spelling of it."""
    plain = references.normalise(words)
    if plain is None:
        return []
    found: list[tuple[str, str]] = []
    for model in apps.get_models():
        try:
            model._meta.get_field("reference")
        except FieldDoesNotExist:
            continue
        rows = model._default_manager.filter(reference=plain).values_list("pk", flat=True)
        found += [(model._meta.label_lower, str(pk)) for pk in rows]
    return found
