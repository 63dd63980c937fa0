"""When a post can be met: hours, exceptions, holidays and leave."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.fields import ChoiceField, SmallChoiceField
from esachivalaya.common.formats import chosen_language, date_short, time_short
from esachivalaya.common.typed import TypedLine
from officials.models.charges import TsTzRange
from officials.models.posts import Post


class Hours(models.Model):
    """Weekly hours in which a post meets people."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="hours", verbose_name=_("post")
    )
    weekday = SmallChoiceField(_("weekday"), choices=Weekday.choices)
    starts = models.TimeField(pgettext_lazy("time", "from"))
    ends = models.TimeField(pgettext_lazy("time", "to"))
    minutes = models.PositiveSmallIntegerField(_("minutes per meeting"), default=15)
    gap_minutes = models.PositiveSmallIntegerField(_("minutes between meetings"), default=0)
    from_day = models.DateField(_("from day"))
    until_day = models.DateField(_("until day, not included"), null=True, blank=True)

    class Meta:
        verbose_name = _("hours")
        verbose_name_plural = _("hours")
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="hours_end_after_start",
                violation_error_message=_("The hours must end after they start."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=240),
                name="hours_minutes",
                violation_error_message=_("A meeting takes 5 to 240 minutes."),
            ),
            models.CheckConstraint(
                condition=Q(gap_minutes__lte=120),
                name="hours_gap",
                violation_error_message=_("There can be at most 120 minutes between meetings."),
            ),
            models.CheckConstraint(
                condition=Q(until_day__isnull=True) | Q(until_day__gt=F("from_day")),
                name="hours_until_after_from",
                violation_error_message=_("The last day must come after the first day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()}, {time_short(self.starts)} – {time_short(self.ends)}"


class HoursException(models.Model):
    """Hours added or closed on one date, or met instead of the weekly ones."""

    class Kind(models.TextChoices):
        ADD = "add", _("Additional hours")
        CLOSE = "close", _("Closed")
        INSTEAD = "instead", _("Instead of the usual hours")

    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="exceptions", verbose_name=_("post")
    )
    day = models.DateField(_("day"))
    kind = ChoiceField(_("kind"), choices=Kind.choices)
    starts = models.TimeField(pgettext_lazy("time", "from"))
    ends = models.TimeField(pgettext_lazy("time", "to"))
    minutes = models.PositiveSmallIntegerField(_("minutes per meeting"), default=15)
    gap_minutes = models.PositiveSmallIntegerField(_("minutes between meetings"), default=0)
    reason = TypedLine(_("reason"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        ordering = ["day", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="exception_ends_after_start",
                violation_error_message=_("The hours must end after they start."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=240),
                name="exception_minutes",
                violation_error_message=_("A meeting takes 5 to 240 minutes."),
            ),
        ]

    def __str__(self) -> str:
        times = f"{time_short(self.starts)} – {time_short(self.ends)}"
        return f"{date_short(self.day)}: {self.get_kind_display()}, {times}"


class Holiday(models.Model):
    """A day on which every diary is closed. The gazetted list decides; the calendar proposes."""

    class Source(models.TextChoices):
        CALENDAR = "calendar", _("From the calendar")
        GAZETTE = "gazette", _("Gazetted by the State")

    day = models.DateField(_("day"), unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120)
    source = ChoiceField(_("source"), choices=Source.choices, default=Source.GAZETTE)
    closed = models.BooleanField(
        _("closed"), default=True, help_text=_("Off: offices work on this day all the same.")
    )

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["day"]

    def __str__(self) -> str:
        name = self.name_hi if chosen_language() == "hi" else self.name_en
        return f"{date_short(self.day)}: {name}"


class Leave(models.Model):
    """An absence that closes the post's diary, unless a link officer sits in."""

    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="leaves", verbose_name=_("post")
    )
    starts_at = models.DateTimeField(pgettext_lazy("time", "from"))
    ends_at = models.DateTimeField(_("until"))
    link_officer_sits = models.BooleanField(
        _("the link officer sits in"),
        default=False,
        help_text=_("The diary then stays open, and the link officer meets people."),
    )
    reason = TypedLine(_("reason"), max_length=160, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("absence", "leave")
        verbose_name_plural = pgettext_lazy("absence", "leaves")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="leave_ends_after_start",
                violation_error_message=_("The leave must end after it starts."),
            ),
            ExclusionConstraint(
                name="leave_no_overlap",
                violation_error_message=_("The post is on leave already at that time."),
                expressions=[
                    ("post", RangeOperators.EQUAL),
                    (
                        TsTzRange("starts_at", "ends_at", Value("[)")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post}: {date_short(self.starts_at)} – {date_short(self.ends_at)}"
