"""A new draft, from the choice of its template on, and to whom it goes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from eoffice.door import at_the_desk
from eoffice.forms.addressees import (
    NOBODY,
    NewReaderForm,
    ReadersForm,
    ReadersSet,
    as_key,
    shown,
)
from eoffice.forms.desk_field import suggested
from eoffice.forms.drafts import DraftForm
from eoffice.models import Correspondent, Draft, File, LetterTemplate
from eoffice.permissions import Seat
from eoffice.services import addressing, drafts, letter_templates, openings
from eoffice.views.drafts import (
    SEE_OTHER,
    as_it_is_now,
    done_once,
    draft_or_404,
    file_or_404,
    is_here,
    status_of,
    to_draft,
)

WITHOUT = "none"


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Begin a draft on a file that lies at this desk: choose a template, then write."""
    file = file_or_404(seat, pk)
    templates = drafts.templates_for(seat.desk.section.department)
    wanted = request.GET.get("template", "")
    if request.method != "POST" and templates and not wanted:
        context = {"seat": seat, "file": file, "templates": templates}
        return render(request, "eoffice/drafts/templates.html", context)
    begin = _begin(request, seat, file, templates)
    form = DraftForm(request.POST or None, seat=seat, file=file, initial=begin)
    if request.method == "POST" and form.is_valid():
        made: list[Draft] = []

        def act() -> None:
            made.append(
                drafts.write(file=file, desk=seat.desk, by=seat.charge.user, new=form.new())
            )

        if done_once(request, form, act, f"draft-new:{file.pk}"):
            return to_readers(seat, made[0] if made else file.drafts.latest("pk"))
    context = {"seat": seat, "file": file, "form": form, "desks": suggested(seat)}
    status = status_of(form) if form.errors else 200
    return render(request, "eoffice/drafts/new.html", context, status=status)


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def readers(request: HttpRequest, seat: Seat, pk: int, number: int) -> HttpResponse:
    """Choose to whom a draft goes and how: from those the desk knows, or somebody new."""
    draft = draft_or_404(seat, pk, number)
    if draft.status not in drafts.OPEN or not is_here(draft, seat):
        return to_draft(seat, draft)
    openings.opened(item=draft.file.item, seat=seat, what=f"draft {draft.ordinal}")
    known = _known(request, seat, draft)
    form = ReadersForm(request.POST or None, initial={"version": draft.version})
    if request.method != "POST":
        rows = ReadersSet(initial=shown(draft.addressees.all()), known=known)
        return _readers_page(request, seat, draft, form, rows)
    rows = ReadersSet(request.POST, known=known)
    if "find" in request.POST:
        return _found(request, seat, draft, form, rows)
    return _keep(request, seat, draft, form, rows)


def _keep(
    request: HttpRequest, seat: Seat, draft: Draft, form: ReadersForm, rows: ReadersSet
) -> HttpResponse:
    """Keep the list, with the new one if the button beside their particulars was pressed."""
    adding = "add" in request.POST
    new_one = NewReaderForm(request.POST if adding else None, prefix="new")
    if form.is_valid() and rows.is_valid() and (not adding or new_one.is_valid()):
        to, copies, modes = rows.chosen()
        more: dict[str, Any] = {"to": to, "copies": copies, "modes": modes}
        if adding:
            told = new_one.cleaned_data
            more |= {"typed": new_one.typed(), "copy": told["role"] == "copy"}
            more["mode"] = told["mode"]
        who: dict[str, Any] = {"desk": seat.desk, "by": seat.charge.user}
        version = form.cleaned_data["version"]
        # Everything that was sent counts, not only the fields of the first form.
        form.cleaned_data["sent"] = sorted(request.POST.lists())
        if done_once(
            request,
            form,
            lambda: addressing.address_with_new(draft=draft, version=version, **who, **more),
            f"draft-readers:{draft.pk}",
        ):
            messages.success(request, _("It is kept to whom the letter goes."))
            return to_readers(seat, draft) if adding else to_draft(seat, draft)
    for problem in rows.non_form_errors() if rows.is_bound else []:
        form.add_error(None, problem)
    draft.refresh_from_db(fields=["version", "status"])
    as_it_is_now(form, draft.version)
    return _readers_page(request, seat, draft, form, rows, new_one, status=status_of(form))


