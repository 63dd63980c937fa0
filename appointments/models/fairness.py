"""Fairness: waivers of the pause, and draws for posts that many want to meet."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from appointments.models.papers import Draft
from appointments.models.requests import Request
from appointments.querysets import DrawWishQuerySet
from esachivalaya.accounts.models import Citizen
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.references import grouped
from esachivalaya.common.typed import TypedLine, TypedText
from officials.models import Post


class Waiver(models.Model):
    """Staff let a person ask again before the pause after a meeting is over, for a reason; once."""

    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="waivers")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    reason = TypedLine(_("reason"), max_length=300)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    given_at = models.DateTimeField(db_default=ClockTimestamp())
    used_by = models.OneToOneField(
        Request, null=True, blank=True, on_delete=models.PROTECT, related_name="waiver"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["citizen", "post"],
                name="waiver_one_unused",
                condition=Q(used_by__isnull=True),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.citizen_id} {self.post_id}"


class DateRange(Func):
    """A range of two days, the last one included."""

    function = "DATERANGE"
    output_field = DateRangeField()


# Codes of wishes are published at the close, the seed this much later: nobody can say afterwards
# that a code was made for the seed.
CODES_STAND = timedelta(minutes=10)
# Wishes carry references of their own, so that no published code leads to anybody's request.
PREFIX = "DR"
# Codes stand in public lists for ever. So long after the meeting one opens it; its reference, which
# its page shows, opens it always.
OPENS_FOR = timedelta(days=30)


class Draw(models.Model):
    """Some days of a scarce post, given by lot instead of first come.

    The digest of the seed is published when the draw is announced, the seed when it is drawn, with
    every wish's code and rank: anyone can check the order. ``drawn_at`` is when the ranks were
    fixed and the seed became public; the status is drawn when every wish has its answer.
    """

    class Status(models.TextChoices):
        ANNOUNCED = "announced", _("Announced")
        DRAWN = "drawn", _("Drawn")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.ANNOUNCED: {Status.DRAWN, Status.CANCELLED},
        Status.DRAWN: set(),
        Status.CANCELLED: set(),
    }

    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="draws", verbose_name=_("post")
    )
    first_day = models.DateField(_("first day of the meetings"))
    last_day = models.DateField(_("last day of the meetings"))
    opens_at = models.DateTimeField(_("wishes from"))
    closes_at = models.DateTimeField(_("wishes until"))
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.ANNOUNCED)
    seed = models.CharField(max_length=64)
    seed_digest = models.CharField(_("digest of the seed"), max_length=64)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    drawn_at = models.DateTimeField(_("drawn at"), null=True, blank=True)
    # Why it was cancelled, as those who took part read it.
    words = TypedText(_("words to the citizens"), max_length=1000, blank=True, default="")

    class Meta:
        verbose_name = _("draw")
        verbose_name_plural = _("draws")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="draw_closes_after_opening",
                violation_error_message=_("Wishes must end after they begin."),
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="draw_days",
                violation_error_message=_("The last day must not come before the first day."),
            ),
            ExclusionConstraint(
                name="draw_no_overlap",
                violation_error_message=_("There is a draw for some of these days already."),
                expressions=[
                    ("post", RangeOperators.EQUAL),
                    (DateRange("first_day", "last_day", Value("[]")), RangeOperators.OVERLAPS),
                ],
                condition=~Q(status="cancelled"),
            ),
        ]
        indexes = [
            models.Index(fields=["closes_at"], name="draw_closes", condition=Q(status="announced"))
        ]

    def __str__(self) -> str:
        return f"{self.post}: {self.first_day} – {self.last_day}"

    @property
    def draws_at(self) -> datetime:
        """When it is drawn: once the codes have stood for everybody to see."""
        return self.closes_at + CODES_STAND

    def takes_wishes(self, moment: datetime) -> bool:
        """Whether a wish can be made, or taken back, at ``moment``."""
        announced = self.status == self.Status.ANNOUNCED
        return announced and self.opens_at <= moment < self.closes_at


class DrawWish(models.Model):
    """One person's wish in a draw. What is asked for stands in its draft until the draw."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("In the draw")
        WON = "won", _("Drawn: a meeting is fixed")
        LOST = "lost", _("Not drawn")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Status.WAITING: {Status.WON, Status.LOST, Status.WITHDRAWN},
        Status.WON: set(),
        Status.LOST: set(),
        Status.WITHDRAWN: set(),
    }

    class LostReason(models.TextChoices):
        NO_TIME = "no_time", _("No time was left that suits")
        # Not said why: it may be a private request of theirs.
        PASSED_OVER = "passed_over", _("Passed over: the person could not ask this office then")
        GONE = "gone", _("The person is no longer in the household")
        CANCELLED = "cancelled", _("The draw was cancelled")
        FAILED = "failed", _("The portal could not fix the meeting")

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="wishes")
    code = models.CharField(_("code"), max_length=12, unique=True)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=16, blank=True)
    channel = ChoiceField(choices=Request.Channel.choices)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    draft = models.OneToOneField(
        Draft, null=True, blank=True, on_delete=models.PROTECT, related_name="draw_wish"
    )
    # The PIN of the acknowledgement, and of the request when the wish is drawn.
    pin_hash = models.CharField(max_length=128)
    # Counted apart from the request's: codes are published, and nobody is to close it by one.
    pin_tries_left = models.PositiveSmallIntegerField(default=5)
    pin_closed_until = models.DateTimeField(null=True, blank=True)
    status = ChoiceField(_("status"), choices=Status.choices, default=Status.WAITING)
    lost_reason = ChoiceField(_("reason"), choices=LostReason.choices, blank=True, default="")
    rank = models.PositiveIntegerField(_("rank"), null=True, blank=True)
    request = models.OneToOneField(
        Request, null=True, blank=True, on_delete=models.PROTECT, related_name="draw_wish"
    )
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    objects = DrawWishQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "citizen"],
                name="draw_wish_once",
                condition=~Q(status="withdrawn"),
            ),
            models.UniqueConstraint(fields=["draw", "rank"], name="draw_wish_rank"),
            models.CheckConstraint(
                condition=Q(status="won", request__isnull=False)
                | (~Q(status="won") & Q(request__isnull=True)),
                name="draw_wish_won_has_a_request",
            ),
            models.CheckConstraint(
                condition=Q(status="lost") & ~Q(lost_reason="")
                | ~Q(status="lost") & Q(lost_reason=""),
                name="draw_wish_lost_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["citizen", "-made_at"], name="draw_wish_citizen")]

    def __str__(self) -> str:
        return self.code

    @property
    def spoken(self) -> str:
        """The code in the groups in which it is printed and read out."""
        return grouped(self.code, PREFIX)
