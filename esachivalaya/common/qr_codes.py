"""QR codes of the portal's own addresses, for the screen and for print."""

import io

import segno
from django.conf import settings
from django.http import HttpResponse


def code_of(address: str) -> segno.QRCode:
    """Return the QR code that leads to ``address``."""
    # Looking for the best of eight masks takes nine tenths of the time; any of them is readable.
    return segno.make(address, error="m", micro=False, mask=0)


def page_code(path: str) -> segno.QRCode:
    """Return the QR code that leads to ``path`` of this portal."""
    return code_of(settings.PUBLIC_URL + path)


def drawn(code: segno.QRCode) -> HttpResponse:
    """Return the picture of ``code``, as large as its place: black on white, in dark mode too."""
    picture = io.BytesIO()
    code.save(picture, kind="svg", border=4, dark="#000", light="#fff", omitsize=True)
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")
