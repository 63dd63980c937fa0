"""Asking for a meeting, one step a page. Each step is kept in the draft and leads to the next.

Nothing is held while this goes on; the last step (views/sending.py) asks for the time.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments import diary, drafts
from appointments.forms.booking import MeetingForm, PersonForm, TimeForm
from appointments.forms.draws import DrawMeetingForm
from appointments.forms.fields import ANY_TIME, SlotField
from appointments.models import Draft
from appointments.services.drafted import draw_of
from appointments.views import about_step, drafted_papers, draw_wishes, sending
from appointments.views.about_service import service_asked
from appointments.views.citizens_only import for_households
from appointments.views.closed import unless_closed
from appointments.views.replaced import leading_on
from appointments.views.steps import frame, leads_to, url_of
from appointments.views.times import is_free, times_of
from esachivalaya.accounts.forms.guardians import FIELDS, given_with_guardian
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.services.households import add_person
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.common.language import switching_language, typed
from officials.models import Post

GET_POST = ["GET", "HEAD", "POST"]


@login_not_required
@require_safe
def choose_office(request: HttpRequest) -> HttpResponse:
    """A request begins with an office."""
    return redirect("officials:directory")


@login_not_required
@never_cache
@require_http_methods(GET_POST)
@unless_closed
@leading_on
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """The first step: the time, as it was chosen on the post's page or is chosen here."""
    post = _post(code)
    draft = drafts.find(request.session, code)
    kept = draft.data.get("time", {}) if draft else {}
    if request.method == "POST" and not switching_language(request):
        return _take_time(request, post)
    if "draw" in kept and not request.POST and "slot" not in request.GET:
        return redirect("appointments:draw-take-part", kept["draw"])
    # A time in the address wins over the one in the draft: it was pressed a moment ago.
    chosen = request.POST.get("slot") or request.GET.get("slot") or kept.get("slot") or ""
    if chosen != ANY_TIME and diary.parse_slot(chosen) is None:
        chosen = ""
    initial = {**kept, **request.POST.dict(), "slot": chosen}
    for name in ("unsuitable_weekdays", "unsuitable_parts"):
        initial[name] = request.POST.getlist(name) or kept.get(name, [])
    form = TimeForm(initial=initial, post=post, open_=chosen == ANY_TIME)
    return _time_page(request, post, form, chosen)


def _take_time(request: HttpRequest, post: Post) -> HttpResponse:
    chosen = request.POST.get("slot", "")
    form = TimeForm(request.POST, post=post, open_=chosen == ANY_TIME)
    if form.is_valid():
        span = form.cleaned_data["slot"]
        if span is None or is_free(post, span):
            return _go_on(request, post, "time", form.data_for_draft())
        form.add_error("slot", _("This time is not free. Choose one of the times shown."))
    return _time_page(request, post, form, "" if "slot" in form.errors else chosen, 422)


def _time_page(
    request: HttpRequest, post: Post, form: TimeForm, chosen: str, status: int = 200
) -> HttpResponse:
    context = {
        **frame(post, "time"),
        "form": form,
        "chosen": chosen,
        "open": chosen == ANY_TIME,
        "slot_error": form.errors["slot"][0] if "slot" in form.errors else "",
        "span": diary.parse_slot(chosen),
        "service": service_asked(request),
        "times": None if chosen else times_of(post, start=request.GET.get("from", "")[:10]),
        "draws": [] if chosen else draw_wishes.announced(post),
        "fields": [field for field in form if field.name != "slot"],
    }
    return render(request, "appointments/booking/time.html", context, status=status)


@login_not_required
@require_POST
def choose_slot(request: HttpRequest, code: str) -> HttpResponse:
    """Put another time into the draft with one tap, everything else kept, and check again."""
    draft = drafts.find(request.session, code)
    if draft is None or "time" not in draft.data:
        return redirect("appointments:new", code)
    try:
        span = SlotField(any_time=False).clean(request.POST.get("slot", ""))
    except forms.ValidationError:
        span = None
    if span is None or not is_free(draft.post, span):
        messages.error(request, _("This time is not free. Choose one of the times shown."))
        return redirect("appointments:new", code)
    kept = {**draft.data["time"], "slot": diary.slot_value(span)}
    kept.pop("draw", None)
    return _go_on(request, draft.post, "time", kept)


