"""Addresses of e-Office: receipts."""

from django.urls import URLPattern, path

from eoffice.views import receipt_acts, receipts, receipts_copies, receipts_meetings

urlpatterns: list[URLPattern] = [
    path("<slug:desk>/receipts/new/", receipts.new, name="new-receipt"),
    path("<slug:desk>/receipts/<int:pk>/", receipts.receipt, name="receipt"),
    path(
        "<slug:desk>/meetings/<slug:reference>/",
        receipts_meetings.from_meeting,
        name="from-meeting",
    ),
    path(
        "<slug:desk>/receipts/<int:pk>/papers/<int:position>/",
        receipts.paper,
        name="receipt-paper",
    ),
    path("<slug:desk>/receipts/<int:pk>/copy/", receipts_copies.copy, name="receipt-copy"),
    path("<slug:desk>/receipts/<int:pk>/<slug:slug>/", receipt_acts.act, name="receipt-act"),
]
