"""A call to somebody's telephone, for a meeting whose picture and sound fail."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from meetings.models.rooms import Room
from meetings.models.seats import Seat


class Call(models.Model):
    """Both telephones were called, the officer's and that of the person of ``seat``.

    Numbers are not kept here: they are those that the people have when they are dialled. What the
    provider calls each side (``guest_call_id``, ``office_call_id``) is "" until it has said so.
    """

    class Side(models.TextChoices):
        GUEST = "guest", _("Citizen")
        OFFICE = "office", _("Office")

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked for")
        RINGING = "ringing", _("Rings")
        ANSWERED = "answered", _("Picked up")
        ENDED = "ended", _("Hung up")
        FAILED = "failed", _("Not reached")

    # How far a side has come; what the provider tells late never goes back.
    AFTER: ClassVar[dict[str, set[str]]] = {
        Status.ASKED: {Status.RINGING, Status.ANSWERED, Status.ENDED, Status.FAILED},
        Status.RINGING: {Status.ANSWERED, Status.ENDED, Status.FAILED},
        Status.ANSWERED: {Status.ENDED, Status.FAILED},
        Status.ENDED: set(),
        Status.FAILED: set(),
    }

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="calls")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="calls")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    guest_call_id = models.CharField(max_length=64, blank=True)
    office_call_id = models.CharField(max_length=64, blank=True)
    guest_status = ChoiceField(choices=Status.choices, default=Status.ASKED)
    office_status = ChoiceField(choices=Status.choices, default=Status.ASKED)

    class Meta:
        verbose_name = _("telephone call")
        verbose_name_plural = _("telephone calls")

    def __str__(self) -> str:
        return f"{self.room_id}: {self.seat_id}"
