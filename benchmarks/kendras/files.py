"""The files that are loaded: 6,115 made-up Kendras and 10,000 operators, through the portal's own
import, by people who may.
"""

import csv
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from esachivalaya.accounts.models import Role, User
from kendras.generator import generate, generate_operators
from kendras.imports import KENDRA_COLUMNS, OPERATOR_COLUMNS, load_kendras, load_operators
from kendras.imports.cells import write_weekdays
from kendras.models import Kendra, KendraCharge

OPERATORS = 10_000


def loaded(folder: Path) -> dict[str, Any]:
    """Load both files; return how many lines they have and how long that took."""
    kendras, operators = folder / "kendras.csv", folder / "operators.csv"
    _write(kendras, operators)
    figures: dict[str, Any] = {}
    setup = _officer("bench-setup", Role.Name.SETUP)
    appointing = _officer("bench-appointing", Role.Name.APPOINTING)
    for name, load, path, by in (
        ("kendras", load_kendras, kendras, setup),
        ("operators", load_operators, operators, appointing),
    ):
        began = time.monotonic()
        load(path, by=by, dry_run=True)
        previewed = time.monotonic()
        report = load(path, by=by)
        figures |= {
            f"imported_{name}": report.new,
            f"preview_{name}_s": round(previewed - began, 2),
            f"import_{name}_s": round(time.monotonic() - previewed, 2),
        }
    return figures


def _write(kendras: Path, operators: Path) -> None:
    """Write down what the generator makes; of it nothing stays in the database."""
    with transaction.atomic():
        generate()
        generate_operators(OPERATORS)
        rows = Kendra.objects.select_related("district").prefetch_related("desks").order_by("code")
        _write_lines(kendras, KENDRA_COLUMNS, map(_kendra_line, rows))
        charges = KendraCharge.objects.select_related("user", "kendra").order_by("pk")
        lines = (_operator_line(number, charge) for number, charge in enumerate(charges))
        _write_lines(operators, OPERATOR_COLUMNS, lines)
        transaction.set_rollback(True)


def _write_lines(path: Path, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(lines)


def _kendra_line(row: Kendra) -> list[Any]:
    desks = list(row.desks.all())
    said = {
        "district": row.district.code,
        "phone": "01274 225500",
        "opens": f"{row.opens:%H:%M}",
        "closes": f"{row.closes:%H:%M}",
        "weekdays": write_weekdays(row.weekdays),
        "seats": len(desks),
        "accessible_seats": sum(desk.accessible for desk in desks),
    }
    return [said.get(name, getattr(row, name, "")) for name in KENDRA_COLUMNS]


def _operator_line(number: int, charge: KendraCharge) -> list[Any]:
    user = charge.user
    assert charge.kendra is not None  # the generator makes operators only
    said = {
        "username": user.username,
        "name_en": user.name_en,
        "name_hi": user.name_hi,
        "phone": f"{9_600_000_000 + number}",
        "email": f"{user.username}@kendra.example",
        "kendra": charge.kendra.code,
    }
    return [said.get(name, "") for name in OPERATOR_COLUMNS]


def _officer(username: str, role: str) -> User:
    user = User.objects.create(
        kind=User.Kind.STAFF,
        username=username,
        name_en="Meera Yadav",
        name_hi="मीरा यादव",
        password=make_password(None),
    )
    Role.objects.create(user=user, name=role)
    return user
