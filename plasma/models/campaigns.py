"""Campaigns, and what became of each person in them."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine
from plasma.models.banks import Bank
from plasma.models.cohorts import Cohort
from plasma.models.donors import Donor
from plasma.querysets import InvitationQuerySet


class OutreachSwitch(models.Model):
    """The one central switch: while it is off no appeal goes out and no campaign starts."""

    # There is one row.
    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    on = models.BooleanField(default=True)
    reason = TypedLine(_("reason"), max_length=200, blank=True)
    changed_at = models.DateTimeField(db_default=ClockTimestamp())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="outreach_one_switch")]

    def __str__(self) -> str:
        return "on" if self.on else "off"


class Campaign(models.Model):
    """A cohort, a filter, words, a pace, hours and an end; a second officer approves it.

    A hospital's need asks donors one by one in a campaign of its own, without a cohort: the
    hospital's officer proposes it by asking, the officer who asks the first donor approves it.
    """

    class Kind(models.TextChoices):
        COHORT = "cohort", _("Of a cohort")
        NEED = "need", _("Of a hospital's need")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Being written")
        PROPOSED = "proposed", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", pgettext_lazy("campaign", "Stopped")
        DONE = "done", pgettext_lazy("campaign", "Done")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.DRAFT: {Status.PROPOSED, Status.STOPPED},
        Status.PROPOSED: {Status.DRAFT, Status.APPROVED, Status.STOPPED},
        Status.APPROVED: {Status.DRAFT, Status.RUNNING, Status.STOPPED},
        Status.RUNNING: {Status.PAUSED, Status.STOPPED, Status.DONE},
        Status.PAUSED: {Status.RUNNING, Status.STOPPED, Status.DONE},
        Status.STOPPED: set(),
        Status.DONE: set(),
    }

    kind = ChoiceField(choices=Kind.choices, default=Kind.COHORT)
    name = TypedLine(_("name"), max_length=120)
    cohort = models.ForeignKey(
        Cohort,
        null=True,
        on_delete=models.PROTECT,
        related_name="campaigns",
        verbose_name=_("cohort"),
    )
    # Empty lists filter nothing.
    districts = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    blood_groups = ArrayField(models.CharField(max_length=4), default=list, blank=True)
    not_asked_for_days = models.PositiveSmallIntegerField(
        _("not asked for days"), default=30, help_text=_("At least 30.")
    )
    template = models.CharField(_("words of the message"), max_length=40, default="plasma_appeal")
    # Segments a minute that this campaign hands over at most; the gateway's limit holds beside it.
    pace = models.PositiveIntegerField(_("segments a minute"), default=600)
    first_hour = models.TimeField(_("from hour"))
    last_hour = models.TimeField(_("to hour"))
    ends_at = models.DateTimeField(_("ends at"))
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    # What the dry run found, as the approving officer read it, and the digest of what was asked.
    dry_run = models.JSONField(default=dict, blank=True)
    dry_run_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # How many segments may be handed over, as it stood at that time; it fills up at the pace.
    allowance = models.FloatField(default=0)
    allowance_at = models.DateTimeField(null=True, blank=True)
    # Why it was paused or stopped.
    words = TypedLine(max_length=300, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="campaign_second_officer",
                violation_error_message=_("A second officer approves a campaign."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "proposed", "stopped"])
                | Q(
                    proposed_by__isnull=False,
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                ),
                name="campaign_runs_approved",
            ),
            models.CheckConstraint(
                condition=Q(kind="cohort", cohort__isnull=False) | Q(kind="need"),
                name="campaign_has_its_cohort",
            ),
            models.CheckConstraint(
                condition=Q(last_hour__gt=F("first_hour")),
                name="campaign_hours",
                violation_error_message=_("The hours end after they begin."),
            ),
            models.CheckConstraint(
                condition=Q(not_asked_for_days__gte=30), name="campaign_once_in_30_days"
            ),
            models.CheckConstraint(condition=Q(pace__gte=1), name="campaign_pace"),
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """One donor in one campaign: one appeal, to one number.

    ``status`` is what the campaign waits for; ``message`` is how far its message came, whatever the
    donor answered before its receipt was here.
    """

    class Way(models.TextChoices):
        OPEN = "", _("Not known yet")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        UNDELIVERABLE = "undeliverable", _("Could not be delivered")
        NOT_SENT = "not_sent", _("Not sent")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        QUEUED = "queued", _("In the outbox")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        UNDELIVERABLE = "undeliverable", _("Could not be delivered")
        OPENED = "opened", _("Opened")
        PLEDGED = "pledged", _("Pledged")
        LATER = "later", _("Asked for a later time")
        STOPPED = "stopped", _("Wants no appeals")
        WRONG_PERSON = "wrong_person", _("Another person's number")
        # The campaign ended, or was stopped before the message went.
        EXPIRED = "expired", _("Ended without an answer")
        CANCELLED = "cancelled", _("Not sent")

    _ANSWERS: ClassVar[set[str]] = {
        Status.PLEDGED,
        Status.LATER,
        Status.STOPPED,
        Status.WRONG_PERSON,
        Status.EXPIRED,
    }
    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.PLANNED: {Status.QUEUED, Status.CANCELLED, *_ANSWERS},
        Status.QUEUED: {
            Status.SENT,
            Status.DELIVERED,
            Status.UNDELIVERABLE,
            Status.OPENED,
            Status.CANCELLED,
            *_ANSWERS,
        },
        Status.SENT: {Status.DELIVERED, Status.UNDELIVERABLE, Status.OPENED, *_ANSWERS},
        Status.DELIVERED: {Status.OPENED, *_ANSWERS},
        # A receipt may come late, and the page be opened all the same.
        Status.UNDELIVERABLE: {Status.OPENED, *_ANSWERS},
        Status.OPENED: _ANSWERS,
        # An answer may be changed while the campaign lasts.
        Status.LATER: {Status.PLEDGED, Status.STOPPED, Status.WRONG_PERSON},
        Status.PLEDGED: {Status.LATER, Status.STOPPED, Status.WRONG_PERSON},
        Status.STOPPED: {Status.PLEDGED, Status.WRONG_PERSON},
        Status.WRONG_PERSON: set(),
        Status.EXPIRED: set(),
        Status.CANCELLED: set(),
    }
    # Open: the campaign still waits for something of this donor.
    OPEN: ClassVar[list[str]] = ["planned", "queued", "sent", "delivered", "opened"]

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="invitations")
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="invitations")
    phone = models.CharField(max_length=16)
    status = ChoiceField(choices=Status.choices, default=Status.PLANNED)
    version = models.PositiveIntegerField(default=1)
    segments = models.PositiveSmallIntegerField(default=0)
    message = ChoiceField(choices=Way.choices, blank=True, default=Way.OPEN)
    planned_at = models.DateTimeField(db_default=ClockTimestamp())
    queued_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # Wrong years of birth, counted in the database; then the link rests for a day.
    tries_left = models.PositiveSmallIntegerField(default=5)
    closed_until = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "donor"], name="invitation_once"),
            models.UniqueConstraint(
                fields=["donor"],
                name="invitation_one_open",
                condition=Q(status__in=["planned", "queued", "sent", "delivered", "opened"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "id"],
                name="invitation_planned",
                condition=Q(status="planned"),
            ),
            models.Index(fields=["campaign", "status"], name="invitation_by_status"),
            # Those whose message is in the outbox, and nobody knows yet what became of it.
            models.Index(
                fields=["campaign", "id"],
                name="invitation_on_its_way",
                condition=Q(queued_at__isnull=False, message=""),
            ),
            models.Index(fields=["phone"], name="invitation_phone"),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class FunnelCount(models.Model):
    """The roll-up of a campaign's funnel: how many came to which step, by bank and reason.

    ``bank`` is empty for the steps before one is chosen, ``reason`` for all but deferrals. Kept up
    in the transaction of each step by adding to one of a few ``shard`` rows, so that a million
    invitations are summed from a few hundred rows and writers seldom wait for each other.
    """

    class Step(models.TextChoices):
        INVITED = "invited", _("Invited")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        UNDELIVERABLE = "undeliverable", _("Could not be delivered")
        OPENED = "opened", _("Opened")
        PLEDGED = "pledged", _("Pledged")
        LATER = "later", pgettext_lazy("funnel", "Later")
        STOPPED = "stopped", _("Wants no appeals")
        WRONG_PERSON = "wrong_person", _("Another person's number")
        BOOKED = "booked", _("Slot booked")
        ARRIVED = "arrived", _("Arrived")
        DONATED = "donated", _("Donated")
        DEFERRED = "deferred", _("Deferred")
        NO_SHOW = "no_show", _("Did not come")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="funnel")
    bank = models.ForeignKey(Bank, null=True, on_delete=models.PROTECT, related_name="+")
    step = ChoiceField(choices=Step.choices)
    reason = models.CharField(max_length=32, blank=True)
    shard = models.PositiveSmallIntegerField(default=0)
    count = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "bank", "step", "reason", "shard"],
                name="funnel_count_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.step}: {self.count}"
