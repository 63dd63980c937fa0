"""The way to the tracking page as a QR code; it carries the reference, never the PIN."""

from urllib.parse import urlencode

import segno
from django.conf import settings
from django.urls import reverse


def tracking_qr(reference: str) -> segno.QRCode:
    """Return the QR code of the page on which ``reference``, or a draw's code, is followed."""
    query = urlencode({"reference": reference})
    address = f"{settings.PUBLIC_URL}{reverse('appointments:track')}?{query}"
    # Looking for the best of eight masks takes nine tenths of the time; any of them is readable.
    return segno.make(address, error="m", micro=False, mask=0)
