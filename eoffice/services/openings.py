"""Who opened what: every opening of an item's content is kept, and the first one is the reading.

Source: domain rules of e-Office, invariants 3 and 5.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from eoffice.models import Item, Opening
from eoffice.permissions import Seat, visible_at
from eoffice.services import moving

# What is opened, as it stands in the log.
NOTING, READING, DECISION, QUESTION, RECEIPT, PAPER, DRAFT, LETTER, PRINT, PACK = (
    "noting",
    "reading",
    "decision",
    "question",
    "receipt",
    "paper",
    "draft",
    "letter",
    "print",
    "pack",
)
WORDS = {
    NOTING: _("the noting"),
    READING: _("the noting, to read or print"),
    DECISION: _("the decision card"),
    QUESTION: _("a question to the desk"),
    RECEIPT: _("the receipt"),
    PAPER: _("paper"),
    DRAFT: _("draft"),
    LETTER: _("the issued letter, to send it"),
    PRINT: _("the print"),
    PACK: _("in an outage pack"),
}


class NotSeen(Http404):
    """It may not be seen from that desk, or no more: to whoever asks it is not there."""


@transaction.atomic
def opened(*, item: Item, seat: Seat, what: str) -> Opening:
    """Keep that the person in ``seat`` opens the content of ``item``, before it is shown.

    At the desk that holds it the first opening is its reading: from then on nobody pulls it back.
    Raises :class:`NotSeen`, with nothing kept, for what may not be seen there, though it could be
    seen a moment ago. A list or a preview is no opening.
    """
    # The reading first: it holds the stay, so that whoever pulls it back either came before, and
    # then it is not seen any more, or is refused. What is not seen undoes the reading with it.
    moving.read(item=item, desk=seat.desk)
    row = visible_at(seat).filter(pk=item.pk).first()
    if row is None:
        raise NotSeen
    return Opening.objects.create(item=row, desk=seat.desk, by=seat.charge.user, what=what[:40])


def in_words(what: str) -> str:
    """Return what was opened as a reader calls it; which paper it was stands behind its kind."""
    kind, _space, which = what.partition(" ")
    return f"{WORDS.get(kind, kind)} {which}".strip()


def may_read_log(seat: Seat) -> bool:
    """Whether ``seat`` may read who opened what: the officer, not the office's staff."""
    return seat.is_officer


def log_of(*, item: Item, seat: Seat) -> QuerySet[Opening]:
    """Return who opened ``item``, newest first; nothing for who may not read it.

    An officer reads the log of what they may see themselves. A superuser sits at no desk.
    """
    if not may_read_log(seat) or not visible_at(seat).filter(pk=item.pk).exists():
        return Opening.objects.none()
    found = Opening.objects.filter(item=item.pk).order_by("-id")
    return found.select_related("desk__post", "by")
