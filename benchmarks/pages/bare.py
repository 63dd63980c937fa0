"""The floor: a bare Django view that renders a small template, without middleware or database."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

TEMPLATE = """<!doctype html>
<html lang="en"><head><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1><ul>{% for one in lines %}<li>{{ one }}</li>{% endfor %}</ul></body>
</html>
"""

if not settings.configured:
    settings.configure(
        SECRET_KEY="signs nothing",  # noqa: S106 - there is no session here
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [("django.template.loaders.locmem.Loader", {"bare": TEMPLATE})]
                },
            }
        ],
    )
    django.setup()


def page(request: HttpRequest) -> HttpResponse:
    """Twenty lines out of a template."""
    return render(request, "bare", {"title": "Bare", "lines": range(20)})


def up(request: HttpRequest) -> HttpResponse:
    """Answer the harness, which waits for the first worker."""
    return HttpResponse("up")


urlpatterns = [path("page", page), path("healthz", up)]
application = get_wsgi_application()