@login_not_required
@never_cache
@require_http_methods(GET_POST)
@leading_on
def step(request: HttpRequest, code: str, step: str) -> HttpResponse:
    """One of the later steps; a step before its turn leads back to the one that is missing."""
    if step not in drafts.STEPS:
        raise Http404
    if step == "time":
        return redirect("appointments:new", code)
    draft = drafts.find(request.session, code)
    if step == "check" and request.method == "POST":
        return sending.send(request, code, draft)
    if draft is None or not drafts.reachable(draft, step):
        _post(code)
        return redirect(url_of(code, drafts.next_step(draft)))
    return _PAGES[step](request, draft)


def _meeting(request: HttpRequest, draft: Draft) -> HttpResponse:
    form_class = MeetingForm if draw_of(draft) is None else DrawMeetingForm
    if request.method == "POST" and not switching_language(request):
        form = form_class(request.POST)
        if form.is_valid():
            return _go_on(request, draft.post, "meeting", form.data_for_draft())
    else:
        form = form_class(initial={**draft.data.get("meeting", {}), **typed(form_class, request)})
    context = {**frame(draft.post, "meeting"), "form": form}
    status = 422 if form.errors else 200
    return render(request, "appointments/booking/meeting.html", context, status=status)


@for_households
def _person(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Whose request it is; behind the code on the phone."""
    people = list(Citizen.objects.visible_to(request.user).order_by("pk"))
    if request.method == "POST" and not switching_language(request):
        form = PersonForm(request.POST, people=people)
        if form.is_valid() and (chosen := _chosen_person(request, form)):
            return _go_on(request, draft.post, "person", {"citizen": chosen})
    else:
        kept = draft.data.get("person", {}).get("citizen")
        initial: dict[str, Any] = {"citizen": str(kept)} if kept else {}
        if switching_language(request):
            initial = request.POST.dict()
        form = PersonForm(initial=initial, people=people)
    context = {**frame(draft.post, "person"), "form": form, "first": not people}
    status = 422 if form.errors else 200
    return render(request, "appointments/booking/person.html", context, status=status)


OF_A_PERSON = ("name", "given_name", "family_id", "email", "key")


def _chosen_person(request: HttpRequest, form: PersonForm) -> int | None:
    """Return the id of the chosen person, added to the household when new; None with an error."""
    data = form.cleaned_data
    if data["citizen"] != PersonForm.SOMEBODY_ELSE:
        return int(data["citizen"])
    user: Any = request.user
    try:
        person = add_person(
            household=user.household,
            by=user,
            **given_with_guardian(
                {name: data[name] for name in (*OF_A_PERSON, *FIELDS)}, user.household
            ),
        )
    except (Refused, KeyMisused) as refusal:
        form.add_error("name", getattr(refusal, "message", "") or _("Choose the person again."))
        return None
    if person is None:
        # The page was sent twice: the first sending added the person.
        added = Citizen.objects.visible_to(user).filter(name=data["name"])
        return added.values_list("pk", flat=True).first()
    return person.pk


_PAGES: dict[str, Callable[[HttpRequest, Draft], HttpResponse]] = {
    "about": about_step.page,
    "meeting": _meeting,
    "papers": drafted_papers.page,
    "person": _person,
    "check": sending.review,
}


def _go_on(request: HttpRequest, post: Post, step: str, data: dict[str, Any]) -> HttpResponse:
    draft = drafts.keep(request.session, post, step, data)
    return redirect(leads_to(draft, service_asked(request) if step == "time" else None))


def _post(code: str) -> Post:
    posts = Post.objects.visible_to(None).select_related("hand_down_to")
    return get_object_or_404(posts, code=code)
