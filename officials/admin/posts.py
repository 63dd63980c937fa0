"""Posts, with what their diary says and who is in charge."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.service_admin import ServiceAdmin
from officials.admin.dealing import DealsWithVictims, dealing_of
from officials.admin.in_order import WarnsAfterSaving
from officials.admin.scope import actor, posts_to_see
from officials.models import Charge, Hours, HoursException, Leave, Post
from officials.permissions import may_change_diary
from officials.search import search
from officials.services import save_post

if TYPE_CHECKING:
    InlineBase = admin.TabularInline[Any, Post]
else:
    InlineBase = admin.TabularInline


class LookedAt(InlineBase):
    """Rows shown on the post's page; each is changed on a page of its own."""

    extra = 0
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HoursInline(LookedAt):
    model = Hours
    fields = ["weekday", "starts", "ends", "minutes", "gap_minutes", "from_day", "until_day"]
    verbose_name_plural = _("Weekly hours")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.filter(Q(until_day__isnull=True) | Q(until_day__gt=day_of(now())))


class ExceptionInline(LookedAt):
    model = HoursException
    fields = ["day", "kind", "starts", "ends", "reason"]
    verbose_name_plural = _("Exceptions to come")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(day__gte=day_of(now()))


class LeaveInline(LookedAt):
    model = Leave
    fields = ["starts_at", "ends_at", "link_officer_sits", "reason"]
    verbose_name_plural = _("Leave now and to come")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(ends_at__gt=ClockTimestamp())


class ChargeInline(LookedAt):
    model = Charge
    fields = ["user", "kind", "starts_at", "ends_at"]
    verbose_name_plural = _("In charge now and to come")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("user")
        return rows.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=ClockTimestamp()))


@admin.register(Post)
class PostAdmin(DealsWithVictims, WarnsAfterSaving, ServiceAdmin):
    """All posts for who sets up or appoints; one's own, to look at, for everybody else."""

    fieldsets = (
        (
            None,
            {
                "fields": [
                    "code",
                    ("title_hi", "title_en"),
                    ("short_hi", "short_en"),
                    "level",
                    ("department", "district"),
                    "reports_to",
                    ("active", "succeeded_by"),
                ]
            },
        ),
        (_("The 24-hour rule"), {"fields": ["at_due_time", "hand_down_to"]}),
        (
            _("Booking"),
            {
                "fields": [
                    ("minimum_notice_hours", "horizon_days"),
                    ("places", "kendra_share_percent"),
                    "pause_days",
                ]
            },
        ),
    )
    purpose = _("The offices one can meet, with their hours and what happens at the time limit.")
    search_help_text = _("Words of the post's name in Hindi or English, or its code")
    list_display = ["code", "title", "level", "department", "district", "active"]
    list_display_links = ["code", "title"]
    list_filter = ["level", "active", "district", "department"]
    list_select_related = ["department", "district"]
    # The words are looked for in every spelling of a post's names; see get_search_results.
    search_fields = ["code"]
    autocomplete_fields = ["department", "district", "reports_to", "hand_down_to", "succeeded_by"]
    inlines = [HoursInline, ExceptionInline, LeaveInline, ChargeInline]
    ordering = ["code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        return posts_to_see(request.user).order_by("code")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return search(queryset, search_term), False  # type: ignore[arg-type]

    def get_inlines(self, request: HttpRequest, obj: Post | None) -> Any:
        return self.inlines if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None) -> Any:
        found = super().get_fieldsets(request, obj)
        if obj is None or not may_change_diary(request.user, obj):
            return found
        return [*found, (_("Diary"), {"fields": ["diary_links"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> Any:
        # The code stands in addresses and in the audit record.
        return ["code", "diary_links"] if obj else ["diary_links"]

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in {"hand_down_to", "succeeded_by"}:
            kwargs["queryset"] = Post.objects.filter(active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        save_post(post=row, by=actor(request), dealing=dealing_of(request))

    @admin.display(description=pgettext_lazy("post", "title"), ordering="title_en")
    def title(self, post: Post) -> str:
        return post.title_hi if chosen_language() == "hi" else post.title_en

    @admin.display(description=_("Change the diary"))
    def diary_links(self, post: Post) -> SafeString:
        """Where this post's hours are added, days are closed and leave is entered."""
        pages = (
            ("hours", _("Add weekly hours")),
            ("hoursexception", _("Close or add hours on a date")),
            ("leave", _("Enter leave")),
        )
        links = format_html_join(
            "",
            '<li><a href="{}?post={}">{}</a></li>',
            ((reverse(f"admin:officials_{name}_add"), post.pk, words) for name, words in pages),
        )
        return format_html("<ul>{}</ul>", links)