def _found(
    request: HttpRequest, seat: Seat, draft: Draft, form: ReadersForm, rows: ReadersSet
) -> HttpResponse:
    """Show whom the desk knows by these words below those who stand there, as they were typed."""
    there = [
        {name: one[name].value() for name in ("person", "role", "mode", "place")}
        for one, _person in rows.rows()
    ]
    words = str(form["q"].value() or "")
    without = {as_key(one["person"]) for one in there}
    found = addressing.find(seat, words, without=without)
    more = [
        {"person": one.pk, "role": NOBODY, "mode": "post", "place": len(there) + place}
        for place, one in enumerate(found, 1)
    ]
    known = {**rows.known, **{one.pk: one for one in found}}
    again = ReadersSet(initial=there + more, known=known)
    # Nothing is wrong yet: what stands in the search is shown again, and not judged.
    fresh = ReadersForm(initial={"version": form["version"].value(), "q": words})
    new_one = NewReaderForm(initial=_typed(request), prefix="new")
    none = "" if found else words
    return _readers_page(request, seat, draft, fresh, again, new_one, none=none, found=len(found))


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(f"new-{name}", "") for name in NewReaderForm.base_fields}


def _known(request: HttpRequest, seat: Seat, draft: Draft) -> dict[int, Correspondent]:
    """Return those who stand on the page and may: readers of the draft, and who is known here."""
    present = {one.correspondent_id: one.correspondent for one in draft.addressees.all()}
    sent = {
        as_key(value)
        for name, value in request.POST.items()
        if name.startswith("r-") and name.endswith("-person")
    } - present.keys()
    if not sent:
        return present
    return present | {one.pk: one for one in addressing.addressable_at(seat).filter(pk__in=sent)}


def _readers_page(
    request: HttpRequest,
    seat: Seat,
    draft: Draft,
    form: ReadersForm,
    rows: ReadersSet,
    new_one: NewReaderForm | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "seat": seat,
        "draft": draft,
        "form": form,
        "rows": rows,
        "new_one": new_one or NewReaderForm(prefix="new"),
        "approved": draft.status in {Draft.Status.APPROVED, Draft.Status.SIGNED},
        **more,
    }
    return render(request, "eoffice/drafts/readers.html", context, status=status)


def _begin(
    request: HttpRequest, seat: Seat, file: File, templates: list[LetterTemplate]
) -> dict[str, Any]:
    """What a new draft begins with; a template that was chosen gives its words, filled in."""
    answers = letter_templates.answerable(file, seat)
    asked = as_key(request.GET.get("reply_to", ""))
    answered = next((one for one in answers if one.pk == asked), None)
    begin: dict[str, Any] = {
        "language": "hi",
        "subject": file.item.subject,
        "reply_to": answered.pk if answered else None,
    }
    wanted = as_key(request.GET.get("template", ""))
    for one in templates:
        if one.pk == wanted:
            _letterhead, body = letter_templates.begun(
                one, file=file, seat=seat, reply_to=answered or (answers[0] if answers else None)
            )
            begin |= {"template": one.pk, "form": one.form, "language": one.language, "body": body}
            begin["reply_to"] = begin["reply_to"] or (answers[0].pk if answers else None)
    return begin


def to_readers(seat: Seat, row: Draft) -> HttpResponse:
    """Lead to whom the draft goes."""
    where = redirect("eoffice:draft-readers", seat.desk.post.code, row.file_id, row.ordinal)
    where.status_code = SEE_OTHER
    return where
