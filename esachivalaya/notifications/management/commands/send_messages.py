from typing import Any

from django.core.management.base import BaseCommand

from esachivalaya.notifications import delivery


class Command(BaseCommand):
    help = "Send the messages that are due, once, as the worker does every ten seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        did = delivery.send_due()
        told = ", ".join(f"{count} {status}" for status, count in sorted(did.items()))
        self.stdout.write(told or "Nothing was due.")
