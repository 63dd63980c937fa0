"""Acts on a campaign, each behind a page that says what it does; and the central switch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import KeyMisused, new_key, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.states import Overtaken
from plasma.admin.dry_runs import shown as dry_run_shown
from plasma.forms.campaigns import ActForm, ActWithWordsForm, SwitchForm
from plasma.models import Campaign
from plasma.permissions import may_run
from plasma.services import campaigns, off_switch, switch

GET_POST = ["GET", "HEAD", "POST"]
Status = Campaign.Status


@dataclass(frozen=True)
class Act:
    """One act: its words, from which states, the service that does it."""

    slug: str
    name: Any
    tells: Any
    done: Any
    of: frozenset[str]
    do: Callable[..., Campaign]
    words: bool = False
    danger: bool = False
    # Whether what the dry run found is shown before it is done.
    with_figures: bool = False


ACTS: dict[str, Act] = {
    one.slug: one
    for one in (
        Act(
            "dry-run",
            gettext_lazy("Dry run"),
            gettext_lazy("Looks at whom the campaign would ask just now. Nobody is asked by it."),
            gettext_lazy("This is whom the campaign would ask."),
            frozenset({Status.DRAFT, Status.PROPOSED}),
            campaigns.dry_run,
        ),
        Act(
            "propose",
            gettext_lazy("Propose"),
            gettext_lazy(
                "Puts the campaign up for approval by another officer. It cannot be changed then, "
                "only taken back."
            ),
            gettext_lazy("Proposed. Another officer approves it."),
            frozenset({Status.DRAFT}),
            campaigns.propose,
            with_figures=True,
        ),
        Act(
            "approve",
            gettext_lazy("Approve"),
            gettext_lazy(
                "Approves what the other officer proposed, as the dry run showed it. It may be "
                "started then."
            ),
            gettext_lazy("Approved. It may be started now."),
            frozenset({Status.PROPOSED}),
            campaigns.approve,
            with_figures=True,
        ),
        Act(
            "start",
            gettext_lazy("Start"),
            gettext_lazy("Begins to ask people, at its pace and within its hours."),
            gettext_lazy("Started. Messages go out at the campaign's pace, within its hours."),
            frozenset({Status.APPROVED}),
            campaigns.start,
            with_figures=True,
        ),
        Act(
            "pause",
            gettext_lazy("Pause"),
            gettext_lazy(
                "No message goes out until it goes on. What waits comes back and goes later."
            ),
            gettext_lazy("Paused. Nobody is asked until it goes on."),
            frozenset({Status.RUNNING}),
            campaigns.pause,
            words=True,
        ),
        Act(
            "resume",
            gettext_lazy("Go on"),
            gettext_lazy("Goes on to ask people where it was paused."),
            gettext_lazy("It goes on."),
            frozenset({Status.PAUSED}),
            campaigns.resume,
        ),
        Act(
            "take-back",
            gettext_lazy("Take back"),
            gettext_lazy("Makes it a draft again. An approval is void by that."),
            gettext_lazy("It is a draft again."),
            frozenset({Status.PROPOSED, Status.APPROVED}),
            campaigns.take_back,
        ),
        Act(
            "stop",
            gettext_lazy("Stop"),
            gettext_lazy(
                "Ends the campaign for good: a message that is not at the provider yet does not "
                "go. Links that were sent stay good, so that whoever was asked can answer."
            ),
            gettext_lazy("Stopped. Nobody is asked any more."),
            frozenset(
                {Status.DRAFT, Status.PROPOSED, Status.APPROVED, Status.RUNNING, Status.PAUSED}
            ),
            campaigns.stop,
            words=True,
            danger=True,
        ),
    )
}


def possible(row: Campaign, user: Any) -> list[Act]:
    """Return the acts that ``user`` may do on the campaign as it stands."""
    found = [one for one in ACTS.values() if row.status in one.of]
    if row.proposed_by is not None and campaigns.one_person(row.proposed_by, user):
        found = [one for one in found if one.slug != "approve"]
    if not row.dry_run:
        found = [one for one in found if one.slug != "propose"]
    if row.dry_run:
        # Done once: the next step comes before it.
        found.sort(key=lambda one: one.slug in {"dry-run", "take-back", "stop"})
    if row.kind == Campaign.Kind.NEED:
        found = [one for one in found if one.slug in {"pause", "resume", "stop"}]
    return found


@never_cache
@require_http_methods(GET_POST)
def act(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Say what the act does, and do it once it is confirmed."""
    wanted = ACTS.get(slug)
    rows = Campaign.objects.select_related("cohort", "proposed_by")
    row = rows.filter(pk=pk).first() if may_run(request.user) else None
    if wanted is None or row is None:
        raise Http404
    form_class = ActWithWordsForm if wanted.words else ActForm
    if request.method != "POST" or switching_language(request):
        if row.status not in wanted.of:
            messages.warning(request, lost_to(row))
            return redirect("admin:plasma_campaign_change", row.pk)
        initial = {"version": row.version, **typed(form_class, request)}
        return _page(request, row, wanted, form_class(initial=initial))
    form = form_class(request.POST)
    if not form.is_valid():
        return _page(request, row, wanted, form, status=422)
    try:
        _do(request, row, wanted, form.cleaned_data)
    except Overtaken as lost:
        return _overtaken(request, cast("Campaign", lost.row), wanted, form_class)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _page(request, row, wanted, form, status=409)
    except KeyMisused:
        form.add_error(None, _("This form was sent before with other data. Look at it once more."))
        return _page(request, row, wanted, form, status=409)
    messages.success(request, str(wanted.done))
    return redirect("admin:plasma_campaign_change", row.pk)


