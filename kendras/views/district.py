"""What a supervisor sees of a district's Kendras: figures, and names only with a purpose."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe

from appointments.board.download import UTF8_MARK, safe
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.formats import chosen_language, datetime_short, indian_number
from esachivalaya.common.language import switching_language
from kendras import anomalies
from kendras.access import for_people_of_kendras
from kendras.figures import Figures, Line, figures_of, rows_of
from kendras.forms.district import DistrictForm, PurposeForm
from kendras.models import Kendra
from kendras.services import names_seen
from officials.models import District, Post


@require_safe
@for_people_of_kendras
def district(request: HttpRequest, user: User, code: str) -> HttpResponse:
    """The figures of a district's Kendras, with its silent ones and what to look into."""
    own = _overseen(user, code)
    moment = now()
    form = DistrictForm(request.GET, today=day_of(moment))
    context: dict[str, Any] = {"district": own, "form": form, "query": request.GET.urlencode()}
    if form.is_valid():
        figures = figures_of(own, form.period, moment=moment)
        found = anomalies.found_in(own, form.period)
        kinds = dict(Kendra.Kind.choices)
        context |= {
            "figures": figures,
            "lines": _wanted(figures, form),
            "odd": sum(len(of_kind) for of_kind in found.values()),
            "hours": [(_hour(hour), count, indian_number(count)) for hour, count in figures.hours],
            "kinds": [
                (kinds[kind], bookings, indian_number(bookings))
                for kind, _kendras, bookings in figures.by_kind()
            ],
        }
    return render(request, "kendras/district.html", context, status=200 if form.is_valid() else 422)


@require_safe
@for_people_of_kendras
def district_csv(request: HttpRequest, user: User, code: str) -> HttpResponseBase:
    """The same lines as a file."""
    own = _overseen(user, code)
    moment = now()
    form = DistrictForm(request.GET, today=day_of(moment))
    if not form.is_valid():
        raise Http404
    figures = figures_of(own, form.period, moment=moment)
    shown = Figures(_wanted(figures, form), figures.hours)
    response = StreamingHttpResponse(_file(shown, chosen_language()), content_type="text/csv")
    name = f"kendras-{own.code}-{form.period.first}-{form.period.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@for_people_of_kendras
def look_into(request: HttpRequest, user: User, code: str) -> HttpResponse:
    """What stands out, by rule; without names."""
    own = _overseen(user, code)
    form = DistrictForm(request.GET, today=day_of(now()))
    context: dict[str, Any] = {"district": own, "form": form, "query": request.GET.urlencode()}
    if form.is_valid():
        found = anomalies.found_in(own, form.period)
        _name_offices(found)
        context["found"] = [(kind, kind.label, found[kind]) for kind in anomalies.Kind]
    return render(
        request, "kendras/anomalies.html", context, status=200 if form.is_valid() else 422
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_people_of_kendras
def names(request: HttpRequest, user: User, code: str, kind: str, key: str) -> HttpResponse:
    """The bookings behind one pattern, after the supervisor has said why."""
    own = _overseen(user, code)
    chosen = DistrictForm(request.GET, today=day_of(now()))
    found = anomalies.one_of(own, chosen.period, kind, key) if chosen.is_valid() else None
    if found is None:
        raise Http404
    context: dict[str, Any] = {
        "district": own,
        "one": found,
        "query": request.GET.urlencode(),
        "rows": None,
    }
    if request.method != "POST" or switching_language(request):
        return render(request, "kendras/anomaly-names.html", {**context, "form": PurposeForm()})
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return render(request, "kendras/anomaly-names.html", {**context, "form": form}, status=422)
    rows = list(anomalies.bookings_of(found, own, chosen.period))
    names_seen.see_names(
        district=own,
        anomaly=found,
        bookings=[row.pk for row in rows],
        by=user,
        purpose=form.cleaned_data["purpose"],
    )
    context |= {"rows": rows, "form": form, "purpose": form.cleaned_data["purpose"]}
    return render(request, "kendras/anomaly-names.html", context)


def _overseen(user: User, code: str) -> District:
    """Return the district of that code if ``user`` oversees its Kendras now; else a 404."""
    charges = user.kendra_charges.live().filter(kind="supervisor", district__code=code)
    if not charges.exists():
        raise Http404
    return District.objects.get(code=code)


def _wanted(figures: Figures, form: DistrictForm) -> list[Line]:
    kind, silent = form.cleaned_data["kind"], form.cleaned_data["silent"]
    return [
        line
        for line in figures.lines
        if (not kind or line.kendra.kind == kind) and (not silent or line.silent)
    ]


def _name_offices(found: dict[anomalies.Kind, list[anomalies.Anomaly]]) -> None:
    """Give each pattern its office and its operator, in two queries for the whole page."""
    rows = [one for of_kind in found.values() for one in of_kind]
    posts = Post.objects.in_bulk({one.post for one in rows if one.post})
    operators = User.objects.in_bulk({one.operator for one in rows if one.operator})
    for kind, of_kind in found.items():
        found[kind] = [
            one.named(posts.get(one.post or 0), operators.get(one.operator or 0)) for one in of_kind
        ]


def _hour(hour: int) -> str:
    """Return an hour of the day as the charts say it: "9–10"."""
    return f"{hour}–{hour + 1}"


def _file(figures: Figures, language: str) -> Iterator[str]:
    """Yield the file line by line, its headings and names in ``language``."""
    writer = csv.writer(_Echo())
    with override(language):
        headings = [
            _("Code"),
            _("Kendra"),
            _("Kind"),
            _("Block"),
            _("Bookings"),
            _("To attend at the Kendra"),
            _("Meetings held"),
            _("Meetings missed"),
            _("With a slip on paper"),
            _("Seconds to the slip, median"),
            _("Last booking"),
            _("Silent"),
        ]
    yield UTF8_MARK + writer.writerow(headings)
    for number in range(len(figures.lines)):
        with override(language):
            (row,) = rows_of(Figures(figures.lines[number : number + 1], []))
            row[-2] = datetime_short(row[-2]) if row[-2] else ""
            row[-1] = _("yes") if row[-1] else _("no")
            yield writer.writerow([safe(cell) for cell in row])


class _Echo:
    """A file that gives back each line as it is written."""

    def write(self, line: str) -> str:
        return line
