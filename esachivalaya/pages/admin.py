"""Feedback in the admin, read and never rewritten; and the notices on top of every page."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.common.columns import moment
from esachivalaya.common.service_admin import ServiceAdmin, ServiceForm
from esachivalaya.pages.models import Feedback, Notice
from esachivalaya.pages.noticing import remove_notice, save_notice

if TYPE_CHECKING:
    FeedbackBase = admin.ModelAdmin[Feedback]
else:
    FeedbackBase = admin.ModelAdmin


@admin.register(Feedback)
class FeedbackAdmin(FeedbackBase):
    """A list to read from; nobody adds, changes or deletes what people wrote."""

    purpose = _("What people wrote to the portal.")
    list_display = [moment("written_at", _("written at")), "kind", "words", "contact", "language"]
    list_filter = ["kind", "language"]
    ordering = ["-written_at"]
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Feedback | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Feedback | None = None) -> bool:
        return False


class NoticeForm(ServiceForm):
    """What still works is said in both languages when the portal is closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("words_hi", "words_en", "still_works_hi", "still_works_en"):
            if name in self.fields:
                self.fields[name].widget = forms.Textarea(attrs={"rows": 2, "maxlength": 300})
        for name in ("still_works_hi", "still_works_en"):
            if name in self.fields:
                self.fields[name].help_text = _(
                    "Only when the portal is closed. For example: tracking, answering, joining and "
                    "withdrawing go on; every request that was made is answered in 24 hours."
                )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == Notice.Kind.CLOSED:
            for name in ("still_works_hi", "still_works_en"):
                if name in self.fields and not cleaned.get(name):
                    self.add_error(name, _("Say what still works while the portal is closed."))
        return cleaned


@admin.register(Notice)
class NoticeAdmin(ServiceAdmin):
    """Words on top of every page, for a time; and whether the portal takes new requests."""

    form = NoticeForm
    purpose = _(
        "What the State says on top of every page, and times when no new requests are taken."
    )
    fields = (
        "kind",
        ("words_hi", "words_en"),
        ("still_works_hi", "still_works_en"),
        ("starts_at", "ends_at"),
    )
    list_display = [
        "__str__",
        "kind",
        moment("starts_at", _("shown from")),
        moment("ends_at", _("shown until")),
        "made_by",
    ]
    list_filter = ["kind"]
    list_select_related = ["made_by"]
    ordering = ["-starts_at", "pk"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A notice begins now, unless said."""
        return {"starts_at": clock.now(), **super().get_changeform_initial_data(request)}

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        save_notice(notice=row, by=cast("User", request.user))

    def remove_row(self, request: HttpRequest, row: Any) -> None:
        remove_notice(notice=row, by=cast("User", request.user))

    def has_change_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """What is over is only looked at."""
        over = obj is not None and obj.ends_at <= clock.now()
        return super().has_change_permission(request, obj) and not over

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """One that was shown is ended, not removed."""
        shown = obj is not None and obj.starts_at <= clock.now()
        return super().has_delete_permission(request, obj) and not shown
