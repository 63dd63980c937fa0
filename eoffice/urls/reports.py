"""Addresses of e-Office: figures of the State and of a desk, as pages and as files."""

from django.urls import URLPattern, path

from eoffice.views import reports

FILE = "<slug:report>/<slug:table>/<slug:kind>/"

urlpatterns: list[URLPattern] = [
    path("reports/", reports.of_state, name="state-reports"),
    path("reports/<slug:report>/", reports.of_state, name="state-report"),
    path(f"reports/{FILE}", reports.state_file, name="state-report-file"),
    path("<slug:desk>/reports/", reports.of_a_desk, name="desk-reports"),
    path("<slug:desk>/reports/<slug:report>/", reports.of_a_desk, name="desk-report"),
    path(f"<slug:desk>/reports/{FILE}", reports.desk_file, name="desk-report-file"),
]
