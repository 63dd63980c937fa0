"""Files of cohorts, as tests load them."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from esachivalaya.accounts.models import User
from plasma.models import Cohort, CohortImport
from plasma.services import imports

HEADER = ("name", "mobile", "year of birth", "district", "blood group", "recovered on")
LINE = ("Suman Devi", "98700 11111", "1985", "Gurugram", "O+", "2020-06-01")


def written(rows: Iterable[Iterable[str]], header: Iterable[str] = HEADER) -> bytes:
    """A CSV file with that heading and those lines."""
    file = io.StringIO()
    csv.writer(file).writerows([list(header), *map(list, rows)])
    return file.getvalue().encode()


def line(**cells: str) -> list[str]:
    """The usual line with other cells, named as in the heading (``_`` for a space)."""
    names = [name.replace(" ", "_") for name in HEADER]
    found = dict(zip(names, LINE, strict=True)) | cells
    assert len(found) == len(names), cells
    return list(found.values())


def kept(cohort: Cohort, content: bytes, by: User, **columns: int) -> CohortImport:
    """The file kept and looked at, its columns as guessed unless some are given."""
    row = imports.keep(cohort=cohort, content=content, file_name="list.csv", by=by)
    return imports.choose_columns(kept=row, columns={**row.columns, **columns}, by=by)


def loaded(cohort: Cohort, content: bytes, by: User, **options: Any) -> CohortImport:
    """The file kept, looked at and loaded, its refused lines left out."""
    row = kept(cohort, content, by)
    return imports.load(
        kept=row, shown=imports.shown_of(row), by=by, **{"without_refused": True, **options}
    )
