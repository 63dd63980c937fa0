"""Asking other desks from the page of a file, and taking a question back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from eoffice.door import at_the_desk
from eoffice.file_page import Sheet
from eoffice.forms.asking import AskForm
from eoffice.models import Question
from eoffice.permissions import Seat
from eoffice.services import asking
from eoffice.services.refusals import Elsewhere, Refused
from eoffice.views.files import found_or_404
from eoffice.views.files_notes import in_conflict
from esachivalaya.common import idempotency
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed


@sensitive_post_parameters("words")
@require_http_methods(["GET", "HEAD", "POST"])
@at_the_desk
def ask(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Ask one desk, or several at once with one closing date; the file stays here."""
    sheet = found_or_404(seat, pk)
    if request.method != "POST" or switching_language(request):
        if not sheet.in_hand:
            return in_conflict(request, sheet, _("This cannot be done with the file now."), [])
        begin = typed(AskForm, request)
        return _shown(request, sheet, AskForm(initial=begin, seat=seat, file=pk))
    form = AskForm(request.POST, seat=seat, file=pk)
    if not form.is_valid():
        return _shown(request, sheet, form, 422)
    return _asked(request, sheet, form)


def _asked(request: HttpRequest, sheet: Sheet, form: AskForm) -> HttpResponse:
    seat, desks, wanted = sheet.seat, form.desks, form.wanted
    told = {
        "file": sheet.item.pk,
        "to": [desk.pk for desk in desks],
        "words": wanted.words,
        "until": str(wanted.until),
        "papers": [paper.pk for paper in wanted.papers],
    }
    try:
        idempotency.once(
            request,
            lambda: asking.ask(
                file=sheet.file, desk=seat.desk, by=seat.charge.user, to=desks, wanted=wanted
            ),
            form="eoffice-ask",
            key=form.cleaned_data["key"],
            asked=told,
        )
    except Elsewhere as moved:
        again = found_or_404(seat, sheet.item.pk)
        return in_conflict(request, again, moved.message, [wanted.words])
    except KeyMisused:
        return in_conflict(request, sheet, _("Open the form anew."), [wanted.words])
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _shown(request, sheet, form, 422)
    except PermissionDenied:
        raise Http404 from None
    words = ngettext(
        "The desk was asked. The file stays here.",
        "%(count)s desks were asked. The file stays here.",
        len(desks),
    )
    messages.success(request, words % {"count": len(desks)})
    return redirect("eoffice:file", seat.desk.post.code, sheet.item.pk)


@require_POST
@at_the_desk
def withdraw(request: HttpRequest, seat: Seat, pk: int, number: int) -> HttpResponse:
    """Take a question back; from then on the asked desk sees nothing of it."""
    sheet = found_or_404(seat, pk)
    question = get_object_or_404(Question, pk=number, item=sheet.item)
    try:
        asking.withdraw(question=question, desk=seat.desk, by=seat.charge.user)
    except Refused as refused:
        return in_conflict(request, sheet, refused.message, [])
    except PermissionDenied:
        raise Http404 from None
    messages.success(request, _("The question was withdrawn."))
    return redirect("eoffice:file", seat.desk.post.code, pk)


def _shown(request: HttpRequest, sheet: Sheet, form: AskForm, status: int = 200) -> HttpResponse:
    context = {"seat": sheet.seat, "sheet": sheet, "form": form}
    return render(request, "eoffice/files/ask.html", context, status=status)
