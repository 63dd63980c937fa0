"""``manage.py appoint_first``: the first superuser, by whoever holds the machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from esachivalaya.accounts.phones import parse_mobile
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.services.staff import appoint_first


class Command(BaseCommand):
    help = (
        "Make the first superuser and print, once, the link by which they set password and "
        "authenticator. Refused when there is a superuser."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name-en", required=True, help="name in English")
        parser.add_argument("--name-hi", required=True, help="name in Hindi")
        parser.add_argument("--email", required=True)
        parser.add_argument("--phone", required=True, help="mobile number")
        parser.add_argument(
            "--another", action="store_true", help="make one more, though there is one already"
        )
        parser.add_argument(
            "--yes-another", action="store_true", help="confirms --another; nothing is asked"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["another"] and not options["yes_another"]:
            raise CommandError(
                "One more superuser can do everything the first one can. "
                "If that is meant, give --yes-another as well."
            )
        try:
            phone = parse_mobile(options["phone"])
            validate_email(options["email"])
            link = appoint_first(
                username=_username(options["username"]),
                name_en=options["name_en"],
                name_hi=options["name_hi"],
                email=options["email"],
                phone=phone,
                another=options["another"],
            )
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        except ValueError as problem:
            raise CommandError(str(problem)) from None
        except Refused as problem:
            raise CommandError(f"{problem.message} Nothing was changed.") from None
        self.stdout.write("This link works once, for 72 hours, and is not shown again:")
        self.stdout.write(link)


def _username(text: str) -> str:
    if not text or len(text) > 80 or not text.isprintable() or " " in text:
        raise ValueError("A user name has up to 80 characters and no space.")
    return text
