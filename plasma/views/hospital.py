"""A hospital's page: what it asks for, and how far each request is. No donor is shown, ever."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.accounts.staff_door import staff_door, verified_staff
from esachivalaya.common import references
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.paging import page_of
from esachivalaya.common.states import Overtaken
from plasma.bank_door import for_officers
from plasma.forms.hospitals import NeedForm, VersionForm
from plasma.models import Hospital, HospitalCharge, PlasmaRequest
from plasma.services import needs

KINDS = {"open": "waiting", "met": "done", "closed": "over"}


@for_officers
@require_safe
def hospitals(request: HttpRequest, officer: User) -> HttpResponseBase:
    """Lead to the one hospital; list several; say so when the charge is over."""
    rows = list(Hospital.objects.asked_for_by(officer).order_by("code"))
    if len(rows) == 1:
        return redirect("plasma:hospital", rows[0].code)
    if not rows and not HospitalCharge.objects.of(officer).exists():
        raise Http404
    return render(request, "plasma/hospitals.html", {"hospitals": rows})


def _hospital(request: HttpRequest, code: str) -> Hospital:
    """Return the hospital for which the signed-in person asks now; a 404 to everybody else."""
    row = Hospital.objects.asked_for_by(verified_staff(request)).filter(code=code).first()
    if row is None:
        raise Http404
    return row


@require_http_methods(["GET", "HEAD", "POST"])
def _show(request: HttpRequest, code: str) -> HttpResponse:
    """The hospital's own requests, the newest first, and the form for a new one."""
    hospital = _hospital(request, code)
    if request.method == "POST" and not switching_language(request):
        form = NeedForm(request.POST)
        if form.is_valid() and _ask(request, hospital, form):
            return redirect("plasma:hospital", hospital.code)
    else:
        form = NeedForm(initial=typed(NeedForm, request))
    rows = needs.with_how_far(PlasmaRequest.objects.visible_to(request.user)).filter(
        hospital=hospital
    )
    page = page_of(rows, by=["-pk"], token=request.GET.get("after", ""))
    context = {
        "hospital": hospital,
        "form": form,
        "page": page,
        "rows": [(row, KINDS[row.status], VersionForm(initial={"version": row.version}))
                 for row in page.rows],
    }  # fmt: skip
    return render(request, "plasma/hospital.html", context, status=422 if form.errors else 200)


def _ask(request: HttpRequest, hospital: Hospital, form: NeedForm) -> bool:
    said, by = form.cleaned_data, cast("User", request.user)
    asked = {name: said[name] for name in ("group", "units", "needed_by")}
    try:
        once(
            request,
            lambda: needs.ask(hospital=hospital, by=by, **asked),
            form=f"plasma.need:{hospital.pk}",
            key=said["key"],
            asked=asked,
        )
    except PermissionDenied as problem:
        raise Http404 from problem
    except Refused as refused:
        form.add_error(refused.field or None, str(refused.message))
        return False
    except KeyMisused:
        form.add_error(None, _("This form was sent before with other data. Look at it once more."))
        return False
    messages.success(
        request, _("Asked. Donors whose plasma fits are looked for; their answers show here.")
    )
    return True


@require_POST
def _close(request: HttpRequest, code: str, reference: str) -> HttpResponse:
    """Close a request that is over for the hospital."""
    hospital = _hospital(request, code)
    rows = PlasmaRequest.objects.visible_to(request.user).filter(hospital=hospital)
    row = rows.filter(reference=references.normalise(reference, PlasmaRequest.PREFIX) or "").first()
    form = VersionForm(request.POST)
    if row is None or not form.is_valid():
        raise Http404
    said, by = form.cleaned_data, cast("User", request.user)
    try:
        once(
            request,
            lambda: needs.close(request=row, by=by, version=said["version"]),
            form=f"plasma.need-close:{row.pk}",
            key=said["key"],
            asked={"version": said["version"]},
        )
    except PermissionDenied as problem:
        raise Http404 from problem
    except (Overtaken, KeyMisused):
        messages.warning(request, _("This request has changed meanwhile. Look at it once more."))
    else:
        messages.success(request, _("The request is closed. Nobody is asked for it any more."))
    return redirect("plasma:hospital", hospital.code)


hospital = staff_door(_show)
close_need = staff_door(_close)
