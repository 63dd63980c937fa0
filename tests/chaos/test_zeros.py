"""A run that lost or doubled something does not end as one that went well."""

import json
import re
from pathlib import Path

import pytest

from benchmarks.__main__ import tell
from benchmarks.zeros import ZEROS

TEXT = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text()
GOAL = re.compile(r"^\|(.+?)\|.*\bgoal: 0(?![.\d])", re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("name", ZEROS)
def test_a_figure_that_must_be_zero_ends_the_run_with_one(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {**dict.fromkeys(ZEROS, 0), "bookings": 359}
    assert tell(figures) == 0
    assert capsys.readouterr().err == ""
    figures[name] = 2
    assert tell(figures) == 1
    told = capsys.readouterr()
    assert told.err == f"{name} must be 0, and is 2.\n"
    # The figures are told all the same, and last.
    assert json.loads(told.out.splitlines()[-1]) == figures


def test_every_goal_of_zero_in_the_guide_is_held() -> None:
    goals = {name for cell in GOAL.findall(TEXT) for name in re.findall(r"`(\w+)`", cell)}
    assert {"lost", "broken_chains", "errors"} <= goals <= set(ZEROS)
    assert all(f"`{name}`" in TEXT for name in ZEROS)
