"""Addresses for those who watch over the portal."""

from django.urls import path

from esachivalaya.common import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
