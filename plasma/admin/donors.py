"""A donor's record, found by number for a purpose; and the ledger of consents for the auditor.

There is no list of donors anywhere. Every look is noted before anything is shown.
"""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.language import switching_language, typed
from plasma.forms.cohorts import DonorSearchForm, LedgerForm
from plasma.models import ConsentEntry, Donor
from plasma.permissions import audits, may_run
from plasma.services import looks

if TYPE_CHECKING:
    DonorBase = admin.ModelAdmin[Donor]
    LedgerBase = admin.ModelAdmin[ConsentEntry]
else:
    DonorBase = LedgerBase = admin.ModelAdmin

_PAGE = (never_cache, sensitive_post_parameters(), require_http_methods(["GET", "HEAD", "POST"]))
ENTRIES_SHOWN = 200


class OnlyLookedAt:
    """Pages that show and change nothing, on one address for each model."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """No row has an address: what stands in addresses stands in logs."""
        raise Http404

    history_view = delete_view = change_view


@admin.register(Donor)
class DonorAdmin(OnlyLookedAt, DonorBase):
    """The record of who has a number, for who runs campaigns."""

    purpose = gettext_lazy("Found by the whole number and for a purpose, which is noted.")

    def has_view_permission(self, request: HttpRequest, obj: Donor | None = None) -> bool:
        return may_run(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_run(request.user)

    @method_decorator(_PAGE)
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for number and purpose; show who has that number, each look noted."""
        if not may_run(request.user):
            raise Http404
        found: list[Donor] | None = None
        form = DonorSearchForm(initial=typed(DonorSearchForm, request))
        if request.method == "POST" and not switching_language(request):
            form = DonorSearchForm(request.POST)
            if form.is_valid():
                try:
                    found = looks.search(
                        form.cleaned_data["phone"],
                        by=cast("User", request.user),
                        purpose=form.cleaned_data["purpose"],
                    )
                except Refused as refused:
                    form.add_error(refused.field, str(refused.message))
        context = {
            **admin.site.each_context(request),
            "title": _("A donor's record"),
            "form": form,
            "found": None if found is None else [_card(donor) for donor in found],
        }
        status = 422 if form.errors else 200
        return render(request, "admin/plasma/donors/record.html", context, status=status)


@admin.register(ConsentEntry)
class ConsentLedgerAdmin(OnlyLookedAt, LedgerBase):
    """The ledger of consents, for the auditor alone."""

    purpose = gettext_lazy("What donors agreed to and took back; read for a purpose.")

    def has_view_permission(self, request: HttpRequest, obj: ConsentEntry | None = None) -> bool:
        return audits(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return audits(request.user)

    @method_decorator(_PAGE)
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the purpose; show the entries, by the donors' numbers and without names."""
        if not audits(request.user):
            raise Http404
        entries: list[ConsentEntry] | None = None
        form = LedgerForm(initial=typed(LedgerForm, request))
        if request.method == "POST" and not switching_language(request):
            form = LedgerForm(request.POST)
            if form.is_valid():
                try:
                    entries = _entries(request, form)
                except Refused as refused:
                    form.add_error(refused.field, str(refused.message))
        context = {
            **admin.site.each_context(request),
            "title": _("Ledger of consents"),
            "form": form,
            "entries": entries,
            "most": ENTRIES_SHOWN,
        }
        status = 422 if form.errors else 200
        return render(request, "admin/plasma/donors/ledger.html", context, status=status)


def _entries(request: HttpRequest, form: LedgerForm) -> list[ConsentEntry]:
    rows = ConsentEntry.objects.select_related("by").order_by("-id")
    donor = form.cleaned_data["donor"]
    if donor:
        rows = rows.filter(donor=donor)
    found = list(rows[:ENTRIES_SHOWN])
    by, words = cast("User", request.user), form.cleaned_data["purpose"]
    looks.note_ledger(by=by, purpose=words, shown=len(found))
    return found


def _card(donor: Donor) -> dict[str, Any]:
    last = {
        entry.purpose: entry for entry in ConsentEntry.objects.filter(donor=donor).order_by("id")
    }
    return {
        "donor": donor,
        "phones": list(donor.phones.all()),
        "cohorts": list(donor.cohorts.all()),
        "consents": list(last.values()),
        "invitations": list(donor.invitations.select_related("campaign").order_by("-id")[:20]),
        "pledges": list(donor.pledges.select_related("bank").order_by("-id")[:20]),
    }
