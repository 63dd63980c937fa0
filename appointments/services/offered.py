"""Whether the service that somebody asks about is offered."""

from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from officials.models import Service


def check_service(pk: int | None) -> None:
    """Refuse a service or scheme that is not offered (any more); without one there is no query."""
    if pk is not None and not Service.objects.visible_to(None).filter(pk=pk).exists():
        raise Refused(
            "service_not_offered",
            _(
                "This service or scheme is not offered at present. Choose another one, or go on "
                "without."
            ),
            field="service",
        )
