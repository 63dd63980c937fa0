"""A seat is one person's place in a room."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models import Companion
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine
from meetings.models.rooms import Room
from meetings.querysets import SeatQuerySet


class Seat(models.Model):
    """One person's place in a room, and how far they have come.

    Everyone but the office's side starts in the waiting room. Admission survives a reload; refused
    stays refused until the office changes it. ``token_digest`` names the one browser that sits
    here, ``page`` the one page of it: a second page of the same person replaces the first.
    """

    class Kind(models.TextChoices):
        CITIZEN = "citizen", _("Citizen")
        COMPANION = "companion", _("Joins the citizen")
        OFFICE = "office", _("Office")
        COUNTER = "counter", _("At a Kendra")

    class Status(models.TextChoices):
        EXPECTED = "expected", _("Expected")
        WAITING = "waiting", _("In the waiting room")
        ADMITTED = "admitted", _("Admitted")
        REFUSED = "refused", _("Refused")
        LEFT = "left", _("Has left")
        REMOVED = "removed", _("Removed")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.EXPECTED: {Status.WAITING, Status.ADMITTED},
        Status.WAITING: {Status.ADMITTED, Status.REFUSED, Status.LEFT},
        Status.ADMITTED: {Status.LEFT, Status.REMOVED},
        # Only the office changes these.
        Status.REFUSED: {Status.ADMITTED},
        Status.REMOVED: {Status.ADMITTED},
        # Who hung up may come back: the office has let them in before, or they wait again.
        Status.LEFT: {Status.ADMITTED, Status.WAITING},
    }

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="seats")
    kind = ChoiceField(choices=Kind.choices)
    # What the others read: a name, or the title of the office.
    name = TypedLine(_("name"), max_length=120)
    # The officer or the operator; None for citizens and who joins them.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    companion = models.ForeignKey(Companion, null=True, on_delete=models.PROTECT, related_name="+")
    # From which Kendra, in words; empty for one's own phone.
    place = models.CharField(_("place"), max_length=160, blank=True)
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.EXPECTED)
    version = models.PositiveIntegerField(default=1)
    waiting_since = models.DateTimeField(null=True, blank=True)
    admitted_at = models.DateTimeField(null=True, blank=True)
    admitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    came_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(_("last seen at"), null=True, blank=True)
    token_digest = models.CharField(max_length=64, blank=True)
    # The page that sits here now. The larger of two pages' numbers makes the first offer.
    page = models.PositiveBigIntegerField(null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["room"], name="seat_one_citizen", condition=Q(kind="citizen")
            ),
            models.UniqueConstraint(
                fields=["room", "companion"],
                name="seat_once_per_companion",
                condition=Q(kind="companion"),
            ),
            models.UniqueConstraint(
                fields=["room", "user"],
                name="seat_once_per_user",
                condition=Q(kind__in=["office", "counter"]),
            ),
            models.CheckConstraint(
                condition=Q(kind="companion", companion__isnull=False)
                | ~Q(kind="companion") & Q(companion__isnull=True),
                name="seat_of_a_companion",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["office", "counter"], user__isnull=False)
                | Q(kind__in=["citizen", "companion"], user__isnull=True),
                name="seat_of_a_user",
            ),
            models.CheckConstraint(
                condition=~Q(status="admitted") | Q(admitted_at__isnull=False),
                name="seat_admitted_at_some_time",
            ),
            # Nobody but the office's side is in without having been let in by somebody.
            models.CheckConstraint(
                condition=~Q(status="admitted") | Q(kind="office") | Q(admitted_by__isnull=False),
                name="seat_admitted_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

    @property
    def is_office(self) -> bool:
        """Whether this is the office's side, which admits and needs no admission."""
        return bool(self.kind == self.Kind.OFFICE)
