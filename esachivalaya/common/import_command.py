"""The one shape of all commands that load a CSV file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from esachivalaya.common.csv_file import ImportRefused
from esachivalaya.common.csv_import import Layout, Report, load


class ImportCommand(BaseCommand):
    """Loads ``layout`` from a file, or from ``default_file`` where one comes with the portal."""

    # Loading a table does not depend on what the gateways are set to.
    requires_system_checks = ()
    layout: Layout[Any]
    default_file: Path | None = None

    def load(self, path: Path, *, dry_run: bool) -> Report[Any]:
        """Load the file at ``path``; other tables than those of a layout say how."""
        return load(path, self.layout, dry_run=dry_run)

    def add_arguments(self, parser: ArgumentParser) -> None:
        default: dict[str, Any] = {}
        if self.default_file is not None:
            default = {"nargs": "?", "default": self.default_file}
        parser.add_argument("file", type=Path, help="CSV file in UTF-8", **default)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self.load(options["file"], dry_run=options["dry_run"])
        except ImportRefused as refused:
            listed = "\n".join(f"  {problem}" for problem in refused.problems)
            raise CommandError(f"Nothing was loaded from {options['file']}:\n{listed}") from refused
        if options["verbosity"] > 1 or not report.new:
            for change in report.changes:
                self.stdout.write(f"  {change}")
        note = " (dry run: nothing was changed)" if options["dry_run"] else ""
        self.stdout.write(f"{report}{note}")
