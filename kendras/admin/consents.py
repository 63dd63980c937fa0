"""Evidence of consents, for the auditor: what names nobody in lists, the rest with a purpose."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from esachivalaya.audit.permissions import may_read
from esachivalaya.common.columns import moment
from esachivalaya.common.formats import datetime_long, phone_number
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.references import grouped
from kendras.forms.district import PurposeForm
from kendras.models import Consent
from kendras.opened import plain_reference
from kendras.services.names_seen import open_consent
from officials.admin.scope import actor

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Consent]
else:
    Base = admin.ModelAdmin

PAGE = "admin/kendras/consent.html"


class ConsentPurposeForm(PurposeForm):
    """Why the evidence is to be opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        purpose = self.fields["purpose"]
        purpose.label = _("Why do you open this evidence?")
        purpose.error_messages["required"] = _("Write why you open this evidence.")


@admin.register(Consent)
class ConsentAdmin(Base):
    """Read-only, for the role *auditor* alone. Who agreed is shown after the auditor says why."""

    purpose = _(
        "That somebody agreed to be booked for at a Kendra. Who it was, and how, is shown after "
        "you have said why you look; that is kept."
    )
    list_display = ["reference", moment("given_at", _("given at")), "place", "kind"]
    list_filter = ["kind", "kendra__district"]
    list_select_related = ["kendra", "booking__request", "booking__wish"]
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "given_at"
    ordering = ["-given_at", "-pk"]
    search_fields = ["kendra__code"]
    search_help_text = _("Reference, code of the Kendra, or serial number of the slip")
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look for what an auditor has in hand: never for a name or a number of a telephone."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(kendra__code__iexact=term) | Q(serial_number__iexact=term)
        reference = plain_reference(term)
        if reference is not None:
            wanted |= Q(booking__request__reference=reference) | Q(booking__wish__code=reference)
        return queryset.filter(wanted), False

    @admin.display(description=_("reference"))
    def reference(self, consent: Consent) -> str:
        return spoken(consent)

    @admin.display(description=_("Kendra"), ordering="kendra__code")
    def place(self, consent: Consent) -> str:
        return f"{consent.kendra} ({consent.kendra.code})"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what names nobody and ask why; the evidence once it was said."""
        consent = self._found(request, object_id)
        context = {
            **admin.site.each_context(request),
            "title": _("Evidence of a consent"),
            "consent": consent,
            "facts": facts(consent),
            "evidence": None,
        }
        if request.method != "POST" or switching_language(request):
            form = ConsentPurposeForm(initial=typed(ConsentPurposeForm, request))
            return render(request, PAGE, {**context, "form": form})
        form = ConsentPurposeForm(request.POST)
        if not form.is_valid():
            return render(request, PAGE, {**context, "form": form}, status=422)
        purpose = form.cleaned_data["purpose"]
        opened = open_consent(consent=consent, by=actor(request), purpose=purpose)
        return render(request, PAGE, {**context, "evidence": evidence(opened), "why": purpose})

    def _found(self, request: HttpRequest, object_id: str) -> Consent:
        allowed = may_read(request.user) and request.method in ("GET", "HEAD", "POST")
        found = self.get_object(request, object_id) if allowed else None
        if found is None:
            raise Http404
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Consent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Consent | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Consent | None = None) -> bool:
        # As of the audit record: the superuser sets up and sees no content.
        return may_read(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request.user)


def spoken(consent: Consent) -> str:
    """Return the reference of what was agreed to, in the groups in which it is read out."""
    booking = consent.booking
    if booking.request is not None:
        return grouped(booking.request.reference)
    return booking.wish.spoken if booking.wish is not None else ""


def facts(consent: Consent) -> list[dict[str, Any]]:
    """Return what stands there before anybody said why: it names nobody."""
    return [
        {"label": _("Reference"), "value": spoken(consent)},
        {"label": _("Kendra"), "value": f"{consent.kendra} ({consent.kendra.code})"},
        {"label": _("What was agreed to"), "value": consent.get_purpose_display()},
        {"label": _("How"), "value": consent.get_kind_display()},
        {"label": _("Given"), "value": datetime_long(consent.given_at)},
    ]


def evidence(consent: Consent) -> list[dict[str, Any]]:
    """Return who agreed, to whom and how it is shown; never what the meeting is about."""
    rows = [
        {"label": _("Who agreed"), "value": consent.citizen.name},
        {"label": _("Operator"), "value": str(consent.operator)},
    ]
    if consent.kind == Consent.Kind.PAPER:
        rows += [
            {"label": _("Serial number of the slip"), "value": consent.serial_number},
            {"label": _("Witness"), "value": consent.witness},
        ]
    elif consent.proved_at is not None:
        rows += [
            {"label": _("Number to which the code went"), "value": phone_number(consent.phone)},
            {"label": _("Code read out rightly"), "value": datetime_long(consent.proved_at)},
        ]
    fee = consent.booking.fee_rs
    paid = _("%(rupees)s rupees") % {"rupees": fee} if fee else _("no fee")
    return [*rows, {"label": _("Fee taken"), "value": paid}]
