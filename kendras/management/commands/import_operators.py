from pathlib import Path
from typing import Any

from esachivalaya.common.csv_import import Report
from esachivalaya.common.import_command import ImportCommand
from kendras.imports import load_operators


class Command(ImportCommand):
    """Loads operators of Kendras from the file that is named."""

    help = "Loads operators of Kendras and their charges from a CSV file: all of them or none."

    def load(self, path: Path, *, dry_run: bool) -> Report[Any]:
        return load_operators(path, by=None, dry_run=dry_run)
