"""Half an hour before each meeting: does what carries it answer? If not, there is a better room.

The engines are asked outside of every transaction, once a sweep and not once a room: they may take
seconds to not answer. What follows is done room by room, under its lock, and once.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from appointments.models import Request
from appointments.services import letters
from appointments.services.letters import Value
from esachivalaya.audit.services import record
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.retry import on_deadlock
from meetings import engines
from meetings.models import Room
from meetings.services import rooms

logger = logging.getLogger(__name__)

CHECKED_BEFORE = timedelta(minutes=30)
BATCH = 200
# One lost packet is no reason to send everybody to another room.
TRIES = 2


def sweep() -> int:
    """Check the rooms whose meetings are near; return how many were replaced.

    A room whose engine is well is noted as checked and left alone from then on. One whose engine
    is not gets a room of another engine that may stand in and is well, and everybody is told; where
    there is none the room stays, the record says once that it failed, and the next sweep asks
    again until the meeting begins. Safe to run twice at once.
    """
    due = list(Room.objects.due_to_check(CHECKED_BEFORE).order_by("starts_at", "id")[:BATCH])
    well = _Asked()
    replaced = 0
    for room in due:
        engine = engines.engine_of(room)
        if well(engine):
            _note_well(room)
            continue
        other = next((one for one in engines.others(engine) if well(one)), None)
        if other is not None:
            replaced += _replace(room, other)
        else:
            _note_failed(room)
    return replaced


class _Asked:
    """Whether engines are well, each asked when it is first needed in this sweep."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    def __call__(self, engine: engines.Engine) -> bool:
        if engine.name not in self._known:
            self._known[engine.name] = any(engines.well(engine) for _try in range(TRIES))
            if not self._known[engine.name]:
                logger.error("The meeting engine %s does not work.", engine.name)
        return self._known[engine.name]


def _note_well(room: Room) -> None:
    Room.objects.filter(pk=room.pk, checked_at__isnull=True).update(checked_at=ClockTimestamp())


@on_deadlock
@transaction.atomic
def _replace(room: Room, engine: engines.Engine) -> bool:
    """Replace ``room`` by one of ``engine``, and tell the citizen, the office and who joins."""
    row = _still_due(room)
    if row is None:
        return False
    new = rooms.replace(room=row, engine=engine)
    if new is None:
        return False
    Room.objects.filter(pk=new.pk).update(checked_at=ClockTimestamp())
    _tell(new)
    return True


@on_deadlock
@transaction.atomic
def _note_failed(room: Room) -> None:
    """Write down that ``room`` failed its check; only the first time, whoever asks again."""
    row = _still_due(room)
    if row is None or row.failed_at is not None:
        return
    row.failed_at = now()
    row.save(update_fields=["failed_at"])
    record(row, "room_check_failed", at=row.failed_at, data={"engine": row.engine})


def _still_due(room: Room) -> Room | None:
    """Lock ``room``; None when somebody else has dealt with it meanwhile.

    The request is locked before it, as by everybody who confirms, moves or cancels.
    """
    Request.objects.select_for_update().get(pk=room.request_id)
    rows = Room.objects.select_for_update(of=("self",)).select_related(
        "request__post", "request__citizen__household__user"
    )
    return rows.filter(pk=room.pk, status=Room.Status.PLANNED, checked_at__isnull=True).first()


def _tell(room: Room) -> None:
    """Tell of the new ``room``. Who joins the citizen is sent a link with the new seat."""
    row = room.request
    told: dict[str, Value] = {"when": letters.moment_words(room.starts_at)}
    # Each side has a page of its own, which takes its people to the room that is live.
    guest = settings.PUBLIC_URL + reverse("meetings:guest", args=[row.reference])
    office = settings.PUBLIC_URL + reverse("meetings:office", args=[row.reference])
    letters.send(
        [
            letters.to_citizen(row, "room_replaced", event=str(room.pk), **told, link=guest),
            *letters.to_desk(
                row, "office_room_replaced", post=row.post, event=str(room.pk), **told, link=office
            ),
        ]
    )
