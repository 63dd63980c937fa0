from pathlib import Path
from typing import Any

from esachivalaya.common.csv_import import Report
from esachivalaya.common.import_command import ImportCommand
from kendras.imports import load_kendras


class Command(ImportCommand):
    """Loads Kendras with their seats from the file that is named."""

    help = "Loads Kendras with their seats from a CSV file: all of them or none."

    def load(self, path: Path, *, dry_run: bool) -> Report[Any]:
        return load_kendras(path, by=None, dry_run=dry_run)
