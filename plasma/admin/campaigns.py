"""Campaigns in the admin: the list, the draft, the page of one with its progress and its funnel."""

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.admin import who_acted
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import subject_of
from esachivalaya.audit.words import act_words
from esachivalaya.common.clock import now
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.paging import page_of
from esachivalaya.common.spreadsheets import csv_answer
from esachivalaya.common.states import Overtaken
from officials.models import District
from plasma.admin import campaign_acts, funnels
from plasma.admin.dry_runs import shown as dry_run_shown
from plasma.forms.campaigns import CampaignForm
from plasma.models import Campaign
from plasma.permissions import may_run
from plasma.services import drafts, switch

if TYPE_CHECKING:
    CampaignBase = admin.ModelAdmin[Campaign]
else:
    CampaignBase = admin.ModelAdmin

GET_POST = ["GET", "HEAD", "POST"]
Status = Campaign.Status
KINDS = {
    Status.DRAFT: "info",
    Status.PROPOSED: "waiting",
    Status.APPROVED: "waiting",
    Status.RUNNING: "done",
    Status.PAUSED: "waiting",
    Status.STOPPED: "refused",
    Status.DONE: "over",
}
LAST_ACTS = 20


def find(request: HttpRequest, pk: int) -> Campaign:
    """Return a campaign to who runs campaigns; a 404 to everybody else."""
    rows = Campaign.objects.select_related("cohort", "made_by", "proposed_by", "approved_by")
    row = rows.filter(pk=pk).first() if may_run(request.user) else None
    if row is None:
        raise Http404
    return row


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """All campaigns, the newest first, and the way to a new one."""
    if not may_run(request.user):
        raise Http404
    rows = Campaign.objects.select_related("cohort").filter(kind=Campaign.Kind.COHORT)
    page = page_of(rows, by=["-pk"], token=request.GET.get("after", ""))
    context = {
        **admin.site.each_context(request),
        "title": _("Campaigns"),
        "switch": switch.shown(),
        "page": page,
        "rows": [(row, KINDS[Status(row.status)]) for row in page.rows],
    }
    return render(request, "admin/plasma/campaigns/list.html", context)


@never_cache
@require_http_methods(GET_POST)
def write(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a campaign, or change the draft of one."""
    if pk is None and not may_run(request.user):
        raise Http404
    row = find(request, pk) if pk is not None else None
    if row is not None and row.status != Status.DRAFT:
        return redirect("admin:plasma_campaign_change", row.pk)
    stale = False
    if request.method == "POST" and not switching_language(request):
        form = CampaignForm(request.POST)
        try:
            if form.is_valid() and (done := _write(request, row, form)) is not None:
                return redirect("admin:plasma_campaign_change", done)
        except Overtaken as lost:
            stale = True
            form.add_error(None, campaign_acts.lost_to(cast("Campaign", lost.row)))
    else:
        given = CampaignForm.shown(row) if row else {}
        form = CampaignForm(initial={**given, **typed(CampaignForm, request)})
    context = {
        **admin.site.each_context(request),
        "title": _("Change the campaign") if row else _("Write a campaign"),
        "campaign": row,
        "switch": switch.shown(),
        "form": form,
    }
    status = 409 if stale else 422 if form.errors else 200
    return render(request, "admin/plasma/campaigns/form.html", context, status=status)


def _write(request: HttpRequest, row: Campaign | None, form: CampaignForm) -> int | None:
    """Call the service once for this form; None with the reason in the form."""
    said, by = form.cleaned_data, cast("User", request.user)
    values = {name: said[name] for name in drafts.FIELDS}
    made: list[Campaign] = []
    try:
        fresh = once(
            request,
            lambda: made.append(
                drafts.change(campaign=row, by=by, version=said["version"] or 0, **values)
                if row
                else drafts.make(by=by, **values)
            ),
            form=f"plasma.campaign:{row.pk if row else 'add'}",
            key=said["key"],
            asked={**values, "cohort": said["cohort"].pk},
        )
    except Refused as refusal:
        form.add_error(refusal.field or None, str(refusal.message))
        return None
    except KeyMisused:
        form.add_error(None, _("This form was sent before with other data. Look at it once more."))
        return None
    if fresh:
        messages.success(request, _("Written down. Look at the dry run next."))
        return made[0].pk
    messages.info(request, _("This form was sent before; it was saved once."))
    return row.pk if row else Campaign.objects.filter(made_by=by).latest("pk").pk


@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One campaign: what it is, what may be done, how far it is, and who did what."""
    row = find(request, pk)
    moment = now()
    kind, subject = subject_of(row)
    entries = (
        Entry.objects.filter(subject_kind=kind, subject_id=subject)
        .select_related("actor")
        .order_by("-seq")[:LAST_ACTS]
    )
    context = {
        **admin.site.each_context(request),
        "title": row.name,
        "acts": campaign_acts.possible(row, request.user),
        "dry_run": dry_run_shown(row),
        "districts": list(District.objects.filter(code__in=row.districts)) if row.districts else [],
        "history": [(one.at, who_acted(one), act_words(one.act)) for one in entries],
        **_progress(row, moment),
    }
    return render(request, "admin/plasma/campaigns/detail.html", context)


@never_cache
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves, for the script that asks for it every few seconds."""
    context = _progress(find(request, pk), now())
    return render(request, "admin/plasma/campaigns/live.html", context)


def _progress(row: Campaign, moment: Any) -> dict[str, Any]:
    read = funnels.funnel_of(row)
    people = read.totals["invited"]
    return {
        "campaign": row,
        "kind": KINDS[Status(row.status)],
        "switch": switch.shown(),
        "funnel": read,
        "people": people,
        "sent": read.totals["sent"],
        "percent": 100 * read.totals["sent"] // people if people else 0,
        "over": row.ends_at <= moment,
        "now": moment,
    }


@never_cache
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The funnel as a file: counts, and nobody's name."""
    row = find(request, pk)
    return csv_answer(funnels.as_csv(funnels.funnel_of(row)), f"campaign-{row.pk}-funnel.csv")


@admin.register(Campaign)
class CampaignAdmin(CampaignBase):
    """Pages of our own instead of Django's forms: a campaign is an act of two officers."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_run(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return may_run(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return may_run(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_run(request.user)

    def get_urls(self) -> list[URLPattern]:
        def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return update_wrapper(self.admin_site.admin_view(view), view)

        name = "plasma_campaign"
        return [
            path("", page(show_list), name=f"{name}_changelist"),
            path("add/", page(write), name=f"{name}_add"),
            path("switch/", page(campaign_acts.turn_switch), name=f"{name}_switch"),
            path("<int:pk>/", page(show), name=f"{name}_change"),
            path("<int:pk>/write/", page(write), name=f"{name}_write"),
            path("<int:pk>/progress/", page(progress), name=f"{name}_progress"),
            path("<int:pk>/funnel.csv", page(download), name=f"{name}_funnel"),
            path("<int:pk>/<slug:slug>/", page(campaign_acts.act), name=f"{name}_act"),
        ]
