"""Closing a bank's time: what it would take is looked at first, then it is closed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from appointments.forms.changes import KeyForm
from appointments.services.refusals import Refused
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.states import Overtaken
from plasma.bank_door import Desk, at_the_bank
from plasma.forms.desk import CloseForm, ClosingForm
from plasma.models import BankClosure
from plasma.services import closures
from plasma.services.closures import OthersAffected
from plasma.views.acts import say


@at_the_bank
@require_http_methods(["GET", "HEAD", "POST"])
def closing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The closed times; a new one is looked at (GET with its days), then closed (POST)."""
    asked = ClosingForm(request.GET) if "first" in request.GET else ClosingForm()
    looking = asked.is_bound and asked.is_valid()
    status = 200
    if looking and request.method == "POST":
        form = CloseForm(request.POST)
        if form.is_valid():
            try:
                return _close(request, desk, asked, form)
            except OthersAffected:
                status = 409
                messages.warning(
                    request,
                    _("Meanwhile somebody booked or left. Please look at the list once more."),
                )
            except Refused as refused:
                say(asked, refused)
                looking = False
    affected = closures.affected(desk.bank, asked.cleaned_data["span"]) if looking else []
    shown = " ".join(f"{row.pk}:{row.version}" for row in affected)
    context = {
        "desk": desk,
        "bank": desk.bank,
        "form": asked,
        "looking": looking,
        "span": asked.cleaned_data.get("span") if looking else None,
        "affected": affected,
        "close": CloseForm(initial={"shown": shown}),
        "standing": closures.standing(desk.bank),
        "reopen": KeyForm(auto_id=False),
    }
    return render(request, "plasma/desk/closing.html", context, status=status)


def _close(request: HttpRequest, desk: Desk, asked: ClosingForm, form: CloseForm) -> HttpResponse:
    span, words = asked.cleaned_data["span"], asked.cleaned_data["words"]
    shown = form.cleaned_data["shown"]
    try:
        if once(
            request,
            lambda: closures.close(
                bank=desk.bank, span=span, words=words, by=desk.officer, shown=shown
            ),
            form="plasma:close",
            key=form.cleaned_data["key"],
            asked={"bank": desk.bank.code, "span": [span.start, span.end], "words": words},
        ):
            told = ngettext(
                "The time is closed. %(count)s donor is told and chooses another time.",
                "The time is closed. %(count)s donors are told and choose another time.",
                len(shown),
            )
            messages.success(request, told % {"count": len(shown)})
    except KeyMisused:
        messages.error(request, _("This page was sent before with other words. Please look again."))
    return redirect("plasma:closing", desk.bank.code)


@at_the_bank
@require_POST
def reopen(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Take donors again at a closed time."""
    row = BankClosure.objects.filter(bank=desk.bank, pk=pk).select_related("bank").first()
    if row is None:
        raise Http404
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            if once(
                request,
                lambda: closures.reopen(closure=row, by=desk.officer),
                form="plasma:reopen",
                key=form.cleaned_data["key"],
                asked={"closure": pk},
            ):
                messages.success(request, _("The time is open again."))
        except (Overtaken, KeyMisused):
            messages.warning(request, _("This time is open again already."))
    return redirect("plasma:closing", desk.bank.code)
