"""Imports go down only; the contract stands in pyproject.toml."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def test_no_import_goes_up() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run(
        [sys.executable, linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize(
    "name",
    [
        app.name
        for app in apps.get_app_configs()
        if ROOT in Path(app.path).parents and ".venv" not in Path(app.path).parts
    ],
)
def test_every_app_has_its_place_in_the_contract(name: str) -> None:
    words = " ".join(CONTRACT["contracts"][0]["layers"]).replace("(", " ").replace(")", " ").split()
    assert name in words
    assert name.split(".")[0] in CONTRACT["root_packages"]


def test_no_import_hides_inside_a_function_to_go_up() -> None:
    """The linter sees imports in functions too; `TYPE_CHECKING` and ignores are no way around."""
    contract = CONTRACT["contracts"][0]
    assert "ignore_imports" not in contract
    assert not CONTRACT.get("exclude_type_checking_imports", False)
