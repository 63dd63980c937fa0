"""Named lists of recovered people, and the files they come from."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine


class Cohort(models.Model):
    """A list of recovered people with its source, its legal basis and the day its data leave."""

    class Kind(models.TextChoices):
        IMPORTED = "imported", _("Imported list")
        # People who came by themselves; there is one such cohort.
        VOLUNTEERS = "volunteers", _("Volunteers")

    kind = ChoiceField(_("kind"), choices=Kind.choices, default=Kind.IMPORTED)
    name = TypedLine(_("name"), max_length=120, unique=True)
    source = TypedLine(_("source"), max_length=200)
    # On what the first appeal to these people stands: the order or section of law, in words.
    legal_basis = TypedLine(_("legal basis"), max_length=80)
    dated = models.DateField(_("date of the list"))
    # From this day on: donors of whom no other cohort is kept for longer, and who gave no consent
    # of their own, are erased.
    data_leave_on = models.DateField(_("data leave on"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"), db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(data_leave_on__gt=models.F("dated")),
                name="cohort_leaves_after_its_date",
                violation_error_message=_("The data must leave after the date of the list."),
            ),
            models.UniqueConstraint(
                fields=["kind"],
                name="cohort_one_of_volunteers",
                condition=models.Q(kind="volunteers"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def carries(self, day: date) -> bool:
        """Whether its legal basis carries a first appeal on ``day``, without a consent."""
        return self.kind == self.Kind.IMPORTED and day < self.data_leave_on


class CohortImport(models.Model):
    """One file for a cohort: kept between preview and loading, emptied afterwards."""

    class Status(models.TextChoices):
        PREVIEWED = "previewed", _("Looked at, not loaded")
        LOADED = "loaded", _("Loaded")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.PREVIEWED: {Status.LOADED, Status.DISCARDED},
        Status.LOADED: set(),
        Status.DISCARDED: set(),
    }

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="imports")
    status = ChoiceField(choices=Status.choices, default=Status.PREVIEWED)
    version = models.PositiveIntegerField(default=1)
    file_name = TypedLine(_("file"), max_length=120)
    digest = models.CharField(max_length=64)
    # The file itself, and which of its columns is what; empty once it was loaded or discarded.
    content = models.BinaryField(default=bytes)
    columns = models.JSONField(default=dict)
    # Counts only: accepted, refused, shared, duplicate, new, known.
    counts = models.JSONField(default=dict)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("uploaded at"), db_default=ClockTimestamp())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import of a cohort")
        verbose_name_plural = _("imports of cohorts")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.file_name}"
