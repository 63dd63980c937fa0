"""A household's wish in a draw: where it begins, its page, and taking it back."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments import access, drafts
from appointments.forms.changes import KeyForm
from appointments.forms.draws import DrawTimeForm
from appointments.models import Draw, DrawWish
from appointments.models.fairness import PREFIX
from appointments.services import draw_wishes
from appointments.services.drafted import draw_of
from appointments.services.refusals import Refused
from appointments.views.about_service import service_asked
from appointments.views.citizens_only import for_households, signed_in
from appointments.views.closed import unless_closed
from appointments.views.steps import leads_to
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.references import normalise
from esachivalaya.common.states import Overtaken
from officials.models import Post

GET_POST = ["GET", "HEAD", "POST"]
# How long after the close the list still shows what was not drawn.
SHOWN_FOR = timedelta(days=30)


def announced(post: Post) -> list[Draw]:
    """Return the draws of ``post`` that are to be told of beside its free times.

    ``open`` says whether wishes are taken at this moment; one query.
    """
    in_window = Q(opens_at__lte=ClockTimestamp(), closes_at__gt=ClockTimestamp())
    rows = Draw.objects.filter(post=post, status=Draw.Status.ANNOUNCED)
    return list(
        rows.annotate(open=ExpressionWrapper(in_window, BooleanField())).order_by("first_day")
    )


def shown_wishes(user: Any, moment: datetime) -> list[DrawWish]:
    """Return the household's wishes that wait, and what was not drawn lately; one query."""
    lately = Q(status=DrawWish.Status.LOST, draw__closes_at__gt=moment - SHOWN_FOR)
    return list(
        DrawWish.objects.visible_to(user)
        .filter(Q(status=DrawWish.Status.WAITING) | lately)
        .select_related("draw__post", "citizen")
        .order_by("-pk")[:10]
    )


@login_not_required
@never_cache
@require_http_methods(GET_POST)
@unless_closed
def take_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The first step of a wish: which days do not suit. The steps of a request follow."""
    posts = Post.objects.visible_to(None)
    draws = Draw.objects.filter(post__in=posts).select_related("post__hand_down_to")
    draw = get_object_or_404(draws, pk=pk)
    moment = now()
    if not draw.takes_wishes(moment):
        return redirect("appointments:draw", pk)
    draft = drafts.find(request.session, draw.post.code)
    if request.method == "POST" and not switching_language(request):
        form = DrawTimeForm(request.POST, draw=draw)
        if form.is_valid():
            draft = drafts.keep(request.session, draw.post, "time", form.data_for_draft())
            return redirect(leads_to(draft, service_asked(request)))
    else:
        kept = draft.data["time"] if draft and draw_of(draft) == pk else {}
        form_class = cast("type[DrawTimeForm]", partial(DrawTimeForm, draw=draw))
        form = DrawTimeForm(initial={**kept, **typed(form_class, request)}, draw=draw)
    context = {
        "draw": draw,
        "post": draw.post,
        "form": form,
        "step": 1,
        "steps": len(drafts.STEPS),
        "now": moment,
    }
    status = 422 if form.errors else 200
    return render(request, "appointments/draws/take-part.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
@for_households
def wish(request: HttpRequest, code: str) -> HttpResponse:
    """The wish; right after sending also its acknowledgement, with its PIN."""
    row = _own(request, code)
    if row.code != code:
        return redirect("appointments:draw-wish", row.code)
    moment = now()
    pin = access.remembered_pin(request, row.code, moment=moment)
    context = {
        "row": row,
        "draw": row.draw,
        "post": row.draw.post,
        "pin": pin,
        "just_sent": bool(pin) and row.status == DrawWish.Status.WAITING,
        "can_take_back": row.status == DrawWish.Status.WAITING and row.draw.takes_wishes(moment),
        "form": KeyForm(),
        "now": moment,
    }
    return render(request, "appointments/draws/wish.html", context)


@login_not_required
@never_cache
@require_http_methods(GET_POST)
@for_households
def take_back(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once more, then take the wish out of the draw."""
    row = _own(request, code)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            once(
                request,
                lambda: draw_wishes.take_back(wish=row, by=access.household_user(request)),
                form="appointments.draw-take-back",
                key=form.cleaned_data["key"],
                asked={"code": row.code},
            )
        except Overtaken:
            messages.warning(request, _("This wish has its answer already."))
        except KeyMisused:
            messages.error(request, _("Please press the button again."))
        except Refused as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("Your wish is taken out of the draw."))
        return redirect("appointments:draw-wish", row.code)
    context = {"row": row, "draw": row.draw, "post": row.draw.post, "form": KeyForm()}
    return render(request, "appointments/draws/take-back.html", context)


def _own(request: HttpRequest, typed_code: str) -> DrawWish:
    code = normalise(typed_code, PREFIX)
    rows = DrawWish.objects.visible_to(signed_in(request)).select_related(
        "draw__post", "citizen", "request"
    )
    row: DrawWish | None = rows.filter(code=code).first() if code else None
    if row is None:
        raise Http404
    return row
