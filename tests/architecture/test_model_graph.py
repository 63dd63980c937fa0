"""Foreign keys go down only, also those written as strings, which the import linter cannot see."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignObject, Model

ROOT = Path(settings.BASE_DIR)
LAYERS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
][0]["layers"]


def height(app_name: str) -> int | None:
    """Place of an app, counted from the ground; None for an app that is not ours."""
    for above, layer in enumerate(LAYERS):
        if app_name in layer.replace("(", " ").replace(")", " ").split():
            return len(LAYERS) - above
    return None


def relations() -> "list[tuple[type[Model], ForeignObject[Any, Any]]]":
    """Every relation of our models, hidden join tables included."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if height(model._meta.app_config.name) is None:
            continue
        fields = model._meta.get_fields(include_hidden=True)
        found += [(model, field) for field in fields if isinstance(field, ForeignObject)]
    return found


def test_there_are_relations_to_look_at() -> None:
    assert relations()


@pytest.mark.parametrize(
    ("model", "field"),
    [
        pytest.param(model, field, id=f"{model.__name__}.{field.name}")
        for model, field in relations()
    ],
)
def test_a_foreign_key_points_to_its_own_app_or_down(
    model: type[Model], field: "ForeignObject[Any, Any]"
) -> None:
    target = field.related_model
    if target._meta.label == settings.AUTH_USER_MODEL:
        return
    own = height(model._meta.app_config.name)
    other = height(target._meta.app_config.name)
    # Django's own models (content types, groups) lie below everything.
    assert own is not None
    assert other is None or target._meta.app_label == model._meta.app_label or other < own
