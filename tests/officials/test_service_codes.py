"""The code of a service stands in its address: what no address can hold is refused by its line."""

from pathlib import Path

import pytest
from django.test import Client

from esachivalaya.common.csv_file import ImportRefused
from esachivalaya.common.csv_import import load
from officials.imports import SERVICES
from officials.models import Service
from tests.people import make_department

pytestmark = pytest.mark.django_db
COLUMNS = ",".join(SERVICES.columns)


@pytest.mark.parametrize("code", ["A/1", "..", ".", "A?1", "A 1", "पेंशन"])
def test_a_code_that_no_address_can_hold_is_refused_and_the_catalogue_stays_open(
    client: Client, tmp_path: Path, code: str
) -> None:
    make_department("SJE")
    path = tmp_path / "services.csv"
    path.write_text(
        f"{COLUMNS}\n{code},SJE,scheme,Pension,पेंशन,,,,,,,,,,,A list\n", encoding="utf-8"
    )
    with pytest.raises(ImportRefused) as refused:
        load(path, SERVICES)
    assert [problem.line for problem in refused.value.problems] == [2]
    assert client.get("/officials/services/").status_code == 200
    assert not Service.objects.exists()
