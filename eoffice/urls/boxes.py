"""Addresses of e-Office: the own desks, the lists of a desk, its search and registers."""

from django.urls import URLPattern, path

from eoffice.views import boxes, boxes_home, boxes_registers, boxes_search, boxes_together

urlpatterns: list[URLPattern] = [
    path("", boxes_home.home, name="home"),
    path("<slug:desk>/", boxes.inbox, name="inbox"),
    path("<slug:desk>/sent/", boxes.sent, name="sent"),
    path("<slug:desk>/created/", boxes.created, name="created"),
    path("<slug:desk>/parked/", boxes.parked, name="parked"),
    path("<slug:desk>/closed/", boxes.closed, name="closed"),
    path("<slug:desk>/search/", boxes_search.search, name="search"),
    path("<slug:desk>/together/<slug:act>/", boxes_together.together, name="together"),
    path("<slug:desk>/views/", boxes.keep_view, name="keep-view"),
    path("<slug:desk>/views/<int:pk>/forget/", boxes.forget_view, name="forget-view"),
    path("<slug:desk>/registers/", boxes_registers.registers, name="registers"),
    path("<slug:desk>/registers/print/", boxes_registers.printed, name="register-print"),
    path("<slug:desk>/registers/<slug:kind>/", boxes_registers.download, name="register-download"),
]
