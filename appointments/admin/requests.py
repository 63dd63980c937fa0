"""The list of requests in the admin, and the addresses of a request's pages under it."""

import re
from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from appointments.admin import (
    agenda,
    answers,
    bulk,
    call_backs,
    diary,
    feeds,
    papers,
    programme,
    reports,
    running_late,
    to_do,
    waivers,
)
from appointments.admin.filters import (
    CategoryFilter,
    MeetingFilter,
    PostFilter,
    StatusFilter,
    TimeLeftFilter,
)
from appointments.models import Request
from appointments.permissions import posts_of
from appointments.querysets import RequestQuerySet
from esachivalaya.common import references
from esachivalaya.common.chosen_row import TickedRows
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.words import ascii_digits, tidy

if TYPE_CHECKING:
    RequestBase = admin.ModelAdmin[Request]
else:
    RequestBase = admin.ModelAdmin


def matching(rows: RequestQuerySet, typed: str) -> RequestQuerySet:
    """Return the ``rows`` that somebody means who typed this into the search box.

    A reference in any spelling or grouping; else the last digits of the phone; else words of the
    citizen's name or of the subject, all of which must occur.
    """
    words = tidy(typed)[:120]
    reference = references.normalise(words)
    if reference is not None:
        return rows.filter(reference=reference)
    digits = re.sub(r"[\s+()-]", "", ascii_digits(words))
    if digits.isdecimal() and len(digits) >= 3:
        return rows.filter(phone__endswith=digits[-10:])
    for word in words.split():
        rows = rows.filter(Q(citizen__name__icontains=word) | Q(subject__icontains=word))
    return rows


@admin.register(Request)
class RequestAdmin(TickedRows, RequestBase):
    """Requests to the posts one has a live charge of: read, searched, answered; never edited."""

    list_display = ["reference", "subject"]
    list_filter = [StatusFilter, TimeLeftFilter, PostFilter, CategoryFilter, MeetingFilter]
    list_select_related = ["post", "citizen", "category"]
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    search_fields = ["reference"]
    search_help_text = _(
        "Reference, citizen's name, words of the subject, or the last digits of the phone"
    )
    actions = ["confirm_selected"]
    change_list_template = "admin/appointments/request/change_list.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Only what the user's live charges let them see, with the time at which it was read."""
        return Request.objects.visible_to(request.user).annotate(read_at=ClockTimestamp())

    def get_ordering(self, request: HttpRequest) -> Any:
        """What waits comes first, by its due time; then the latest."""
        waiting = When(status=Request.Status.REQUESTED, then=Value(0))
        due = When(status=Request.Status.REQUESTED, then=F("due_at"))
        return [
            OrderBy(Case(waiting, default=Value(1))),
            OrderBy(Case(due, default=None), nulls_last=True),
            "-created_at",
            "-id",
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        return (matching(queryset, search_term) if search_term else queryset), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Request | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Request | None = None) -> bool:
        """By a live charge alone: a superuser or a role without one sees no content."""
        return bool(posts_of(request.user))

    def has_change_permission(self, request: HttpRequest, obj: Request | None = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = {"title": _("Requests"), "key": new_key(), "many": len(self.list_filter)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @admin.action(description=_("Confirm the selected at the time asked"))
    def confirm_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Confirm each by the service that confirms one; say which were not, and why."""
        told = bulk.confirm_all(request, list(queryset.order_by("due_at", "id")))
        if told.done:
            self.message_user(request, told.done, messages.SUCCESS)
        for sentence in told.not_done:
            self.message_user(request, sentence, messages.WARNING)

    def get_urls(self) -> list[URLPattern]:
        """The list, one request's own pages instead of Django's form, and the diary."""

        def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return update_wrapper(self.admin_site.admin_view(view), view)

        return [
            path("", page(self.changelist_view), name="appointments_request_changelist"),
            path("diary/", page(diary.diary), name="appointments_diary"),
            *reports.paths(page),
            path("agenda/", page(agenda.agenda), name="appointments_agenda"),
            path("agenda/address/", page(feeds.make), name="appointments_agenda_feed"),
            path("agenda/address/end/", page(feeds.revoke), name="appointments_agenda_feed_end"),
            path("actions/", page(to_do.actions_list), name="appointments_action_list"),
            path("actions/<int:pk>/", page(to_do.action), name="appointments_action"),
            path(
                "<str:reference>/presence/",
                page(agenda.note_presence),
                name="appointments_request_presence",
            ),
            path(
                "diary/<str:code>/<str:day>/shift/",
                page(programme.shift),
                name="appointments_shift",
            ),
            path("diary/<str:code>/late/", page(running_late.late), name="appointments_late"),
            path("call-backs/<int:pk>/", page(call_backs.done), name="appointments_call_back_done"),
            path("<str:reference>/", page(answers.to_the_page)),
            path("<str:reference>/change/", page(answers.show), name="appointments_request_change"),
            path(
                "<str:reference>/answer/<slug:slug>/",
                page(answers.answer),
                name="appointments_request_answer",
            ),
            path(
                "<str:reference>/papers/<int:position>/",
                page(papers.paper),
                name="appointments_request_paper",
            ),
            path(
                "<str:reference>/papers/<int:position>/pages/<int:number>/",
                page(papers.page),
                name="appointments_request_paper_page",
            ),
            path(
                "<str:reference>/papers/<int:position>/pages/<int:number>.webp",
                page(papers.picture),
                name="appointments_request_paper_picture",
            ),
            path(
                "<str:reference>/waiver/",
                page(waivers.give),
                name="appointments_request_waiver",
            ),
        ]
