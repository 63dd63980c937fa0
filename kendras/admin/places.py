"""Kendras with their seats, for whoever sets the portal up."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.import_pages import CsvImport, HasImport
from esachivalaya.common.service_admin import ServiceAdmin, ServiceForm
from kendras.admin.booked_seats import AsksAboutSeats, confirmed_in
from kendras.imports import KENDRA_COLUMNS, load_kendras
from kendras.imports.cells import read_code
from kendras.models import Desk, Kendra
from kendras.permissions import sets_up
from kendras.services.places import lock_kendra, save_desk, save_kendra
from kendras.telephones import parse_telephone
from officials.admin.posts import LookedAt
from officials.admin.scope import actor
from officials.models.diary import Hours


class WeekdaysField(forms.TypedMultipleChoiceField):
    """The days on which it is open, ticked."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        for name in ("base_field", "max_length", "size"):
            kwargs.pop(name, None)
        super().__init__(choices=Hours.Weekday.choices, coerce=int, **kwargs)


class KendraForm(ServiceForm):
    """A Kendra; its code never changes after, because it stands in addresses."""

    weekdays = WeekdaysField(label=_("open on"))

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).upper()
        try:
            return read_code(code)
        except ValueError as problem:
            raise ValidationError(str(problem)) from None

    def clean_phone(self) -> str:
        try:
            return parse_telephone(str(self.cleaned_data["phone"]))
        except ValueError as problem:
            raise ValidationError(str(problem)) from None


class DeskInline(LookedAt):
    model = Desk
    fields = ["number", "accessible", "active"]
    verbose_name_plural = _("Seats")


@admin.register(Kendra)
class KendraAdmin(AsksAboutSeats, HasImport, ServiceAdmin):
    """All Kendras, found by code, name or block in Hindi or English."""

    form = KendraForm
    purpose = _("The places where an operator books for whoever comes, with their seats.")
    importing = CsvImport(
        kind="kendras",
        title=_("Load Kendras from a file"),
        purpose=_(
            "One line for each Kendra. Days are numbers from 1 for Monday: 1-6. Kinds: atal_seva, "
            "saral, antyodaya."
        ),
        columns=KENDRA_COLUMNS,
        load=load_kendras,
        may=sets_up,
    )
    fieldsets = (
        (
            None,
            {
                "fields": [
                    "code",
                    "kind",
                    ("name_hi", "name_en"),
                    "district",
                    ("block_hi", "block_en"),
                    ("address_hi", "address_en"),
                    "phone",
                ]
            },
        ),
        (_("Days and hours"), {"fields": [("opens", "closes"), "weekdays", "active"]}),
    )
    list_display = ["code", "name", "kind", "district", "block", "seats", "active"]
    list_display_links = ["code", "name"]
    list_filter = ["active", "kind", "district"]
    list_select_related = ["district"]
    search_fields = ["code", "name_en", "name_hi", "block_en", "block_hi"]
    search_help_text = _("Code, name or block, in Hindi or English")
    inlines = [DeskInline]
    ordering = ["code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Kendra]:
        rows: QuerySet[Kendra] = super().get_queryset(request)
        return rows.annotate(active_desks=Count("desks", filter=Q(desks__active=True)))

    def get_inlines(self, request: HttpRequest, obj: Kendra | None) -> Any:
        return self.inlines if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Kendra | None = None) -> Any:
        found = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return found
        return [*found, (_("Seats"), {"fields": ["seat_link"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Kendra | None = None) -> Any:
        return ["code", "seat_link"] if obj else []

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        save_kendra(kendra=row, by=actor(request), confirmed=confirmed_in(request))

    @admin.display(description=_("name"), ordering="name_en")
    def name(self, kendra: Kendra) -> str:
        return str(kendra)

    @admin.display(description=_("block"), ordering="block_en")
    def block(self, kendra: Kendra) -> str:
        return kendra.block

    @admin.display(description=_("Seats"), ordering="active_desks")
    def seats(self, kendra: Any) -> int:
        return int(kendra.active_desks)

    @admin.display(description=_("Add a seat"))
    def seat_link(self, kendra: Kendra) -> SafeString:
        """Where a seat of this Kendra is added."""
        address = reverse("admin:kendras_desk_add")
        words = _("Add a seat to this Kendra")
        return format_html('<a href="{}?kendra={}">{}</a>', address, kendra.pk, words)


@admin.register(Desk)
class DeskAdmin(AsksAboutSeats, ServiceAdmin):
    """Seats: added, described and taken out of service; never removed, for bookings name them."""

    purpose = _("The desks with camera, microphone and screen at which a meeting is attended.")
    list_display = ["kendra_code", "kendra", "number", "accessible", "active"]
    list_filter = ["active", "accessible", "kendra__district"]
    list_select_related = ["kendra"]
    search_fields = ["kendra__code", "kendra__name_en", "kendra__name_hi"]
    search_help_text = _("Code or name of the Kendra, in Hindi or English")
    autocomplete_fields = ["kendra"]
    fields = ["kendra", "number", "accessible", "active"]
    ordering = ["kendra__code", "number"]

    def get_readonly_fields(self, request: HttpRequest, obj: Desk | None = None) -> Any:
        return ["kendra", "number"] if obj else []

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Reached from its Kendra."""
        return False

    def recorded_on(self, row: Any) -> tuple[Any, dict[str, Any]]:
        """Seats stand in the record of their Kendra."""
        return row.kendra, {"act__startswith": "desk_", "detail__data__desk": row.pk}

    def lock(self, row: Any) -> None:
        lock_kendra(row.kendra_id)

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        save_desk(desk=row, by=actor(request), confirmed=confirmed_in(request))

    @admin.display(description=_("code"), ordering="kendra__code")
    def kendra_code(self, desk: Desk) -> str:
        return desk.kendra.code
