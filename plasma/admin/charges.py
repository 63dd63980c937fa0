"""Who serves at a bank and who asks for a hospital: given and ended by an appointing role."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.columns import moment
from esachivalaya.common.service_admin import ServiceAdmin
from officials.admin.charges import ChargeForm, InForce
from officials.admin.scope import actor
from plasma.models import BankCharge, HospitalCharge
from plasma.services import charges


class PlaceChargeForm(ChargeForm):
    """A new charge starts at once unless said; of an old one only the end can be set."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "at_once" in self.fields:
            self.fields["at_once"].help_text = _("From this moment the pages are closed to them.")


class PlaceChargeAdmin(ServiceAdmin):
    """What charges at banks and at hospitals have in common."""

    form = PlaceChargeForm
    # The field that names the place, and the one of the kind where there are kinds.
    place: str
    kinds: tuple[str, ...] = ()
    ordering = ["-starts_at", "pk"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = [self.place, "user", *self.kinds, "starts_at", "ends_at"]
        if obj is None:
            return given
        at_once = ["at_once"] if self.has_change_permission(request, obj) else []
        return [*given[:-1], *at_once, "ends_at", "given_by"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = [self.place, "user", *self.kinds, "starts_at", "given_by"]
        return fixed if obj else []

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(kind=User.Kind.STAFF, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The past is not rewritten: a charge that is over can only be looked at."""
        if not super().has_change_permission(request, obj):
            return False
        over = self.model._default_manager.filter(ends_at__lte=ClockTimestamp())
        return obj is None or not over.filter(pk=obj.pk).exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Charges are ended, not removed."""
        return False

    def recorded_on(self, row: Any) -> tuple[Any, dict[str, Any]]:
        """Charges stand in the record of their place."""
        name = f"{self.opts.model_name}_"
        return charges.place_of(row), {"act__startswith": name, "detail__data__charge": row.pk}

    def lock(self, row: Any) -> None:
        place = charges.place_of(row)
        type(place)._default_manager.select_for_update(no_key=True).get(pk=place.pk)

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        by = actor(request)
        if change:
            ends_at = None if form.cleaned_data.get("at_once") else form.cleaned_data["ends_at"]
            charges.end(charge=row, ends_at=ends_at, by=by)
            return
        made = self.give(row, by)
        # The admin goes on with the row of its form: it is the one that was made.
        row.pk, row.starts_at, row.given_by_id = made.pk, made.starts_at, made.given_by_id

    def give(self, row: Any, by: User) -> Any:
        """Give the charge that the form describes."""
        raise NotImplementedError


@admin.register(BankCharge)
class BankChargeAdmin(PlaceChargeAdmin):
    """Desk and medical officers of all banks."""

    place, kinds = "bank", ("kind",)
    purpose = _("Who serves at which bank; only its medical officer says who may donate.")
    list_display = [
        "user",
        "kind",
        "bank",
        moment("starts_at", pgettext_lazy("time", "from")),
        moment("ends_at", _("until")),
    ]
    list_filter = [InForce, "kind", "bank"]
    list_select_related = ["user", "bank", "given_by"]
    search_fields = ["user__username", "user__name_en", "user__name_hi", "bank__code"]
    search_help_text = _("Officer, or code of the bank")
    autocomplete_fields = ["bank", "user"]

    def give(self, row: BankCharge, by: User) -> BankCharge:
        return charges.give_at_bank(
            bank=row.bank,
            user=row.user,
            kind=row.kind,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            by=by,
        )


@admin.register(HospitalCharge)
class HospitalChargeAdmin(PlaceChargeAdmin):
    """Who asks for which hospital."""

    place = "hospital"
    purpose = _("Who asks for plasma for which hospital.")
    list_display = [
        "user",
        "hospital",
        moment("starts_at", pgettext_lazy("time", "from")),
        moment("ends_at", _("until")),
    ]
    list_filter = [InForce, "hospital"]
    list_select_related = ["user", "hospital", "given_by"]
    search_fields = ["user__username", "user__name_en", "user__name_hi", "hospital__code"]
    search_help_text = _("Officer, or code of the hospital")
    autocomplete_fields = ["hospital", "user"]

    def give(self, row: HospitalCharge, by: User) -> HospitalCharge:
        return charges.give_at_hospital(
            hospital=row.hospital,
            user=row.user,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            by=by,
        )
