"""The register of secret papers of one desk: physical movement only."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from eoffice.door import at_the_desk
from eoffice.forms.addressees import as_key
from eoffice.forms.desk_field import DeskField, suggested
from eoffice.models import SecretPaper
from eoffice.permissions import Seat
from eoffice.services import secret_papers
from eoffice.services.refusals import Refused
from esachivalaya.common import idempotency
from esachivalaya.common.idempotency import KeyField, KeyMisused

SHOWN = 50


class HandOverForm(forms.Form):
    """A paper that is handed over: its grade and to whom; of the paper itself nothing is asked."""

    key = KeyField()
    follows = forms.IntegerField(required=False, widget=forms.HiddenInput)
    grade = forms.ChoiceField(
        label=gettext_lazy("Grade"),
        choices=SecretPaper.Grade.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the grade.")},
    )
    to = DeskField()

    def __init__(self, *args: Any, on: SecretPaper | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        if on is not None:
            # It keeps the grade with which it came.
            del self.fields["grade"]
            self.initial["follows"] = on.pk


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, seat: Seat) -> HttpResponse:
    """List what this desk handed over and was handed; enter the next handing over."""
    if not secret_papers.may_keep(seat):
        raise Http404
    found = secret_papers.visible_at(seat)
    asked = request.POST.get("follows") or request.GET.get("paper") or ""
    on = get_object_or_404(found, pk=as_key(asked), to_desk=seat.desk) if asked else None
    form = HandOverForm(request.POST if request.method == "POST" else None, on=on)
    if request.method == "POST" and form.is_valid() and _handed(request, form, seat):
        messages.success(request, _("The handing over stands in the register."))
        return redirect("eoffice:secret-papers", seat.desk.post.code)
    rows = found.select_related("from_desk__post", "to_desk__post", "handed_by", "received_by")
    pages = Paginator(rows.select_related("handed_on").order_by("-pk"), SHOWN)
    context = {
        "seat": seat,
        "form": form,
        "on": on,
        "page": pages.get_page(request.GET.get("page")),
        "desks": suggested(seat),
    }
    status = 422 if form.errors else 200
    return render(request, "eoffice/trust/secret-papers.html", context, status=status)


@at_the_desk
@require_POST
def receive(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Enter that a paper has come."""
    row = get_object_or_404(secret_papers.visible_at(seat), pk=pk)
    try:
        secret_papers.receive(paper=row, desk=seat.desk, by=seat.charge.user)
    except PermissionDenied:
        raise Http404 from None
    return redirect("eoffice:secret-papers", seat.desk.post.code)


def _handed(request: HttpRequest, form: HandOverForm, seat: Seat) -> bool:
    """Enter it once however often it is sent; False where the rules refuse it."""
    told = form.cleaned_data
    try:
        idempotency.once(
            request,
            lambda: secret_papers.hand_over(
                desk=seat.desk,
                to=told["to"],
                by=seat.charge.user,
                grade=told.get("grade", ""),
                follows=told["follows"],
            ),
            form="eoffice-secret-paper",
            key=told["key"],
            asked={name: str(value) for name, value in told.items() if name != "key"},
        )
    except PermissionDenied:
        raise Http404 from None
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return False
    except KeyMisused:
        form.add_error(None, _("This page was sent before with other words. Please look again."))
        return False
    return True
