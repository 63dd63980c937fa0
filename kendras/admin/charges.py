"""Who serves at a Kendra or oversees a district's: given and ended by an appointing role."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.accounts.admin import do_to_each
from esachivalaya.accounts.models import Invitation, User
from esachivalaya.accounts.services.invitations import invite_again
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.columns import moment
from esachivalaya.common.import_pages import CsvImport, HasImport
from esachivalaya.common.service_admin import ServiceAdmin
from kendras.imports import OPERATOR_COLUMNS, load_operators
from kendras.models import KendraCharge
from kendras.permissions import appoints
from kendras.services.charges import end, give
from officials.admin.charges import ChargeForm, InForce
from officials.admin.scope import actor

# So many links are made and sent by one press of the button.
MOST_INVITATIONS = 500


class WayIn(admin.SimpleListFilter):
    """Whether the person has set a password by now."""

    title = _("can sign in")
    parameter_name = "way_in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("Not yet: no link was used"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        without = Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
        conditions = {"yes": ~without, "no": without}
        chosen = self.value()
        return queryset.filter(conditions[chosen]) if chosen in conditions else queryset


class KendraChargeForm(ChargeForm):
    """A new charge starts at once unless said; of an old one only the end can be set."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "at_once" in self.fields:
            self.fields["at_once"].help_text = _("From this moment the counter is closed to them.")
        for name in ("kendra", "district"):
            if name in self.fields:
                self.fields[name].required = False
        if "kendra" in self.fields:
            self.fields["kendra"].help_text = _("For an operator.")
        if "district" in self.fields:
            self.fields["district"].help_text = _("For whoever oversees the Kendras of a district.")


@admin.register(KendraCharge)
class KendraChargeAdmin(HasImport, ServiceAdmin):
    """All charges at Kendras, for who appoints; to look at for who sets up."""

    form = KendraChargeForm
    purpose = _("Who serves at which Kendra, and who oversees the Kendras of a district.")
    importing = CsvImport(
        kind="operators",
        title=_("Load operators from a file"),
        purpose=_(
            "One line for each operator and Kendra. Accounts that are not there yet are made "
            "without a password: send the invitations from the list when people have been told. "
            "Until is the last day; empty days are from now on, and until further notice."
        ),
        columns=OPERATOR_COLUMNS,
        load=load_operators,
        may=appoints,
    )
    list_display = [
        "user",
        "kind",
        "place",
        moment("starts_at", pgettext_lazy("time", "from")),
        moment("ends_at", _("until")),
        "has_way_in",
    ]
    list_filter = [InForce, WayIn, "kind"]
    list_select_related = ["user", "kendra", "district", "given_by"]
    search_fields = [
        "user__username",
        "user__name_en",
        "user__name_hi",
        "kendra__code",
        "kendra__name_en",
        "kendra__name_hi",
    ]
    search_help_text = _("Operator, or name or code of the Kendra, in Hindi or English")
    autocomplete_fields = ["kendra", "user"]
    ordering = ["-starts_at", "pk"]
    actions = ["send_invitations"]  # type: ignore[assignment]

    def get_fields(self, request: HttpRequest, obj: KendraCharge | None = None) -> Any:
        given = ["kind", "user", "kendra", "district", "starts_at", "ends_at"]
        if obj is None:
            return given
        of_kind = [name for name in given if getattr(obj, name) is not None or name == "ends_at"]
        at_once = ["at_once"] if self.has_change_permission(request, obj) else []
        return [*of_kind[:-1], *at_once, "ends_at", "given_by"]

    def get_readonly_fields(self, request: HttpRequest, obj: KendraCharge | None = None) -> Any:
        return ["kind", "user", "kendra", "district", "starts_at", "given_by"] if obj else []

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(kind=User.Kind.STAFF, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: KendraCharge | None = None) -> bool:
        """The past is not rewritten: a charge that is over can only be looked at."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or not self._is_over(obj)

    def has_delete_permission(self, request: HttpRequest, obj: KendraCharge | None = None) -> bool:
        """Charges are ended, not removed."""
        return False

    def recorded_on(self, row: Any) -> tuple[Any, dict[str, Any]]:
        """Charges stand in the record of their Kendra, or of their district."""
        place = row.kendra or row.district
        return place, {"act__startswith": "kendracharge_", "detail__data__charge": row.pk}

    def lock(self, row: Any) -> None:
        place = row.kendra or row.district
        type(place).objects.select_for_update(no_key=True).get(pk=place.pk)

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        by = actor(request)
        if change:
            ends_at = None if form.cleaned_data.get("at_once") else form.cleaned_data["ends_at"]
            end(charge=row, ends_at=ends_at, by=by)
            return
        made = give(
            kind=row.kind,
            kendra=row.kendra,
            district=row.district,
            user=row.user,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            by=by,
        )
        # The admin goes on with the row of its form: it is the one that was made.
        row.pk, row.starts_at, row.given_by_id = made.pk, made.starts_at, made.given_by_id

    @admin.display(description=_("Kendra or district"), ordering="kendra__code")
    def place(self, charge: KendraCharge) -> str:
        return str(charge.kendra or charge.district)

    @admin.display(boolean=True, description=_("can sign in"))
    def has_way_in(self, charge: KendraCharge) -> bool:
        """Whether the person has set a password."""
        return charge.user.has_usable_password()

    @admin.action(
        description=_("Send invitations to those who cannot sign in yet"), permissions=["change"]
    )
    def send_invitations(self, request: HttpRequest, rows: QuerySet[KendraCharge]) -> None:
        """A link goes to each person once; who has one that still works gets no second one."""
        waiting = Invitation.objects.filter(
            used_at__isnull=True, expires_at__gt=ClockTimestamp()
        ).values("user_id")
        people = User.objects.filter(
            pk__in=rows.values("user_id"),
            is_active=True,
            password__startswith=UNUSABLE_PASSWORD_PREFIX,
        ).exclude(pk__in=waiting)
        chosen = list(people.order_by("pk")[: MOST_INVITATIONS + 1])
        by = actor(request)
        done = _("Invitations sent: %(count)s.")
        do_to_each(
            self, request, chosen[:MOST_INVITATIONS], lambda u: invite_again(user=u, by=by), done
        )
        if not chosen:
            words = _t("Everybody here can sign in, or has a link that still works.")
            self.message_user(request, words, messages.INFO)
        if len(chosen) > MOST_INVITATIONS:
            words = _t("There are more of them: do the same again for the rest.")
            self.message_user(request, words, messages.WARNING)

    @staticmethod
    def _is_over(charge: KendraCharge) -> bool:
        return KendraCharge.objects.filter(pk=charge.pk, ends_at__lte=ClockTimestamp()).exists()
