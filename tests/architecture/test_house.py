"""The house stays tidy: names that mean something, files one can read in one go."""

import ast
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LONGEST = 400
# Longer than can be read in one go, each for a reason.
LONG_FOR_A_REASON = {
    "esachivalaya/settings.py": "one list of settings is easier to read than several",
}
NAMELESS = {"utils", "helpers", "misc", "util", "helper", "common_functions", "stuff"}


def files(*patterns: str) -> list[Path]:
    """Files that git knows or would add."""
    told = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted({ROOT / name for name in told.stdout.splitlines() if (ROOT / name).is_file()})


PYTHON = [file for file in files("*.py", "script/*") if "migrations" not in file.parts]


def test_no_module_is_called_something_that_says_nothing() -> None:
    assert [file for file in PYTHON if file.stem in NAMELESS] == []


@pytest.mark.parametrize("file", PYTHON, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_go(file: Path) -> None:
    if str(file.relative_to(ROOT)) in LONG_FOR_A_REASON:
        return
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_no_reason_outlives_its_file() -> None:
    for name in LONG_FOR_A_REASON:
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > LONGEST


def test_imports_stand_at_the_top_of_a_module() -> None:
    """Inside a function they hide a direction; only where Django is not ready yet they may."""
    # The child process loads only the parser that its act needs.
    allowed = {"apps.py", "manage.py", "paper_child.py"}
    # Scripts and benchmarks make the settings' environment before they import what reads it.
    outside = {"script", "tests", "docker", "benchmarks"}
    found = []
    for file in PYTHON:
        relative = file.relative_to(ROOT)
        if relative.parts[0] in outside or file.name in allowed:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)
        ]
        found += [
            f"{relative}:{node.lineno}"
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
    assert found == []


def test_no_address_of_an_index_stands_in_the_requirements() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements.in", "pyproject.toml"):
        text = (ROOT / name).read_text()
        assert "index-url" not in text
        assert "find-links" not in text
        assert "://" not in text


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_requirement_has_its_reason_and_its_pin(name: str) -> None:
    pinned = (ROOT / f"{name}.txt").read_text().lower()
    for line in (ROOT / f"{name}.in").read_text().splitlines():
        if not line.strip() or line.startswith(("#", "-r")):
            continue
        requirement, _mark, reason = line.partition("#")
        assert reason.strip(), line
        plain = requirement.strip().lower().split(">")[0].split("[")[0]
        assert f"\n{plain}==" in pinned or f"\n{plain}[" in pinned, line
