"""The link in an e-mail by which its reader gets the letter, and an officer's certificate."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from eoffice.door import at_the_desk
from eoffice.forms.drafts import CertificateForm
from eoffice.permissions import Seat
from eoffice.services import dispatching, signing
from eoffice.services.refusals import Refused
from eoffice.views.drafts import SEE_OTHER
from esachivalaya.accounts.tries import allowed
from esachivalaya.common import paper_answers
from esachivalaya.common.refusals import refusal


@login_not_required
@never_cache
@require_safe
def by_link(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    """Hand the letter to whoever has the link of the e-mail; tries are counted first."""
    if not allowed(request, "verify"):
        words = _("Many tries came from your connection. Please go on in a quarter of an hour.")
        return refusal(request, 429, text=words)
    row = dispatching.by_token(token)
    if row is None:
        raise Http404
    return paper_answers.download(row.issue.stored, "letter.pdf")


@at_the_desk
@sensitive_post_parameters("passphrase")
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep the certificate by which the officer signs, its key locked by the passphrase."""
    form = CertificateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            signing.keep(
                by=seat.charge.user,
                uploaded=form.cleaned_data["file"].read(signing.LARGEST + 1),
                passphrase=form.cleaned_data["passphrase"],
            )
        except Refused as refused:
            form.add_error(refused.field or None, str(refused.message))
        else:
            messages.success(request, _("Your certificate is kept."))
            response = redirect("eoffice:certificate", seat.desk.post.code)
            response.status_code = SEE_OTHER
            return response
    context = {"seat": seat, "form": form, "kept": signing.certificate_of(seat.charge.user)}
    status = 422 if form.errors else 200
    return render(request, "eoffice/drafts/certificate.html", context, status=status)
