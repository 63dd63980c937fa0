"""The papers of a request that is being typed."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from appointments import drafts, papers
from appointments.forms.booking import PapersForm
from appointments.models import Draft
from appointments.views.steps import frame, url_of
from esachivalaya.accounts.tries import allowed, allowed_to
from esachivalaya.common import uploads
from esachivalaya.common.language import switching_language

# Too large to be taken, or not to be judged at the moment; anything else is wrong in the paper.
_STATUS = (("too_large", 413), ("unchecked", 503))


def page(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Show the papers added so far and take more; without any it goes on as well."""
    if request.method == "POST" and not switching_language(request):
        form = _taken(request, draft)
        if form.is_valid():
            draft = drafts.keep(request.session, draft.post, "papers", {})
            return redirect(url_of(draft.post.code, drafts.next_step(draft)))
    else:
        form = None
    there = list(draft.attachments.select_related("stored"))
    shown = PapersForm(places=papers.MOST - len(there))
    status = 200
    if form is not None:
        # Good papers of the same sending are kept; what was wrong with the others is told.
        shown = form
        status = next((code for why, code in _STATUS if form.has_error("__all__", why)), 422)
    context = {**frame(draft.post, "papers"), "form": shown, "papers": there}
    context["fields"] = list(PapersForm(places=papers.MOST - len(there)))
    return render(request, "appointments/booking/papers.html", context, status=status)


def _taken(request: HttpRequest, draft: Draft) -> PapersForm:
    """Add the papers of this sending to the draft; the form carries what was wrong with some."""
    form = PapersForm(request.POST, request.FILES, places=papers.MOST)
    if not form.is_valid():
        return form
    for name in uploads.oversized(request):
        form.add_error(None, uploads.too_large(name))
    files = [file for name in request.FILES for file in request.FILES.getlist(name)]
    if files and not _may_send(request):
        form.add_error(
            None, _("Many papers came from your connection. Go on without, or wait an hour.")
        )
        return form
    for file in files:
        try:
            papers.add_to_draft(draft=draft, paper=uploads.checked(file))
        except ValidationError as problem:
            form.add_error(None, problem)
    return form


@login_not_required
@require_POST
def remove(request: HttpRequest, code: str, position: int) -> HttpResponse:
    """Take one paper out of the draft again."""
    draft = drafts.find(request.session, code)
    if draft is None:
        return redirect("officials:post", code)
    papers.remove_from_draft(draft=draft, position=position)
    return redirect("appointments:new-step", code, "papers")


def _may_send(request: HttpRequest) -> bool:
    """Whether more papers may come: from an address, or from a household wherever it is."""
    if request.user.is_authenticated:
        return allowed_to(f"user-{request.user.pk}", "own_papers")
    return allowed(request, "papers")
