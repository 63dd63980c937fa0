import time
from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eoffice import verification
from eoffice.models import Movement

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Check the ledger of movements and what its entries fixed: notes, scans, decision cards, "
        "drafts, letters and where they went; name the first bad rows."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--bytes",
            action="store_true",
            help="Read every stored scan and letter as well, not only the digests kept of them.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began, hashing = time.perf_counter(), verification.Hashing()
        with verification.one_moment():
            found = []
            checked = verification.findings(hashing, stored_bytes=options["bytes"])
            for finding in islice(checked, SHOWN):
                # At once: what is found stays told, whatever the checking meets further on.
                self.stderr.write(str(finding))
                found.append(finding)
        if found:
            raise CommandError(f"The ledger was tampered with, first at {found[0]}.")
        seconds = time.perf_counter() - began
        self.stdout.write(
            f"All {Movement.objects.count()} movements are as they were written: "
            f"{seconds:.2f} s, of which {hashing.seconds:.2f} s were hashing."
        )
