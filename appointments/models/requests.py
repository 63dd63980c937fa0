"""A citizen's wish to meet a post, and the answer to it."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.querysets import RequestQuerySet
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.models.users import Language
from esachivalaya.common.clock import IST, day_of
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine, TypedText
from officials.models import Post, Service

# The State's promise: an answer within 24 hours, weekends and holidays included.
PROMISE = timedelta(hours=24)
# No answer comes later than this before the slot that it is about.
BEFORE_SLOT = timedelta(hours=2)


class Category(models.Model):
    """What a request is about, in one word for sorting."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name_en = models.CharField(_("name in English"), max_length=80)
    name_hi = models.CharField(_("name in Hindi"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name_en


class Request(models.Model):
    """A citizen's wish to meet a post about a subject: for a slot, or open ("any time")."""

    class Kind(models.TextChoices):
        SLOT = "slot", _("For a chosen slot")
        OPEN = "open", _("Any time, the office decides")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Waiting for an answer")
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        RELEASED = "released", _("Released unanswered")
        MET = "met", _("Meeting held")
        MISSED_BY_CITIZEN = "missed_by_citizen", _("Citizen did not come")
        MISSED_BY_OFFICE = "missed_by_office", _("Office did not come")
        CANCELLED_BY_CITIZEN = "cancelled_by_citizen", _("Cancelled by the citizen")
        CANCELLED_BY_OFFICE = "cancelled_by_office", _("Cancelled by the office")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.REQUESTED: {
            Status.CONFIRMED,
            Status.DECLINED,
            Status.WITHDRAWN,
            Status.RELEASED,
        },
        Status.CONFIRMED: {
            Status.MET,
            Status.MISSED_BY_CITIZEN,
            Status.MISSED_BY_OFFICE,
            Status.CANCELLED_BY_CITIZEN,
            Status.CANCELLED_BY_OFFICE,
        },
        Status.DECLINED: set(),
        Status.WITHDRAWN: set(),
        Status.RELEASED: set(),
        Status.MET: set(),
        Status.MISSED_BY_CITIZEN: set(),
        Status.MISSED_BY_OFFICE: set(),
        Status.CANCELLED_BY_CITIZEN: set(),
        Status.CANCELLED_BY_OFFICE: set(),
    }

    class Channel(models.TextChoices):
        OWN_PHONE = "own_phone", _("Own phone")
        KENDRA = "kendra", _("Kendra")

    class ConfirmedBy(models.TextChoices):
        OFFICE = "office", _("The office")
        RULE = "rule", _("The 24-hour rule")
        CITIZEN = "citizen", _("The citizen, by accepting an offered time")
        DRAW = "draw", _("The draw")

    class DeclineReason(models.TextChoices):
        OTHER_OFFICE = "other_office", _("Another office is responsible")
        ANSWERED = "answered", _("The matter is already settled or answered")
        PAPERS_MISSING = "papers_missing", _("Papers are missing")
        COURT = "court", _("The matter is before a court")
        REPEATED = "repeated", _("The same matter was heard before")
        UNSUITABLE = "unsuitable", _("The request is not fit for a meeting")
        CLOSED = "closed", _("The office is closed at that time")

    class PartOfDay(models.TextChoices):
        MORNING = "morning", _("Morning, before 12 noon")
        AFTERNOON = "afternoon", _("Afternoon, 12 noon to 4 pm")
        EVENING = "evening", _("Evening, after 4 pm")

        @classmethod
        def of(cls, moment: datetime) -> "Request.PartOfDay":
            """Return the part of the day in Asia/Kolkata into which ``moment`` falls."""
            hour = moment.astimezone(IST).hour
            if hour < 12:
                return cls.MORNING
            return cls.AFTERNOON if hour < 16 else cls.EVENING

    reference = models.CharField(_("reference"), max_length=12, unique=True)
    version = models.PositiveIntegerField(default=1)
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="requests", verbose_name=_("post")
    )
    citizen = models.ForeignKey(
        Citizen, on_delete=models.PROTECT, related_name="requests", verbose_name=_("citizen")
    )
    # The phone that stood at the household when the request was made: daily caps count by it.
    phone = models.CharField(_("mobile number"), max_length=16, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = ChoiceField(_("channel"), choices=Channel.choices)
    kind = ChoiceField(_("kind"), choices=Kind.choices)
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.REQUESTED)

    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="+", verbose_name=_("category")
    )
    # The service or scheme that it is about, where it is about one.
    service = models.ForeignKey(
        Service,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("service or scheme"),
    )
    subject = TypedLine(_("subject"), max_length=120)
    sought = TypedLine(_("what is sought"), max_length=500, blank=True)
    description = TypedText(_("description"), max_length=4000, blank=True)
    other_times_ok = models.BooleanField(_("any other time suits too"), default=False)
    hand_down_agreed = models.BooleanField(_("agrees to meet the post below"), default=False)
    # For an open request: what does not suit (weekdays 0 to 6 from Monday, parts of the day).
    unsuitable_weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    unsuitable_parts = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    language = ChoiceField(_("language of the meeting"), choices=Language.choices, max_length=2)
    needs_interpreter = models.BooleanField(_("needs an interpreter"), default=False)
    needs_accessible_seat = models.BooleanField(
        _("needs a wheelchair-accessible seat"), default=False
    )
    private = models.BooleanField(
        _("private"),
        default=False,
        help_text=_("Not shown in the household's list; opens with its PIN."),
    )
    pin_hash = models.CharField(max_length=128)
    pin_tries_left = models.PositiveSmallIntegerField(default=5)
    pin_closed_until = models.DateTimeField(null=True, blank=True)
    priority = models.BooleanField(
        _("priority"), default=False, help_text=_("Asked again after the office did not answer.")
    )
    # The meeting that the office missed, for which this one was given without asking again.
    follows = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )

    # The meeting asked for, and the meeting as it stands: empty while an open request waits.
    asked_starts_at = models.DateTimeField(null=True, blank=True)
    starts_at = models.DateTimeField(_("meeting from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("meeting until"), null=True, blank=True)

    created_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("answer due by"))
    # When the citizen said that they come late to the meeting as it stands.
    late_at = models.DateTimeField(_("said to come late at"), null=True, blank=True)
    # When each side was seen to be there on the day of the meeting.
    citizen_came_at = models.DateTimeField(_("citizen came at"), null=True, blank=True)
    office_came_at = models.DateTimeField(_("office came at"), null=True, blank=True)
    # When the office is next reminded of it; empty once nothing is left to remind of.
    next_reminder_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    confirmed_by = ChoiceField(
        _("confirmed by"), choices=ConfirmedBy.choices, blank=True, default=""
    )
    decline_reason = ChoiceField(_("reason"), choices=DeclineReason.choices, blank=True, default="")
    words = TypedText(_("words to the citizen"), max_length=1000, blank=True, default="")
    go_to = models.ForeignKey(
        Post,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("where to go instead"),
    )

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__lte=F("created_at") + PROMISE) & Q(due_at__gt=F("created_at")),
                name="request_due_within_24h",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="request_meeting_range",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(starts_at__isnull=False),
                name="request_confirmed_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | ~Q(confirmed_by=""),
                name="request_confirmed_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(status="requested", answered_at__isnull=True)
                | (~Q(status="requested") & Q(answered_at__isnull=False)),
                name="request_answered_once_left",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | (~Q(decline_reason="") & ~Q(words="")),
                name="request_declined_with_reason",
            ),
            # One open request per person and post.
            models.UniqueConstraint(
                fields=["citizen", "post"],
                name="request_one_open_per_post",
                condition=Q(status__in=["requested", "confirmed"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="request_due", condition=Q(status="requested")
            ),
            models.Index(
                fields=["next_reminder_at", "id"],
                name="request_reminder",
                condition=Q(status="requested", next_reminder_at__isnull=False),
            ),
            # Meetings whose outcome is to be reminded of.
            models.Index(
                fields=["next_reminder_at"],
                name="request_outcome_reminder",
                condition=Q(status="confirmed", next_reminder_at__isnull=False),
            ),
            models.Index(fields=["post", "status", "due_at"], name="request_post_status"),
            models.Index(fields=["post", "starts_at"], name="request_post_starts"),
            models.Index(fields=["citizen", "-created_at"], name="request_citizen"),
            models.Index(fields=["phone", "-created_at"], name="request_phone"),
            models.Index(fields=["made_by", "-created_at"], name="request_made_by"),
            models.Index(fields=["post", "-created_at"], name="request_post_created"),
            # For the promise board: the requests of a day, and the meetings that offices missed.
            models.Index(fields=["created_at"], name="request_created"),
            models.Index(
                fields=["starts_at"],
                name="request_missed",
                condition=Q(status="missed_by_office"),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def suits(self, moment: datetime) -> bool:
        """Whether a meeting at ``moment`` avoids the weekdays and parts of the day ruled out."""
        return (
            day_of(moment).weekday() not in self.unsuitable_weekdays
            and self.PartOfDay.of(moment) not in self.unsuitable_parts
        )

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer or for its meeting."""
        return self.status in {self.Status.REQUESTED, self.Status.CONFIRMED}


class Companion(models.Model):
    """Somebody who joins the meeting beside the citizen; up to three."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="companions")
    position = models.PositiveSmallIntegerField()
    name = TypedLine(_("name"), max_length=120)
    relation = TypedLine(_("relation"), max_length=60, blank=True)
    phone = models.CharField(_("mobile number"), max_length=16, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="companion_position"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=3), name="companion_at_most_three"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """Another time offered by the office, held until the citizen answers, at most until due."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for the citizen")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        LAPSED = "lapsed", _("Not answered in time")
        WITHDRAWN = "withdrawn", _("Taken back")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.OPEN: {Status.ACCEPTED, Status.REFUSED, Status.LAPSED, Status.WITHDRAWN},
        Status.ACCEPTED: set(),
        Status.REFUSED: set(),
        Status.LAPSED: set(),
        Status.WITHDRAWN: set(),
    }

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="offers")
    status = ChoiceField(choices=Status.choices, default=Status.OPEN)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="offer_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["request"], name="offer_one_open", condition=Q(status="open")
            ),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk} for {self.request_id}"
