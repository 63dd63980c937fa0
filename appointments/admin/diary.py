"""The diary of a post: meetings, holds, free slots, and closed time with its reason."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from psycopg2.extras import DateTimeTZRange

from appointments.models import Draw, Hold
from appointments.permissions import posts_of
from esachivalaya.common import clock
from esachivalaya.common.formats import chosen_language, datetime_short, time_short
from esachivalaya.common.slots import Span
from officials.diary import slots_of_posts
from officials.models import Holiday, HoursException, Leave, Post

WEEK = 7
# How far back and ahead the pages go: a year, so that nobody walks into the year 9999.
REACH = timedelta(days=366)


@dataclass
class Line:
    """One time of a day: who holds it, and how many meetings it still has room for."""

    start: datetime
    end: datetime
    holds: list[Hold] = field(default_factory=list)
    free: int = 0
    past: bool = False
    # Held on time that is not a slot of the post any more: it must be moved or cancelled.
    closed: bool = False


@dataclass
class Day:
    """One day of the diary; ``reasons`` say why time of it is closed."""

    date: date
    lines: list[Line]
    reasons: list[str]
    # It had hours, they have passed, and nobody held any of them.
    over: bool = False


@require_safe
def diary(request: HttpRequest) -> HttpResponse:
    """One day, or seven days from it, of a post that the reader acts for."""
    posts = posts_of(request.user)
    code = request.GET.get("post", "")
    post = next((one for one in posts if one.code == code or not code), None)
    if post is None:
        raise Http404
    now = clock.now()
    today = clock.day_of(now)
    chosen = day_typed(request.GET.get("day", ""), today)
    week = request.GET.get("view") != "day"
    first, span = chosen, WEEK if week else 1
    context = {
        **admin.site.each_context(request),
        "title": _("Diary"),
        "posts": posts,
        "post": post,
        "week": week,
        "chosen": chosen,
        "today": today,
        "first": first,
        "last": first + timedelta(days=span - 1),
        "before": first - timedelta(days=span),
        "after": first + timedelta(days=span),
        "days": days_of(post, first, span, now),
    }
    return render(request, "admin/appointments/diary.html", context)


def day_typed(typed: str, today: date) -> date:
    """The day typed into the address, within reach; today for anything else."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return today
    return day if abs(day - today) <= REACH else today


def days_of(post: Post, first: date, count: int, now: datetime) -> list[Day]:
    """Return ``count`` days of the diary of ``post`` from ``first``; nine queries, always."""
    days = [first + timedelta(days=n) for n in range(count)]
    slots = slots_of_posts([post], first, days[-1])[post.pk]
    reasons = _reasons(post, days)
    holds: dict[date, list[Hold]] = {day: [] for day in days}
    for hold in _holds(post, days):
        holds[clock.day_of(span_of(hold).start)].append(hold)
    found = []
    for day in days:
        lines = _lines(post, slots.get(day, []), holds[day], now)
        # Time that passed unused helps nobody.
        kept = [line for line in lines if line.holds or not line.past]
        found.append(Day(day, kept, reasons[day], over=bool(lines) and not kept))
    return found


def span_of(hold: Hold) -> Span:
    """Return the time that ``hold`` takes; the database keeps both of its ends."""
    return Span(cast("datetime", hold.during.lower), cast("datetime", hold.during.upper))


def _holds(post: Post, days: list[date]) -> list[Hold]:
    whole = DateTimeTZRange(clock.day_bounds(days[0])[0], clock.day_bounds(days[-1])[1])
    return list(
        Hold.objects.filter(post=post, released_at__isnull=True, during__contained_by=whole)
        .select_related("request__citizen")
        .order_by("during", "place")
    )


def _lines(post: Post, slots: list[Span], holds: list[Hold], now: datetime) -> list[Line]:
    lines = {slot: Line(slot.start, slot.end, free=post.places) for slot in slots}
    for hold in holds:
        span = span_of(hold)
        for slot, line in lines.items():
            if slot.overlaps(span):
                line.free -= 1
        exact = next((slot for slot in lines if slot.start == span.start), None)
        if exact is None:
            lines[span] = Line(span.start, span.end, closed=True)
            exact = span
        lines[exact].holds.append(hold)
    for line in lines.values():
        line.past = line.start <= now
        line.free = 0 if line.past or line.closed else max(line.free, 0)
    return sorted(lines.values(), key=lambda line: (line.start, line.end))


def _reasons(post: Post, days: list[date]) -> dict[date, list[str]]:
    """Say for each day why time of it is closed: holiday, leave, an exception."""
    found: dict[date, list[str]] = {day: [] for day in days}
    name = f"name_{chosen_language()}"
    for holiday in Holiday.objects.filter(day__range=(days[0], days[-1]), closed=True):
        found[holiday.day].append(_("Holiday: %(name)s") % {"name": getattr(holiday, name)})
    start, end = clock.day_bounds(days[0])[0], clock.day_bounds(days[-1])[1]
    for leave in Leave.objects.filter(post=post, starts_at__lt=end, ends_at__gt=start):
        for day in days:
            bounds = clock.day_bounds(day)
            if leave.starts_at < bounds[1] and leave.ends_at > bounds[0]:
                found[day].append(_leave(leave))
    for draw in Draw.objects.filter(
        post=post, status=Draw.Status.ANNOUNCED, first_day__lte=days[-1], last_day__gte=days[0]
    ):
        told = {"when": datetime_short(draw.draws_at)}
        for day in days:
            if draw.first_day <= day <= draw.last_day:
                found[day].append(_("Given by a draw on %(when)s") % told)
    for closed in HoursException.objects.filter(
        post=post, day__range=(days[0], days[-1]), kind=HoursException.Kind.CLOSE
    ):
        told = {"from": time_short(closed.starts), "to": time_short(closed.ends)}
        words = _("Closed from %(from)s to %(to)s") % told
        found[closed.day].append(f"{words}: {closed.reason}" if closed.reason else words)
    return found


def _leave(leave: Leave) -> str:
    told = {"from": datetime_short(leave.starts_at), "to": datetime_short(leave.ends_at)}
    if leave.link_officer_sits:
        words = _("Leave from %(from)s to %(to)s; the link officer sits in") % told
    else:
        words = _("Leave from %(from)s to %(to)s") % told
    return f"{words}: {leave.reason}" if leave.reason else words
