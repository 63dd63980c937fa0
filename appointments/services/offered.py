"""Whether the service that somebody asks about is offered."""

from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from officials.models import Service


def check_service(pk: int | None) -> Service | None:
    """Return the service or scheme asked about; one that is not offered (any more) is refused.

    Without one there is none, and no query.
    """
    if pk is None:
        return None
    service = Service.objects.visible_to(None).filter(pk=pk).first()
    if service is None:
        raise Refused(
            "service_not_offered",
            _(
                "This service or scheme is not offered at present. Choose another one, or go on "
                "without."
            ),
            field="service",
        )
    return service
