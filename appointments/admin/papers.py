"""The papers of a request, shown and handed out only to those who may see the request."""

from dataclasses import dataclass

from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from appointments.models import Attachment, Request
from esachivalaya.common import paper_answers, paper_reader


@dataclass(frozen=True)
class Shown:
    """A paper on the request's page; ``drawable`` unless its first page was tried in vain."""

    paper: Attachment
    drawable: bool
    pages: int


def shown(row: Request) -> list[Shown]:
    """Return the papers of ``row`` as its page shows them."""
    return [
        Shown(
            paper=paper,
            drawable=not paper_reader.cannot_be_drawn(paper.stored, 1),
            pages=paper.stored.pages or 1,
        )
        for paper in row.attachments.select_related("stored")
    ]


def find(request: HttpRequest, reference: str, position: int) -> Attachment:
    """Return the paper, or a 404: not there and not theirs look the same."""
    return get_object_or_404(
        Attachment.objects.select_related("stored", "request"),
        request__in=Request.objects.visible_to(request.user),
        request__reference=reference,
        position=position,
    )


@require_safe
def paper(request: HttpRequest, reference: str, position: int) -> FileResponse:
    """One paper as a download: never shown in the portal's own origin, never guessed at."""
    attachment = find(request, reference, position)
    return paper_answers.download(attachment.stored, attachment.name)


@require_safe
def picture(request: HttpRequest, reference: str, position: int, number: int) -> HttpResponse:
    """One page of a paper as a small picture; a 404 when it cannot be drawn."""
    attachment = _with_page(request, reference, position, number)
    return paper_answers.picture(attachment.stored, number)


@require_safe
def page(request: HttpRequest, reference: str, position: int, number: int) -> HttpResponse:
    """One page of a paper with the way to the next; what cannot be drawn is to be downloaded."""
    attachment = _with_page(request, reference, position, number)
    context = {
        **admin.site.each_context(request),
        "title": attachment.name,
        "row": attachment.request,
        "paper": attachment,
        "number": number,
        "pages": attachment.stored.pages or number,
        "drawn": paper_reader.picture_of(attachment.stored, number) is not None,
    }
    return render(request, "admin/appointments/request/paper.html", context)


def _with_page(request: HttpRequest, reference: str, position: int, number: int) -> Attachment:
    attachment = find(request, reference, position)
    if not 1 <= number <= (attachment.stored.pages or 1):
        raise Http404
    return attachment
