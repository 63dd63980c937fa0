"""The papers of a request, handed out only to those who may see the request."""

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from appointments.models import Attachment, Request


@require_safe
def paper(request: HttpRequest, reference: str, position: int) -> FileResponse:
    """One paper as a download: never shown in the portal's own origin, never guessed at."""
    attachment = get_object_or_404(
        Attachment,
        request__in=Request.objects.visible_to(request.user),
        request__reference=reference,
        position=position,
    )
    try:
        content = attachment.file.open("rb")
    except FileNotFoundError as problem:
        raise Http404 from problem
    response = FileResponse(
        content,
        as_attachment=True,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
