"""What is unfinished in the drafts of a file that is about to be sent: told before, not after."""

from django.utils.translation import gettext as _

from eoffice.models import Draft
from eoffice.permissions import Seat
from eoffice.services.drafts import may_approve

Status = Draft.Status


def before_sending(file_pk: int, seat: Seat) -> list[str]:
    """Return what the person in ``seat`` should know of each draft before the file leaves them.

    A draft that was put up goes up with its file, and is no matter of concern but to who could
    approve it: they would send it on undecided.
    """
    told = {
        Status.BEING_WRITTEN: _("Draft %(number)s is not put up for approval yet."),
        Status.RETURNED: _("Draft %(number)s was returned and is not put up again."),
        Status.APPROVED: _("Draft %(number)s is approved, but neither signed nor issued."),
        Status.SIGNED: _("Draft %(number)s is signed, but not issued."),
        Status.ISSUED: _("Draft %(number)s is issued, but not sent to every reader yet."),
    }
    if may_approve(seat):
        told[Status.PUT_UP] = _("Draft %(number)s waits for your approval.")
    rows = Draft.objects.filter(file=file_pk, status__in=told).order_by("ordinal")
    return [
        told[Status(status)] % {"number": number}
        for number, status in rows.values_list("ordinal", "status")
    ]
