"""What the people in a room show one another beside picture and sound: lines and one paper.

Both are gone with the room.
"""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Attachment
from appointments.services.refusals import Refused
from esachivalaya.audit.services import record
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.words import tidy
from meetings.models import ChatLine, SharedPaper
from meetings.services.seats import inside

LONGEST_LINE = 500
# Nobody types faster; a script would.
MOST_LINES, IN = 20, timedelta(minutes=1)


@on_deadlock
@transaction.atomic
def write(*, seat: int, token: str, page: int, words: str) -> ChatLine:
    """Write a line for everybody in the room. See :func:`inside` for who may."""
    row, moment = inside(seat=seat, token=token, page=page)
    words = tidy(words.replace("\0", ""))
    if not 1 <= len(words) <= LONGEST_LINE:
        raise Refused("line_length", _("Write up to 500 characters."), field="words")
    lately = ChatLine.objects.filter(seat=row, written_at__gt=moment - IN).count()
    if lately >= MOST_LINES:
        raise Refused("too_many", _("Too much came from this page. Please wait a minute."))
    return ChatLine.objects.create(room=row.room, seat=row, words=words)


@on_deadlock
@transaction.atomic
def show(*, seat: int, token: str, page: int, position: int, number: int) -> SharedPaper:
    """Show everybody in the room page ``number`` of a paper of its request; the office's to do.

    One paper at a time: the next replaces it. That it is shown is put on record once a paper.
    """
    row, moment = inside(seat=seat, token=token, page=page)
    if not row.is_office:
        raise PermissionDenied
    paper = (
        Attachment.objects.select_related("stored")
        .filter(request=row.room.request_id, position=position)
        .first()
    )
    if paper is None or not 1 <= number <= (paper.stored.pages or 1):
        raise Refused("no_such_page", _("This page is not there."))
    before = SharedPaper.objects.filter(room=row.room).first()
    shown, _made = SharedPaper.objects.update_or_create(
        room=row.room, defaults={"attachment": paper, "page": number, "shared_by": row}
    )
    if before is None or before.attachment_id != paper.pk:
        record(row.room, "paper_shown", at=moment, by=row.user, data={"paper": position})
    return shown


@on_deadlock
@transaction.atomic
def stop_showing(*, seat: int, token: str, page: int) -> None:
    """Show no paper any more; the office's to do."""
    row, _moment = inside(seat=seat, token=token, page=page)
    if not row.is_office:
        raise PermissionDenied
    SharedPaper.objects.filter(room=row.room).delete()


def shown_paper(*, seat: int, token: str, position: int, number: int) -> Attachment:
    """Return the paper at ``position``, if the room is shown exactly this page of it now."""
    with transaction.atomic():
        row, _moment = inside(seat=seat, token=token, page=None)
    shown = (
        SharedPaper.objects.select_related("attachment__stored")
        .filter(room=row.room, attachment__position=position, page=number)
        .first()
    )
    if shown is None:
        raise Refused("not_shown", _("This page is not shown any more."))
    return shown.attachment
