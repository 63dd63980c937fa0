"""Hours that get in each other's way, and exceptions that have no effect: said in words."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from esachivalaya.common import formats
from esachivalaya.common.constraints import Refusal
from officials.models import Holiday, Hours, HoursException, Post


class HoursOverlap(Refusal):
    """Other weekly hours of the post are in force at the same time."""

    def __init__(self, others: Sequence[Hours]) -> None:
        super().__init__(
            _(
                "These hours overlap others of this office: %(others)s. "
                "End those first (“until day”), or change their times."
            )
            % {"others": "; ".join(_with_days(other) for other in others)},
            field="starts",
        )
        self.others = list(others)


def closes_nothing(row: HoursException) -> str:
    """Return, in words, why ``row`` has no effect; "" when it has one."""
    holiday = Holiday.objects.filter(day=row.day, closed=True).first()
    if holiday is not None:
        return _("It is saved, but has no effect: %(holiday)s is a holiday.") % {"holiday": holiday}
    if row.kind != HoursException.Kind.CLOSE:
        return ""
    of_day = row.post.exceptions.filter(day=row.day).exclude(kind=HoursException.Kind.CLOSE)
    instead = [one for one in of_day if one.kind == HoursException.Kind.INSTEAD]
    weekly = list(_hours_on(row.post, row.day)) if not instead else []
    open_: list[Hours | HoursException] = [*of_day, *weekly]
    if any(one.starts < row.ends and row.starts < one.ends for one in open_):
        return ""
    if not open_:
        return _("It is saved, but closes nothing: the office has no hours on that day.")
    return _(
        "It is saved, but closes nothing: on that day the office meets people at %(times)s."
    ) % {
        "times": ", ".join(
            f"{formats.time_short(one.starts)} – {formats.time_short(one.ends)}"
            for one in sorted(open_, key=lambda one: one.starts)
        )
    }


def _hours_on(post: Post, day: date) -> QuerySet[Hours]:
    return Hours.objects.filter(
        Q(until_day__isnull=True) | Q(until_day__gt=day),
        post=post,
        weekday=day.weekday(),
        from_day__lte=day,
    )


def overlapping(row: Hours) -> list[Hours]:
    """Return the other weekly hours of the post that are in force at the same time."""
    others = Hours.objects.filter(
        Q(until_day__isnull=True) | Q(until_day__gt=row.from_day),
        post_id=row.post_id,
        weekday=row.weekday,
        starts__lt=row.ends,
        ends__gt=row.starts,
    ).exclude(pk=row.pk)
    if row.until_day is not None:
        others = others.filter(from_day__lt=row.until_day)
    return list(others.order_by("from_day", "starts"))


def _with_days(hours: Hours) -> str:
    if hours.until_day is None:
        return _("%(hours)s, from %(first)s on") % {
            "hours": hours,
            "first": formats.date_short(hours.from_day),
        }
    return _("%(hours)s, from %(first)s until before %(until)s") % {
        "hours": hours,
        "first": formats.date_short(hours.from_day),
        "until": formats.date_short(hours.until_day),
    }
