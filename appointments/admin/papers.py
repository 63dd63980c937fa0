"""The papers of a request, shown and handed out only to those who may see the request."""

from dataclasses import dataclass

from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from appointments.models import Attachment, Request
from esachivalaya.common import paper_reader

# Nothing that comes from a paper may do anything, whatever a browser takes it for.
SEALED = "default-src 'none'; sandbox"


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
    try:
        content = attachment.stored.file.open("rb")
    except FileNotFoundError as problem:
        raise Http404 from problem
    response = FileResponse(
        content,
        as_attachment=True,
        filename=attachment.name,
        content_type=attachment.stored.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SEALED
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def picture(request: HttpRequest, reference: str, position: int, number: int) -> HttpResponse:
    """One page of a paper as a small picture; a 404 when it cannot be drawn."""
    attachment = _with_page(request, reference, position, number)
    drawn = paper_reader.picture_of(attachment.stored, number)
    if drawn is None:
        raise Http404
    response = HttpResponse(drawn, content_type="image/webp")
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SEALED
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


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
