"""The daily roll-up of the ledger: what each desk and person did, counted once for each day."""

from django.conf import settings
from django.db import models

from eoffice.models.desks import Desk


class CountedDay(models.Model):
    """A day of Asia/Kolkata that is over and counted, for every desk.

    Forgotten when what was counted of it changes; then it is counted anew.
    """

    day = models.DateField(primary_key=True)

    def __str__(self) -> str:
        return str(self.day)


class DeskDay(models.Model):
    """What one person did at one desk on one day, by the ledger; ``by`` is empty for what came.

    Confidential papers stand in rows of their own, so that figures can leave them out. What each
    column counts is said by ``eoffice.services.counting``.
    """

    day = models.DateField()
    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    confidential = models.BooleanField()
    acts = models.PositiveIntegerField()
    receipts = models.PositiveIntegerField()
    files = models.PositiveIntegerField()
    joined = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()
    returned = models.PositiveIntegerField()
    filed = models.PositiveIntegerField()
    closed = models.PositiveIntegerField()
    issued = models.PositiveIntegerField()
    stays = models.PositiveIntegerField()
    stays_in_time = models.PositiveIntegerField()
    note_pages = models.PositiveIntegerField()
    print_pages = models.PositiveIntegerField()
    copies = models.PositiveIntegerField()
    copy_pages = models.PositiveIntegerField()
    letter_pages = models.PositiveIntegerField()
    came = models.PositiveIntegerField()
    mails = models.PositiveIntegerField()
    mail_pages = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "desk", "by", "confidential"],
                name="desk_day_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["desk", "day"], name="desk_day_of_desk")]

    def __str__(self) -> str:
        return f"{self.desk_id} {self.day}"
