"""Files: noting on the left, correspondence on the right, and what they are bound to."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from eoffice.models.desks import Desk
from eoffice.models.items import Item
from eoffice.models.receipts import Receipt
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField, SmallChoiceField
from officials.models import Department, Section


class Head(models.Model):
    """One head of the file numbers of a department, at one of four levels."""

    class Level(models.IntegerChoices):
        BASIC = 1, _("Basic head")
        PRIMARY = 2, _("Primary head")
        SECONDARY = 3, _("Secondary head")
        TERTIARY = 4, _("Tertiary head")

    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="heads", verbose_name=_("department")
    )
    level = SmallChoiceField(_("level"), choices=Level.choices)
    above = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="below",
        verbose_name=_("under the head"),
    )
    code = models.CharField(_("code"), max_length=12)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("head of file numbers")
        verbose_name_plural = _("heads of file numbers")
        ordering = ["department", "level", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "above", "code"],
                name="head_code_once",
                nulls_distinct=False,
                violation_error_message=_("This head exists already."),
            ),
            models.CheckConstraint(
                condition=Q(level=1, above__isnull=True) | Q(level__gt=1, above__isnull=False),
                name="head_under_a_head",
                violation_error_message=_("Every head but a basic one stands under another."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_hi}"


class File(models.Model):
    """A file. Its number is built from heads, or free; section and year are fixed at issue."""

    class Kind(models.TextChoices):
        MAIN = "main", _("Main file")
        PART = "part", _("Part file")
        VOLUME = "volume", _("Volume")

    item = models.OneToOneField(
        Item, primary_key=True, on_delete=models.PROTECT, related_name="file"
    )
    kind = ChoiceField(_("kind"), choices=Kind.choices, default=Kind.MAIN)
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, related_name="files", verbose_name=_("section")
    )
    head = models.ForeignKey(
        Head, null=True, blank=True, on_delete=models.PROTECT, related_name="files"
    )
    year = models.PositiveSmallIntegerField(_("year"))
    serial = models.PositiveIntegerField(_("serial"), null=True, blank=True)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    # Of which file it is a part or volume, and which one.
    of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="divisions"
    )
    ordinal = models.PositiveSmallIntegerField(null=True, blank=True)
    # The file it was attached to, or merged into, and travels inside.
    inside = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="contents"
    )
    # An old paper file that was joined: its old number, where it lies, when it began.
    old_number = models.CharField(_("old number"), max_length=80, blank=True)
    location = models.CharField(_("where the paper is"), max_length=120, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    pages_scanned = models.PositiveIntegerField(_("pages scanned"), default=0)
    last_note = models.PositiveIntegerField(default=0)
    last_page = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="main", of__isnull=True, ordinal__isnull=True)
                | Q(kind__in=["part", "volume"], of__isnull=False, ordinal__isnull=False),
                name="file_part_of_a_file",
            ),
            models.UniqueConstraint(fields=["of", "kind", "ordinal"], name="file_ordinal_once"),
            models.CheckConstraint(
                condition=Q(inside__isnull=True) | ~Q(inside=F("item")),
                name="file_not_inside_itself",
            ),
        ]
        indexes = [models.Index(fields=["section", "year"], name="file_of_section")]

    def __str__(self) -> str:
        return str(self.item)


class Correspondence(models.Model):
    """A page range on the right side of a file: a receipt that was put in, or what was issued."""

    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="correspondence")
    receipt = models.ForeignKey(
        Receipt, null=True, blank=True, on_delete=models.PROTECT, related_name="in_files"
    )
    issue = models.ForeignKey(
        "eoffice.Issue", null=True, blank=True, on_delete=models.PROTECT, related_name="in_files"
    )
    first_page = models.PositiveIntegerField()
    last_page = models.PositiveIntegerField()
    added_at = models.DateTimeField(db_default=ClockTimestamp())
    added_at_desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Taken out again: the pages keep their numbers.
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("correspondence")
        verbose_name_plural = _("correspondence")
        ordering = ["file", "first_page"]
        constraints = [
            models.CheckConstraint(
                condition=Q(receipt__isnull=False, issue__isnull=True)
                | Q(receipt__isnull=True, issue__isnull=False),
                name="correspondence_one_paper",
            ),
            models.CheckConstraint(
                condition=Q(first_page__gte=1, last_page__gte=F("first_page")),
                name="correspondence_pages",
            ),
            models.UniqueConstraint(
                fields=["receipt"],
                name="correspondence_receipt_in_one_file",
                condition=Q(receipt__isnull=False, removed_at__isnull=True),
            ),
            models.UniqueConstraint(fields=["file", "first_page"], name="correspondence_page_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} {self.first_page}/c"


class FileLink(models.Model):
    """Two files that refer to each other; each moves alone."""

    # The one with the smaller number first, so that a pair stands once.
    one = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("link of files")
        verbose_name_plural = _("links of files")
        constraints = [
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="file_link_in_order"),
            models.UniqueConstraint(
                fields=["one", "other"],
                name="file_link_once",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} and {self.other_id}"
