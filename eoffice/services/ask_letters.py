"""What desks are told of questions: that there is one, until when, and where; no word of it."""

from collections.abc import Iterable, Sequence

from appointments.services.letters import moment_words, to_officers
from eoffice.models import Classification, Desk, Question
from eoffice.permissions import OFFICERS
from esachivalaya.common import addresses
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter
from officials.models import Charge
from officials.permissions import people_to_tell

ASKED, DUE, SILENT = "desk_asked", "desk_asked_due", "desk_silent"


def asked(rows: Sequence[Question]) -> None:
    """Tell each asked desk of its question, in the caller's transaction."""
    _post(letter for row in rows for letter in _to_asked(row, ASKED))


def reminded(rows: Sequence[Question]) -> None:
    """Remind each asked desk that its closing date is near."""
    _post(letter for row in rows for letter in _to_asked(row, DUE))


def silent(rows: Sequence[Question]) -> None:
    """Tell the desk that asked, in one letter, that of one round no view came from some."""
    row = rows[0]
    _post(
        to_officers(
            people_to_tell(row.from_desk.post, _kinds(row)),
            SILENT,
            event=f"{row.item_id}-{row.round}-{row.pk}",
            values={"count": str(len(rows)), "link": _link(row.from_desk)},
        )
    )


def _to_asked(row: Question, template: str) -> list[Letter]:
    return to_officers(
        people_to_tell(row.to_desk.post, _kinds(row)),
        template,
        event=str(row.pk),
        values={"until": moment_words(row.closes_at), "link": _link(row.to_desk)},
    )


def _kinds(row: Question) -> tuple[str, ...]:
    """Return who of a desk may hear of it: of confidential matters the officers alone."""
    if row.item.classification >= Classification.CONFIDENTIAL:
        return OFFICERS
    return (*OFFICERS, Charge.Kind.STAFF)


def _link(desk: Desk) -> str:
    return addresses.public("eoffice:questions", desk.post.code)


def _post(letters: Iterable[Letter]) -> None:
    outbox.post(list(letters))
