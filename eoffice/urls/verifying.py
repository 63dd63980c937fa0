"""The address on every print: short, and the same for good."""

from django.urls import URLPattern, path

from eoffice.views import trust_verify

urlpatterns: list[URLPattern] = [path("<slug:code>/", trust_verify.verify, name="verify")]
