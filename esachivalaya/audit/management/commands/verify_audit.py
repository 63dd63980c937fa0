from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from esachivalaya.audit import verification
from esachivalaya.audit.models import Entry

SHOWN = 20


class Command(BaseCommand):
    help = "Check every audit chain and the seals outside the database; name what is not right."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(islice(verification.findings(), SHOWN))
        for finding in found:
            self.stderr.write(str(finding))
        if found:
            raise CommandError(f"The audit record was tampered with, first at {found[0].where}.")
        self.stdout.write(f"All {Entry.objects.count()} entries are as they were written.")
