"""Drafts for approval, what was issued of them, and how it went out."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from eoffice.models.desks import Desk
from eoffice.models.files import File
from eoffice.models.receipts import Correspondent, Receipt
from esachivalaya.accounts.models.users import Language
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.models import StoredFile
from officials.models import Department


class LetterTemplate(models.Model):
    """The form of a department's letters in one language.

    A draft keeps the letterhead and the words that it began with: a template that is changed later
    changes no letter. How it read before stands in its history.
    """

    class Form(models.TextChoices):
        LETTER = "letter", _("Letter")
        MEMORANDUM = "memorandum", _("Office memorandum")
        ORDER = "order", _("Office order")
        DEMI_OFFICIAL = "demi_official", _("Demi-official letter")
        NOTIFICATION = "notification", _("Notification")
        ENDORSEMENT = "endorsement", _("Endorsement")

    # Empty: for every department.
    department = models.ForeignKey(
        Department,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("department"),
    )
    form = ChoiceField(_("form"), choices=Form.choices)
    language = ChoiceField(_("language"), choices=Language.choices, max_length=2)
    name = models.CharField(_("name"), max_length=80)
    letterhead = models.TextField(_("letterhead"), max_length=600)
    body = models.TextField(_("words to begin with"), max_length=6000, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")
        ordering = ["department", "form", "language", "name"]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """A draft for approval. Any edit after the approval voids it."""

    class Status(models.TextChoices):
        BEING_WRITTEN = "being_written", _("Being written")
        PUT_UP = "put_up", _("Put up for approval")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", pgettext_lazy("draft", "Approved")
        SIGNED = "signed", _("Signed")
        ISSUED = "issued", _("Issued")
        DISPATCHED = "dispatched", _("Dispatched")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.BEING_WRITTEN: {Status.PUT_UP, Status.DISCARDED},
        Status.PUT_UP: {Status.RETURNED, Status.APPROVED, Status.BEING_WRITTEN},
        Status.RETURNED: {Status.BEING_WRITTEN, Status.PUT_UP, Status.DISCARDED},
        Status.APPROVED: {Status.SIGNED, Status.ISSUED, Status.BEING_WRITTEN},
        Status.SIGNED: {Status.ISSUED, Status.BEING_WRITTEN},
        Status.ISSUED: {Status.DISPATCHED},
        Status.DISPATCHED: set(),
        Status.DISCARDED: set(),
    }
    # While one of these is on a file, the file is not closed.
    PENDING: ClassVar[list[str]] = [
        "being_written",
        "put_up",
        "returned",
        "approved",
        "signed",
        "issued",
    ]

    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="drafts")
    ordinal = models.PositiveSmallIntegerField()
    form = ChoiceField(_("form"), choices=LetterTemplate.Form.choices)
    language = ChoiceField(_("language"), choices=Language.choices, max_length=2, default="hi")
    template = models.ForeignKey(
        LetterTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # As the template read when the draft was begun; empty: the State's and the department's names.
    letterhead = models.TextField(max_length=600, blank=True, default="")
    reply_to = models.ForeignKey(
        Receipt, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    signatory = models.ForeignKey(
        Desk, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    status = ChoiceField(choices=Status.choices, default=Status.BEING_WRITTEN)
    version = models.PositiveIntegerField(default=1)
    # What is to be mended, while it is returned.
    words = models.CharField(max_length=500, blank=True, default="")
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at_desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["file", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["file", "ordinal"], name="draft_ordinal_once"),
        ]

    def __str__(self) -> str:
        return f"draft {self.ordinal} of {self.file_id}"


class DeliveryMode(models.TextChoices):
    """How a letter goes out."""

    POST = "post", _("By post")
    HAND = "hand", _("By hand")
    EMAIL = "email", _("By e-mail")


class Addressee(models.Model):
    """To whom a draft goes, and who gets a copy."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="addressees")
    correspondent = models.ForeignKey(Correspondent, on_delete=models.PROTECT, related_name="+")
    copy = models.BooleanField(_("copy"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    # How it is to go; the desk that sends it may choose otherwise.
    mode = ChoiceField(_("how"), choices=DeliveryMode, default=DeliveryMode.POST)

    class Meta:
        ordering = ["draft", "copy", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "correspondent"], name="addressee_once"),
        ]

    def __str__(self) -> str:
        return str(self.correspondent)


