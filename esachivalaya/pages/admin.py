"""Feedback in the admin: read, never rewritten."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.columns import moment
from esachivalaya.pages.models import Feedback

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
