"""Diarising a letter, and the page of a receipt."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from eoffice.door import at_the_desk
from eoffice.forms.addressees import as_key
from eoffice.forms.receipts import DiariseForm
from eoffice.models import Receipt
from eoffice.permissions import Seat, visible_at
from eoffice.receipt_page import page_of
from eoffice.services import acknowledging, correspondents, diarising, openings, pending_scans
from eoffice.services.pending_scans import Kept
from eoffice.services.refusals import Refused
from esachivalaya.common import idempotency, paper_answers, scans, uploads
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.idempotency import AlreadySent, KeyMisused
from esachivalaya.common.language import switching_language
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.scans import takes_scans

GET_POST = ["GET", "HEAD", "POST"]
# What another letter like one that was diarised begins with.
ALIKE = ("category", "vip", "delivery_mode")


@takes_scans
@at_the_desk
@require_http_methods(GET_POST)
def new(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The form of a letter; what was typed and scanned stays, whatever is wrong with it."""
    if request.method != "POST":
        return _form_page(request, seat, DiariseForm(seat=seat, initial=_like(request, seat)))
    kept, problems = _scans(request, seat)
    if switching_language(request) or "find" in request.POST:
        return _look_up(request, seat, kept, problems)
    form = DiariseForm(request.POST, seat=seat)
    if form.is_valid() and not problems:
        same = _same(seat, form)
        if same:
            return _form_page(request, seat, form, same=same, kept=kept, status=422)
        try:
            return _diarised(request, seat, form, kept)
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, str(refused.message))
    for problem in problems:
        form.add_error("papers", problem)
    return _form_page(request, seat, form, kept=kept, status=422)


def _look_up(
    request: HttpRequest, seat: Seat, kept: list[Kept], problems: list[ValidationError]
) -> HttpResponse:
    """Show the form with what was typed, unjudged, and who wrote before under such a name."""
    blank = DiariseForm(seat=seat)
    typed = {
        name: field.widget.value_from_datadict(request.POST, {}, name)
        for name, field in blank.fields.items()
        if name not in {"papers", "again"}
    }
    words = str(typed["name"] or "")
    found = correspondents.find(seat, words) if "find" in request.POST else []
    none_found = "find" in request.POST and not found
    form = DiariseForm(seat=seat, initial=typed)
    for problem in problems:
        messages.error(request, " ".join(problem.messages))
    return _form_page(request, seat, form, found=found, none_found=none_found, kept=kept)


def _scans(request: HttpRequest, seat: Seat) -> tuple[list[Kept], list[ValidationError]]:
    """Keep the scans of this form and return them all, with what is wrong with the others."""
    kept = pending_scans.read(seat=seat, tokens=request.POST.getlist("scan"))
    problems = [scans.too_large(name) for name in uploads.oversized(request)]
    for file in request.FILES.getlist("papers"):
        if len(kept) >= scans.MOST:
            problems.append(ValidationError(_("Six papers at most. Put the scans into one PDF.")))
            break
        try:
            one = pending_scans.keep(seat=seat, upload=file)
        except ValidationError as problem:
            problems.append(problem)
        else:
            kept.append(one)
    return kept, problems


def _same(seat: Seat, form: DiariseForm) -> list[Receipt]:
    """Return what to warn of: nothing once the person has said so, or for a form sent again."""
    sent = idempotency.earlier_result(**_key_of(seat, form))
    if form.cleaned_data["again"] or sent is not None:
        return []
    return diarising.same_as(form.letter(form.unsaved()), seat=seat)


def _key_of(seat: Seat, form: DiariseForm) -> dict[str, str]:
    return {
        "principal": f"user:{seat.charge.user.pk}",
        "form": f"eoffice.diarise:{seat.desk.pk}",
        "key": form.cleaned_data["key"],
    }


