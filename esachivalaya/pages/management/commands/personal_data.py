"""Print the table of personal data as docs/privacy.md holds it."""

from typing import Any

from django.core.management.base import BaseCommand

from esachivalaya.pages.personal_table import as_markdown


class Command(BaseCommand):
    help = "Prints what the portal keeps of people, why, how long, and where it stands."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the table; a test holds the document against it."""
        self.stdout.write(as_markdown(), ending="")
