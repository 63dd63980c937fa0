"""The categories of requests, kept by those who set the portal up."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from appointments.models import Category

if TYPE_CHECKING:
    CategoryBase = admin.ModelAdmin[Category]
else:
    CategoryBase = admin.ModelAdmin


@admin.register(Category)
class CategoryAdmin(CategoryBase):
    """Added and renamed; never deleted, since requests stand in them."""

    purpose = _("What citizens choose from when they say what their request is about.")
    list_display = ["code", "name_en", "name_hi", "position"]
    fields = ["code", "name_en", "name_hi", "position"]
    ordering = ["position", "id"]
    search_fields = ["code", "name_en", "name_hi"]
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        return False
