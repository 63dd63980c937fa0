"""What carries picture and sound: behind one small interface, chosen by a setting.

The waiting room, admission, presence and the record are the portal's own and the same for every
engine: nobody gets a relay credential or a token before the office has admitted them.
"""

from typing import Any, Protocol

from django.conf import settings

from meetings.models import Room, Seat


class Engine(Protocol):
    """One way of carrying picture and sound."""

    name: str
    max_people: int
    can_record: bool

    def check(self) -> list[str]:
        """Return what is wrong with its set-up, in sentences for who runs the portal."""
        ...

    def reach(self) -> list[str]:
        """Return why what it needs outside the portal does not answer; bounded in time."""
        ...

    def open(self, room: Room) -> None:
        """Make ready what the room needs beside the portal's own rows."""
        ...

    def entry(self, seat: Seat) -> dict[str, Any]:
        """Return what the page of ``seat`` needs to join.

        Called for an admitted seat inside the window only. The answer is never logged, cached or
        put into an address of ours.
        """
        ...

    def page_headers(self, room: Room) -> dict[str, str]:
        """Return the headers by which the meeting page differs from others."""
        ...

    def frame_sources(self, room: Room) -> list[str]:
        """Return whom the meeting page, and no other, may show in a frame."""
        ...

    def remove(self, seat: Seat) -> None:
        """Put whoever sits there out, as far as the engine can."""
        ...

    def close(self, room: Room) -> None:
        """Leave nothing of the room behind."""
        ...


def engine_of(room: Room) -> Engine:
    """Return the engine that carries ``room``; it stays what it was when the room was made."""
    return _ENGINES[room.engine]


def chosen() -> Engine:
    """Return the engine that new rooms get (setting ``MEETING_ENGINE``)."""
    return _ENGINES[settings.MEETING_ENGINE]


def well(engine: Engine) -> bool:
    """Whether ``engine`` is set up and answers now. Not to be asked inside a transaction."""
    return not (engine.check() or engine.reach())


def others(engine: Engine) -> list[Engine]:
    """Return the engines that may carry a room instead of ``engine``, the chosen one first.

    An engine that nobody chose stands in only where the setting ``MEETING_FALLBACK`` says so.
    """
    first = chosen()
    more = list(_ENGINES.values()) if settings.MEETING_FALLBACK else []
    return [one for one in [first, *(one for one in more if one is not first)] if one is not engine]


_ENGINES: dict[str, Engine] = {}


def register(engine: Engine) -> Engine:
    """Make ``engine`` known under its name."""
    _ENGINES[engine.name] = engine
    return engine
