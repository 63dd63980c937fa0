"""Copying a receipt: one button, a diary number of its own."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from eoffice.door import at_the_desk
from eoffice.forms.receipts import CopyForm
from eoffice.models import Receipt
from eoffice.permissions import Seat
from eoffice.services import copying
from eoffice.services.refusals import Refused
from eoffice.views.receipts import receipt_at
from esachivalaya.common import idempotency
from esachivalaya.common.idempotency import AlreadySent
from esachivalaya.common.retry import on_deadlock

SEE_OTHER = 303


@at_the_desk
@require_POST
def copy(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Copy a receipt and lead to the copy; however often it is sent, one copy is made."""
    row = receipt_at(seat, pk)
    form = CopyForm(request.POST)
    found = pk
    if not form.is_valid():
        messages.error(request, _("This page was sent before with other words. Please look again."))
    else:
        try:
            found = _copied(seat, row, form.cleaned_data["key"])
        except PermissionDenied as problem:
            raise Http404 from problem
        except Refused as refused:
            messages.error(request, str(refused.message))
        else:
            messages.success(request, _("Copied. This is the copy, with a number of its own."))
    response = redirect("eoffice:receipt", seat.desk.post.code, found)
    response.status_code = SEE_OTHER
    return response


def _copied(seat: Seat, row: Receipt, key: str) -> int:
    try:
        return _copy_once(seat, row, key)
    except AlreadySent as earlier:
        return int(earlier.result)


@on_deadlock
@transaction.atomic
def _copy_once(seat: Seat, row: Receipt, key: str) -> int:
    claim = idempotency.claim(
        principal=f"user:{seat.charge.user.pk}",
        form=f"eoffice.copy:{seat.desk.pk}:{row.pk}",
        key=key,
        digest=idempotency.digest_of({"receipt": row.pk}),
    )
    made = copying.copy(receipt=row, desk=seat.desk, by=seat.charge.user)
    claim.finish(str(made.pk))
    return int(made.pk)
