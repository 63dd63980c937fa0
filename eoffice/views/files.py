"""The page of a file: noting left, correspondence right; a new file; print and history."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from eoffice import file_acts, file_page
from eoffice.door import at_the_desk, for_staff
from eoffice.file_page import Sheet
from eoffice.forms.files import NewFileForm, NoteForm, OldFileForm
from eoffice.models import Correspondence, Enclosure, File, Movement
from eoffice.permissions import Seat, seats_of, visible_at
from eoffice.services import deciding, filing, openings
from eoffice.services.ledger_words import changes
from eoffice.services.refusals import Refused
from eoffice.views.trust_prints import proof_of
from esachivalaya.accounts.models import User
from esachivalaya.common import idempotency, paper_answers
from esachivalaya.common.clock import now
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.qr_codes import drawn, page_code

# So many movements stand in the history of one page; the ledger has them all.
MOVEMENTS = 200


def found_or_404(seat: Seat, pk: int) -> Sheet:
    """Return the file ``pk`` as this person sees it; what one may not see is not found."""
    sheet = file_page.found(seat, pk)
    if sheet is None:
        raise Http404
    return sheet


def show(seat: Seat, pk: int, what: str) -> Sheet:
    """Log the opening, note the first view at the holding desk, and return the content."""
    sheet = found_or_404(seat, pk)
    openings.opened(item=sheet.item, seat=seat, what=what)
    return file_page.opened(sheet)


def page_of(
    request: HttpRequest, sheet: Sheet, *, note_form: NoteForm | None = None, status: int = 200
) -> HttpResponse:
    """Return the page of an opened file, with the note's form as it was sent or as it is kept."""
    if note_form is None:
        note = sheet.yellow
        initial = {"text": note.text, "version": note.version} if note else {}
        note_form = NoteForm(initial=initial)
    stays = file_page.stays_of(sheet.item, moment=now())
    context = {
        "seat": sheet.seat,
        "sheet": sheet,
        "note_form": note_form,
        "acts": file_acts.offered(sheet),
        "stays": file_page.bars(stays),
        "current": next((stay for stay in stays if stay.now), None),
        "bonds": file_page.bonds_of(sheet),
        "drafts": file_page.drafts_of(sheet),
        "may_ask": sheet.in_hand,
        "may_decide": bool(sheet.holding and sheet.holding.from_desk_id)
        and deciding.decides(sheet.seat),
    }
    return render(request, "eoffice/files/file.html", context, status=status)


@require_safe
@at_the_desk
def file(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """The file: its noting, correspondence, acts, and where it is stuck."""
    return page_of(request, show(seat, pk, openings.NOTING))


@require_safe
@at_the_desk
def reading(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """The noting alone in a large type, and what is printed of it."""
    sheet = show(seat, pk, openings.READING)
    context = {"seat": seat, "sheet": sheet, "moment": now()} | proof_of(request, sheet.item)
    return render(request, "eoffice/files/reading.html", context)


@require_safe
@at_the_desk
def history(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Every movement of the file, newest first, and the time at each desk."""
    sheet = found_or_404(seat, pk)
    rows = Movement.objects.filter(item=sheet.item).select_related(
        "from_desk__post", "to_desk__post", "by"
    )
    stays = file_page.stays_of(sheet.item, moment=now())
    context = {
        "seat": seat,
        "sheet": sheet,
        "movements": [(row, changes(row)) for row in rows.order_by("-seq")[:MOVEMENTS]],
        "stays": file_page.bars(stays),
        "current": next((stay for stay in stays if stay.now), None),
    }
    return render(request, "eoffice/files/history.html", context)


@require_safe
@at_the_desk
def paper(
    request: HttpRequest, seat: Seat, pk: int, number: int, position: int
) -> HttpResponse | FileResponse:
    """One scan of a receipt in the file, or what was issued from it, to be saved."""
    sheet = found_or_404(seat, pk)
    rows = Correspondence.objects.select_related("issue__stored", "receipt")
    one = get_object_or_404(rows, pk=number, file=sheet.item.pk, removed_at__isnull=True)
    if one.issue is not None:
        stored, name = one.issue.stored, one.issue.number
    else:
        scans = Enclosure.objects.select_related("stored")
        scan = get_object_or_404(scans, receipt=one.receipt_id, position=position)
        stored, name = scan.stored, scan.name
    openings.opened(item=sheet.item, seat=seat, what=f"{openings.PAPER} {one.pk}/{position}")
    return paper_answers.download(stored, name)


def _new(request: HttpRequest, seat: Seat, form_class: type[NewFileForm], old: bool) -> Any:
    """Make a file from the form, once however often it is sent."""
    context = {"seat": seat, "old": old}
    template = "eoffice/files/new.html"
    if request.method != "POST" or switching_language(request):
        form = form_class(initial=typed(form_class, request), seat=seat)
        return render(request, template, context | {"form": form})
    form = form_class(request.POST, seat=seat)
    if not form.is_valid():
        return render(request, template, context | {"form": form}, status=422)
    made: list[File] = []
    asked = {name: str(value) for name, value in form.cleaned_data.items() if name != "key"}
    try:
        idempotency.once(
            request,
            lambda: made.append(filing.make(desk=seat.desk, by=seat.charge.user, new=form.new)),
            form="eoffice-new-file",
            key=form.cleaned_data["key"],
            asked=asked,
        )
    except Refused as refused:
        name = "free_number" if refused.field == "number" else refused.field
        form.add_error(name or None, refused.message)
        return render(request, template, context | {"form": form}, status=422)
    except KeyMisused:
        form.add_error(None, _("This form was sent already with other words. Open it anew."))
        return render(request, template, context | {"form": form}, status=409)
    if not made:
        messages.info(request, _("This file was made already. It lies at this desk."))
        return redirect("eoffice:new-file", seat.desk.post.code)
    words = _("File %(number)s was made.") % {"number": made[0].item.number}
    messages.success(request, words)
    name = "eoffice:file-label" if old else "eoffice:file"
    return redirect(name, seat.desk.post.code, made[0].pk)


@require_http_methods(["GET", "HEAD", "POST"])
@at_the_desk
def new_file(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A new file, numbered from heads or freely."""
    return _new(request, seat, NewFileForm, old=False)  # type: ignore[no-any-return]


@require_http_methods(["GET", "HEAD", "POST"])
@at_the_desk
def old_file(request: HttpRequest, seat: Seat) -> HttpResponse:
    """An old paper file is joined with its old number; then its label is printed."""
    return _new(request, seat, OldFileForm, old=True)  # type: ignore[no-any-return]


@require_safe
@at_the_desk
def label(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """The label for the paper's cover: numbers and a QR code, nothing of the subject."""
    sheet = found_or_404(seat, pk)
    return render(request, "eoffice/files/label.html", {"seat": seat, "sheet": sheet})


@require_safe
@at_the_desk
def label_qr(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """The QR code of the label: the way to the file for who may see it."""
    sheet = found_or_404(seat, pk)
    return drawn(page_code(reverse("eoffice:file-by-label", args=[sheet.item.pk])))


@require_safe
@for_staff
def by_label(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Lead who scanned a label to the file at the desk from which they see it."""
    for seat in seats_of(user):
        if visible_at(seat).filter(pk=pk, kind="file").exists():
            return redirect("eoffice:file", seat.desk.post.code, pk)
    raise Http404
