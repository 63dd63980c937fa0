"""What lies on desks: receipts and files have the same ground, so that a list asks one table."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from eoffice.models.desks import Desk
from eoffice.querysets import ItemQuerySet
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField, SmallChoiceField


class Classification(models.IntegerChoices):
    """Who may see it. Secret and top secret papers are not held in e-Office at all."""

    NORMAL = 1, _("Normal")
    RESTRICTED = 2, _("Restricted")
    CONFIDENTIAL = 3, _("Confidential")


class Priority(models.IntegerChoices):
    """How soon; only the Chief Minister's office sets or clears run-through."""

    ORDINARY = 1, _("Ordinary")
    IMMEDIATE = 2, _("Immediate")
    MOST_IMMEDIATE = 3, _("Most immediate")
    OUT_TODAY = 4, _("Out today")
    RUN_THROUGH = 5, _("Run-through")


class Nature(models.TextChoices):
    ELECTRONIC = "electronic", _("Electronic")
    PHYSICAL = "physical", _("Physical")


class Item(models.Model):
    """A receipt or a file as lists, holdings, movements and access see it."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        FILE = "file", _("File")

    class Status(models.TextChoices):
        # Receipts: in hand, in a file, closed. Files: active, close proposed, closed.
        OPEN = "open", pgettext_lazy("receipt or file", "Open")
        IN_FILE = "in_file", _("In a file")
        CLOSE_PROPOSED = "close_proposed", _("Closing proposed")
        CLOSED = "closed", _("Closed")
        # A file inside another: it neither moves nor closes alone.
        ATTACHED = "attached", _("Attached")
        MERGED = "merged", _("Merged")
        # A number that was issued and is not used; it stays visible with its reason.
        CANCELLED = "cancelled", _("Number cancelled")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.OPEN: {
            Status.IN_FILE,
            Status.CLOSE_PROPOSED,
            Status.CLOSED,
            Status.ATTACHED,
            Status.MERGED,
            Status.CANCELLED,
        },
        Status.IN_FILE: {Status.OPEN},
        Status.CLOSE_PROPOSED: {Status.OPEN, Status.CLOSED},
        Status.CLOSED: {Status.OPEN},
        Status.ATTACHED: {Status.OPEN},
        Status.MERGED: {Status.OPEN},
        Status.CANCELLED: set(),
    }

    kind = ChoiceField(_("kind"), choices=Kind.choices, max_length=8)
    # Diary number or file number, fixed at issue.
    number = models.CharField(_("number"), max_length=64, unique=True)
    # The number as people type it: folded, without signs between; old numbers stand beside it.
    number_key = models.CharField(max_length=160, editable=False)
    subject = models.CharField(_("subject"), max_length=500)
    nature = ChoiceField(_("nature"), choices=Nature, default=Nature.ELECTRONIC)
    classification = SmallChoiceField(
        _("classification"), choices=Classification, default=Classification.NORMAL
    )
    priority = SmallChoiceField(_("priority"), choices=Priority, default=Priority.ORDINARY)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(_("made at"), db_default=ClockTimestamp())
    made_at_desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    # Why a number was cancelled, a file closed or reopened: the latest reason.
    words = models.CharField(max_length=500, blank=True)
    # Its own words and those of its correspondents, folded; access is asked in the same query.
    search_words = models.TextField(blank=True, editable=False)
    search = SearchVectorField(null=True, editable=False)
    # The desks of its access rows, and their sections as negative numbers: kept by the database,
    # for the search alone: a word that half of all papers have is looked up among one's own.
    seen_by = ArrayField(models.BigIntegerField(), db_default=[], editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt or file")
        verbose_name_plural = _("receipts and files")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="receipt", status__in=["open", "in_file", "closed", "cancelled"])
                | Q(
                    kind="file",
                    status__in=[
                        "open",
                        "close_proposed",
                        "closed",
                        "attached",
                        "merged",
                        "cancelled",
                    ],
                ),
                name="item_status_of_its_kind",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(closed_at__isnull=False),
                name="item_closed_has_its_time",
            ),
        ]
        indexes = [
            # Whose it is comes first: of each word no more is read than what lies near one's own.
            GinIndex(
                fields=["seen_by", "search", "number_key"],
                name="item_search",
                opclasses=["array_ops", "tsvector_ops", "gin_trgm_ops"],
            ),
            models.Index(fields=["made_at_desk", "-id"], name="item_made_at_desk"),
            models.Index(
                F("due_on"), name="item_due", condition=Q(due_on__isnull=False, status="open")
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Access(models.Model):
    """Which desk or section may see an item, worked out when it changes and not when it is asked.

    Normal: the desks through which it went, and their sections. Restricted: the desks, and the
    heads of their sections. Confidential: the desks alone, with link officers that are named.
    """

    # The constraints and indexes below begin with each of them: one more would only cost writes.
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="access", db_index=False)
    desk = models.ForeignKey(
        Desk, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    section = models.ForeignKey(
        "officials.Section", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(desk__isnull=False, section__isnull=True)
                | Q(desk__isnull=True, section__isnull=False),
                name="access_desk_or_section",
            ),
            models.UniqueConstraint(fields=["item", "desk"], name="access_desk_once"),
            models.UniqueConstraint(fields=["item", "section"], name="access_section_once"),
        ]
        indexes = [
            models.Index(fields=["desk", "-item"], name="access_of_desk"),
            models.Index(fields=["section", "-item"], name="access_of_section"),
        ]

    def __str__(self) -> str:
        return f"access to {self.item_id}"


class Opening(models.Model):
    """Who opened the content of an item, when, at which desk. Never changed, never deleted."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="openings")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=ClockTimestamp())
    # The noting, a paper, a draft, the print.
    what = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("opening of an item")
        verbose_name_plural = _("who opened what")
        indexes = [models.Index(fields=["item", "-id"], name="opening_of_item")]

    def __str__(self) -> str:
        return f"{self.item_id} opened at {self.at}"


class SavedView(models.Model):
    """A view of a list that somebody keeps: its filters and order under a name."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    box = models.CharField(max_length=16)
    query = models.CharField(max_length=400)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["by", "name"],
                name="saved_view_name_once",
                violation_error_message=_("You have a view of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
