"""The queue at the counter: a number is given, printed, called and ended."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from esachivalaya.common.by_script import asked_by_script
from esachivalaya.common.idempotency import KeyField, KeyMisused, once
from esachivalaya.common.refusals import refusal
from esachivalaya.common.states import Overtaken
from kendras.access import Counter, at_the_counter
from kendras.models import Token
from kendras.services import tokens
from kendras.templatetags.token_queue import SIGN_COOKIE, sign_of

COOKIE_LASTS = 365 * 24 * 3600
GET_POST = ["GET", "HEAD", "POST"]
PART = "kendras/parts/tokens.html"


class QueueForm(forms.Form):
    """A button of the queue; ``counter`` is the number on the sign above this counter."""

    key = KeyField()
    act = forms.ChoiceField(choices=[("new", ""), ("next", "")])
    counter = forms.IntegerField(min_value=1, max_value=99, required=False)


class TokenForm(forms.Form):
    """A button beside one number; ``version`` is that of the number as it was shown."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    act = forms.ChoiceField(choices=[("call", ""), ("serve", ""), ("gone", "")])
    counter = forms.IntegerField(min_value=1, max_value=99, required=False)


@never_cache
@require_http_methods(GET_POST)
@at_the_counter
def queue(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Show the queue as a part of the counter's page; give the next number, or call the next."""
    if request.method != "POST":
        return render(request, PART, _shown(counter))
    form = QueueForm(request.POST)
    if not form.is_valid():
        return _back(request, counter, status=422)
    given: list[Token] = []
    data = form.cleaned_data

    def act() -> None:
        if data["act"] == "new":
            given.append(tokens.issue(kendra=counter.kendra, by=counter.operator))
        else:
            kendra, sign = counter.kendra, data["counter"]
            if tokens.call_next(kendra=kendra, by=counter.operator, counter=sign) is None:
                messages.info(request, _("Nobody waits."))

    # A second press of the same button gives no second number and calls nobody else.
    try:
        once(request, act, form="kendras.queue", key=data["key"], asked={"act": data["act"]})
    except KeyMisused:
        return _back(request, counter, status=409)
    if given and not asked_by_script(request):
        return redirect("kendras:token-act", counter.kendra.code, given[-1].number)
    return _back(request, counter, printed=given[-1] if given else None)


@never_cache
@require_http_methods(GET_POST)
@at_the_counter
def token(request: HttpRequest, counter: Counter, number: int) -> HttpResponse:
    """Show one of today's numbers as the slip to be printed; call it, or end it."""
    row = tokens.today_of(counter.kendra).filter(number=number).first()
    if row is None:
        raise Http404
    if request.method != "POST":
        context = {"token": row, "kendra": counter.kendra}
        return render(request, "kendras/token.html", context)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _back(request, counter, status=422)
    # Without its version a press on what was shown long ago would end another's work.
    if row.version != form.cleaned_data["version"]:
        return _overtaken(request, counter, row)
    try:
        _act(row, counter, form.cleaned_data)
    except Overtaken as overtaken:
        return _overtaken(request, counter, overtaken.row)
    return _back(request, counter)


def _act(row: Token, counter: Counter, data: dict[str, Any]) -> None:
    if data["act"] == "call":
        tokens.call(token=row, by=counter.operator, counter=data["counter"])
    else:
        end = tokens.serve if data["act"] == "serve" else tokens.gone
        end(token=row, by=counter.operator)


def _overtaken(request: HttpRequest, counter: Counter, row: Any) -> HttpResponse:
    words = tokens.why_overtaken(row)
    if asked_by_script(request):
        messages.warning(request, words)
        return _back(request, counter, status=409)
    return refusal(request, 409, text=words)


def _back(
    request: HttpRequest, counter: Counter, *, status: int = 200, printed: Token | None = None
) -> HttpResponse:
    """Answer a script with the queue as it stands now, a browser with its counter."""
    answer: HttpResponse
    if asked_by_script(request):
        context = {**_shown(counter), "printed": printed, "told": True}
        answer = render(request, PART, context, status=status)
    else:
        if status != 200:
            messages.error(request, _("Press the button once more, please."))
        answer = redirect("kendras:counter", counter.kendra.code)
    if sign := sign_of(request.POST.get("counter", "")):
        answer.set_cookie(
            SIGN_COOKIE, sign, max_age=COOKIE_LASTS, samesite="Lax", secure=settings.SECURE
        )
    return answer


def _shown(counter: Counter) -> dict[str, Any]:
    return {"kendra": counter.kendra, "tokens": tokens.queue_of(counter.kendra)}
