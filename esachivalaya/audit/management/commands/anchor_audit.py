from typing import Any

from django.core.management.base import BaseCommand

from esachivalaya.audit import anchors


class Command(BaseCommand):
    help = "Seal the audit chains for today, in a signed file outside the database."

    def handle(self, *args: Any, **options: Any) -> None:
        seal = anchors.seal_the_day()
        if seal is None:
            self.stdout.write("Today's seal is there already.")
        else:
            self.stdout.write(f"Sealed {seal.count} chains: {seal.root}")
