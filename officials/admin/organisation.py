"""Districts, departments, sections, and the services that departments give."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.import_pages import CsvImport, HasImport, of_layout
from esachivalaya.common.service_admin import ServiceAdmin
from officials.admin.scope import actor
from officials.imports import SERVICES
from officials.models import Department, District, Section, Service
from officials.permissions import sets_up
from officials.search import search_services
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


@admin.register(Service)
class CatalogueAdmin(HasImport, SetUpAdmin):
    purpose = _("The services and schemes of the departments, with what is notified of them.")
    importing = CsvImport(
        kind="services",
        title=_("Load services from a file"),
        purpose=_(
            "One line for each service or scheme. A time limit or charge that is left empty "
            "counts as not notified."
        ),
        columns=SERVICES.columns,
        optional=SERVICES.optional,
        load=of_layout(SERVICES),
        may=sets_up,
    )
    fieldsets = (
        (None, {"fields": ["code", ("name_hi", "name_en"), ("department", "kind"), "active"]}),
        (
            _("As notified; what is not notified stays empty"),
            {
                "fields": [
                    ("days", "day_kind"),
                    ("designated_officer_hi", "designated_officer"),
                    ("first_authority_hi", "first_authority"),
                    ("second_authority_hi", "second_authority"),
                    ("kendra_fee_rs", "atal_seva_fee_rs"),
                    "source",
                ]
            },
        ),
        (
            _("What the citizen must know"),
            {
                "fields": [
                    ("eligibility_hi", "eligibility_en"),
                    ("documents_hi", "documents_en"),
                ]
            },
        ),
    )
    search_help_text = _("Words of the name in Hindi or English, or the code")
    list_display = ["code", "name_hi", "name_en", "department", "kind", "time_limit", "active"]
    list_display_links = ["code", "name_hi", "name_en"]
    list_filter = ["kind", "active", "department"]
    list_select_related = ["department"]
    # The words are looked for in every spelling of the names; see get_search_results.
    search_fields = ["code"]
    autocomplete_fields = ["department"]

    def get_readonly_fields(self, request: HttpRequest, obj: Service | None = None) -> Any:
        # The code stands in addresses.
        return ["code"] if obj else []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return search_services(queryset, search_term), False  # type: ignore[arg-type]

    @admin.display(description=_("Notified time limit"), ordering="days")
    def time_limit(self, service: Service) -> str:
        return service.time_limit or gettext("not notified here")
