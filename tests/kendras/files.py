"""CSV files as people make them, for the tests of imports."""

from collections.abc import Sequence
from pathlib import Path

from kendras.imports import KENDRA_COLUMNS, OPERATOR_COLUMNS

KENDRA = {
    "code": "REW-0101",
    "kind": "atal_seva",
    "name_en": "Atal Seva Kendra Dharuhera",
    "name_hi": "अटल सेवा केंद्र धारूहेड़ा",
    "district": "REW",
    "block_en": "Dharuhera",
    "block_hi": "धारूहेड़ा",
    "address_en": "Bus stand road",
    "address_hi": "बस अड्डा मार्ग",
    "phone": "98003 00002",
    "opens": "09:00",
    "closes": "17:00",
    "weekdays": "1-6",
    "seats": "2",
    "accessible_seats": "1",
}
OPERATOR = {
    "username": "rekha.rani",
    "name_en": "Rekha Rani",
    "name_hi": "रेखा रानी",
    "phone": "98003 00011",
    "email": "rekha@kendra.example",
    "kendra": "REW-0001",
    "from": "",
    "until": "",
}


def csv_of(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    lines = [",".join(columns), *(",".join(f'"{row[name]}"' for name in columns) for row in rows)]
    return "\n".join([*lines, ""])


def kendras_csv(*rows: dict[str, str]) -> str:
    """A file of Kendras; what a row does not say is as in ``KENDRA``."""
    return csv_of(KENDRA_COLUMNS, [{**KENDRA, **row} for row in rows])


def operators_csv(*rows: dict[str, str]) -> str:
    """A file of operators; what a row does not say is as in ``OPERATOR``."""
    return csv_of(OPERATOR_COLUMNS, [{**OPERATOR, **row} for row in rows])


def written(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return path
