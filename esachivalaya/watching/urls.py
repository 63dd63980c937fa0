"""The address that Prometheus asks."""

from django.urls import path

from esachivalaya.watching import exporter

urlpatterns = [path("metrics", exporter.metrics, name="metrics")]
