from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from esachivalaya.backups import encryption, restoring
from esachivalaya.backups.archive import Archive
from esachivalaya.notifications.models import Message

ON_THE_WAY = ("claimed", "sending", "unknown")


class Command(BaseCommand):
    help = "Restore an archive into an empty place, and check what is there. See docs/backup.md."

    # Whether mail goes out is not the question now.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", type=Path)
        parser.add_argument(
            "--identity", type=Path, metavar="FILE", help="the private key of an encrypted archive"
        )
        parser.add_argument(
            "--check", action="store_true", help="only read the archive and say what is in it"
        )
        parser.add_argument(
            "--keys-lost",
            action="store_true",
            help="restore although SECRET_KEY or AUDIT_ANCHOR_KEY of that portal are gone",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        key = encryption.identity(options["identity"].absolute()) if options["identity"] else None
        archive = Archive(options["archive"].absolute(), key)
        if options["check"]:
            manifest, signed = archive.check()
            restoring.refuse_other_keys(manifest, signed=signed, keys_lost=options["keys_lost"])
            self._tell(manifest, "is whole")
            return
        done = restoring.restore(archive, keys_lost=options["keys_lost"], say=self.stdout.write)
        self._tell(done.manifest, f"was restored in {done.seconds:.1f} s")
        if options["keys_lost"]:
            self.stdout.write("The seals were not checked: the key that signed them is lost.")
        else:
            call_command("verify_audit", stdout=self.stdout, stderr=self.stderr)
        call_command("verify_ledger", stdout=self.stdout, stderr=self.stderr)
        if waiting := Message.objects.filter(status__in=[*Message.WAITING, *ON_THE_WAY]).count():
            self.stdout.write(
                f"{waiting} messages waited in that moment and may have gone out since: look at "
                "them before the sender is started (docs/backup.md)."
            )

    def _tell(self, manifest: Any, what: str) -> None:
        self.stdout.write(
            f"The archive of {manifest.snapshot_at} {what}: "
            f"{sum(manifest.tables.values())} rows of {len(manifest.tables)} tables, "
            f"{len(manifest.named('papers'))} papers, {len(manifest.named('anchors'))} seals."
        )
        if manifest.erased_meanwhile:
            self.stdout.write(
                f"{len(manifest.erased_meanwhile)} papers were erased while it was made."
            )