def lost_to(row: Campaign) -> str:
    """Return what somebody is told whose page was of another state of the campaign."""
    words = _(
        "Another officer changed this campaign after you opened the page. It is now: %(now)s."
    )
    return words % {"now": row.get_status_display()}


def _do(request: HttpRequest, row: Campaign, wanted: Act, said: dict[str, Any]) -> None:
    more = {"words": said["words"]} if wanted.words else {}
    by = cast("User", request.user)
    try:
        once(
            request,
            lambda: wanted.do(campaign=row, by=by, version=said["version"], **more),
            form=f"plasma.{wanted.slug}:{row.pk}",
            key=said["key"],
            asked={"version": said["version"], **more},
        )
    except PermissionDenied as problem:
        # The role ended while the form was on its way: what one may not see is not there.
        raise Http404 from problem


def _overtaken(
    request: HttpRequest, row: Campaign, wanted: Act, form_class: type[ActForm]
) -> HttpResponse:
    """Say how it is now, with the typed words kept; where the act is possible still, once more."""
    if row.status not in wanted.of:
        messages.warning(request, lost_to(row))
        return redirect("admin:plasma_campaign_change", row.pk)
    data: Any = request.POST.copy()
    data["key"], data["version"] = new_key(), str(row.version)
    form = form_class(data)
    form.add_error(None, lost_to(row))
    return _page(request, row, wanted, form, status=409)


def _page(
    request: HttpRequest, row: Campaign, wanted: Act, form: ActForm, *, status: int = 200
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": str(wanted.name),
        "campaign": row,
        "act": wanted,
        "form": form,
        "switch": switch.shown(),
        "dry_run": dry_run_shown(row) if wanted.with_figures else None,
    }
    return render(request, "admin/plasma/campaigns/act.html", context, status=status)


@never_cache
@require_http_methods(GET_POST)
def turn_switch(request: HttpRequest) -> HttpResponse:
    """Turn all campaigns off at once, or allow them again."""
    if not may_run(request.user):
        raise Http404
    row = switch.shown()
    form = SwitchForm(initial=typed(SwitchForm, request))
    if request.method == "POST" and not switching_language(request):
        form = SwitchForm(request.POST)
        on = request.POST.get("turn") == "on"
        if form.is_valid() and _turn(request, form, on=on):
            words = (
                _("Campaigns are allowed again. None starts by itself.")
                if on
                else _("All campaigns are off, and those that ran are stopped.")
            )
            messages.success(request, words)
            return redirect("admin:plasma_campaign_changelist")
    context = {
        **admin.site.each_context(request),
        "title": _("Central switch of all campaigns"),
        "switch": row,
        "form": form,
        "running": Campaign.objects.filter(status__in=[Status.RUNNING, Status.PAUSED]).count(),
    }
    status = 422 if form.errors else 200
    return render(request, "admin/plasma/campaigns/switch.html", context, status=status)


def _turn(request: HttpRequest, form: SwitchForm, *, on: bool) -> bool:
    reason, by = form.cleaned_data["reason"], cast("User", request.user)
    try:
        once(
            request,
            lambda: off_switch.turn(on=on, by=by, reason=reason),
            form="plasma.switch",
            key=form.cleaned_data["key"],
            asked={"on": on, "reason": reason},
        )
    except Refused as refused:
        form.add_error(refused.field or None, str(refused.message))
        return False
    except KeyMisused:
        form.add_error(None, _("This form was sent before with other data. Look at it once more."))
        return False
    return True
