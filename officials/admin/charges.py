"""Who acts for which post: given and ended by an appointing role."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.columns import moment
from esachivalaya.common.service_admin import ServiceAdmin, ServiceForm
from officials.admin.scope import actor, posts_to_see
from officials.models import Charge
from officials.permissions import appoints, sets_up
from officials.querysets import in_force
from officials.search import search
from officials.services import appoint, relieve
from officials.services.records import lock_post


class InForce(admin.SimpleListFilter):
    """Charges in force now, still to come, or over."""

    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("Now")), ("later", _("Later")), ("over", _("Over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions = {
            "now": in_force(),
            "later": Q(starts_at__gt=ClockTimestamp()),
            "over": Q(ends_at__lte=ClockTimestamp()),
        }
        chosen = self.value()
        return queryset.filter(conditions[chosen]) if chosen in conditions else queryset


class ChargeForm(ServiceForm):
    """A new charge starts at once unless said; of an old one only the end can be set."""

    # Empty means now, which only the database knows.
    judged_by_service = ("starts_at",)
    at_once = forms.BooleanField(
        label=_("End this charge now"),
        required=False,
        help_text=_("From this moment the officer acts for the post no more."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "starts_at" in self.fields:
            self.fields["starts_at"].required = False
            self.fields["starts_at"].help_text = _("Empty: at once.")
        if "ends_at" in self.fields:
            self.fields["ends_at"].help_text = _("Empty: until further notice.")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = cleaned or {}
        changing = self.instance.pk and "ends_at" in self.fields
        if changing and not values.get("at_once") and not values.get("ends_at"):
            self.add_error("ends_at", _("Say when the charge ends, or end it now."))
        return cleaned


@admin.register(Charge)
class ChargeAdmin(ServiceAdmin):
    """The list of all charges for who appoints; of one's own posts for everybody else."""

    form = ChargeForm
    purpose = _("Who acts for which post, from when and until when.")
    list_display = [
        "post",
        "user",
        "kind",
        moment("starts_at", pgettext_lazy("time", "from")),
        moment("ends_at", _("until")),
        "given_by",
    ]
    list_filter = [InForce, "kind"]
    list_select_related = ["post", "user", "given_by"]
    search_fields = ["user__name_en"]
    search_help_text = _("Name of the officer or of the post, in Hindi or English")
    date_hierarchy = "starts_at"
    autocomplete_fields = ["post", "user"]
    ordering = ["-starts_at", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Charge]:
        rows = super().get_queryset(request).select_related("post", "user", "given_by")
        if appoints(request.user) or sets_up(request.user):
            return rows
        return rows.filter(post__in=posts_to_see(request.user))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look for the officer's name and for the post's."""
        term = search_term.strip()
        if not term:
            return queryset, False
        posts = search(posts_to_see(request.user), term)  # type: ignore[arg-type]
        officer = (
            Q(user__name_en__icontains=term)
            | Q(user__name_hi__icontains=term)
            | Q(user__username__icontains=term)
        )
        return queryset.filter(officer | Q(post__in=posts.order_by().values("pk"))), False

    def get_fields(self, request: HttpRequest, obj: Charge | None = None) -> Any:
        given = ["post", "user", "kind", "starts_at", "ends_at"]
        if obj is None:
            return given
        at_once = ["at_once"] if self.has_change_permission(request, obj) else []
        return [*given[:-1], *at_once, "ends_at", "given_by"]

    def get_readonly_fields(self, request: HttpRequest, obj: Charge | None = None) -> Any:
        return ["post", "user", "kind", "starts_at", "given_by"] if obj else []

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(kind=User.Kind.STAFF, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Charge | None = None) -> bool:
        """The past is not rewritten: a charge that is over can only be looked at."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or not self._is_over(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Charge | None = None) -> bool:
        """Charges are ended, not removed."""
        return False

    def recorded_on(self, row: Any) -> tuple[Any, dict[str, Any]]:
        """Charges stand in the record of their post."""
        return row.post, {"act__startswith": "charge_", "detail__data__charge": row.pk}

    def lock(self, row: Any) -> None:
        lock_post(row.post_id)

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        by = actor(request)
        if change:
            ends_at = None if form.cleaned_data.get("at_once") else form.cleaned_data["ends_at"]
            relieve(charge=row, ends_at=ends_at, by=by)
            return
        made = appoint(
            post=row.post,
            user=row.user,
            kind=row.kind,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            by=by,
        )
        # The admin goes on with the row of its form: it is the one that was made.
        row.pk, row.starts_at, row.given_by_id = made.pk, made.starts_at, made.given_by_id

    @staticmethod
    def _is_over(charge: Charge) -> bool:
        return Charge.objects.filter(pk=charge.pk, ends_at__lte=ClockTimestamp()).exists()
