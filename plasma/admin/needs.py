"""Hospitals' requests in the admin: who fits, in which order; no name, no number."""

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.paging import page_of
from esachivalaya.common.states import Overtaken
from plasma.blood import groups_for
from plasma.distances import UNKNOWN, km_between
from plasma.forms.hospitals import VersionForm
from plasma.models import PlasmaRequest, Proposal
from plasma.permissions import may_run
from plasma.services import matching, needs, switch

if TYPE_CHECKING:
    RequestBase = admin.ModelAdmin[PlasmaRequest]
else:
    RequestBase = admin.ModelAdmin

KINDS = {"open": "waiting", "met": "done", "closed": "over"}
OF_DONOR = {
    "proposed": "info",
    "asked": "waiting",
    "pledged": "done",
    "declined": "refused",
    "passed_over": "over",
}


def find(request: HttpRequest, pk: int) -> PlasmaRequest:
    """Return a request to who runs campaigns; a 404 to everybody else."""
    rows = needs.with_how_far(PlasmaRequest.objects.select_related("hospital__district"))
    row = rows.filter(pk=pk).first() if may_run(request.user) else None
    if row is None:
        raise Http404
    return row


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """What the hospitals ask for, the newest first."""
    if not may_run(request.user):
        raise Http404
    rows = needs.with_how_far(PlasmaRequest.objects.select_related("hospital"))
    page = page_of(rows, by=["-pk"], token=request.GET.get("after", ""))
    context = {
        **admin.site.each_context(request),
        "title": _("Plasma that hospitals need"),
        "page": page,
        "rows": [(row, KINDS[row.status]) for row in page.rows],
        "switch": switch.shown(),
    }
    return render(request, "admin/plasma/needs/list.html", context)


@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with the donors who fit: rank, district, group, when last asked; no more."""
    row = find(request, pk)
    home = row.hospital.district.code
    proposals = row.proposals.select_related("donor__district", "bank").order_by("rank")
    context = {
        **admin.site.each_context(request),
        "title": _("Plasma for %(hospital)s") % {"hospital": row.hospital},
        "need": row,
        "kind": KINDS[row.status],
        "groups": groups_for(row.recipient_group),
        "proposals": [_line(one, home) for one in proposals],
        "form": VersionForm(initial={"version": row.version}),
        "switch": switch.shown(),
    }
    return render(request, "admin/plasma/needs/detail.html", context)


def _line(one: Proposal, home: str) -> dict[str, Any]:
    district = one.donor.district
    km = km_between(home, district.code) if district else UNKNOWN
    return {
        "proposal": one,
        "district": str(district) if district else "",
        "km": None if km >= UNKNOWN else km,
        "group": one.donor.get_blood_group_display(),
        "last_asked": one.donor.last_asked_at,
        "kind": OF_DONOR[one.status],
        "open": one.status in {Proposal.Status.PROPOSED, Proposal.Status.PASSED_OVER},
        "form": VersionForm(initial={"version": one.version}, auto_id=f"p{one.pk}_%s"),
    }


@never_cache
@require_POST
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for donors who fit and are not proposed yet."""
    row = find(request, pk)
    found: list[int] = []
    act = partial(matching.propose, request=row)
    done = _do(request, row, f"plasma.match:{row.pk}", lambda by, _v: found.append(act(by=by)))
    if done and not sum(found):
        messages.info(request, _("Nobody else fits who may be asked now."))
    elif done:
        words = _("Donors who fit: %(count)s more.")
        messages.success(request, words % {"count": sum(found)})
    return redirect("admin:plasma_plasmarequest_change", row.pk)


@never_cache
@require_POST
def answer(request: HttpRequest, pk: int, proposal: int, slug: str) -> HttpResponse:
    """Ask one of the proposed donors, or pass them over."""
    row = find(request, pk)
    acts: dict[str, Callable[..., object]] = {"ask": matching.ask, "pass": matching.pass_over}
    one = row.proposals.filter(pk=proposal).first()
    if one is None or slug not in acts:
        raise Http404
    done = _do(
        request,
        row,
        f"plasma.{slug}:{one.pk}",
        lambda by, version: acts[slug](proposal=one, by=by, version=version),
    )
    if done:
        words = _("The donor is asked.") if slug == "ask" else _("The donor is passed over.")
        messages.success(request, words)
    return redirect("admin:plasma_plasmarequest_change", row.pk)


def _do(
    request: HttpRequest, row: PlasmaRequest, name: str, act: Callable[[User, int], object]
) -> bool:
    """Do ``act`` once for this form; False with the reason as a message."""
    form = VersionForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("This page was incomplete. Look at it once more."))
        return False
    said, by = form.cleaned_data, cast("User", request.user)
    try:
        fresh = once(
            request,
            lambda: act(by, said["version"]),
            form=name,
            key=said["key"],
            asked={"version": said["version"]},
        )
    except PermissionDenied as problem:
        raise Http404 from problem
    except Refused as refused:
        messages.warning(request, str(refused.message))
        return False
    except (Overtaken, KeyMisused):
        messages.warning(request, _("This has changed meanwhile. Look at it once more."))
        return False
    if not fresh:
        messages.info(request, _("This form was sent before; it was done once."))
    return fresh


@admin.register(PlasmaRequest)
class PlasmaRequestAdmin(RequestBase):
    """Pages of our own: hospitals ask on their page, officers ask donors here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PlasmaRequest | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: PlasmaRequest | None = None) -> bool:
        return may_run(request.user)

    def has_change_permission(self, request: HttpRequest, obj: PlasmaRequest | None = None) -> bool:
        return may_run(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_run(request.user)

    def get_urls(self) -> list[URLPattern]:
        def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return update_wrapper(self.admin_site.admin_view(view), view)

        name = "plasma_plasmarequest"
        return [
            path("", page(show_list), name=f"{name}_changelist"),
            path("<int:pk>/", page(show), name=f"{name}_change"),
            path("<int:pk>/look/", page(look), name=f"{name}_look"),
            path("<int:pk>/<int:proposal>/<slug:slug>/", page(answer), name=f"{name}_answer"),
        ]
