"""What a printout says of itself: number, date, office and digest behind its code, no content."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from eoffice.models import Issue, Printout
from eoffice.services import proofs
from esachivalaya.accounts.tries import allowed
from esachivalaya.common.refusals import refusal


@login_not_required
@never_cache
@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Show what proves an issued letter or a print of a file; else 404, with what to do now.

    Counted before it is looked up, so that guessing gets slow.
    """
    if not allowed(request, "verify"):
        words = _("Many tries came from your connection. Please go on in a quarter of an hour.")
        return refusal(request, 429, text=words)
    issue = Issue.objects.filter(code=code.upper()).select_related("desk__post__department").first()
    if issue is not None:
        return render(request, "eoffice/trust/verify.html", {"issue": issue})
    prints = Printout.objects.select_related("item", "desk__post__department", "by")
    printout = prints.filter(code=code.upper()).first()
    if printout is None:
        return render(request, "eoffice/trust/verify-unknown.html", status=404)
    context = {"printout": printout, "unchanged": proofs.still_true(printout)}
    return render(request, "eoffice/trust/verify-print.html", context)
