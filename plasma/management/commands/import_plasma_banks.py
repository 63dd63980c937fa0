from typing import Any

from django.core.management.base import no_translations

from esachivalaya.common.import_command import ImportCommand
from plasma.bank_file import BANKS, DATA, first_policy


class Command(ImportCommand):
    """A new bank gets hours from Monday to Saturday; the State gets its first policy."""

    help = "Loads the plasma banks (CSV) and, where there is none, the State's policy."
    layout = BANKS
    default_file = DATA / "banks.csv"

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not options["dry_run"] and first_policy():
            self.stdout.write("The State's first policy was entered.")
