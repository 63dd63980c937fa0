"""The categories of requests, kept by those who set the portal up."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from appointments.models import Category
from appointments.services.categories import save_category
from esachivalaya.accounts.models import User
from esachivalaya.common.service_admin import ServiceAdmin


@admin.register(Category)
class CategoryAdmin(ServiceAdmin):
    """Added and renamed; never deleted, since requests stand in them."""

    purpose = _("What citizens choose from when they say what their request is about.")
    list_display = ["code", "name_en", "name_hi", "position"]
    fields = ["code", "name_en", "name_hi", "position"]
    ordering = ["position", "id"]
    search_fields = ["code", "name_en", "name_hi"]

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        save_category(category=row, by=cast("User", request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        return False
