"""The help desk: a citizen's new number, with the code that the citizen reads out.

It stands here and not beside the other accounts since it begins with a reference and its PIN.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from appointments.admin import nominee_claims
from appointments.forms.people import HelpDeskForm
from esachivalaya.accounts.models import Citizen, NumberChange
from esachivalaya.accounts.permissions import may_help
from esachivalaya.accounts.services import leaving
from esachivalaya.accounts.services.new_number import change_number
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.tries import allowed
from esachivalaya.accounts.views import number_codes
from esachivalaya.accounts.views.numbers import sent_to
from esachivalaya.common.columns import moment
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import refusal

if TYPE_CHECKING:
    Base = admin.ModelAdmin[NumberChange]
else:
    Base = admin.ModelAdmin

SUBJECT = "help-desk"
FORM, CODE = "admin/accounts/new-number.html", "admin/accounts/new-number-code.html"
LIST = "admin:accounts_numberchange_changelist"
Proof = NumberChange.Proof


@admin.register(NumberChange)
class NumberChangeAdmin(Base):
    """What one has changed oneself, and the page that changes a number; nothing is edited."""

    purpose = gettext_lazy("Numbers of citizens that you changed at the help desk.")
    list_display = ["ending", "proof", "status", moment("ended_at", gettext_lazy("changed at"))]
    list_filter = ["proof"]
    list_display_links = None
    list_per_page = 50
    ordering = ["-pk"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("new number"))
    def ending(self, change: NumberChange) -> str:
        """Enough to know it again, too little to call it."""
        return _("ending %(digits)s") % {"digits": change.new_phone[-2:]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberChange]:
        return super().get_queryset(request).filter(by=request.user)  # type: ignore[misc]

    def get_actions(self, request: HttpRequest) -> Any:
        return {}

    def has_change_permission(self, request: HttpRequest, obj: NumberChange | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: NumberChange | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """Adding is asking and proving: two pages of our own; two more for a nominee's claim."""
        ours = (
            ("add/code/", change_code, "accounts_numberchange_code"),
            ("claim/", nominee_claims.claim, "accounts_numberchange_claim"),
            ("claim/nominee/", nominee_claims.claimed, "accounts_numberchange_claimed"),
        )
        own = [
            path(route, self.admin_site.admin_view(never_cache(view)), name=name)
            for route, view, name in ours
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return change_a_number(request)


def change_a_number(request: HttpRequest) -> HttpResponse:
    """Find the person, and send the code to the new number."""
    _only_the_help_desk(request)
    if request.method != "POST" or switching_language(request):
        return _page(request, FORM, HelpDeskForm(initial=typed(HelpDeskForm, request)))
    if not allowed(request, "help_desk"):
        # PINs of many requests, each tried a few times, are guessed at no faster from a desk.
        words = _("Many tries came from your connection. Please go on in a quarter of an hour.")
        return refusal(request, 429, text=words)
    form = HelpDeskForm(request.POST)
    if form.is_valid():
        person, proof = nominee_claims.found_by(form)
        if person is not None and sent_to(
            request,
            form,
            subject=SUBJECT,
            person=person.pk,
            proof=proof,
            reason=form.cleaned_data["reason"] if proof == Proof.PARTICULARS else "",
        ):
            return redirect("admin:accounts_numberchange_code")
    return _page(request, FORM, form, 422)


def change_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that the citizen reads out; a right one makes the change."""
    _only_the_help_desk(request)
    found = number_codes.held(request, SUBJECT)
    if found is None:
        return redirect("admin:accounts_numberchange_add")
    person = Citizen.objects.select_related("household").get(pk=found["person"])
    form = number_codes.entered(request, found, lambda: _change(request, person, found))
    if form is None:
        messages.success(request, _("The number is changed. The old one was told."))
        return redirect(LIST)
    told = {"phone": found["phone"], "person": person}
    return _page(request, CODE, form, 422 if form.is_bound else 200, **told)


def _change(request: HttpRequest, person: Citizen, found: dict[str, Any]) -> str:
    """Change the household's number, or that of a person who has left it; return why not, or ""."""
    by: Any = request.user
    phone, reason = found["phone"], found["reason"]
    try:
        if person.left_at is not None:
            leaving.take_to_own_number(person=person, phone=phone, by=by, reason=reason)
        else:
            change_number(
                household=person.household,
                new_phone=phone,
                by=by,
                proof=found["proof"],
                reason=reason,
            )
    except Refused as refused:
        return number_codes.in_words(refused)
    return ""


def _only_the_help_desk(request: HttpRequest) -> None:
    if not may_help(request.user):
        raise PermissionDenied


def _page(
    request: HttpRequest, template: str, form: Any, status: int = 200, **told: Any
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Change a citizen's number"),
        "form": form,
        **told,
    }
    return render(request, template, context, status=status)
