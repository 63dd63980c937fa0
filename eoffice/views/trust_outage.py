"""Taking the outage pack of an inbox."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from eoffice.door import at_the_desk
from eoffice.permissions import Seat
from eoffice.services import outage

SHORTEST, LONGEST = 12, 100


class PassphraseForm(forms.Form):
    """What locks the pack, twice."""

    passphrase = forms.CharField(
        label=_("Passphrase"),
        help_text=_("At least 12 characters. It is not kept: without it nobody opens the pack."),
        min_length=SHORTEST,
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The passphrase again"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("passphrase") != self.cleaned_data.get("again"):
            self.add_error("again", _("The two passphrases are not the same."))
        return cleaned


@at_the_desk
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def pack(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Ask for a passphrase and hand the pack out; for the officer of the desk alone."""
    if not seat.is_officer:
        raise Http404
    form = PassphraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = outage.make_pack(
            desk=seat.desk, by=seat.charge.user, passphrase=form.cleaned_data["passphrase"]
        )
        return HttpResponse(
            made,
            content_type="application/pdf",
            headers={
                "Content-Disposition": 'attachment; filename="outage-pack.pdf"',
                "X-Content-Type-Options": "nosniff",
            },
        )
    context = {"seat": seat, "form": form}
    return render(
        request, "eoffice/trust/outage-pack.html", context, status=422 if form.errors else 200
    )
