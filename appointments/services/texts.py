"""What an SMS that came in is answered about a request: STATUS and CANCEL with its reference.

Only the phone of the request itself is answered about it, and the answer goes to that phone: a
forged sender learns nothing. To anybody else the request does not exist.
"""

from appointments.models import Request
from appointments.services import letters, wishes
from appointments.services.refusals import Refused
from appointments.status_words import open_offer_of, status_in_both
from esachivalaya.common.clock import now
from esachivalaya.common.references import normalise
from esachivalaya.common.registry import TextAnswer
from esachivalaya.common.states import Overtaken

STATUS, CANCEL = "status", "cancel"


def answer(word: str, rest: str, sender: str) -> TextAnswer | None:
    """Answer STATUS and CANCEL; None for every other word.

    A withdrawal that was done is told by its own message, like one on the page.
    """
    if word not in {STATUS, CANCEL}:
        return None
    reference = normalise(rest)
    row = _own(reference, sender) if reference else None
    if row is None:
        return TextAnswer("reply_not_found")
    if word == STATUS:
        return _told("reply_status", row)
    try:
        wishes.withdraw(request=row, by=None, version=row.version)
    except (Refused, Overtaken):
        row.refresh_from_db()
        return _told("reply_cannot_cancel", row)
    return TextAnswer()


def _own(reference: str, sender: str) -> Request | None:
    """Return the request if ``sender`` is its household's number today.

    A number given up is somebody else's by now, and a private request opens with its PIN alone.
    """
    return Request.objects.filter(
        reference=reference, private=False, citizen__household__phone=sender
    ).first()


def _told(template: str, row: Request) -> TextAnswer:
    moment = now()
    return TextAnswer(
        template,
        {
            "ref": letters.reference_words(row),
            "status_text": status_in_both(row, open_offer_of(row, moment), moment),
            "link": letters.public_link(row),
        },
        subject_kind=letters.KIND,
        subject_id=str(row.pk),
    )
