"""Papers handed out over the web: sealed, so that nothing that comes from one may do anything."""

from typing import TypeVar

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase

from esachivalaya.common import paper_reader
from esachivalaya.common.models import StoredFile

Response = TypeVar("Response", bound=HttpResponseBase)


def download(stored: StoredFile, name: str) -> FileResponse:
    """Return the paper under ``name``, to be saved: never shown in the portal's own origin.

    Raises Http404 when its file is gone. Whether the reader may have it was asked by the caller.
    """
    try:
        content = stored.file.open("rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    return _sealed(
        FileResponse(content, as_attachment=True, filename=name, content_type=stored.content_type)
    )


def picture(stored: StoredFile, number: int) -> HttpResponse:
    """Return page ``number`` (from 1) as a small picture; Http404 when it cannot be drawn."""
    drawn = paper_reader.picture_of(stored, number)
    if drawn is None:
        raise Http404
    response = _sealed(HttpResponse(drawn, content_type="image/webp"))
    response["Content-Disposition"] = "inline"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _sealed(response: Response) -> Response:
    """Whatever a browser takes it for, it does nothing and is kept nowhere."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