def _diarised(
    request: HttpRequest, seat: Seat, form: DiariseForm, kept: list[Kept]
) -> HttpResponse:
    said = {
        name: getattr(value, "pk", value)
        for name, value in form.cleaned_data.items()
        if name not in {"key", "papers"}
    }
    asked = {**said, "papers": [scan.sha256 for scan in kept]}
    try:
        number = _diarise_once(seat, form, kept, idempotency.digest_of(asked))
    except AlreadySent as earlier:
        number = earlier.result
        pending_scans.forget(seat=seat, kept=kept)
    except KeyMisused:
        form.add_error(
            None, _("This form was sent before with other words. Look at it and send it again.")
        )
        fresh = _with_new_key(request, seat, form)
        return _form_page(request, seat, fresh, kept=kept, status=422)
    except PermissionDenied as problem:
        raise Http404 from problem
    row = Receipt.objects.select_related("item").get(pk=int(number))
    messages.success(
        request, _("Diarised. Its number is %(number)s.") % {"number": row.item.number}
    )
    return redirect("eoffice:receipt", seat.desk.post.code, row.pk)


@on_deadlock
@transaction.atomic
def _diarise_once(seat: Seat, form: DiariseForm, kept: list[Kept], digest: str) -> str:
    by = seat.charge.user
    claim = idempotency.claim(**_key_of(seat, form), digest=digest)
    papers = pending_scans.take(seat=seat, kept=kept)
    letter = form.letter(form.correspondent(), papers)
    receipt = diarising.diarise(desk=seat.desk, by=by, letter=letter)
    if form.cleaned_data["acknowledge"]:
        acknowledging.acknowledge(receipt, language=form.cleaned_data["language"])
    claim.finish(str(receipt.pk))
    return str(receipt.pk)


def _with_new_key(request: HttpRequest, seat: Seat, form: DiariseForm) -> DiariseForm:
    data = request.POST.copy()
    data["key"] = idempotency.new_key()
    fresh = DiariseForm(data, seat=seat)
    for message in form.non_field_errors():
        fresh.add_error(None, str(message))
    return fresh


def _like(request: HttpRequest, seat: Seat) -> dict[str, Any]:
    """Return what another letter like the one in the address begins with."""
    like = request.GET.get("like", "")[:18]
    if not (like.isascii() and like.isdigit()):
        return {}
    row = receipt_at(seat, int(like))
    sender = row.correspondent
    begun = {name: getattr(row, name) for name in ALIKE}
    begun |= {name: getattr(sender, name) for name in DiariseForm.SENDER}
    begun |= {name: getattr(row.item, name) for name in ("subject", "nature", "classification")}
    return {**begun, "received_on": day_of(now())}


def _form_page(
    request: HttpRequest,
    seat: Seat,
    form: DiariseForm,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    found = context.pop("found", None) or []
    chosen = str(form["known"].value() or "")
    if not found and (known := as_key(chosen)):
        found = list(correspondents.known_at(seat).filter(pk=known))
    told = {
        "seat": seat,
        "form": form,
        "found": found,
        "chosen": chosen,
        "none_found": False,
        "same": [],
        "kept": [],
        "names": correspondents.names_for(seat),
        "groups": [
            (_("The letter"), [form[name] for name in form.LETTER]),
            (_("Its matter"), [form[name] for name in form.MATTER]),
        ],
        "thanks": [form[name] for name in form.THANKS],
        **context,
    }
    return render(request, "eoffice/receipts/new.html", told, status=status)


def receipt_at(seat: Seat, pk: int) -> Receipt:
    """Return a receipt that may be seen at ``seat``; a 404 for every other number."""
    rows = Receipt.objects.filter(item__in=visible_at(seat))
    row = (
        rows.select_related("item__made_at_desk__post", "item__made_by", "correspondent")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise Http404
    return row


@at_the_desk
@require_safe
def receipt(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """A receipt with its papers and what can be done with it; to look at it here is to read it."""
    return page_of(request, seat, receipt_at(seat, pk))


@at_the_desk
@require_safe
def paper(request: HttpRequest, seat: Seat, pk: int, position: int) -> HttpResponse | FileResponse:
    """One paper of a receipt, to be saved; that it was opened is written down."""
    row = receipt_at(seat, pk)
    enclosure = row.enclosures.select_related("stored").filter(position=position).first()
    if enclosure is None:
        raise Http404
    openings.opened(item=row.item, seat=seat, what=openings.PAPER)
    return paper_answers.download(enclosure.stored, enclosure.name)
