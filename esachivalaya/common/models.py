"""Rows that serve every app: counters without gaps and the memory of forms already sent."""

import hashlib
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, ManyToOneRel, OuterRef
from django.template.defaultfilters import filesizeformat
from django.utils.translation import ngettext

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine


class Counter(models.Model):
    """The last number given in one series of one year. See :mod:`esachivalaya.common.counters`."""

    series = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    value = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="counter_series_year")
        ]

    def __str__(self) -> str:
        return f"{self.series}/{self.year}: {self.value}"


class SentForm(models.Model):
    """One form that was sent: the same key and data give the same result, and act once."""

    principal = models.CharField(max_length=80, help_text="Who sent it: user, or sign-in session.")
    form = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    result = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "form", "key"], name="sent_form_once")
        ]
        indexes = [models.Index(fields=["sent_at"], name="sent_form_sent_at")]

    def __str__(self) -> str:
        return f"{self.form} {self.key}"


class Sweep(models.Model):
    """When one kind of regular work was last done. See :mod:`esachivalaya.common.sweeps`."""

    name = models.CharField(max_length=64, primary_key=True)
    ended_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.ended_at}"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def unreferenced(self) -> "StoredFileQuerySet":
        """Files to which no row of any app refers."""
        found = self
        for relation in StoredFile._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel):
                rows: models.QuerySet[Any] = models.QuerySet(relation.related_model)
                found = found.exclude(Exists(rows.filter(**{relation.field.name: OuterRef("pk")})))
        return found


class StoredFile(models.Model):
    """A file as it is kept: once for each content. See :mod:`esachivalaya.common.stored_files`."""

    class Type(models.TextChoices):
        PDF = "application/pdf", "PDF"
        JPEG = "image/jpeg", "JPEG"
        PNG = "image/png", "PNG"

    sha256 = models.CharField(max_length=64, unique=True)
    file = models.FileField(max_length=160, unique=True)
    content_type = ChoiceField(choices=Type.choices)
    size = models.PositiveIntegerField()
    # Empty for papers of a time when pages were not counted.
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    # When a virus scanner last found nothing in it, and which; empty where none is set up.
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.CharField(max_length=32, blank=True, default="")

    objects = StoredFileQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def facts(self) -> str:
        """What kind of paper it is and how much: "PDF, 3 pages, 240 KB"."""
        told = [str(self.get_content_type_display())]
        if self.pages and self.content_type == self.Type.PDF:
            told.append(ngettext("%(count)d page", "%(count)d pages", self.pages))
            told[-1] %= {"count": self.pages}
        return ", ".join([*told, filesizeformat(self.size)])

    def picture_name(self, page: int) -> str:
        """Return where the picture of one page stands once it was drawn."""
        return f"{self.file.name}.{page}.webp"

    def picture_names(self) -> list[str]:
        """Return where pictures of its pages can stand."""
        return [self.picture_name(page) for page in range(1, (self.pages or 50) + 1)]


class PendingImport(models.Model):
    """A CSV file that somebody is looking at before it is loaded.

    See :mod:`esachivalaya.common.pending_imports`.
    """

    kind = models.CharField(max_length=40)
    file_name = TypedLine(max_length=100)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    # What loading it would do, or has done, as the person was shown it.
    preview = models.JSONField(default=dict)
    loaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="pending_import_made_at")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"

    @staticmethod
    def digest_of(content: bytes) -> str:
        """Return by what a content is told from another one."""
        return hashlib.sha256(content).hexdigest()
