from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from esachivalaya.notifications import templates


class Command(BaseCommand):
    help = "Write the shipped words of messages into the database; changed ones as a new version."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        made = templates.load()
        if options["verbosity"]:
            self.stdout.write(f"{made} new versions of message templates.")
