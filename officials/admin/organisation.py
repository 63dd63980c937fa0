"""Districts, departments and sections."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.service_admin import ServiceAdmin
from officials.admin.scope import actor
from officials.models import Department, District, Section
from officials.services import remove_section, save_set_up


class SetUpAdmin(ServiceAdmin):
    """What only who sets the portal up changes."""

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        save_set_up(row=row, by=actor(request))

    def remove_row(self, request: HttpRequest, row: Any) -> None:
        remove_section(section=row, by=actor(request))


@admin.register(District)
class DistrictAdmin(SetUpAdmin):
    purpose = _("The districts of the State.")
    list_display = ["code", "name_hi", "name_en", "division", "since"]
    list_display_links = ["code", "name_hi", "name_en"]
    list_filter = ["division"]
    search_fields = ["code", "name_en", "name_hi"]


@admin.register(Department)
class DepartmentAdmin(SetUpAdmin):
    purpose = _("The departments to which posts belong.")
    list_display = ["code", "name_hi", "name_en", "kind", "eoffice_wave"]
    list_display_links = ["code", "name_hi", "name_en"]
    list_filter = ["kind", "eoffice_wave"]
    search_fields = ["code", "name_en", "name_hi"]


@admin.register(Section)
class SectionAdmin(SetUpAdmin):
    purpose = _("The sections of a department.")
    list_display = ["code", "name_hi", "name_en", "department"]
    list_display_links = ["code", "name_hi", "name_en"]
    list_filter = ["department"]
    list_select_related = ["department"]
    search_fields = ["code", "name_en", "name_hi"]
    autocomplete_fields = ["department"]
