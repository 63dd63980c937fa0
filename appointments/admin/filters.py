"""Filters of the request list: one value each, so that the address stays short and readable."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from appointments.models import Category, Request
from appointments.permissions import posts_of
from esachivalaya.common import clock
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.formats import chosen_language

if TYPE_CHECKING:
    RequestRows = QuerySet[Request]
    RequestModelAdmin = admin.ModelAdmin[Any]

SOON = timedelta(hours=6)


class StatusFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(
        self, request: HttpRequest, model_admin: "RequestModelAdmin"
    ) -> list[tuple[Any, Any]]:
        return list(Request.Status.choices)

    def queryset(self, request: HttpRequest, queryset: "RequestRows") -> "RequestRows":
        return queryset.filter(status=self.value()) if self.value() else queryset


class TimeLeftFilter(admin.SimpleListFilter):
    """Overdue is judged when read: a request past its due time is overdue before any sweep."""

    title = _("time left")
    parameter_name = "due"

    def lookups(
        self, request: HttpRequest, model_admin: "RequestModelAdmin"
    ) -> list[tuple[Any, Any]]:
        return [("overdue", _("Overdue")), ("soon", _("Due within 6 hours"))]

    def queryset(self, request: HttpRequest, queryset: "RequestRows") -> "RequestRows":
        waiting = queryset.filter(status=Request.Status.REQUESTED)
        if self.value() == "overdue":
            return waiting.filter(due_at__lte=ClockTimestamp())
        if self.value() == "soon":
            return waiting.filter(due_at__gt=ClockTimestamp(), due_at__lte=ClockTimestamp() + SOON)
        return queryset


class MeetingFilter(admin.SimpleListFilter):
    title = _("day of the meeting")
    parameter_name = "meeting"

    def lookups(
        self, request: HttpRequest, model_admin: "RequestModelAdmin"
    ) -> list[tuple[Any, Any]]:
        return [
            ("today", _("Today")),
            ("tomorrow", _("Tomorrow")),
            ("week", _("The next 7 days")),
            ("unrecorded", _("Over, outcome not recorded")),
        ]

    def queryset(self, request: HttpRequest, queryset: "RequestRows") -> "RequestRows":
        if self.value() is None:
            return queryset
        now = clock.now()
        start, end = clock.day_bounds(clock.day_of(now))
        day = timedelta(days=1)
        if self.value() == "unrecorded":
            return queryset.filter(status=Request.Status.CONFIRMED, ends_at__lte=now)
        first, last = {
            "today": (start, end),
            "tomorrow": (start + day, end + day),
            "week": (start, start + 7 * day),
        }.get(str(self.value()), (start, end))
        return queryset.filter(starts_at__gte=first, starts_at__lt=last)


class PostFilter(admin.SimpleListFilter):
    """The posts one acts for; with one only, there is nothing to choose."""

    title = _("post")
    parameter_name = "post"

    def lookups(
        self, request: HttpRequest, model_admin: "RequestModelAdmin"
    ) -> list[tuple[Any, Any]]:
        title = f"title_{chosen_language()}"
        posts = [(post.code, getattr(post, title)) for post in posts_of(request.user)]
        return posts if len(posts) > 1 else []

    def queryset(self, request: HttpRequest, queryset: "RequestRows") -> "RequestRows":
        return queryset.filter(post__code=self.value()) if self.value() else queryset


class CategoryFilter(admin.SimpleListFilter):
    title = _("category")
    parameter_name = "category"

    def lookups(
        self, request: HttpRequest, model_admin: "RequestModelAdmin"
    ) -> list[tuple[Any, Any]]:
        return list(Category.objects.values_list("code", f"name_{chosen_language()}"))

    def queryset(self, request: HttpRequest, queryset: "RequestRows") -> "RequestRows":
        return queryset.filter(category__code=self.value()) if self.value() else queryset
