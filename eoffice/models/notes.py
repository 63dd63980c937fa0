"""Notes on the green sheet: yellow while they are private, green when official, then sealed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from eoffice.models.desks import Desk
from eoffice.models.files import Correspondence, File
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField


class Note(models.Model):
    """What a desk wrote. Sending the file seals it: the database refuses every later change."""

    class Status(models.TextChoices):
        YELLOW = "yellow", _("Yellow note, private")
        GREEN = "green", _("Green note")
        SEALED = "sealed", _("Sealed")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.YELLOW: {Status.GREEN, Status.DISCARDED},
        # Before the file is sent the writer may take it back to yellow.
        Status.GREEN: {Status.SEALED, Status.YELLOW},
        Status.SEALED: set(),
        Status.DISCARDED: set(),
    }

    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="notes")
    # Given when it becomes green; dense within the file.
    number = models.PositiveIntegerField(null=True, blank=True)
    status = ChoiceField(choices=Status.choices, default=Status.YELLOW)
    version = models.PositiveIntegerField(default=1)
    text = models.TextField(_("note"), max_length=40000, blank=True)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # As they stood when it was sealed: names and titles change, what was signed does not.
    signed_name = models.CharField(max_length=160, blank=True)
    signed_post = models.CharField(max_length=160, blank=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    changed_at = models.DateTimeField(db_default=ClockTimestamp())
    sealed_at = models.DateTimeField(null=True, blank=True)
    # SHA-256 of what was sealed; the movement that sealed it carries it in its payload.
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["file", "number", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["yellow", "discarded"], number__isnull=True)
                | Q(status__in=["green", "sealed"], number__isnull=False),
                name="note_numbered_when_green",
            ),
            models.CheckConstraint(
                condition=~Q(status="sealed")
                | (Q(sealed_at__isnull=False) & ~Q(digest="") & ~Q(signed_name="")),
                name="note_sealed_whole",
            ),
            models.UniqueConstraint(fields=["file", "number"], name="note_number_once"),
            # One yellow note of a person on a file, so that it is found again where it was left.
            models.UniqueConstraint(
                fields=["file", "by", "desk"],
                name="note_one_yellow",
                condition=Q(status="yellow"),
            ),
        ]

    def __str__(self) -> str:
        return f"note {self.number or ''} of {self.file_id}"


class Flag(models.Model):
    """A reference from a note to a page of correspondence, another note, or a file."""

    class Kind(models.TextChoices):
        PUC = "puc", _("PUC: paper under consideration")
        FRESH_RECEIPT = "fr", _("FR: fresh receipt")
        FLAG = "flag", _("Flag")

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="flags")
    kind = ChoiceField(_("kind"), choices=Kind.choices, default=Kind.FLAG)
    # "A", "B" … as on the paper slips.
    letter = models.CharField(_("letter"), max_length=4)
    correspondence = models.ForeignKey(
        Correspondence, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    page = models.PositiveIntegerField(_("page"), null=True, blank=True)
    other_note = models.ForeignKey(
        Note, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    other_file = models.ForeignKey(
        File, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    # With its note: the digest of the note covers its flags.
    sealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        ordering = ["note", "letter"]
        constraints = [
            models.UniqueConstraint(fields=["note", "letter"], name="flag_letter_once"),
            models.CheckConstraint(
                condition=(
                    Q(
                        correspondence__isnull=False,
                        other_note__isnull=True,
                        other_file__isnull=True,
                    )
                    | Q(
                        correspondence__isnull=True,
                        other_note__isnull=False,
                        other_file__isnull=True,
                    )
                    | Q(
                        correspondence__isnull=True,
                        other_note__isnull=True,
                        other_file__isnull=False,
                    )
                ),
                name="flag_to_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.letter
