"""The questions to a desk and of a desk; the asked desk sees the question and its papers alone."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from eoffice.door import at_the_desk
from eoffice.forms.asking import AnswerForm
from eoffice.models import Correspondence, Enclosure, Question
from eoffice.permissions import Seat, visible_at
from eoffice.services import asking, openings
from eoffice.services.refusals import Refused
from esachivalaya.common import paper_answers
from esachivalaya.common.clock import now
from esachivalaya.common.language import switching_language, typed

# So many of those that a desk asked are listed, the newest first.
LISTED = 100


def waiting(seat: Seat) -> QuerySet[Question]:
    """The questions that wait for this desk, with who asks."""
    return asking.waiting_at(seat).select_related("from_desk__post", "item")


@require_safe
@at_the_desk
def questions(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What this desk is asked, the next closing date first; and what it asked itself."""
    asked = Question.objects.filter(from_desk=seat.desk, item__in=visible_at(seat))
    own = asked.select_related("to_desk__post", "item").order_by("-pk")[:LISTED]
    context = {"seat": seat, "waiting": waiting(seat), "own": own, "now": now()}
    return render(request, "eoffice/files/questions.html", context)


@sensitive_post_parameters("words")
@require_http_methods(["GET", "HEAD", "POST"])
@at_the_desk
def question(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """One question with its papers, and the answer; afterwards it is not found any more."""
    row = get_object_or_404(waiting(seat), pk=pk)
    if request.method != "POST" or switching_language(request):
        form = AnswerForm(initial=typed(AnswerForm, request))
        return _shown(request, seat, row, form)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _shown(request, seat, row, form, 422)
    try:
        asking.answer(
            question=row, desk=seat.desk, by=seat.charge.user, words=form.cleaned_data["words"]
        )
    except Refused as refused:
        field = refused.field if refused.field in form.fields else None
        form.add_error(field, refused.message)
        return _shown(request, seat, row, form, 422 if field else 409)
    except PermissionDenied:
        raise Http404 from None
    messages.success(request, _("Your view stands in the noting of the file."))
    return redirect("eoffice:questions", seat.desk.post.code)


@require_safe
@at_the_desk
def paper(
    request: HttpRequest, seat: Seat, pk: int, number: int, position: int
) -> HttpResponse | FileResponse:
    """One of the papers that were chosen for this question; its opening is logged."""
    row = get_object_or_404(waiting(seat), pk=pk)
    one = get_object_or_404(_papers(row), pk=number)
    if one.issue is not None:
        stored, name = one.issue.stored, one.issue.number
    else:
        scans = Enclosure.objects.select_related("stored")
        scan = get_object_or_404(scans, receipt=one.receipt_id, position=position)
        stored, name = scan.stored, scan.name
    asking.opened(question=row, seat=seat, what=f"{openings.PAPER} {one.pk}/{position}")
    return paper_answers.download(stored, name)


def _papers(row: Question) -> QuerySet[Correspondence]:
    """The chosen papers, as long as they are in the file."""
    scans = Enclosure.objects.select_related("stored").order_by("position")
    return (
        row.papers.filter(removed_at__isnull=True)
        .select_related("receipt__item", "issue__stored")
        .prefetch_related(Prefetch("receipt__enclosures", scans))
        .order_by("first_page")
    )


def _shown(
    request: HttpRequest, seat: Seat, row: Question, form: AnswerForm, status: int = 200
) -> HttpResponse:
    # Who was a moment too late keeps what they wrote; to everybody else it is an opening.
    if status != 409:
        asking.opened(question=row, seat=seat, what=f"{openings.QUESTION} {row.pk}")
    context: dict[str, Any] = {
        "seat": seat,
        "question": row,
        "papers": _papers(row),
        "form": form,
        "now": now(),
    }
    return render(request, "eoffice/files/question.html", context, status=status)
