"""Days at the ends of the calendar in a file of operators."""

from pathlib import Path

import pytest

from esachivalaya.common.csv_file import ImportRefused
from kendras.imports import load_operators
from kendras.models import Kendra, KendraCharge
from tests.kendras.files import operators_csv, written
from tests.people import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "row", [{"until": "31-12-9999"}, {"from": "0001-01-01"}, {"from": "9999-12-31"}]
)
def test_a_day_beyond_the_calendar_is_a_problem_of_its_line(
    cast: Cast, kendra: Kendra, tmp_path: Path, row: dict[str, str]
) -> None:
    with pytest.raises(ImportRefused) as refused:
        load_operators(written(tmp_path, operators_csv(row)), by=cast.gurpreet)
    assert [problem.line for problem in refused.value.problems] == [2]
    assert not KendraCharge.objects.exists()
