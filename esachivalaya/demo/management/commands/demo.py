"""``manage.py demo``: a portal full of invented people, for trying everything."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations

from esachivalaya.demo import ageing, sign_ins
from esachivalaya.demo.making import CITIZENS, make

FEWEST_CITIZENS, MOST_CITIZENS = 20, 1000
FEWEST_POSTS = 8


class Command(BaseCommand):
    """Progress goes to the error stream, so that the output is the table of sign-ins alone."""

    requires_system_checks = ()
    help = (
        "Loads demo data: offices, staff, citizens and requests in every state. "
        "Makes nothing twice. Refused unless the setting DEMO is on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--age",
            metavar="25h",
            help="shift the rows into the past by 25h, 90m or 2d; meetings keep their times",
        )
        parser.add_argument(
            "--sign-ins", action="store_true", help="only print who can sign in; make nothing"
        )
        parser.add_argument("--citizens", type=int, default=CITIZENS, help="how many citizens")
        parser.add_argument("--posts", type=int, help="how many offices are opened (default: all)")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "This is not a demo: set DEMO=true to load invented people into this database."
            )
        by = _age(options["age"])
        if not options["sign_ins"]:
            self._make(options["citizens"], options["posts"])
        if by is not None:
            aged = ageing.age(by)
            self._tell(
                f"Shifted by {options['age']}: {aged.waiting} requests wait, {aged.overdue} of "
                "them overdue. The 24-hour rule acts with its next sweep, within a minute."
            )
        self.stdout.write(sign_ins.table())

    def _make(self, citizens: int, posts: int | None) -> None:
        if not FEWEST_CITIZENS <= citizens <= MOST_CITIZENS:
            raise CommandError(f"Give {FEWEST_CITIZENS} to {MOST_CITIZENS} citizens.")
        if posts is not None and posts < FEWEST_POSTS:
            raise CommandError(f"Give at least {FEWEST_POSTS} posts.")
        made = make(citizens=citizens, posts=posts)
        if made.nothing:
            self._tell("The demo data is there already: nothing was made.")
        for what, number in made.counts.items():
            if number:
                self._tell(f"Made {number} {what}.")

    def _tell(self, words: str) -> None:
        self.stderr.write(words, style_func=str)


def _age(text: str | None) -> timedelta | None:
    try:
        return ageing.parse_age(text) if text else None
    except ValueError as problem:
        raise CommandError(str(problem)) from None
