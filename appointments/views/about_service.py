"""The service that a meeting is to be about, on its way from the catalogue to the booking.

It goes along in the address (``?service=CODE``) until the step "about" keeps it in the draft.
"""

from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest

from officials.models import Service


def service_asked(request: HttpRequest) -> Service | None:
    """Return the service that the address or the form names, if it is offered; else None."""
    return offered(request.POST.get("service") or request.GET.get("service") or "")


def offered(code: str) -> Service | None:
    """Return the service of that code with its department, if it is offered. One query, or none."""
    if not code or len(code) > 32 or not code.isprintable():
        return None
    services = Service.objects.visible_to(None).select_related("department")
    return services.filter(Q(code=code) | Q(code=code.upper())).first()


def with_service(url: str, service: Service | None) -> str:
    """Return the address with the service in it."""
    return f"{url}?{urlencode({'service': service.code})}" if service else url
