"""QR codes of addresses of the portal, drawn for print."""

import io

import segno
from django.conf import settings
from django.http import HttpResponse


def drawn(path: str) -> HttpResponse:
    """Return the picture of a QR code that leads to ``path`` of this portal."""
    code = segno.make(settings.PUBLIC_URL + path, error="m", micro=False, mask=0)
    picture = io.BytesIO()
    code.save(picture, kind="svg", scale=6, border=4, dark="#000", light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")
