"""What is to be done after meetings: the list of one's posts, one action, and reporting it done."""

from datetime import date
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from appointments.admin.meeting_forms import ReportForm
from appointments.models import Action
from appointments.permissions import posts_of
from appointments.services import actions
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.common.idempotency import KeyMisused, new_key, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.paging import page_of
from esachivalaya.common.states import Overtaken

SHOWN = 25
LISTS: dict[str, Promise] = {
    "open": gettext_lazy("To be done"),
    "overdue": gettext_lazy("Overdue"),
    "reported": gettext_lazy("Reported and finished"),
    "ours": gettext_lazy("From our meetings"),
    "below": gettext_lazy("At offices that report to us"),
}


@require_safe
def actions_list(request: HttpRequest) -> HttpResponse:
    """One of the lists of actions, by day; the same queries for one and for a thousand."""
    if not posts_of(request.user):
        raise Http404
    today = clock.day_of(clock.now())
    shown = request.GET.get("show", "open")
    shown = shown if shown in LISTS else "open"
    rows = _rows(request.user, shown, today).select_related(
        "post__reports_to", "outcome__request__citizen__household", "outcome__request__post"
    )
    backwards = shown in {"reported", "ours"}
    by = ["-by_day", "-id"] if backwards else ["by_day", "id"]
    page = page_of(rows, by=by, token=request.GET.get("after", ""), size=SHOWN)
    held = {post.pk for post in posts_of(request.user)}
    context = {
        **admin.site.each_context(request),
        "title": _("Actions after meetings"),
        "lists": [{"code": code, "words": words} for code, words in LISTS.items()],
        "shown": shown,
        "lines": [line_of(row, held, today) for row in page.rows],
        "page": page,
        "today": today,
    }
    return render(request, "admin/appointments/actions.html", context)


def _rows(user: Any, shown: str, today: date) -> QuerySet[Action]:
    if shown == "below":
        return Action.objects.below(user).gone_wrong(today)
    if shown == "ours":
        return Action.objects.visible_to(user).exclude(
            pk__in=Action.objects.to_do_by(user).values("pk")
        )
    own = Action.objects.to_do_by(user)
    if shown == "overdue":
        return own.overdue(today)
    return own.unfinished() if shown == "open" else own.exclude(status__in=["open", "not_done"])


def line_of(row: Action, held: set[int], today: date) -> dict[str, Any]:
    """Return what the reader may see of ``row``: of a private request no person, nowhere.

    The superior sees what is to be done by whom, never whom it is for.
    """
    request = row.outcome.request
    known = row.post_id in held or request.post_id in held
    named = known and not request.private
    return {
        "row": row,
        "name": request.citizen.given_name if named else "",
        "phone": (request.citizen.household.phone or "") if named else "",
        # Of a private request the words stay with the office that met the person.
        "decision": row.outcome.decision if named or request.post_id in held else "",
        "reference": request.reference,
        "of_ours": request.post_id in held,
        "late": row.is_owed and row.by_day < today,
        "reportable": row.post_id in held and row.is_owed,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action: what was decided, and the form to report it done, once for this form."""
    row = _find(request, pk)
    if request.method != "POST":
        return _page(request, row)
    if switching_language(request):
        return _page(request, row, ReportForm(initial=typed(ReportForm, request)))
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    said, by = form.cleaned_data, cast("User", request.user)
    try:
        once(
            request,
            lambda: actions.report(action=row, by=by, version=said["version"], words=said["words"]),
            form=f"office.action:{pk}",
            key=said["key"],
            asked={"version": said["version"], "words": said["words"]},
        )
    except Overtaken:
        messages.warning(request, _("This action has changed since you opened it. Look at it."))
        return _page(request, _find(request, pk), _anew(request, pk), status=409)
    except KeyMisused:
        messages.error(request, _("This form was sent before with other data. Please look again."))
        return _page(request, row, _anew(request, pk), status=409)
    except Refused as refused:
        form.add_error(refused.field or None, refused.message)
        return _page(request, row, form, status=409)
    except PermissionDenied as problem:
        raise Http404 from problem
    messages.success(request, _("It is reported as done. The citizen is asked whether it is so."))
    return redirect("admin:appointments_action_list")


def _anew(request: HttpRequest, pk: int) -> ReportForm:
    """Return the form with what was typed, under a new key and the present version."""
    version = Action.objects.values_list("version", flat=True).get(pk=pk)
    words = request.POST.get("words", "")
    return ReportForm(initial={"key": new_key(), "version": version, "words": words})


def _find(request: HttpRequest, pk: int) -> Action:
    rows = Action.objects.visible_to(request.user).select_related(
        "post", "outcome__request__citizen__household", "outcome__request__post", "reported_by"
    )
    return get_object_or_404(rows, pk=pk)


def _page(
    request: HttpRequest, row: Action, form: ReportForm | None = None, status: int = 200
) -> HttpResponse:
    held = {post.pk for post in posts_of(request.user)}
    context = {
        **admin.site.each_context(request),
        "title": _("Action"),
        "line": line_of(row, held, clock.day_of(clock.now())),
        "form": form or ReportForm(initial={"version": row.version}),
        "back": reverse("admin:appointments_action_list"),
    }
    return render(request, "admin/appointments/action.html", context, status=status)
