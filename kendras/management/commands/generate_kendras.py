from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from kendras.generator import TOWN, VILLAGE, NoDistricts, generate, generate_operators


class Command(BaseCommand):
    """Makes nothing twice; what it makes says that it is made up."""

    requires_system_checks = ()
    help = "Makes made-up Kendras in all districts, for showing and measuring."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--village", type=int, default=VILLAGE, help="how many in villages")
        parser.add_argument("--town", type=int, default=TOWN, help="how many in towns")
        parser.add_argument("--operators", type=int, default=0, help="how many operators")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["village"], options["town"], options["operators"]) < 0:
            raise CommandError("Give numbers from 0.")
        try:
            made = generate(village=options["village"], town=options["town"])
        except NoDistricts:
            raise CommandError("There are no districts: run import_districts first.") from None
        self.stdout.write(f"{made} Kendras made")
        operators = generate_operators(options["operators"])
        if options["operators"]:
            self.stdout.write(f"{operators} operators made")
