"""The office's answers: load what one may see, read the form, call one service, go back."""

from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments.admin.acts import was_sent
from appointments.admin.choices import ANSWERS, Answer
from appointments.admin.forms import AnswerForm
from appointments.admin.overtaken import how_it_left, who_won
from appointments.admin.page import show_page
from appointments.models import Request
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import references
from esachivalaya.common.idempotency import KeyMisused, new_key, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import kept_text, refusal
from esachivalaya.common.states import Overtaken


def find(request: HttpRequest, reference: str) -> Request:
    """Return the request of that reference, or a 404: not there and not theirs look the same."""
    rows = Request.objects.visible_to(request.user).select_related(
        "post", "citizen__household", "category", "service", "go_to", "follows"
    )
    row: Request | None = rows.filter(reference=reference).first()
    if row is None:
        raise Http404
    return row


@require_safe
def to_the_page(request: HttpRequest, reference: str) -> HttpResponse:
    """The short address of a request leads to its page."""
    return redirect("admin:appointments_request_change", reference)


@require_safe
def show(request: HttpRequest, reference: str) -> HttpResponse:
    """The page of one request. Its row number and any spelling of its reference lead to it too."""
    plain = references.normalise(reference)
    if plain is None and reference.isascii() and reference.isdecimal() and len(reference) < 19:
        mine = Request.objects.visible_to(request.user).filter(pk=int(reference))
        plain = mine.values_list("reference", flat=True).first()
    if plain is None:
        raise Http404
    row = find(request, plain)
    if reference != plain:
        return redirect("admin:appointments_request_change", plain)
    return show_page(request, row, answer=ANSWERS.get(request.GET.get("answer", "")))


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, reference: str, slug: str) -> HttpResponse:
    """Give one answer. Whatever is not done leaves the typed text on the page."""
    wanted = ANSWERS.get(slug)
    if wanted is None:
        raise Http404
    page = reverse("admin:appointments_request_change", args=[reference])
    if request.method != "POST":
        return redirect(f"{page}?answer={slug}")
    try:
        row = find(request, reference)
    except Http404:
        return _gone(request, reference, wanted)
    if switching_language(request):
        blank = cast("type[AnswerForm]", partial(wanted.form, row=row))
        form = wanted.form(row=row, initial=typed(blank, request))
        return show_page(request, row, answer=wanted, form=form)
    form = wanted.form(request.POST, row=row)
    if not form.is_valid():
        return show_page(request, row, answer=wanted, form=form)
    try:
        _give(request, wanted, row, form)
    except Overtaken as lost:
        return _overtaken(request, cast("Request", lost.row), wanted, form)
    except KeyMisused:
        words = _("This form was sent before with other data. Look at it and send it once more.")
        return _again(request, row, wanted, words)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return show_page(request, row, answer=wanted, form=form, status=409)
    messages.success(request, str(wanted.done))
    return redirect("admin:index" if wanted.leaves else page)


def _give(request: HttpRequest, wanted: Answer, row: Request, form: AnswerForm) -> None:
    """Call the one service of this answer, once for this form."""
    said = form.cleaned_data
    by = cast("User", request.user)
    asked = {name: value for name, value in said.items() if name != "key"}
    try:
        once(
            request,
            lambda: wanted.act(row, said, by),
            form=f"office.{wanted.slug}",
            key=said["key"],
            asked={"request": row.pk, **{name: str(value) for name, value in asked.items()}},
        )
    except PermissionDenied as problem:
        # The charge ended while the form was on its way: what one may not see is not there.
        raise Http404 from problem


def _overtaken(
    request: HttpRequest, row: Request, wanted: Answer, form: AnswerForm
) -> HttpResponse:
    """Say who acted first, and keep the words: in the form if it can still be sent, else beside."""
    won = who_won(row)
    try:
        row = find(request, row.reference)
    except Http404:
        return _told_gone(request, how_it_left(request.user, row.reference) or won)
    return _again(request, row, wanted, won, words=str(form.cleaned_data.get("words", "")))


def _again(
    request: HttpRequest, row: Request, wanted: Answer, lost: str, *, words: str = ""
) -> HttpResponse:
    """Show the page as it is now, with what was typed under a new key and the present version."""
    data: Any = request.POST.copy()
    data["key"], data["version"] = new_key(), str(row.version)
    form = wanted.form(data, row=row)
    return show_page(request, row, answer=wanted, form=form, lost=lost, kept=[words], status=409)


def _gone(request: HttpRequest, reference: str, wanted: Answer) -> HttpResponse:
    """A request that is not the person's: a 404, unless it was theirs until it was handed away."""
    left = how_it_left(request.user, reference)
    if left is None:
        raise Http404
    key = request.POST.get("key", "")
    if wanted.leaves and was_sent(request, form=f"office.{wanted.slug}", key=key):
        messages.success(request, str(wanted.done))
        return redirect("admin:index")
    return _told_gone(request, left)


def _told_gone(request: HttpRequest, won: str) -> HttpResponse:
    return refusal(
        request,
        409,
        text=won + " " + _("It is no longer with your office."),
        kept=kept_text(request),
        url=reverse("admin:index"),
        action=_("Back to the desk"),
    )
