"""Loading a file into a cohort: upload, columns, preview, load. One's own file, and nobody else's.

What the file holds is shown as counts and as lines that are refused, never as people.
"""

import csv
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from esachivalaya.accounts.models import User
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.csv_file import ImportRefused
from esachivalaya.common.idempotency import AlreadySent, KeyMisused, claim
from esachivalaya.common.import_pages import UploadForm
from esachivalaya.common.language import switching_language
from esachivalaya.common.models import PendingImport
from esachivalaya.common.refusals import refusal
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.spreadsheets import UTF8_MARK
from esachivalaya.common.uploads import clean_name, oversized
from plasma.cohort_file import FIELDS, headings
from plasma.forms.cohorts import ColumnsForm, LoadForm
from plasma.models import Cohort, CohortImport
from plasma.permissions import may_run
from plasma.services import imports

GET_POST = ["GET", "HEAD", "POST"]
# So many refused lines stand on the page; all of them in the file to download.
LINES_SHOWN = 100
# The counts in the order of the page.
COUNTS = ("accepted", "refused", "new", "known", "shared", "duplicate")


@never_cache
@require_http_methods(GET_POST)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the file of a cohort and keep it; what is not CSV is told, and kept nowhere."""
    cohort = Cohort.objects.filter(pk=pk, kind=Cohort.Kind.IMPORTED).first()
    if cohort is None or not may_run(request.user):
        raise Http404
    form = UploadForm()
    if request.method == "POST" and not switching_language(request):
        form = UploadForm(request.POST, request.FILES, left_out=oversized(request))
        if form.is_valid() and (answer := _keep(request, cohort, form)) is not None:
            return answer
    context = _context(request, cohort, form=form, fields=FIELDS.values())
    status = 422 if form.errors else 200
    return render(request, "admin/plasma/cohorts/upload.html", context, status=status)


@never_cache
@require_http_methods(GET_POST)
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask which column is what, as far as it was not guessed rightly."""
    kept = _own(request, pk)
    names = headings(bytes(kept.content))
    chosen = cast("dict[str, int]", kept.columns)
    form = ColumnsForm(names=names, chosen=chosen)
    if request.method == "POST" and not switching_language(request):
        form = ColumnsForm(request.POST, names=names, chosen=chosen)
        if form.is_valid():
            try:
                imports.choose_columns(kept=kept, columns=form.columns(), by=_by(request))
            except ImportRefused as refused:
                _add_problems(form, refused)
            except Refusal as told:
                form.add_error(None, str(told))
            else:
                return redirect("admin:plasma_cohort_preview", kept.pk)
    context = _context(request, kept.cohort, kept=kept, form=form)
    status = 422 if form.errors else 200
    return render(request, "admin/plasma/cohorts/columns.html", context, status=status)


@never_cache
@require_http_methods(GET_POST)
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the file would do, and load it when that is confirmed."""
    kept = _own(request, pk, ended=True)
    if kept.status != CohortImport.Status.PREVIEWED:
        return render(request, "admin/plasma/cohorts/loaded.html", _shown(request, kept))
    if not kept.counts:
        return redirect("admin:plasma_cohort_columns", kept.pk)
    refused = kept.counts["refused"]
    form = LoadForm(initial={"shown": imports.shown_of(kept)}, refused=refused)
    outdated = False
    if request.method == "POST" and not switching_language(request):
        form = LoadForm(request.POST, refused=refused)
        if form.is_valid():
            try:
                _load(request, kept, form)
            except imports.PreviewOutdated:
                kept = imports.renew(kept=kept, by=_by(request))
                outdated = True
                shown = {"shown": imports.shown_of(kept)}
                form = LoadForm(initial=shown, refused=kept.counts["refused"])
            except Refusal as told:
                form.add_error(told.field if told.field in form.fields else None, str(told))
            else:
                messages.success(request, _("The file was loaded."))
                return redirect(request.path)
    found = imports.look(kept)
    lines = [_told(one) for one in found.mistakes[:LINES_SHOWN]]
    context = _shown(request, kept) | {
        "form": form,
        "outdated": outdated,
        "lines": lines,
        "more": max(len(found.mistakes) - LINES_SHOWN, 0),
    }
    status = 409 if outdated else 422 if form.errors else 200
    return render(request, "admin/plasma/cohorts/preview.html", context, status=status)


@never_cache
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Empty a file that is not to be loaded."""
    kept = _own(request, pk)
    try:
        imports.discard(kept=kept, by=_by(request))
    except Refusal as told:
        # Loaded or thrown away in another window meanwhile.
        messages.warning(request, str(told))
    else:
        messages.success(request, _("The file was thrown away; nothing was loaded."))
    return redirect("admin:plasma_cohort_change", kept.cohort_id)


