"""Hours, exceptions and leave of one's own posts; holidays for who sets the portal up."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.columns import day, hour, moment
from esachivalaya.common.formats import date_long
from esachivalaya.common.service_admin import ServiceAdmin, ServiceForm
from officials.admin.dealing import DealsWithVictims, dealing_of
from officials.admin.scope import actor, of_own_posts, posts_to_manage
from officials.models import Holiday, Hours, HoursException, Leave
from officials.search import search
from officials.services import (
    closes_nothing,
    remove_from_diary,
    remove_holiday,
    save_holiday,
    save_in_diary,
)
from officials.services.records import lock_post


class DiaryAdmin(DealsWithVictims, ServiceAdmin):
    """Rows of a post's diary: one sees and changes those of one's own posts."""

    autocomplete_fields = ["post"]
    list_select_related = ["post"]
    # The words are looked for in the posts' names; see get_search_results.
    search_fields = ["post__code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return of_own_posts(super().get_queryset(request).select_related("post"), request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        found = search(posts_to_manage(request.user), search_term)  # type: ignore[arg-type]
        return queryset.filter(post__in=found.order_by().values("pk")), False

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "post":
            kwargs["queryset"] = posts_to_manage(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Who manages one post need not choose it."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        own = list(posts_to_manage(request.user)[:2])
        if len(own) == 1:
            initial.setdefault("post", own[0].pk)
        return initial

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["post"] if obj else []

    def recorded_on(self, row: Any) -> tuple[Any, dict[str, Any]]:
        """Hours, exceptions and leave stand in the record of their post."""
        name = row._meta.model_name
        return row.post, {"act__startswith": f"{name}_", "detail__data__row": row.pk}

    def lock(self, row: Any) -> None:
        lock_post(row.post_id)

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        save_in_diary(row=row, by=actor(request), dealing=dealing_of(request))
        self.tell_notes(request, row)

    def remove_row(self, request: HttpRequest, row: Any) -> None:
        remove_from_diary(row=row, by=actor(request), dealing=dealing_of(request))
        self.tell_notes(request, row)


class LeaveForm(ServiceForm):
    """Leave whose overlap the service names, with the days of the other leave."""

    judged_by_service = ("starts_at",)


@admin.register(Hours)
class HoursAdmin(DiaryAdmin):
    fields = (
        "post",
        "weekday",
        ("starts", "ends"),
        ("minutes", "gap_minutes"),
        ("from_day", "until_day"),
    )
    purpose = _("The times at which an office meets people each week. Free slots come from them.")
    list_display = [
        "post",
        "weekday",
        hour("starts", pgettext_lazy("time", "from")),
        hour("ends", pgettext_lazy("time", "to")),
        "minutes",
        day("from_day", _("from day")),
        day("until_day", _("until day, not included")),
    ]
    list_filter = ["weekday"]


@admin.register(HoursException)
class HoursExceptionAdmin(DiaryAdmin):
    fields = ("post", "day", "kind", ("starts", "ends"), ("minutes", "gap_minutes"), "reason")
    purpose = _("Times that are added, closed or met instead of the usual ones on one date only.")
    list_display = [
        "post",
        day("day", _("day")),
        "kind",
        hour("starts", pgettext_lazy("time", "from")),
        hour("ends", pgettext_lazy("time", "to")),
        "reason",
    ]
    list_filter = ["kind", "day"]
    date_hierarchy = "day"

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        """Save, and say so in a friendly way when it has no effect."""
        super().save_row(request, row, form, change=change)
        if words := closes_nothing(row):
            messages.warning(request, words)


@admin.register(Leave)
class LeaveAdmin(DiaryAdmin):
    form = LeaveForm
    fields = ("post", "starts_at", "ends_at", "link_officer_sits", "reason")
    purpose = _("While an officer is on leave nobody can book, unless the link officer sits.")
    list_display = [
        "post",
        moment("starts_at", pgettext_lazy("time", "from")),
        moment("ends_at", pgettext_lazy("time", "to")),
        "link_officer_sits",
        "reason",
    ]
    list_filter = ["link_officer_sits"]
    date_hierarchy = "starts_at"


@admin.register(Holiday)
class HolidayAdmin(DealsWithVictims, ServiceAdmin):
    """What a person enters or changes is the gazetted list's: no calendar touches it again."""

    fields = ("day", "name_hi", "name_en", "closed", "source")
    readonly_fields = ["source"]
    purpose = _("Days on which every office is closed. Check the gazetted list once a year.")
    list_display = ["weekday_and_day", "name_hi", "name_en", "closed", "source"]
    list_display_links = ["weekday_and_day", "name_hi", "name_en"]
    list_filter = ["source", "closed"]
    search_fields = ["name_en", "name_hi"]
    date_hierarchy = "day"

    @admin.display(description=_("day"), ordering="day")
    def weekday_and_day(self, holiday: Holiday) -> str:
        return date_long(holiday.day)

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        row.source = Holiday.Source.GAZETTE
        save_holiday(holiday=row, by=actor(request), dealing=dealing_of(request))
        self.tell_notes(request, row)

    def remove_row(self, request: HttpRequest, row: Any) -> None:
        remove_holiday(holiday=row, by=actor(request), dealing=dealing_of(request))
        self.tell_notes(request, row)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The calendar would propose its days again: those are switched off, not removed."""
        proposed = obj is not None and obj.source == Holiday.Source.CALENDAR
        return not proposed and super().has_delete_permission(request, obj)
