"""Reports in the admin: figures of an office, of a superior, of the State; an office's rows."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appointments import report_rows, reports
from appointments.forms.reports import ReportForm
from appointments.models import Category, Request
from appointments.reports import Group, Report, Scope, Told, Took
from appointments.services.report_downloads import note_download
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.common.formats import chosen_language, indian_number
from esachivalaya.common.spreadsheets import csv_answer, xlsx_answer
from officials.models import District, Post, Service

# Bars of one chart; what is smaller stands together in the last one.
MOST_BARS = 15
Page = Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]


def paths(page: Page) -> list[URLPattern]:
    """Return the addresses of the reports, for the admin of requests."""
    return [
        path("reports/", page(show), name="appointments_reports"),
        path("reports/<slug:kind>/", page(download), name="appointments_report_download"),
    ]


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The figures of one scope with its filters. The same queries, whatever the number of rows."""
    scopes, scope = _scope(request.user, request.GET.get("of", ""))
    form = _form(request.user, scope, request.GET)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Reports"),
        "scopes": scopes,
        "scope": scope,
        "form": form,
        "hidden": scope == Scope.STATE,
        "own": scope == Scope.OFFICE,
    }
    if form.is_valid():
        report = reports.report_of(reports.rows_of(request.user, scope, form.filters()))
        context |= {
            "asked": report.total.requests,
            "most_as_xlsx": report_rows.MOST_AS_XLSX,
            "downloads": [("csv", _("Rows as CSV")), ("xlsx", _("Rows as XLSX"))],
            "figures": figures(report, hide=scope == Scope.STATE),
            "charts": charts(report, hide=scope == Scope.STATE),
        }
    return render(request, "admin/appointments/reports.html", context)


