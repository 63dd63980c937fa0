"""Shifting the programme of a day: what would move is shown first, then one act moves it."""

from datetime import date
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments.admin.acts import was_sent
from appointments.admin.programme_forms import ShiftForm
from appointments.permissions import posts_of
from appointments.programme import Plan
from appointments.services.programme import Decision, PlanChanged, look_at, shift_programme
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.common.idempotency import KeyMisused, new_key, once
from esachivalaya.common.language import switching_language
from officials.diary import slots_on
from officials.models import Post

FORM = "office.shift"


def post_of(request: HttpRequest, code: str) -> Post:
    """Return the post of that code, if the reader acts for it; else it is not there."""
    post = next((one for one in posts_of(request.user) if one.code == code), None)
    if post is None:
        raise Http404
    return post


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shift(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """Ask what to shift, show what that moves, and do it once that was seen."""
    post = post_of(request, code)
    try:
        chosen = date.fromisoformat(day)
    except ValueError as problem:
        raise Http404 from problem
    now = clock.now()
    slots = slots_on(post, chosen) if chosen >= clock.day_of(now) else []
    times = [slot for slot in slots if slot.start > now]
    if request.method != "POST":
        return _page(request, ShiftForm(post=post, day=chosen, times=times))
    form = ShiftForm(request.POST, post=post, day=chosen, times=times)
    if switching_language(request):
        initial = {name: form[name].value() for name in form.fields}
        return _page(request, ShiftForm(initial=initial, post=post, day=chosen, times=times))
    return _answer(request, form)


def _answer(request: HttpRequest, form: ShiftForm) -> HttpResponse:
    """Show the plan, or do what was decided on the plan that was shown."""
    confirmed = "confirm" in request.POST
    if confirmed and was_sent(request, form=FORM, key=request.POST.get("key", "")):
        messages.success(request, _("The programme is shifted."))
        return redirect(_diary(form))
    plan, lost = None, ""
    try:
        plan = _plan(form)
        if plan is not None and form.is_valid() and confirmed:
            return _shift(request, form)
    except PlanChanged as changed:
        plan, lost = (
            changed.plan,
            _("What would move has changed since you looked. This is how it is now."),
        )
    except KeyMisused:
        lost = _("This form was sent before with other data. Look at it and send it once more.")
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
    return _page(request, form, plan=plan, lost=lost)


def _plan(form: ShiftForm) -> Plan | None:
    """Return what the form's shift would do; None while the form does not say which."""
    form.is_valid()
    if {"since", "direction", "minutes"} - set(form.cleaned_data):
        return None
    return look_at(form.shift())


def _shift(request: HttpRequest, form: ShiftForm) -> HttpResponse:
    said, by = form.cleaned_data, cast("User", request.user)
    decision = Decision(
        shown=said["shown"],
        words=said["words"],
        cancelled={int(pk) for pk in said["cancelled"]},
        cancel_words=said["cancel_words"],
    )
    told: list[Plan] = []
    try:
        once(
            request,
            lambda: told.append(shift_programme(shift=form.shift(), decision=decision, by=by)),
            form=FORM,
            key=said["key"],
            asked={name: value for name, value in said.items() if name != "key"},
        )
    except PermissionDenied as problem:
        # The charge ended while the form was on its way: what one may not see is not there.
        raise Http404 from problem
    if told:
        count = len({one.request.pk for one in told[0].affected})
        words = ngettext(
            "The programme is shifted. %(count)s citizen is told.",
            "The programme is shifted. %(count)s citizens are told.",
            count,
        )
        messages.success(request, words % {"count": count})
    else:
        messages.success(request, _("The programme is shifted."))
    return redirect(_diary(form))


def _diary(form: ShiftForm) -> str:
    address = reverse("admin:appointments_diary")
    return f"{address}?post={form.post.code}&view=day&day={form.day.isoformat()}"


def _page(
    request: HttpRequest, form: ShiftForm, *, plan: Plan | None = None, lost: str = ""
) -> HttpResponse:
    """Show the form; with ``plan`` also what it would do, under its fingerprint and a new key."""
    bound = form.is_bound
    shown = plan.fingerprint if plan else ""
    if bound:
        data = request.POST.copy()
        data["key"], data["shown"] = new_key(), shown
        form.data = data
    ticked = set(form["cancelled"].value() or [])
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Shift the programme"),
        "form": form,
        "post": form.post,
        "day": form.day,
        "plan": plan,
        "lost": lost,
        "ticked": ticked,
        "back": _diary(form),
    }
    failed = bound and (bool(form.errors) or bool(lost))
    return render(
        request, "admin/appointments/programme.html", context, status=409 if failed else 200
    )
