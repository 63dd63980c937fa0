"""What a supervisor sees of a district's Kendras: figures, and names only with a purpose."""

from datetime import time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.formats import indian_number, time_short
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.paging import page_of_lines
from esachivalaya.common.spreadsheets import csv_answer
from kendras import anomalies
from kendras.access import for_people_of_kendras
from kendras.figures import SILENT_DAYS, Figures, Line, as_csv, figures_of
from kendras.forms.district import DistrictDaysForm, DistrictForm, PurposeForm
from kendras.models import Kendra
from kendras.permissions import districts_of
from kendras.services import names_seen
from officials.models import District

# So many Kendras stand on a page of the table; the file has them all.
ON_A_PAGE = 50
PAGE, NAMES = "kendras/district.html", "kendras/anomaly-names.html"


@require_safe
@for_people_of_kendras
def district(request: HttpRequest, user: User, code: str) -> HttpResponse:
    """The figures of a district's Kendras, with its silent ones and what to look into."""
    own, context = _overseen(user, code)
    moment = now()
    form = DistrictForm(request.GET, today=day_of(moment))
    context |= {"form": form}
    if not form.is_valid():
        return render(request, PAGE, context, status=422)
    figures = figures_of(own, form.period, moment=moment, kind=form.cleaned_data["kind"])
    found = anomalies.found_in(own, form.period)
    context |= {
        "days": form.days,
        "query": _without_page(request),
        "silent_days": SILENT_DAYS,
        "figures": figures,
        "cards": _cards(figures),
        "charts": _charts(figures),
        "page": page_of_lines(
            _wanted(figures, form),
            key=_code,
            after=request.GET.get("after", ""),
            size=ON_A_PAGE,
        ),
        "odd": sum(len(of_kind) for of_kind in found.values()),
    }
    return render(request, PAGE, context)


@require_safe
@for_people_of_kendras
def district_csv(request: HttpRequest, user: User, code: str) -> HttpResponseBase:
    """The same lines as a file, all of them."""
    own, context = _overseen(user, code)
    moment = now()
    form = DistrictForm(request.GET, today=day_of(moment))
    if not form.is_valid():
        return render(request, PAGE, context | {"form": form}, status=422)
    figures = figures_of(own, form.period, moment=moment, kind=form.cleaned_data["kind"])
    name = f"kendras-{own.code}-{form.period.first}-{form.period.last}.csv"
    return csv_answer(as_csv(_wanted(figures, form)), name)


@require_safe
@for_people_of_kendras
def look_into(request: HttpRequest, user: User, code: str) -> HttpResponse:
    """What stands out, by rule; without names."""
    own, context = _overseen(user, code)
    form = DistrictDaysForm(request.GET, today=day_of(now()))
    context |= {"form": form}
    if form.is_valid():
        found = anomalies.told(anomalies.found_in(own, form.period))
        context |= {
            "days": form.days,
            "found": [(kind, anomalies.rule_of(kind), found[kind]) for kind in anomalies.Kind],
            "shown": anomalies.SHOWN,
        }
    status = 200 if form.is_valid() else 422
    return render(request, "kendras/anomalies.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_people_of_kendras
def names(request: HttpRequest, user: User, code: str, kind: str, key: str) -> HttpResponse:
    """The bookings behind one pattern, after the supervisor has said why.

    Each showing is an act of its own: sent twice, it stands in the record twice.
    """
    own, context = _overseen(user, code)
    days = DistrictDaysForm(request.GET, today=day_of(now()))
    found = anomalies.one_of(own, days.period, kind, key) if days.is_valid() else None
    if found is None:
        raise Http404
    context |= {"one": found, "period": days.period, "days": days.days, "rows": None}
    if request.method != "POST" or switching_language(request):
        form = PurposeForm(initial=typed(PurposeForm, request))
        return render(request, NAMES, {**context, "form": form})
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return render(request, NAMES, {**context, "form": form}, status=422)
    purpose = form.cleaned_data["purpose"]
    try:
        rows = names_seen.see_names(
            district=own, anomaly=found, period=days.period, by=user, purpose=purpose
        )
    except PermissionDenied:
        # The charge ended while the page was open: now it is like every page of theirs.
        raise Http404 from None
    return render(request, NAMES, {**context, "rows": rows, "purpose": purpose})


def _overseen(user: User, code: str) -> tuple[District, dict[str, Any]]:
    """Return the district of that code, if ``user`` oversees its Kendras now, and what its pages
    have in common; else a 404."""
    districts = list(districts_of(user))
    own = next((one for one in districts if one.code == code), None)
    if own is None:
        raise Http404
    return own, {"district": own, "several": len(districts) > 1}


def _wanted(figures: Figures, form: DistrictForm) -> list[Line]:
    return figures.silent if form.cleaned_data["silent"] else figures.lines


def _code(line: Line) -> str:
    return line.kendra.code


def _without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    return query.urlencode()


def _cards(figures: Figures) -> list[dict[str, str]]:
    took = figures.took_s
    slip = "–" if took is None else _("%(seconds)s s") % {"seconds": took}
    half = "" if took is None else _("half of them took no longer")
    silent = indian_number(len(figures.silent))
    return [
        _card(_("Bookings"), figures.total("bookings")),
        _card(_("To attend at the Kendra"), figures.total("here")),
        _card(_("Meetings held"), figures.total("met"), kind="done"),
        _card(_("Missed by the citizen"), figures.total("missed_by_citizen")),
        _card(_("Missed by the office"), figures.total("missed_by_office"), kind="breach"),
        {"label": _("From first key to slip"), "figure": slip, "note": half, "kind": ""},
        {"label": _("Silent Kendras"), "figure": silent, "note": "", "kind": "waiting"},
    ]


def _card(label: str, figure: int, kind: str = "") -> dict[str, str]:
    return {"label": label, "figure": indian_number(figure), "note": "", "kind": kind}


def _charts(figures: Figures) -> list[dict[str, Any]]:
    """Return the bars by kind, where there are several, and by the hour of booking."""
    if not figures.total("bookings"):
        return []
    kinds = dict(Kendra.Kind.choices)
    by_kind = [
        (str(kinds[kind]), bookings, indian_number(bookings))
        for kind, _kendras, bookings in figures.by_kind()
    ]
    by_hour = [
        (time_short(time(hour)), count, indian_number(count)) for hour, count in figures.by_hour()
    ]
    found: list[dict[str, Any]] = [
        {"title": _("Bookings by hour of the day"), "heading": _("Hour"), "rows": by_hour}
    ]
    if len(by_kind) > 1:
        found.append({"title": _("Bookings by kind"), "heading": _("Kind"), "rows": by_kind})
    return found
