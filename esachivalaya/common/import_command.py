"""The one shape of all commands that load a CSV file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from esachivalaya.common.csv_file import ImportRefused
from esachivalaya.common.csv_import import Layout, load


class ImportCommand(BaseCommand):
    """Loads ``layout`` from a file, or from ``default_file`` that comes with the portal."""

    # Loading a table does not depend on what the gateways are set to.
    requires_system_checks = ()
    layout: Layout[Any]
    default_file: Path

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, default=self.default_file, help="CSV file in UTF-8"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = load(options["file"], self.layout, dry_run=options["dry_run"])
        except ImportRefused as refused:
            listed = "\n".join(f"  {problem}" for problem in refused.problems)
            raise CommandError(f"Nothing was loaded from {options['file']}:\n{listed}") from refused
        if options["verbosity"] > 1 or not report.new:
            for change in report.changes:
                self.stdout.write(f"  {change}")
        note = " (dry run: nothing was changed)" if options["dry_run"] else ""
        self.stdout.write(f"{report}{note}")
