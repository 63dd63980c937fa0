"""Addresses of e-Office: charge reports, who opened what, proofs on prints."""

from django.urls import URLPattern, path

from eoffice.views import (
    trust_charge,
    trust_openings,
    trust_outage,
    trust_prints,
    trust_secret,
)

urlpatterns: list[URLPattern] = [
    path("<slug:desk>/files/<int:pk>/print/proof/", trust_prints.prove, name="file-proof"),
    path(
        "<slug:desk>/files/<int:pk>/print/<slug:code>/qr.svg", trust_prints.qr, name="file-proof-qr"
    ),
    path("<slug:desk>/charge-report/", trust_charge.reports, name="charge-report"),
    path("<slug:desk>/charge-report/<int:pk>/", trust_charge.report, name="charge-report-one"),
    path("<slug:desk>/openings/<int:pk>/", trust_openings.openings, name="openings"),
    path("<slug:desk>/secret-papers/", trust_secret.register, name="secret-papers"),
    path(
        "<slug:desk>/secret-papers/<int:pk>/receive/",
        trust_secret.receive,
        name="secret-paper-receive",
    ),
    path("<slug:desk>/outage-pack/", trust_outage.pack, name="outage-pack"),
]