@never_cache
@require_safe
def refused_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """All refused lines as a file: number, column and reason, nothing that stood in them."""
    kept = _own(request, pk)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{kept.pk}.csv"'
    answer.write(UTF8_MARK)
    writer = csv.writer(answer)
    writer.writerow([_("Line"), _("Column"), _("What is wrong")])
    found = imports.look(kept)
    writer.writerows(
        (one["line"], one["column"], one["words"]) for one in map(_told, found.mistakes)
    )
    return answer


def _keep(request: HttpRequest, cohort: Cohort, form: UploadForm) -> HttpResponse | None:
    """Keep the file once for this form; None with the reason in the form."""
    upload_ = form.cleaned_data["file"]
    content = upload_.read()
    key = form.cleaned_data["form_key"]
    try:
        address = _keep_once(request, cohort, key, clean_name(upload_.name), content)
    except AlreadySent as sent:
        address = sent.result
    except KeyMisused:
        text = _("This form was sent before with another file. Open the page anew.")
        return refusal(
            request, 409, text=text, url=request.path, action=_("Load people from a file")
        )
    except ImportRefused as refused:
        _add_problems(form, refused, "file")
        return None
    except Refusal as told:
        form.add_error(None, str(told))
        return None
    return redirect(address)


@on_deadlock
def _keep_once(request: HttpRequest, cohort: Cohort, key: str, name: str, content: bytes) -> str:
    with transaction.atomic():
        claimed = claim(
            principal=f"user:{request.user.pk}",
            form=f"cohort:{cohort.pk}",
            key=key,
            digest=PendingImport.digest_of(content),
        )
        kept = imports.keep(cohort=cohort, content=content, file_name=name, by=_by(request))
        address = reverse("admin:plasma_cohort_columns", args=[kept.pk])
        claimed.finish(address)
    return address


def _load(request: HttpRequest, kept: CohortImport, form: LoadForm) -> None:
    said = form.cleaned_data
    imports.load(
        kept=kept,
        shown=said["shown"],
        without_refused=said.get("without_refused", False),
        by=_by(request),
    )


def _own(request: HttpRequest, pk: int, *, ended: bool = False) -> CohortImport:
    """Return one's own file while it is there; a 404 for everything else."""
    rows = CohortImport.objects.select_related("cohort").filter(pk=pk, made_by_id=request.user.pk)
    if not ended:
        rows = rows.filter(status=CohortImport.Status.PREVIEWED)
    kept = rows.first() if may_run(request.user) else None
    if kept is None:
        raise Http404
    return kept


def _shown(request: HttpRequest, kept: CohortImport) -> dict[str, Any]:
    words = {
        "accepted": _("Accepted"),
        "refused": _("Refused"),
        "new": _("New people"),
        "known": _("Known already"),
        "shared": _("Numbers of several people"),
        "duplicate": _("There twice in the file"),
    }
    counts = kept.counts or dict.fromkeys([*COUNTS, "erased", "lines"], 0)
    figures = [(words[name], counts[name], name == "refused") for name in COUNTS]
    return _context(request, kept.cohort, kept=kept, counts=counts, figures=figures)


def _context(request: HttpRequest, cohort: Cohort, **more: Any) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": _("Load people from a file"),
        "cohort": cohort,
        "cohort_url": reverse("admin:plasma_cohort_change", args=[cohort.pk]),
        **more,
    }


def _told(one: Any) -> dict[str, Any]:
    label = FIELDS.get(one.field)
    return {"line": one.line, "column": str(label) if label else "–", "words": one.words}


def _add_problems(form: Any, refused: ImportRefused, field: str | None = None) -> None:
    for problem in refused.problems:
        form.add_error(field, str(problem))


def _by(request: HttpRequest) -> User:
    return cast("User", request.user)