class DraftVersion(models.Model):
    """One version of a draft's words. Never changed, never deleted."""

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    subject = models.CharField(_("subject"), max_length=500)
    body = models.TextField(_("text"), max_length=60000)
    digest = models.CharField(max_length=64)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a draft")
        verbose_name_plural = _("versions of drafts")
        ordering = ["draft", "number"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="draft_version_once"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of draft {self.draft_id}"


class Approval(models.Model):
    """That a desk approved one version; void as soon as another version follows it."""

    version = models.ForeignKey(DraftVersion, on_delete=models.PROTECT, related_name="approvals")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.UniqueConstraint(
                fields=["version"], name="approval_one_stands", condition=Q(voided_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"approval of version {self.version_id}"


class Issue(models.Model):
    """What left the office: the bytes as they were signed. Never changed, never deleted."""

    draft = models.OneToOneField(Draft, on_delete=models.PROTECT, related_name="issue")
    version = models.ForeignKey(DraftVersion, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=80, unique=True)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    # On the printout: leads to number, date, signatory and hash, and to no content.
    code = models.CharField(max_length=16, unique=True)
    signatory_name = models.CharField(max_length=160)
    signatory_post = models.CharField(max_length=160)
    # The subject of the certificate; empty where it was signed on paper.
    certificate = models.CharField(max_length=300, blank=True)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("issued letter")
        verbose_name_plural = _("issued letters")

    def __str__(self) -> str:
        return self.number


class Dispatch(models.Model):
    """One sending of an issued letter to one addressee."""

    Mode = DeliveryMode

    class Status(models.TextChoices):
        # With the registry, to be sent.
        WAITING = "waiting", _("With the registry")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        RETURNED = "returned", _("Came back")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.WAITING: {Status.SENT, Status.CANCELLED},
        Status.SENT: {Status.DELIVERED, Status.RETURNED},
        Status.DELIVERED: set(),
        # Sent again as a dispatch of its own.
        Status.RETURNED: set(),
        Status.CANCELLED: set(),
    }

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="dispatches")
    # Given when it is sent; without gaps within the registry's year.
    number = models.CharField(_("dispatch number"), max_length=64, blank=True)
    mode = ChoiceField(_("mode"), choices=Mode.choices)
    status = ChoiceField(choices=Status.choices, default=Status.WAITING)
    version = models.PositiveIntegerField(default=1)
    correspondent = models.ForeignKey(Correspondent, on_delete=models.PROTECT, related_name="+")
    # As it stood when it was sent.
    to_address = models.CharField(_("address"), max_length=500)
    by_registry = models.BooleanField(_("by the registry"), default=False)
    registry = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    tracking = models.CharField(_("number of the consignment"), max_length=40, blank=True)
    # Of the receipt for registered post, or what the one who took it signed by hand.
    proof = models.CharField(_("number of the proof of delivery"), max_length=60, blank=True)
    asked_at = models.DateTimeField(db_default=ClockTimestamp())
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True)
    again_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="again"
    )

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        constraints = [
            models.UniqueConstraint(
                fields=["number"], name="dispatch_number_once", condition=~Q(number="")
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "cancelled"])
                | (Q(sent_at__isnull=False) & ~Q(number="")),
                name="dispatch_sent_is_numbered",
            ),
        ]
        indexes = [
            models.Index(
                fields=["registry", "id"],
                name="dispatch_waiting",
                condition=Q(status="waiting"),
            ),
            # Letters that went by e-mail, for the paper that was not used.
            models.Index(
                fields=["sent_at"],
                name="dispatch_mailed",
                condition=Q(mode="email", sent_at__isnull=False, again_of__isnull=True),
            ),
            models.Index(fields=["registry", "-id"], name="dispatch_register"),
        ]

    def __str__(self) -> str:
        return self.number or f"dispatch {self.pk}"


class SecretPaper(models.Model):
    """A secret or top secret paper: its physical movement only, without subject or content.

    One entry of the register is one handing over; who received it hands it on by the next one.
    """

    class Grade(models.TextChoices):
        SECRET = "secret", _("Secret")
        TOP_SECRET = "top_secret", _("Top secret")

    number = models.CharField(_("register number"), max_length=40, unique=True)
    grade = ChoiceField(_("grade"), choices=Grade.choices)
    from_desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    to_desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField(db_default=ClockTimestamp())
    handed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # The entry by which it came to who hands it on here.
    follows = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="handed_on"
    )

    class Meta:
        verbose_name = _("secret paper")
        verbose_name_plural = _("register of secret papers")
        ordering = ["-handed_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_desk=models.F("to_desk")), name="secret_paper_moves"
            ),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True, received_by__isnull=True)
                | Q(received_at__isnull=False, received_by__isnull=False),
                name="secret_paper_received_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number
