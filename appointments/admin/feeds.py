"""The officer's own secret address of the agenda: made and shown once, made anew, ended."""

from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from appointments.admin.agenda import post_of
from appointments.forms.changes import KeyForm
from appointments.services import feeds
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import KeyMisused, once
from officials.models import Post


@require_POST
@never_cache
@sensitive_variables()
def make(request: HttpRequest) -> HttpResponse:
    """Make an address, or make it anew: the answer to this press alone shows it."""
    post, form = _asked(request)
    if not form.is_valid():
        messages.error(request, _("Please press the button again."))
        return redirect(_agenda(post))
    by = cast("User", request.user)
    made: list[str] = []
    try:
        once(
            request,
            lambda: made.append(feeds.make(post=post, by=by)),
            form=f"office.feed:{post.pk}",
            key=form.cleaned_data["key"],
            asked={"post": post.pk, "act": "make"},
        )
    except KeyMisused:
        messages.error(request, _("Please press the button again."))
        return redirect(_agenda(post))
    except PermissionDenied as problem:
        raise Http404 from problem
    if not made:
        words = _("The address was shown once. If you did not keep it, make a new one.")
        messages.warning(request, words)
        return redirect(_agenda(post))
    context = {
        **admin.site.each_context(request),
        "title": _("Address of the agenda"),
        "post": post,
        "address": made[-1],
        "back": _agenda(post),
    }
    return render(request, "admin/appointments/agenda-feed.html", context)


@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """End the address: calendars that read it get nothing any more."""
    post, form = _asked(request)
    if not form.is_valid():
        messages.error(request, _("Please press the button again."))
        return redirect(_agenda(post))
    by = cast("User", request.user)
    try:
        once(
            request,
            lambda: feeds.revoke(post=post, by=by),
            form=f"office.feed:{post.pk}",
            key=form.cleaned_data["key"],
            asked={"post": post.pk, "act": "revoke"},
        )
    except KeyMisused:
        messages.error(request, _("Please press the button again."))
    else:
        messages.success(request, _("The address does nothing any more."))
    return redirect(_agenda(post))


def _asked(request: HttpRequest) -> tuple[Post, KeyForm]:
    code = request.POST.get("post", "")
    if not code:
        raise Http404
    return post_of(request, code), KeyForm(request.POST)


def _agenda(post: Post) -> str:
    return f"{reverse('admin:appointments_agenda')}?{urlencode({'post': post.code})}#feed"
