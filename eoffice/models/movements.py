"""Who holds what, and how it came there: open holdings for lists, a chained ledger for proof."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from eoffice.models.desks import Desk
from eoffice.models.items import Item
from eoffice.querysets import HoldingQuerySet, QuestionQuerySet
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField


class Holding(models.Model):
    """One stay of an item at a desk. At most one is open: the database sees to it.

    A receipt in a file and a file inside another have none: they lie where that file lies.
    """

    class Came(models.TextChoices):
        MADE = "made", _("Made here")
        MARKED = "marked", _("Marked")
        RETURNED = "returned", _("Returned")
        PULLED_BACK = "pulled_back", _("Pulled back")
        TAKEN_OUT = "taken_out", _("Taken out of a file")
        REOPENED = "reopened", _("Reopened")

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="holdings")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="holdings")
    came = ChoiceField(choices=Came.choices, max_length=16)
    from_desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    # What the sender asks for, and by when.
    action = models.CharField(_("for"), max_length=60, blank=True)
    due_on = models.DateField(null=True, blank=True)
    # The first view of the content at this desk; a list or a preview is none.
    read_at = models.DateTimeField(null=True, blank=True)
    # A physical file is received before anything else is done with it.
    received_at = models.DateTimeField(null=True, blank=True)
    parked_until = models.DateField(null=True, blank=True)
    parked_words = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = HoldingQuerySet.as_manager()

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        constraints = [
            models.UniqueConstraint(
                fields=["item"], name="holding_one_open", condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                fields=["desk", "-since", "-id"],
                name="holding_open_of_desk",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(fields=["item", "id"], name="holding_of_item"),
            models.Index(
                fields=["parked_until"],
                name="holding_parked",
                condition=Q(ended_at__isnull=True, parked_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} at {self.desk_id}"


class Movement(models.Model):
    """One entry of an item's ledger. Never changed, never deleted; each binds the one before it.

    ``payload`` is what the hash covers: the bytes as they were written. The other columns are for
    lists; verification holds them against it.
    """

    class Act(models.TextChoices):
        MADE = "made", _("Made")
        MARKED = "marked", _("Marked")
        RETURNED = "returned", _("Returned")
        PULLED_BACK = "pulled_back", _("Pulled back")
        PUT_IN_FILE = "put_in_file", _("Put in a file")
        TAKEN_OUT = "taken_out", _("Taken out of a file")
        PARKED = "parked", _("Parked")
        UNPARKED = "unparked", _("Taken up again")
        RECEIVED = "received", _("Received on paper")
        LINKED = "linked", _("Linked")
        UNLINKED = "unlinked", _("Link ended")
        ATTACHED = "attached", _("Attached")
        DETACHED = "detached", _("Detached")
        MERGED = "merged", _("Merged")
        DEMERGED = "demerged", _("Demerged")
        CLOSE_PROPOSED = "close_proposed", _("Closing proposed")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")
        PRIORITY = "priority", _("Priority changed")
        CLASSIFICATION = "classification", _("Classification changed")
        PARTICULARS = "particulars", _("Particulars changed")
        DUE = "due", _("Due day changed")
        ASKED = "asked", _("Another desk was asked")
        ANSWERED = "answered", _("The asked desk answered")
        ASK_WITHDRAWN = "ask_withdrawn", _("Question withdrawn")
        CANCELLED = "cancelled", _("Number cancelled")
        DRAFT_PUT_UP = "draft_put_up", _("Draft put up for approval")
        DRAFT_RETURNED = "draft_returned", _("Draft returned")
        DRAFT_APPROVED = "draft_approved", _("Draft approved")
        APPROVAL_VOIDED = "approval_voided", _("Approval void: the draft was changed")
        ISSUED = "issued", _("Letter issued")
        WITH_REGISTRY = "with_registry", _("Letter handed to the registry")
        NOT_SENT = "not_sent", _("Letter given back unsent")
        SENT = "sent", _("Letter sent")
        SENT_AGAIN = "sent_again", _("Letter sent again")
        DELIVERED = "delivered", _("Letter delivered")
        CAME_BACK = "came_back", _("Letter came back")
        SILENT = "silent", _("No view came from the asked desk")

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="movements")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    act = ChoiceField(choices=Act.choices, max_length=16)
    from_desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    to_desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    # Empty for what the portal itself notes, at no desk: that a closing date passed in silence.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # In what kind of charge of the desk's post the person acted.
    charge_kind = models.CharField(max_length=16, blank=True)
    words = models.CharField(max_length=500, blank=True)
    payload = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        constraints = [
            models.UniqueConstraint(fields=["item", "seq"], name="movement_dense"),
            # Each act of a person records who, at which desk, in which charge.
            models.CheckConstraint(
                condition=Q(act="silent", by__isnull=True, from_desk__isnull=True, charge_kind="")
                & Q(to_desk__isnull=False)
                | Q(by__isnull=False, from_desk__isnull=False)
                & ~Q(act="silent")
                & ~Q(charge_kind=""),
                name="movement_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["from_desk", "-id"], name="movement_sent_by_desk"),
            models.Index(fields=["at"], name="movement_at"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} #{self.seq} {self.act}"


class Question(models.Model):
    """Another desk is asked without moving the file; silence at the closing date is recorded.

    Several at once, with one closing date, are parallel views: they have one ``round``. Until it
    has ended, and no longer, the asked desk sees the question and the chosen papers.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="questions")
    # Counted within the file; a desk is asked once in a round.
    round = models.PositiveSmallIntegerField(default=1)
    from_desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    to_desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="questions")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(db_default=ClockTimestamp())
    words = models.TextField(_("question"), max_length=2000)
    # What the asked desk may read of the file; nothing else of it.
    papers = models.ManyToManyField("eoffice.Correspondence", related_name="+", blank=True)
    closes_at = models.DateTimeField(_("answer by"))
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    # The sealed note by which the answer stands in the noting.
    note = models.OneToOneField(
        "eoffice.Note", null=True, on_delete=models.PROTECT, related_name="answers"
    )
    reminded_at = models.DateTimeField(null=True, blank=True)
    # The closing date passed without an answer.
    silent_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question to another desk")
        verbose_name_plural = _("questions to other desks")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="", note__isnull=True)
                | (
                    Q(answered_at__isnull=False, answered_by__isnull=False, note__isnull=False)
                    & ~Q(answer="")
                ),
                name="question_answered_whole",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, silent_at__isnull=True)
                | Q(answered_at__isnull=True, withdrawn_at__isnull=True)
                | Q(silent_at__isnull=True, withdrawn_at__isnull=True),
                name="question_ends_once",
            ),
            models.UniqueConstraint(
                fields=["item", "round", "to_desk"], name="question_once_in_a_round"
            ),
        ]
        indexes = [
            models.Index(
                fields=["to_desk", "closes_at"],
                name="question_open_of_desk",
                condition=Q(
                    answered_at__isnull=True, silent_at__isnull=True, withdrawn_at__isnull=True
                ),
            ),
            models.Index(fields=["from_desk", "-id"], name="question_of_asker"),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class ChargeReport(models.Model):
    """What lay at a desk when its charge passed on: every item with its age, signed by both."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="charge_reports")
    leaver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    # Number, subject as far as both may see it, age in days, priority, due day, read or not.
    rows = models.JSONField()
    digest = models.CharField(max_length=64)
    leaver_signed_at = models.DateTimeField(null=True, blank=True)
    successor_signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("charge report")
        verbose_name_plural = _("charge reports")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"charge report {self.pk}"
