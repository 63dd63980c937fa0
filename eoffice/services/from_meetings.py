"""From the outcome of a meeting to a receipt in one step: at the desk of the office that met.

Source: domain rules of e-Office; the citizen reads of it in the time line of their request.
"""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Outcome, Request
from eoffice import decision_paper
from eoffice.models import Classification, Correspondent, Desk, Receipt
from eoffice.services import correspondents, diarising
from eoffice.services.correspondents import Typed
from eoffice.services.diarising import Letter
from eoffice.services.locking import seated
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.constraints import violated
from esachivalaya.common.retry import on_deadlock


@on_deadlock
def diarise_outcome(*, request: Request, desk: Desk, by: User) -> Receipt:
    """Diarise the outcome of ``request`` at ``desk``, the desk of the post that met the citizen.

    One receipt for a meeting, of two who do it at once too: :class:`Refused` for the second. A
    private request makes a restricted receipt. What was decided is its first paper.
    """
    try:
        with transaction.atomic():
            return _diarised(request, desk, by)
    except IntegrityError as problem:
        if violated(problem) != "receipt_one_for_a_request":
            raise
        raise Refused("diarised", _("This outcome has a receipt already.")) from problem


def _diarised(request: Request, desk: Desk, by: User) -> Receipt:
    seat = seated(by, desk)
    if seat is None or request.post_id != desk.pk:
        raise PermissionDenied
    rows = Outcome.objects.filter(request=request)
    outcome = rows.select_related("recorded_by", "request__post", "request__citizen").first()
    if outcome is None:
        raise Refused("no_outcome", _("Record what became of the meeting first."))
    return diarising.diarise(
        desk=desk,
        by=by,
        letter=Letter(
            correspondent=_sender(request, desk),
            subject=request.subject,
            received_on=day_of(now()),
            delivery_mode=Receipt.Mode.PORTAL,
            letter_number=request.reference,
            category=Receipt.Category.MEETING,
            classification=Classification.RESTRICTED if request.private else Classification.NORMAL,
            papers=[decision_paper.paper_of(outcome)],
            request=request,
        ),
    )


def _sender(request: Request, desk: Desk) -> Correspondent:
    """Return the citizen as a correspondent; of a private request without a way to reach them."""
    citizen = request.citizen
    phone = "" if request.private else request.phone
    return correspondents.remember(desk.section.department, Typed(name=citizen.name, phone=phone))
