"""Two people load a file with the same new Kendras at the same moment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import close_old_connections

from esachivalaya.common.csv_file import ImportRefused
from kendras.imports import load_kendras
from kendras.models import Desk, Kendra
from tests.kendras.files import kendras_csv, written
from tests.people import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
Race = Callable[..., list[Any]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    close_old_connections()
    return make_cast()


def test_the_kendras_are_made_once_and_the_other_one_is_told_so_in_words(
    cast: Cast, tmp_path: Path, race: Race
) -> None:
    path = written(tmp_path, kendras_csv(*({"code": f"REW-{n:04d}"} for n in range(200, 500))))
    outcomes = race(*[lambda: load_kendras(path, by=cast.nasreen)] * 2)
    assert Kendra.objects.count() == 300
    assert Desk.objects.count() == 600
    for one in outcomes:
        assert one.ok or isinstance(one.error, ImportRefused), one.error
