"""Draws of the posts one acts for: announced with their days and window, and called off."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from appointments.admin.forms import WordsField
from appointments.models import Draw
from appointments.permissions import posts_of
from appointments.services import draws
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import IST, day_of, now
from esachivalaya.common.idempotency import KeyField, KeyMisused, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.paging import page_of
from esachivalaya.common.states import Overtaken
from officials.diary import slots_of_posts
from officials.models import Post

if TYPE_CHECKING:
    DrawBase = admin.ModelAdmin[Draw]
else:
    DrawBase = admin.ModelAdmin

GET_POST = ["GET", "HEAD", "POST"]
WRITTEN = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """A moment as the clocks of Haryana show it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WRITTEN)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(IST) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> Any:
        moment = super().to_python(value)
        return moment.replace(tzinfo=IST) if moment else moment


class DayField(forms.DateField):
    """A day out of the browser's calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AnnounceForm(forms.Form):
    """The days and the window; announced only after the office has seen what stands there."""

    key = KeyField()
    seen = forms.CharField(required=False, max_length=30, widget=forms.HiddenInput)
    first_day = DayField(label=gettext_lazy("First day of the meetings"))
    last_day = DayField(label=gettext_lazy("Last day of the meetings"))
    opens_at = MomentField(label=gettext_lazy("Wishes from"))
    closes_at = MomentField(
        label=gettext_lazy("Wishes until"),
        help_text=gettext_lazy(
            "At least 24 hours. It is drawn ten minutes later; the first meeting is at least the "
            "minimum notice of the office after that."
        ),
    )

    def days(self) -> str:
        """Return the days as the field ``seen`` remembers them."""
        return f"{self.cleaned_data['first_day']}/{self.cleaned_data['last_day']}"


class CancelForm(forms.Form):
    """Call the draw off, with words that everybody who took part reads."""

    key = KeyField()
    words = WordsField(
        label=gettext_lazy("Words to the citizens"),
        help_text=gettext_lazy("Why there is no draw, and what they can do now."),
        error_messages={"required": gettext_lazy("Write a few words to the citizens.")},
    )


@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """The draws of the posts one acts for, the newest first, and the way to a new one."""
    posts = posts_of(request.user)
    if not posts:
        raise Http404
    rows = Draw.objects.filter(post__in=posts).select_related("post")
    context = {
        **admin.site.each_context(request),
        "title": _("Draws"),
        "posts": posts,
        "page": page_of(rows, by=["-pk"], token=request.GET.get("after", "")),
    }
    return render(request, "admin/appointments/draws/list.html", context)


@require_http_methods(GET_POST)
def announce(request: HttpRequest, code: str) -> HttpResponse:
    """Announce a draw: first what stands on the days and stays, then the announcement."""
    post = next((one for one in posts_of(request.user) if one.code == code), None)
    if post is None:
        raise Http404
    seen: draws.Preview | None = None
    if request.method == "POST" and not switching_language(request):
        form = AnnounceForm(request.POST)
        if form.is_valid():
            done, seen = _announce(request, post, form)
            if done is not None:
                return done
    else:
        form = AnnounceForm(initial={**_usual(post), **typed(AnnounceForm, request)})
    context = {
        **admin.site.each_context(request),
        "title": _("Announce a draw"),
        "post": post,
        "form": form,
        "preview": seen,
    }
    status = 422 if form.errors else 200
    return render(request, "admin/appointments/draws/announce.html", context, status=status)


def _announce(
    request: HttpRequest, post: Post, form: AnnounceForm
) -> tuple[HttpResponse | None, draws.Preview | None]:
    """Announce when the office has seen these days; else return what it is to be shown."""
    data = form.cleaned_data
    asked = {name: data[name] for name in ("first_day", "last_day", "opens_at", "closes_at")}
    try:
        if data["seen"] != form.days():
            moment = now()
            draws.check_times(post, **asked, moment=moment)
            draws.check_no_overlap(post, data["first_day"], data["last_day"])
            seen = draws.preview(post, data["first_day"], data["last_day"], moment=moment)
            draws.check_free(seen.free)
            form.data = {**form.data.dict(), "seen": form.days()}  # type: ignore[attr-defined]
            return None, seen
        by = cast("User", request.user)
        once(
            request,
            lambda: draws.announce(post=post, by=by, **asked),
            form=f"appointments.draw:{post.pk}",
            key=data["key"],
            asked=asked,
        )
    except Refused as refusal:
        form.add_error(refusal.field or None, str(refusal.message))
        return None, None
    except KeyMisused:
        form.add_error(None, _("This form was sent before with other data. Look at it once more."))
        return None, None
    messages.success(request, _("The draw is announced. Its days cannot be booked until then."))
    return redirect("admin:appointments_draw_changelist"), None


def _usual(post: Post) -> dict[str, Any]:
    """A window of three days from now, and the first day with hours from a week from now on."""
    moment = now().replace(second=0, microsecond=0)
    week = day_of(moment + timedelta(days=7))
    open_days = slots_of_posts([post], week, week + timedelta(days=13))[post.pk]
    day = next((day for day in sorted(open_days) if open_days[day]), week)
    return {
        "opens_at": moment,
        "closes_at": moment + timedelta(days=3),
        "first_day": day,
        "last_day": day,
    }


@require_http_methods(GET_POST)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One draw of a post one acts for; before the close it can be called off."""
    rows = Draw.objects.filter(post__in=posts_of(request.user)).select_related("post")
    draw = rows.filter(pk=pk).first()
    if draw is None:
        raise Http404
    form = CancelForm()
    if request.method == "POST":
        if switching_language(request):
            form = CancelForm(initial=typed(CancelForm, request))
        else:
            form = CancelForm(request.POST)
            if form.is_valid() and _cancel(request, draw, form):
                return redirect("admin:appointments_draw_change", draw.pk)
            draw.refresh_from_db()
    moment = now()
    context = {
        **admin.site.each_context(request),
        "title": _("Draw"),
        "draw": draw,
        "form": form,
        "wishes": draw.wishes.in_the_draw().count(),
        "bookings": draws.preview(draw.post, draw.first_day, draw.last_day, moment=moment).bookings,
        "can_cancel": draw.status == Draw.Status.ANNOUNCED and moment < draw.closes_at,
    }
    status = 422 if form.errors else 200
    return render(request, "admin/appointments/draws/detail.html", context, status=status)


