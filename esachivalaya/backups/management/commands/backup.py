from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from esachivalaya.backups import encryption, making


class Command(BaseCommand):
    help = (
        "Write one archive of the database, the papers and the seals into a folder. "
        "See docs/backup.md."
    )

    # Whether mail goes out is not the question now.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="where archives are kept")
        parser.add_argument(
            "--to",
            action="append",
            metavar="AGE1…",
            help="a public key to encrypt to; without it those of BACKUP_RECIPIENTS",
        )
        parser.add_argument(
            "--in-clear", action="store_true", help="do not encrypt: the folder is safe by itself"
        )
        parser.add_argument(
            "--keep-days",
            type=int,
            metavar="N",
            help="afterwards, remove archives of this folder made more than N days earlier",
        )
        parser.add_argument(
            "--new-key",
            type=Path,
            metavar="FILE",
            help="only make a key pair: the private key into FILE, the public one is printed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            public = encryption.new_identity(options["new_key"].absolute())
            self.stdout.write(f"BACKUP_RECIPIENTS={public}")
            self.stderr.write(
                f"Take {options['new_key']} to another place: it opens every archive, and without "
                "it none opens."
            )
            return
        if options["folder"] is None:
            raise CommandError("Name the folder that archives are kept in.")
        to = encryption.recipients(options["to"] or settings.BACKUP_RECIPIENTS)
        if options["in_clear"]:
            to = []
        elif not to:
            raise CommandError(
                "An archive holds what people told in confidence. Name a public key (--to, or "
                "BACKUP_RECIPIENTS; --new-key makes one), or say --in-clear."
            )
        if (days := options["keep_days"]) is not None and days < 1:
            raise CommandError("Archives are kept for at least one day.")
        self._make(options["folder"].absolute(), to, days)

    def _make(self, folder: Path, to: Any, days: int | None) -> None:
        try:
            made = making.make(folder, to)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise CommandError(f"No backup was made: {reason}.") from None
        manifest = made.manifest
        self.stdout.write(
            f"{made.path}\n"
            f"{sum(manifest.tables.values())} rows of {len(manifest.tables)} tables, "
            f"{len(manifest.named('papers'))} papers, {len(manifest.named('anchors'))} seals; "
            f"{made.path.stat().st_size} bytes in {made.seconds:.1f} s; "
            f"{'encrypted' if to else 'NOT encrypted'}.\n"
            "Not in it, and needed to restore; keep them elsewhere:"
        )
        for name, what_for in manifest.keys_to_keep.items():
            self.stdout.write(f"  {name}: {what_for}")
        # What was lost is looked for in earlier archives: none of them goes now.
        if days is not None and not made.lost:
            for gone in making.remove_older(folder, days, than=made.path):
                self.stdout.write(f"Removed {gone.name}, older than {days} days.")
        if made.lost:
            raise CommandError(
                f"The archive is whole, but {len(made.lost)} papers or seals were lost before "
                f"it: they are gone or damaged where the portal keeps them, first {made.lost[0]}. "
                "Look for them in earlier archives; none was removed."
            )
