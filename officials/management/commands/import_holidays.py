from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import transaction

from esachivalaya.common import clock
from officials.calendar import knows, propose


class Command(BaseCommand):
    """Proposes the calendar's public holidays; what the State gazetted stays as it is."""

    requires_system_checks = ()
    help = "Loads the public holidays of Haryana from the calendar: this year and the next."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("years", nargs="*", type=int, metavar="YEAR")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        this_year = clock.day_of(clock.now()).year
        years = sorted(set(options["years"])) or [this_year, this_year + 1]
        if unknown := [str(year) for year in years if not knows(year)]:
            raise CommandError(
                f"The calendar does not know every holiday of {', '.join(unknown)}. "
                "Enter those years' holidays in the admin."
            )
        with transaction.atomic():
            done = propose(years, by=None)
            if options["dry_run"]:
                transaction.set_rollback(True)
        note = " (dry run: nothing was changed)" if options["dry_run"] else ""
        self.stdout.write(f"{', '.join(map(str, years))}: {done}{note}")
        if done.refused:
            listed = "\n".join(f"  {words}" for words in done.refused)
            raise CommandError(f"These days were not closed:\n{listed}")
