"""The catalogue of services and schemes; from each a way to an appointment about it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from appointments.forms.finding import CatalogueForm
from appointments.views.about_service import offered
from appointments.views.searching import TooManySearches, count_search, too_many_searches
from esachivalaya.common.paging import page_of
from esachivalaya.common.templatetags.portal import bilingual
from officials.models import Post, Service
from officials.querysets import ServiceQuerySet
from officials.search import search_services

PAGE = 20


@login_not_required
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """Services and schemes that are offered, found by words, department and kind."""
    form = CatalogueForm(request.GET)
    form.is_valid()
    if form.cleaned_data.get("q"):
        try:
            count_search(request)
        except TooManySearches:
            return too_many_searches(request)
    found = _filtered(form.cleaned_data)
    by = ["-search_rank", "code"] if "search_rank" in found.query.annotations else ["code"]
    page = page_of(found, by=by, token=request.GET.get("after", ""), size=PAGE)
    context = {"form": form, "page": page, "asked": any(form.cleaned_data.values())}
    return render(request, "appointments/services.html", context)


def _filtered(data: dict[str, Any]) -> ServiceQuerySet:
    found = Service.objects.visible_to(None).select_related("department")
    if data.get("q"):
        found = search_services(found, data["q"])
    for name, lookup in (("department", "department__code"), ("kind", "kind")):
        if data.get(name):
            found = found.filter(**{lookup: data[name]})
    return found


@login_not_required
@require_safe
def service(request: HttpRequest, code: str) -> HttpResponse:
    """One service: who can have it, what it needs and costs, and by when it is to be given."""
    row = offered(code)
    if row is None:
        raise Http404
    if row.code != code:
        return redirect("officials:service", row.code)
    context = {
        "service": row,
        "name": bilingual(row, "name"),
        "department": bilingual(row.department, "name"),
        "limits": _limits(row),
        "fees": [
            {"label": _("At a Saral or Antyodaya Kendra"), "rupees": row.kendra_fee_rs},
            {"label": _("At an Atal Seva Kendra"), "rupees": row.atal_seva_fee_rs},
        ],
        **_way_to_an_office(row),
    }
    return render(request, "appointments/service.html", context)


def _limits(row: Service) -> list[dict[str, str]]:
    """What is notified of it under the Right to Service Act, in the order in which one asks."""
    unknown = _("not notified here")
    return [
        {"label": label, "value": value or unknown}
        for label, value in (
            (_("To be given within"), row.time_limit),
            (_("Designated officer"), row.officer),
            (_("If it is late: first authority"), row.first_appeal),
            (_("After that: second authority"), row.second_appeal),
        )
    ]


def _way_to_an_office(row: Service) -> dict[str, Any]:
    """Return where to book about it: the department's offices, or else a Deputy Commissioner's."""
    of_department = Post.objects.visible_to(None).filter(department=row.department).exists()
    asked = (
        {"department": row.department.code}
        if of_department
        else {"level": Post.Level.DEPUTY_COMMISSIONER.value}
    )
    query = urlencode({**asked, "service": row.code})
    return {
        "has_offices": of_department,
        "book_url": f"{reverse('officials:directory')}?{query}",
    }
