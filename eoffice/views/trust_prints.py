"""A print of the noting with a code by which anybody can check it."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from eoffice.door import at_the_desk
from eoffice.models import Item, Printout
from eoffice.permissions import Seat, visible_at
from eoffice.services import proofs
from esachivalaya.common.qr_codes import drawn, page_code
from esachivalaya.common.words import tidy


@require_POST
@at_the_desk
def prove(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Keep the digest of the file as it stands, and show the page with its code."""
    item = get_object_or_404(visible_at(seat), pk=pk, kind=Item.Kind.FILE)
    printout = proofs.print_of(item=item, seat=seat)
    page = reverse("eoffice:file-print", args=[seat.desk.post.code, pk])
    return redirect(f"{page}?{urlencode({'proof': printout.code})}")


@require_safe
@at_the_desk
def qr(request: HttpRequest, seat: Seat, pk: int, code: str) -> HttpResponse:
    """The QR code on the print: the way to the page that vouches for it."""
    printout = get_object_or_404(Printout, item__in=visible_at(seat).filter(pk=pk), code=code)
    return drawn(page_code(reverse("verify", args=[printout.code])))


def proof_of(request: HttpRequest, item: Item) -> dict[str, Any]:
    """Return what the page shows of the proof that the address names, if a print still fits it."""
    rows = Printout.objects.filter(item=item, code=tidy(request.GET.get("proof", ""))[:16])
    printout = rows.select_related("item").first()
    if printout is None or not proofs.still_true(printout):
        return {"proof": None}
    address = settings.PUBLIC_URL + reverse("verify", args=[printout.code])
    return {"proof": printout, "proof_address": address}
