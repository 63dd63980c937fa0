import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from esachivalaya.common import sweeps
from esachivalaya.notifications import delivery

# Six sweeps that did not come.
SILENT_SECONDS = 60.0


class Command(BaseCommand):
    help = "Send the messages that are due, once; --forever makes it a worker without Celery."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--forever",
            action="store_true",
            help="Go on until SIGTERM. It needs the database only: Redis makes it even, not alive.",
        )
        parser.add_argument(
            "--alive",
            action="store_true",
            help="Send nothing; fail when no worker has looked through the outbox for a minute.",
        )
        parser.add_argument(
            "--threads", type=int, default=settings.MESSAGE_THREADS, help="Calls in the air."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["alive"]:
            if sweeps.ages().get("send_messages", SILENT_SECONDS) >= SILENT_SECONDS:
                raise CommandError("No worker has looked through the outbox for a minute.")
            return
        threads = max(1, options["threads"])
        if options["forever"]:
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_told: stop.set())
            delivery.send_for_ever(stop, threads=threads)
            return
        did = delivery.send_due(threads=threads)
        told = ", ".join(f"{count} {status}" for status, count in sorted(did.items()))
        self.stdout.write(told or "Nothing was due.")
