import csv
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from esachivalaya.common.clock import day_of, now
from plasma.generator import MOST, NoDistricts, Wanted, rows


class Command(BaseCommand):
    """Writes a list such as a cohort is loaded from; nothing of it is loaded."""

    requires_system_checks = ()
    help = "Writes a CSV file of made-up recovered people, for showing and measuring."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("people", type=int, help="how many people")
        parser.add_argument("--seed", type=int, default=1, help="the same list for the same seed")
        parser.add_argument("--shared", type=int, default=8, help="per cent on another's number")
        parser.add_argument("--duplicates", type=int, default=0, help="lines that come twice")
        parser.add_argument("--bad", type=int, default=0, help="lines that cannot be donors")
        parser.add_argument("--output", type=Path, help="the file to write (default: the output)")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        numbers = [options[name] for name in ("people", "shared", "duplicates", "bad")]
        if min(numbers) < 0 or options["people"] + options["bad"] > MOST or options["shared"] > 100:
            raise CommandError(f"Give numbers from 0, at most {MOST} people, and per cent to 100.")
        wanted = Wanted(*numbers)
        found = rows(wanted, seed=options["seed"], today=day_of(now()))
        try:
            if options["output"] is None:
                csv.writer(self.stdout, lineterminator="\n").writerows(found)
                return
            with options["output"].open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(found)
        except NoDistricts:
            raise CommandError("There are no districts: run import_districts first.") from None
        except OSError as problem:
            words = f"{options['output']} cannot be written: {problem.strerror}"
            raise CommandError(words) from problem
        sys.stderr.write(f"{options['people']} people written to {options['output']}\n")
