from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eoffice import verification
from eoffice.models import Movement

SHOWN = 20


class Command(BaseCommand):
    help = "Check the ledger of movements and the notes it sealed; name the first bad rows."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(islice(verification.findings(), SHOWN))
        for finding in found:
            self.stderr.write(str(finding))
        if found:
            raise CommandError(f"The ledger was tampered with, first at {found[0]}.")
        self.stdout.write(f"All {Movement.objects.count()} movements are as they were written.")
