"""``manage.py enforce_deadlines``: one sweep of the 24-hour rule and of its ladder."""

from typing import Any

from django.core.management.base import BaseCommand

from appointments.services import deadlines, ladder
from esachivalaya.common import sweeps


class Command(BaseCommand):
    help = "Answers every request whose due time has passed, and sends the reminders that are due."

    def handle(self, *args: Any, **options: Any) -> None:
        answered = deadlines.sweep()
        reminded = ladder.climb()
        sweeps.done("enforce_deadlines")
        self.stdout.write(f"answered by the 24-hour rule: {answered}; reminded of: {reminded}")
