"""Desks, heads of file numbers and onboarding, for whoever sets the portal up."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from eoffice.imports import COLUMNS, load_desks
from eoffice.models import Desk, Head, Onboarding
from eoffice.services.setting_up import save_set_up
from esachivalaya.common.import_pages import CsvImport, HasImport
from esachivalaya.common.service_admin import ServiceAdmin
from officials.admin.scope import actor
from officials.permissions import sets_up


class SetUpAdmin(ServiceAdmin):
    """What only who sets the portal up changes, and nobody removes."""

    # Given with the first save; addresses, numbers and records stand on it.
    fixed: tuple[str, ...] = ()

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        save_set_up(row=row, by=actor(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fixed if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Desk)
class DeskAdmin(HasImport, SetUpAdmin):
    purpose = _("The desks of e-Office: papers lie with posts, whoever holds them today.")
    importing = CsvImport(
        kind="desks",
        title=_("Load desks from a file"),
        purpose=_(
            "One line for each desk: the code of its post, the code of its section, its rank "
            "(assistant, section_officer, under_secretary, deputy_secretary, head, secretary, "
            "chief_secretary, minister, chief_minister), and yes or no for the Central Registry "
            "Unit."
        ),
        columns=COLUMNS,
        load=load_desks,
        may=sets_up,
    )
    fixed = ("post",)
    fields = ["post", "section", "rank", "registry", "closed_at", "goes_to"]
    list_display = ["post", "section", "rank", "registry", "closed_at"]
    list_filter = ["rank", "registry", "section__department"]
    list_select_related = ["post", "section__department"]
    search_fields = ["post__code", "post__title_en", "post__title_hi"]
    search_help_text = _("Code or title of the post, in Hindi or English")
    autocomplete_fields = ["post", "section", "goes_to"]


@admin.register(Head)
class HeadAdmin(SetUpAdmin):
    purpose = _("The heads from which a department builds its file numbers.")
    fixed = ("department",)
    fields = ["department", ("level", "above"), "code", ("name_hi", "name_en"), "active"]
    list_display = ["code", "name_hi", "name_en", "level", "department", "active"]
    list_display_links = ["code", "name_hi", "name_en"]
    list_filter = ["level", "active", "department"]
    list_select_related = ["department"]
    search_fields = ["code", "name_en", "name_hi"]
    autocomplete_fields = ["department", "above"]


@admin.register(Onboarding)
class OnboardingAdmin(SetUpAdmin):
    purpose = _("From which day a department works in e-Office, and its old files by when.")
    fixed = ("department",)
    fields = ["department", "wave", "starts_on", ("old_files", "old_files_by")]
    list_display = ["department", "wave", "starts_on", "old_files", "old_files_by"]
    list_filter = ["wave"]
    list_select_related = ["department"]
    search_fields = ["department__code", "department__name_en", "department__name_hi"]
    autocomplete_fields = ["department"]
