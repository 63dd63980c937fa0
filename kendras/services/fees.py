"""What an operator may take for one booking."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from kendras.models import Kendra
from officials.models import Service


def largest_fee(kendra: Kendra, service: Service | None) -> int:
    """Return the largest fee in rupees that may be taken at ``kendra`` for one booking.

    The service's notified charge for this kind of Kendra; where none is notified, and for a
    request that is about no service, the State's general one (``KENDRA_BOOKING_FEE_RS``).
    """
    notified = None
    if service is not None:
        village = kendra.kind == Kendra.Kind.ATAL_SEVA
        notified = service.atal_seva_fee_rs if village else service.kendra_fee_rs
    return int(settings.KENDRA_BOOKING_FEE_RS if notified is None else notified)


def check_fee(kendra: Kendra, service: Service | None, fee_rs: int) -> None:
    """Refuse a fee that is larger than the one notified."""
    most = largest_fee(kendra, service)
    if fee_rs > most:
        raise Refused(
            "fee",
            _("At most Rs %(most)s may be taken for this booking.") % {"most": most},
            field="fee_rs",
        )
