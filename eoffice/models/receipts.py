"""Receipts: letters, applications and e-mails as they were diarised."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from eoffice.models.desks import Desk
from eoffice.models.items import Item
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.models import StoredFile
from esachivalaya.common.words import fold
from officials.models import Department, District


class Correspondent(models.Model):
    """Who writes to a department and is written to: remembered for the next time."""

    class Kind(models.TextChoices):
        CITIZEN = "citizen", _("Citizen")
        OFFICE = "office", _("Office of the State")
        UNION = "union", _("Ministry or office of the Union")
        COURT = "court", _("Court or commission")
        LEGISLATOR = "legislator", _("Member of a legislature")
        ORGANISATION = "organisation", _("Company, society or union")

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    kind = ChoiceField(_("kind"), choices=Kind.choices, default=Kind.CITIZEN)
    name = models.CharField(_("name"), max_length=160)
    designation = models.CharField(_("designation"), max_length=120, blank=True)
    organisation = models.CharField(_("organisation"), max_length=160, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    district = models.ForeignKey(
        District,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("district"),
    )
    pin_code = models.CharField(_("PIN code"), max_length=6, blank=True)
    phone = models.CharField(_("mobile number"), max_length=16, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    # Names and addresses folded, for suggesting while a clerk types.
    search_words = models.CharField(max_length=600, blank=True, editable=False)
    used_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("correspondent")
        verbose_name_plural = _("correspondents")
        indexes = [models.Index(fields=["department", "-used_at"], name="correspondent_used")]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.designation, self.organisation) if part)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the words by which it is suggested."""
        self.search_words = self.folded()
        super().save(*args, **kwargs)

    def folded(self) -> str:
        """Return name, designation, organisation and address as they are compared."""
        parts = (self.name, self.designation, self.organisation, self.address)
        return "\n".join(fold(part) for part in parts)[:600]


class Receipt(models.Model):
    """One letter, application or e-mail. How and when it came is never changed afterwards."""

    class Mode(models.TextChoices):
        HAND = "hand", _("By hand")
        POST = "post", _("By post")
        SPEED_POST = "speed_post", _("By speed post or courier")
        EMAIL = "email", _("By e-mail")
        FAX = "fax", _("By fax")
        PORTAL = "portal", _("Through this portal")

    class Category(models.TextChoices):
        LETTER = "letter", _("Letter")
        APPLICATION = "application", _("Application")
        GRIEVANCE = "grievance", _("Grievance")
        COURT = "court", _("Court case")
        ASSEMBLY = "assembly", _("Assembly or Parliament question")
        RTI = "rti", _("Right to information")
        VIP = "vip", _("VIP reference")
        BILL = "bill", _("Bill or claim")
        MEETING = "meeting", _("Outcome of a meeting")
        OTHER = "other", _("Other")

    item = models.OneToOneField(
        Item, primary_key=True, on_delete=models.PROTECT, related_name="receipt"
    )
    # As the sender wrote it; kept beside the remembered correspondent, who may change.
    correspondent = models.ForeignKey(
        Correspondent, on_delete=models.PROTECT, related_name="receipts"
    )
    sender = models.CharField(_("sender"), max_length=400)
    category = ChoiceField(_("category"), choices=Category.choices, default=Category.LETTER)
    vip = models.BooleanField(_("VIP"), default=False)
    letter_number = models.CharField(_("letter number"), max_length=80, blank=True)
    letter_date = models.DateField(_("letter date"), null=True, blank=True)
    received_on = models.DateField(_("received on"))
    delivery_mode = ChoiceField(_("delivery mode"), choices=Mode.choices)
    diarised_at = models.DateTimeField(_("diarised at"))
    # Where the physical paper is kept.
    location = models.CharField(_("where the paper is"), max_length=120, blank=True)
    copied_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies"
    )
    # The appointment whose outcome it is; its id only, for its citizen's plain words.
    request = models.ForeignKey(
        "appointments.Request",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    # A digest of sender, letter number and date, by which a duplicate is noticed.
    sameness = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.CheckConstraint(
                condition=Q(letter_date__isnull=True) | Q(letter_date__lte=models.F("received_on")),
                name="receipt_written_before_it_came",
                violation_error_message=_("A letter is written before it is received."),
            ),
            models.UniqueConstraint(
                fields=["request"],
                name="receipt_one_for_a_request",
                condition=Q(request__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["sameness"], name="receipt_sameness")]

    def __str__(self) -> str:
        return str(self.item)


class Enclosure(models.Model):
    """A scan or paper of a receipt; kept once for each content, served behind an access check."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="enclosures")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=120)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("enclosure")
        verbose_name_plural = _("enclosures")
        ordering = ["receipt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["receipt", "position"], name="enclosure_position"),
        ]

    def __str__(self) -> str:
        return self.name


class PendingScan(models.Model):
    """A scan that passed its checks while the form around it is not finished.

    Nobody is shown it; with the letter it becomes an enclosure. Removed after a day.
    """

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("scan that waits for its letter")
        verbose_name_plural = _("scans that wait for their letter")
        indexes = [
            models.Index(fields=["by", "desk"], name="pending_scan_of_person"),
            models.Index(fields=["kept_at"], name="pending_scan_kept_at"),
        ]

    def __str__(self) -> str:
        return self.name
