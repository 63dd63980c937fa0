"""The dialogs of a file: each is a page of its own, in the order of the trade."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from eoffice import file_acts, file_page
from eoffice.door import at_the_desk
from eoffice.file_acts import Act
from eoffice.file_page import Sheet
from eoffice.forms.files import DialogForm
from eoffice.permissions import Seat
from eoffice.services.closing import blockers_of
from eoffice.services.draft_warnings import before_sending
from eoffice.services.refusals import Blocked, Elsewhere, Refused
from eoffice.views.files import found_or_404
from eoffice.views.files_notes import in_conflict
from esachivalaya.common.idempotency import AlreadySent, KeyMisused
from esachivalaya.common.language import switching_language
from esachivalaya.common.states import Overtaken

# Acts after which the file lies with others, and its drafts with it.
SENDING = {"mark", "return"}


@sensitive_post_parameters("note", "words")
@require_http_methods(["GET", "HEAD", "POST"])
@at_the_desk
def act(request: HttpRequest, seat: Seat, pk: int, name: str) -> HttpResponse:
    """One act on the file; 409 with the text kept when the file is not where the page showed it."""
    sheet, chosen = found_or_404(seat, pk), file_acts.ACTS.get(name)
    if chosen is None:
        raise Http404
    if request.method != "POST" or switching_language(request):
        if chosen not in file_acts.offered(sheet):
            return in_conflict(request, sheet, _("This cannot be done with the file now."), [])
        return _dialog(
            request,
            sheet,
            chosen,
            chosen.form(initial=_begin(request, sheet, chosen.name), seat=seat),
        )
    form = chosen.form(request.POST, seat=seat)
    if not form.is_valid():
        return _dialog(request, sheet, chosen, form, 422)
    return _done(request, sheet, chosen, form)


def _done(request: HttpRequest, sheet: Sheet, chosen: Act, form: DialogForm) -> HttpResponse:
    pk, seat = sheet.item.pk, sheet.seat
    back = redirect("eoffice:file", seat.desk.post.code, pk)
    try:
        file_acts.do(chosen, sheet, form)
    except AlreadySent:
        return back
    except (Elsewhere, KeyMisused) as moved:
        words = moved.message if isinstance(moved, Elsewhere) else _("Open the form anew.")
        return in_conflict(request, found_or_404(seat, pk), words, form.kept)
    except Overtaken:
        words = _("You changed this note in another window. Your text stands here.")
        return in_conflict(request, sheet, words, form.kept)
    except Blocked as blocked:
        form.add_error(None, blocked.message)
        return _dialog(request, sheet, chosen, form, 409, blockers=blocked.blockers)
    except Refused as refused:
        field = refused.field if refused.field in form.fields else None
        form.add_error(field, refused.message)
        return _dialog(request, sheet, chosen, form, 422)
    except PermissionDenied:
        # The charge ended, or the paper is not theirs to open: like what does not exist.
        raise Http404 from None
    messages.success(request, chosen.done)
    return back


def _begin(request: HttpRequest, sheet: Sheet, name: str) -> dict[str, Any]:
    """Return what the dialog shows at first: the stay, and the yellow note that stands there."""
    yellow = file_page.own_yellow(sheet)
    begin: dict[str, Any] = {
        "stay": sheet.holding.pk if sheet.holding else None,
        "note": yellow.text if yellow else "",
        "version": yellow.version if yellow else None,
        "priority": sheet.item.priority,
        "classification": sheet.item.classification,
        # Marking has a day of its own, by which the receiver is to act.
        "due_on": sheet.item.due_on if name == "due" else None,
    }
    if switching_language(request):
        begin |= {
            one: request.POST[one] for one in begin | dict(request.POST) if one in request.POST
        }
    return begin


def _dialog(
    request: HttpRequest,
    sheet: Sheet,
    chosen: Act,
    form: DialogForm,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    closing = chosen.name in {"close", "propose"}
    context = {
        "seat": sheet.seat,
        "sheet": sheet,
        "act": chosen,
        "form": form,
        "warnings": before_sending(sheet.item.pk, sheet.seat) if chosen.name in SENDING else [],
        "blockers": more.get("blockers")
        or (blockers_of(sheet.item, sheet.seat) if closing else []),
    }
    return render(request, "eoffice/files/dialog.html", context, status=status)
