"""The decision card: a file on one page for seniors, and its decision in one press."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from eoffice import file_page
from eoffice.door import at_the_desk
from eoffice.file_page import Sheet
from eoffice.forms.deciding import CardForm, DecisionForm, as_shown
from eoffice.models import DecisionCard, Item
from eoffice.permissions import Seat
from eoffice.services import deciding, openings
from eoffice.services.drafts import latest_of
from eoffice.services.refusals import Elsewhere, Refused
from eoffice.views.files import found_or_404, show
from eoffice.views.files_notes import in_conflict
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.states import Overtaken

# So many of the last notes stand on the page; all of them are one press away.
LAST_NOTES = 3
CARD = ("matter", "rule", "options", "money")
DONE = {
    "approved": gettext_lazy("Approved. The file is back with who put it up."),
    "returned": gettext_lazy("The file was returned."),
    "discuss": gettext_lazy("The file was returned to be discussed."),
}


@sensitive_post_parameters("words")
@require_http_methods(["GET", "HEAD", "POST"])
@at_the_desk
def decision(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Matter, rule, options, money, last notes and draft; approve, return or discuss."""
    if request.method != "POST" or switching_language(request):
        sheet = show(seat, pk, openings.DECISION)
        form = DecisionForm(initial=_begin(sheet) | typed(DecisionForm, request))
        return _page(request, sheet, form)
    sheet = file_page.opened(found_or_404(seat, pk))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, show(seat, pk, openings.DECISION), form, 422)
    kept = [form.cleaned_data["words"]]
    try:
        deciding.decide(file=sheet.file, desk=seat.desk, by=seat.charge.user, told=form.decided)
    except Elsewhere as moved:
        return in_conflict(request, found_or_404(seat, pk), moved.message, kept)
    except Overtaken:
        words = _("A draft or your note changed meanwhile. Look at it again, then decide.")
        return in_conflict(request, sheet, words, kept)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _page(request, show(seat, pk, openings.DECISION), form, 422)
    except PermissionDenied:
        raise Http404 from None
    messages.success(request, DONE[form.cleaned_data["decision"]])
    return redirect("eoffice:inbox", seat.desk.post.code)


@sensitive_post_parameters(*CARD)
@require_http_methods(["GET", "HEAD", "POST"])
@at_the_desk
def card(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Write the card that goes up with the file, while it lies here."""
    sheet = found_or_404(seat, pk)
    if request.method != "POST" or switching_language(request):
        if not sheet.in_hand:
            return in_conflict(request, sheet, _("This cannot be done with the file now."), [])
        # It begins with what the last card said.
        openings.opened(item=sheet.item, seat=seat, what=openings.DECISION)
        return _card(request, sheet, CardForm(initial=_known(sheet) | typed(CardForm, request)))
    form = CardForm(request.POST)
    if not form.is_valid():
        return _card(request, sheet, form, 422)
    kept = [text for name in CARD if (text := form.cleaned_data[name])]
    try:
        deciding.fill_card(
            file=sheet.file,
            desk=seat.desk,
            by=seat.charge.user,
            told=form.card,
            version=form.cleaned_data["version"],
        )
    except Elsewhere as moved:
        return in_conflict(request, found_or_404(seat, pk), moved.message, kept)
    except Overtaken:
        words = _("Somebody at this desk changed the card meanwhile. Your text stands here.")
        return in_conflict(request, sheet, words, kept)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _card(request, sheet, form, 422)
    except PermissionDenied:
        raise Http404 from None
    messages.success(request, _("The decision card is kept. It goes up with the file."))
    return redirect("eoffice:file", seat.desk.post.code, pk)


def _begin(sheet: Sheet) -> dict[str, Any]:
    """Return what the page shows at first: the stay, the waiting drafts, the own yellow note."""
    yellow = sheet.yellow
    return {
        "stay": sheet.holding.pk if sheet.holding else None,
        "version": yellow.version if yellow else None,
        "words": yellow.text if yellow else "",
        "drafts": as_shown(deciding.waiting(sheet.item)),
    }


def _known(sheet: Sheet) -> dict[str, Any]:
    """Return the card of this stay; the latest earlier one is where the next begins."""
    own = deciding.own_card(sheet.holding)
    if own is not None:
        return {name: getattr(own, name) for name in (*CARD, "version")}
    earlier = DecisionCard.objects.filter(file=sheet.item.pk).order_by("-pk").first()
    return {name: getattr(earlier, name) for name in CARD} if earlier else {}


def _page(
    request: HttpRequest, sheet: Sheet, form: DecisionForm, status: int = 200
) -> HttpResponse:
    drafts = [(draft, latest_of(draft)) for draft in deciding.waiting(sheet.item)]
    holding = sheet.holding
    put_up = sheet.here and holding is not None and holding.from_desk_id is not None
    open_here = sheet.item.status in {Item.Status.OPEN, Item.Status.CLOSE_PROPOSED}
    context = {
        "seat": sheet.seat,
        "sheet": sheet,
        "form": form,
        "card": deciding.card_put_up(sheet.item, holding),
        "notes": sheet.notes[-LAST_NOTES:],
        "drafts": drafts,
        "may_decide": put_up
        and open_here
        and not sheet.to_receive
        and deciding.decides(sheet.seat),
    }
    return render(request, "eoffice/files/decision.html", context, status=status)


def _card(request: HttpRequest, sheet: Sheet, form: CardForm, status: int = 200) -> HttpResponse:
    context = {"seat": sheet.seat, "sheet": sheet, "form": form}
    return render(request, "eoffice/files/card.html", context, status=status)
