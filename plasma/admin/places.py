"""Banks with their hours, hospitals, and the policies of who may donate: for who sets up."""

import re
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.columns import day
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.service_admin import PlainFields, ServiceAdmin, ServiceForm
from esachivalaya.common.words import ascii_digits
from officials.admin.scope import actor
from plasma.models import Bank, BankHours, Hospital, Policy
from plasma.services import set_up

if TYPE_CHECKING:
    InlineBase = admin.StackedInline[BankHours, Bank]
else:
    InlineBase = admin.StackedInline

_TELEPHONE = re.compile(r"\+?[0-9 -]+")


class CodeForm(ServiceForm):
    """A place whose code stands in addresses: it never changes after."""

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).upper()
        if not (code.isascii() and code.replace("-", "").isalnum()):
            raise ValidationError(_("Write the code in Latin letters, digits and hyphens."))
        return code

    def clean_phone(self) -> str:
        """A bank has a landline or a mobile; it is shown as it is written here."""
        typed = ascii_digits(str(self.cleaned_data["phone"]))
        digits = "".join(character for character in typed if character.isdigit())
        if typed and not (9 <= len(digits) <= 13 and _TELEPHONE.fullmatch(typed)):
            raise ValidationError(_("Write the number with its code, for example 0124-2300000."))
        return typed


class HoursInline(InlineBase):
    """The hours of a bank, changed on its own page."""

    model = BankHours
    formfield_overrides = PlainFields.formfield_overrides
    fields = [("weekday", "opens", "closes")]
    extra = 1
    verbose_name_plural = _("Hours")


@admin.register(Bank)
class BankAdmin(ServiceAdmin):
    """All plasma banks, with hours and beds."""

    form = CodeForm
    purpose = _("The places where plasma is given, with their hours and beds.")
    fieldsets = (
        (
            None,
            {
                "fields": [
                    "code",
                    ("city_hi", "city_en"),
                    "district",
                    ("address_hi", "address_en"),
                    "phone",
                ]
            },
        ),
        (
            _("Beds and slots"),
            {"fields": [("beds", "slot_minutes"), "horizon_days", "active"]},
        ),
    )
    list_display = ["code", "city", "district", "beds", "slot_minutes", "active"]
    list_display_links = ["code", "city"]
    list_filter = ["active"]
    list_select_related = ["district"]
    search_fields = ["code", "city_en", "city_hi"]
    search_help_text = _("Code or city, in Hindi or English")
    inlines = [HoursInline]
    ordering = ["code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Bank | None = None) -> Any:
        return ["code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Bank | None = None) -> bool:
        """A bank is closed by "takes donors", never removed: donations name it."""
        return False

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        set_up.save_bank(bank=row, by=actor(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """The hours are one change of the bank."""
        rows = formset.save(commit=False)
        set_up.save_hours(
            bank=form.instance, rows=rows, removed=formset.deleted_objects, by=actor(request)
        )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return on_deadlock(super().changeform_view)(request, *args, **kwargs)

    @admin.display(description=_("city"), ordering="city_en")
    def city(self, bank: Bank) -> str:
        return str(bank)


@admin.register(Hospital)
class HospitalAdmin(ServiceAdmin):
    """All hospitals that may ask for plasma."""

    form = CodeForm
    purpose = _("The hospitals that may ask for plasma through the portal.")
    fields = ["code", ("name_hi", "name_en"), "district", "active"]
    list_display = ["code", "name", "district", "active"]
    list_display_links = ["code", "name"]
    list_filter = ["active", "district"]
    list_select_related = ["district"]
    search_fields = ["code", "name_en", "name_hi"]
    search_help_text = _("Code or name, in Hindi or English")
    ordering = ["code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Hospital | None = None) -> Any:
        return ["code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Hospital | None = None) -> bool:
        """A hospital is closed by "may ask", never removed: requests name it."""
        return False

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        set_up.save_hospital(hospital=row, by=actor(request))

    @admin.display(description=_("name"), ordering="name_en")
    def name(self, hospital: Hospital) -> str:
        return str(hospital)


class PolicyForm(ServiceForm):
    """A new policy; that another one holds on some of its days is for the service to say."""

    judged_by_service = ("bank",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "last_day" in self.fields:
            self.fields["last_day"].help_text = _("Empty: until the next policy begins.")


@admin.register(Policy)
class PolicyAdmin(ServiceAdmin):
    """Policies are never changed: a new one follows, and ends the one before."""

    form = PolicyForm
    purpose = _(
        "Who may come to a bank, asked before a visit. A policy is never changed: enter a new one, "
        "and the one before ends on the day before it."
    )
    fieldsets = (
        (None, {"fields": ["bank", "authority", ("first_day", "last_day")]}),
        (
            _("What is asked"),
            {
                "fields": [
                    "days_since_recovery",
                    ("least_age", "greatest_age"),
                    "least_weight_kg",
                    "days_between",
                    "never_pregnant",
                    "no_insulin",
                    "blood_pressure_in_range",
                    "no_long_illness",
                ]
            },
        ),
        (_("What is measured at the bank"), {"fields": ["least_haemoglobin"]}),
    )
    list_display = [
        "whose",
        day("first_day", pgettext_lazy("time", "from")),
        day("last_day", _("until")),
        "ages",
        "days_since_recovery",
        "authority",
    ]
    list_filter = ["bank"]
    list_select_related = ["bank"]
    ordering = ["-first_day", "-pk"]

    def has_change_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        """Looked at, never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        return False

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        set_up.follow_policy(policy=row, by=actor(request))

    @admin.display(description=_("bank"), ordering="bank__code")
    def whose(self, policy: Policy) -> str:
        return str(policy.bank or _("the State"))

    @admin.display(description=_("age"))
    def ages(self, policy: Policy) -> str:
        return f"{policy.least_age}–{policy.greatest_age}"
