"""One act on the day: the office runs late, and everybody who still waits is told."""

from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments.admin.programme import post_of
from appointments.admin.programme_forms import LateForm
from appointments.services import running_late
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language, typed
from officials.models import Post


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def late(request: HttpRequest, code: str) -> HttpResponse:
    """Say by how much the office runs late today; whom that concerns is shown."""
    post = post_of(request, code)
    if request.method != "POST" or switching_language(request):
        return _page(request, post, LateForm(initial=typed(LateForm, request)))
    form = LateForm(request.POST)
    if not form.is_valid():
        return _page(request, post, form)
    minutes, by = form.cleaned_data["minutes"], cast("User", request.user)
    told: list[int] = []
    try:
        once(
            request,
            lambda: told.append(running_late.say(post=post, minutes=minutes, by=by)),
            form=f"office.late:{post.code}",
            key=form.cleaned_data["key"],
            asked={"minutes": minutes},
        )
    except PermissionDenied as problem:
        raise Http404 from problem
    except KeyMisused:
        form.add_error(None, _("This page was sent before with other words. Please look again."))
        return _page(request, post, form)
    count = sum(told)
    words = ngettext("%(count)s citizen is told.", "%(count)s citizens are told.", count)
    messages.success(
        request, words % {"count": count} if count else _("Nobody had to be told anything new.")
    )
    address = reverse("admin:appointments_diary")
    return redirect(f"{address}?post={post.code}&view=day")


def _page(request: HttpRequest, post: Post, form: LateForm) -> HttpResponse:
    now = clock.now()
    minutes = running_late.minutes_of(post, moment=now)
    context = {
        **admin.site.each_context(request),
        "title": _("Running late"),
        "post": post,
        "form": form,
        "minutes": minutes,
        "waiting": list(running_late.still_to_come(post, moment=now, late=minutes)),
        "back": f"{reverse('admin:appointments_diary')}?post={post.code}&view=day",
    }
    return render(
        request,
        "admin/appointments/running-late.html",
        context,
        status=409 if form.errors else 200,
    )