def _cancel(request: HttpRequest, draw: Draw, form: CancelForm) -> bool:
    """Call the draw off; False with the reason in the form."""
    words, by = form.cleaned_data["words"], cast("User", request.user)
    try:
        once(
            request,
            lambda: draws.cancel(draw=draw, by=by, words=words),
            form=f"appointments.draw-cancel:{draw.pk}",
            key=form.cleaned_data["key"],
            asked={"words": words},
        )
    except Overtaken as lost:
        row = cast("Draw", lost.row)
        form.add_error(
            None, _("The draw is over already: %(state)s.") % {"state": row.get_status_display()}
        )
    except Refused as refusal:
        form.add_error(None, str(refusal.message))
    except KeyMisused:
        form.add_error(None, _("This form was sent before with other data. Look at it once more."))
    else:
        messages.success(request, _("The draw is cancelled, and everybody who took part is told."))
        return True
    return False


@admin.register(Draw)
class DrawAdmin(DrawBase):
    """Pages of our own instead of Django's forms: a draw is announced, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Draw | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Draw | None = None) -> bool:
        """By a live charge alone."""
        return bool(posts_of(request.user))

    def has_change_permission(self, request: HttpRequest, obj: Draw | None = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return update_wrapper(self.admin_site.admin_view(view), view)

        return [
            path("", page(show_list), name="appointments_draw_changelist"),
            path("announce/<str:code>/", page(announce), name="appointments_draw_announce"),
            path("<int:pk>/", page(show), name="appointments_draw_change"),
        ]