@require_POST
def download(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The rows of one's own offices as a file. A form, since taking them out is recorded."""
    _scopes, scope = _scope(request.user, Scope.OFFICE)
    form = _form(request.user, scope, request.POST)
    if kind not in ("csv", "xlsx") or not form.is_valid():
        raise Http404
    filters, language = form.filters(), chosen_language()
    rows = reports.rows_of(request.user, scope, filters)
    if kind == "xlsx" and report_rows.too_many_for_xlsx(rows):
        return _too_many(request, form)
    last = note_download(rows=rows, filters=filters, kind=kind, by=cast("User", request.user))
    found = report_rows.rows_by_key(rows, language=language, last=last)
    name = f"requests-{filters.first}-{filters.last}.{kind}"
    if kind == "xlsx":
        file = report_rows.as_xlsx(found, language=language)
        return xlsx_answer(file, name)
    return csv_answer(report_rows.as_csv(found, language=language), name)


def _too_many(request: HttpRequest, form: ReportForm) -> HttpResponse:
    """Lead back to the figures: as CSV the rows are to be had, however many."""
    words = _(
        "These are more than %(most)s rows, too many for XLSX. Take them as CSV, which has no "
        "limit, or choose fewer days."
    )
    most = indian_number(report_rows.MOST_AS_XLSX)
    messages.warning(request, words % {"most": most})
    chosen = {name: form.data[name] for name in form.fields if form.data.get(name)}
    return redirect(f"{reverse('admin:appointments_reports')}?{urlencode(chosen)}")


def _scope(user: Any, wanted: str) -> tuple[list[Scope], Scope]:
    """Return the scopes of ``user`` and the one asked for; 404 for one that is not theirs."""
    scopes = reports.scopes_of(user)
    scope = next((one for one in scopes if one == wanted or not wanted), None)
    if scope is None:
        raise Http404
    return scopes, scope


def _form(user: Any, scope: Scope, data: Any) -> ReportForm:
    posts = reports.posts_in(user, scope).select_related("department")
    return ReportForm(data, scope=scope, posts=list(posts), today=clock.day_of(clock.now()))


def figures(report: Report, *, hide: bool) -> list[dict[str, str]]:
    """Return the figure cards of a report."""
    status = report.by["status"]
    Status = reports.Status  # noqa: N806 - the model's own name for it
    total = report.total

    def count(number: int) -> str:
        return _written((reports.hidden if hide else reports.exactly)([number])[0])

    def of(*names: str) -> str:
        return count(sum(status.get(name, Group()).requests for name in names))

    return [
        {"label": _("Requests"), "figure": count(total.requests), "kind": ""},
        {"label": _("Answered in time"), "figure": _share(total), "kind": "done"},
        {"label": _("Not answered in time"), "figure": count(total.breaches), "kind": "breach"},
        {"label": _("Waiting for an answer"), "figure": of(Status.REQUESTED), "kind": "waiting"},
        {"label": _("Meetings held"), "figure": of(Status.MET), "kind": "done"},
        {
            "label": _("Missed by the office"),
            "figure": of(Status.MISSED_BY_OFFICE),
            "kind": "breach",
        },
        {"label": _("Missed by the citizen"), "figure": of(Status.MISSED_BY_CITIZEN), "kind": ""},
        {"label": _("Rating, of 5 stars"), "figure": _stars(total), "kind": ""},
    ]


def charts(report: Report, *, hide: bool) -> list[dict[str, Any]]:
    """Return the bars of a report, each column with the words of its values."""
    language = chosen_language()
    categories = dict(Category.objects.values_list("pk", f"name_{language}"))
    districts = dict(District.objects.values_list("code", f"name_{language}"))
    posts = dict(
        Post.objects.filter(pk__in=report.by["post_id"]).values_list("pk", f"short_{language}")
    )
    took = {str(value): str(label) for value, label in Took.choices}
    status = {str(value): str(label) for value, label in reports.Status.choices}
    channel = {str(value): str(label) for value, label in Request.Channel.choices}
    private, unknown = _("Private"), _("Not given")
    found = [
        _chart(_("By time to answer"), report.by["took"], took, _("No answer"), hide, list(took)),
        _chart(_("By what became of it"), report.by["status"], status, "", hide, list(status)),
        _chart(_("By category"), report.by["shown_category"], categories, private, hide),
        _chart(_("By the citizen's district"), report.by["district"], districts, unknown, hide),
        _chart(_("By way of asking"), report.by["channel"], channel, "", hide, list(channel)),
    ]
    if asked_about := set(report.by["shown_service"]) - {None}:
        named = Service.objects.filter(pk__in=asked_about).values_list("pk", f"name_{language}")
        without = _("No service, or private")
        found.append(
            _chart(_("By service"), report.by["shown_service"], dict(named), without, hide)
        )
    if len(report.by["post_id"]) > 1:
        found.append(_chart(_("By office"), report.by["post_id"], posts, "", hide))
    return found


def _chart(
    title: str,
    groups: dict[Any, Group],
    words: dict[Any, Any],
    without: str,
    hide: bool,
    order: list[str] | None = None,
) -> dict[str, Any]:
    """Return one chart: in ``order`` where its values have one, else the largest first."""
    if order is None:
        keys = sorted(groups, key=lambda key: (-groups[key].requests, str(words.get(key, key))))
    else:
        keys = [key for key in [*order, None] if key in groups]
    labels = [str(words.get(key) or key or without) for key in keys]
    counts = [groups[key].requests for key in keys]
    if len(keys) > MOST_BARS:
        rest = MOST_BARS - 1
        labels, counts = [*labels[:rest], _("All others")], [*counts[:rest], sum(counts[rest:])]
    told = (reports.hidden if hide else reports.exactly)(counts)
    rows = [(label, one.value, _written(one)) for label, one in zip(labels, told, strict=True)]
    return {"title": title, "rows": rows}


def _written(one: Told) -> str:
    if one.exact:
        return indian_number(one.high)
    if one.high < reports.SMALL:
        return _("under %(number)s") % {"number": reports.SMALL}
    return _("%(low)s to %(high)s") % {
        "low": indian_number(one.low),
        "high": indian_number(one.high),
    }


def _share(group: Group) -> str:
    """Shares of a handful say nothing about an office and too much about a person."""
    return f"{group.share} %" if group.share is not None and group.judged >= reports.SMALL else "–"


def _stars(group: Group) -> str:
    return f"{group.stars:.1f}" if group.stars and group.rated >= reports.SMALL else "–"
