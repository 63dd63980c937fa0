"""The yellow note: kept as one types, signed, taken back, discarded; flags beside it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from eoffice import file_page, krutidev
from eoffice.door import at_the_desk
from eoffice.file_page import Sheet
from eoffice.forms.addressees import as_key
from eoffice.forms.files import NoteForm
from eoffice.forms.flags import FlagForm
from eoffice.models import Flag, Note
from eoffice.permissions import Seat
from eoffice.services import flags, notes, openings
from eoffice.services.refusals import Elsewhere, Refused
from eoffice.views.files import found_or_404, page_of, show
from esachivalaya.common.by_script import takes_json
from esachivalaya.common.formats import time_short
from esachivalaya.common.language import switching_language
from esachivalaya.common.states import Overtaken
from esachivalaya.common.words import tidy


def in_conflict(
    request: HttpRequest, sheet: Sheet, message: Any, kept: list[str], **more: Any
) -> HttpResponse:
    """Return the 409 that names the holder and gives back what was typed."""
    context = {"seat": sheet.seat, "sheet": sheet, "message": message, "kept": kept, **more}
    return render(request, "eoffice/files/conflict.html", context, status=409)


@sensitive_post_parameters("text")
@require_POST
@at_the_desk
def note(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Keep the note; by a script as one types, or by a form with what is to be done with it."""
    sheet = found_or_404(seat, pk)
    form = NoteForm(request.POST)
    by_script = takes_json(request)
    if not form.is_valid() or switching_language(request):
        if by_script:
            return JsonResponse({"message": _("The note could not be kept.")}, status=422)
        status = 200 if switching_language(request) else 422
        return page_of(request, show(seat, pk, openings.NOTING), note_form=form, status=status)
    text, version = form.cleaned_data["text"], form.cleaned_data["version"]
    try:
        kept = notes.write(
            file=sheet.file, desk=seat.desk, by=seat.charge.user, text=text, version=version
        )
        if by_script:
            return JsonResponse(_kept(kept, sheet))
        _then(request, kept, seat)
    except Overtaken as overtaken:
        return _overtaken(request, sheet, overtaken.row, text)
    except Elsewhere as elsewhere:
        return in_conflict(request, found_or_404(seat, pk), elsewhere.message, [text])
    except Refused as refused:
        form.add_error("text", refused.message)
        return page_of(request, show(seat, pk, openings.NOTING), note_form=form, status=422)
    return redirect("eoffice:file", seat.desk.post.code, pk)


@require_POST
@at_the_desk
def take_back(request: HttpRequest, seat: Seat, pk: int, number: int) -> HttpResponse:
    """Make the own last green note yellow again, before the file is sent."""
    sheet = found_or_404(seat, pk)
    own = Note.objects.filter(file=sheet.item.pk, by=seat.charge.user, desk=seat.desk)
    one = get_object_or_404(own.filter(status__in=file_page.SHOWN), number=number)
    sent = request.POST.get("version", "")
    version = as_key(sent)
    try:
        notes.make_yellow(note=one, by=seat.charge.user, version=version)
    except Overtaken:
        return in_conflict(request, sheet, _("The note was changed meanwhile."), [])
    except Refused as refused:
        return in_conflict(request, sheet, refused.message, [])
    return redirect("eoffice:file", seat.desk.post.code, pk)


@sensitive_post_parameters("text")
@require_POST
@at_the_desk
def converted(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What a pasted text reads in Unicode, if it was typed in Krutidev; nothing is changed."""
    text = request.POST.get("text", "")[: notes.LONGEST]
    if not krutidev.looks_like(text):
        return JsonResponse({"krutidev": False})
    return JsonResponse({"krutidev": True, "text": krutidev.to_unicode(text)})


@require_POST
@at_the_desk
def flag(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Set a flag on the own yellow note, or take one off."""
    sheet = file_page.opened(found_or_404(seat, pk))
    if sheet.yellow is None:
        return in_conflict(
            request, sheet, _("Write and keep a note first; flags belong to it."), []
        )
    try:
        if gone := request.POST.get("remove", ""):
            row = get_object_or_404(Flag, note=sheet.yellow, letter=tidy(gone)[:4])
            flags.remove(flag=row, by=seat.charge.user)
        else:
            form = FlagForm(request.POST)
            if not form.is_valid():
                return in_conflict(request, sheet, form.first_error, [])
            flags.add(note=sheet.yellow, by=seat.charge.user, seat=seat, **form.cleaned_data)
    except Refused as refused:
        return in_conflict(request, sheet, refused.message, [])
    return redirect("eoffice:file", seat.desk.post.code, pk)


def _kept(row: Note, sheet: Sheet) -> dict[str, Any]:
    said = _("Kept at %(time)s") % {"time": time_short(row.changed_at)}
    if not sheet.here:
        said = _("Kept, but the file lies elsewhere by now.")
    return {"version": row.version, "said": said}


def _then(request: HttpRequest, row: Note, seat: Seat) -> None:
    """Do with the kept note what the form's button says."""
    act = request.POST.get("then", "")
    if act == "sign":
        notes.make_green(note=row, by=seat.charge.user, version=row.version)
        messages.success(request, _("The note is signed. It is sealed when the file is sent."))
    elif act == "discard":
        notes.discard(note=row, by=seat.charge.user, version=row.version)
        messages.success(request, _("The note was discarded."))
    else:
        messages.success(request, _("The note is kept. Only you see it."))


def _overtaken(request: HttpRequest, sheet: Sheet, row: Any, text: str) -> HttpResponse:
    """Two windows wrote: both texts stand side by side, none is lost."""
    message = _("You changed this note in another window. Both texts stand here.")
    if takes_json(request):
        return JsonResponse({"message": message}, status=409)
    row.refresh_from_db()
    return in_conflict(request, sheet, message, [text], theirs=row.text)
