"""Cohorts, and the pages on which a file is loaded into one. For who runs campaigns."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.columns import day
from esachivalaya.common.service_admin import ServiceAdmin, ServiceForm
from officials.admin.scope import actor
from plasma.admin import cohort_imports
from plasma.models import Cohort
from plasma.services import set_up


class CohortForm(ServiceForm):
    """A cohort; its data leave on a day that can only be brought forward."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        helps = {
            "source": _("Who made the list: department and office."),
            "legal_basis": _("The order or section of law on which the first appeal stands."),
            "data_leave_on": _(
                "On this day everybody of this list is erased who has not agreed to more. It can "
                "be brought forward later, and not put off."
            ),
        }
        for name, words in helps.items():
            if name in self.fields:
                self.fields[name].help_text = words


@admin.register(Cohort)
class CohortAdmin(ServiceAdmin):
    """Lists of recovered people: how many are in them, never who."""

    form = CohortForm
    purpose = _("Lists of recovered people, with their source and the day their data leave.")
    fields = ["name", "source", "legal_basis", "dated", "data_leave_on"]
    list_display = [
        "name",
        "people",
        day("dated", _("date of the list")),
        day("data_leave_on", _("data leave on")),
        "source",
    ]
    search_fields = ["name", "source"]
    search_help_text = _("Name or source")
    ordering = ["-made_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cohort]:
        rows: QuerySet[Cohort] = super().get_queryset(request)
        return rows.annotate(living=Count("donors", filter=Q(donors__erased_at__isnull=True)))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        pages = [
            ("<int:pk>/load/", cohort_imports.upload, "upload"),
            ("load/<int:pk>/", cohort_imports.preview, "preview"),
            ("load/<int:pk>/columns/", cohort_imports.columns, "columns"),
            ("load/<int:pk>/discard/", cohort_imports.discard, "discard"),
            ("load/<int:pk>/refused.csv", cohort_imports.refused_lines, "refused"),
        ]
        own = [
            path(address, page(view), name=f"plasma_cohort_{name}") for address, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Cohort | None = None) -> Any:
        return [*self.fields, "people", "load_link"] if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Cohort | None = None) -> Any:
        if obj is None:
            return []
        fixed = ["dated", "people", "load_link"]
        volunteers = obj.kind == Cohort.Kind.VOLUNTEERS
        return [*fixed, "name", "source", "legal_basis"] if volunteers else fixed

    def has_delete_permission(self, request: HttpRequest, obj: Cohort | None = None) -> bool:
        """Its people are erased on its day; the list itself stays named in campaigns."""
        return False

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        set_up.save_cohort(cohort=row, by=actor(request))

    @admin.display(description=_("people"), ordering="living")
    def people(self, cohort: Any) -> int:
        """How many of the list are not erased."""
        return int(cohort.living)

    @admin.display(description=_("Load people"))
    def load_link(self, cohort: Cohort) -> SafeString | str:
        """Where a file is loaded into this list."""
        if cohort.kind == Cohort.Kind.VOLUNTEERS:
            return str(_("Volunteers come by themselves."))
        address = reverse("admin:plasma_cohort_upload", args=[cohort.pk])
        words = _("Load people from a file")
        return format_html('<a href="{}">{}</a>', address, words)
