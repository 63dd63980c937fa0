"""The floor: a bare Django view that says a booking's statements to the database, and no more.

No middleware, session, form, template or model: what is left is gunicorn, Django's request and
response, the cursor and PostgreSQL. Nothing that makes a booking can be quicker on this machine.
"""

import json
import os
from datetime import date, datetime
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.booking.statements import filler
from esachivalaya import settings as portal

MOMENTS = ("starts_at", "ends_at", "day_start", "day_end")

if not settings.configured:
    settings.configure(
        SECRET_KEY=portal.SECRET_KEY,
        DATABASES=portal.DATABASES,
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        TIME_ZONE=portal.TIME_ZONE,
        USE_TZ=True,
    )
    django.setup()

SCRIPT = [
    (told["sql"], told["makes"], *filler(told["params"]))
    for told in json.loads(Path(os.environ["BENCH_SCRIPT"]).read_text())
]


def book(request: HttpRequest) -> HttpResponse:
    """Say every statement of a booking, in one transaction."""
    values = json.loads(request.body)
    for name in MOMENTS:
        values[name] = datetime.fromisoformat(values[name])
    values["day"] = date.fromisoformat(values["day"])
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, makes, params, fill in SCRIPT:
            cursor.execute(sql, fill(values) if fill else params)
            rows = cursor.fetchall() if cursor.description else []
            if makes:
                values[makes] = rows[0][0]
    made = str(values["request_id"])
    return HttpResponse(made, headers={"Content-Length": str(len(made))})


def up(request: HttpRequest) -> HttpResponse:
    """Answer the harness, which waits for the first worker."""
    return HttpResponse("up")


urlpatterns = [path("book", book), path("healthz", up)]
application = get_wsgi_application()
