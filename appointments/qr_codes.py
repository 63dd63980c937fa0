"""The way to the tracking page as a QR code; it carries the reference, never the PIN."""

from urllib.parse import urlencode

import segno
from django.urls import reverse

from esachivalaya.common.qr_codes import page_code


def tracking_qr(reference: str) -> segno.QRCode:
    """Return the QR code of the page on which ``reference``, or a draw's code, is followed."""
    query = urlencode({"reference": reference})
    return page_code(f"{reverse('appointments:track')}?{query}")
