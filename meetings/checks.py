"""What is missing from the settings before people can meet; whether they could, by readiness."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils import translation

from esachivalaya.notifications.calls import own_number
from esachivalaya.notifications.twilio_gateway import missing_settings
from meetings import engines
from meetings.models import Room

TAG = "meetings"


def engine_is_set_up(**_more: Any) -> list[checks.CheckMessage]:
    """The chosen engine, and the other one where it may stand in, have all they need."""
    first = engines.chosen()
    found: list[checks.CheckMessage] = [
        checks.Error(
            words,
            hint=f"MEETING_ENGINE is {first.name!r}; the README explains its settings.",
            id="meetings.E001",
        )
        for words in _in_english(first)
    ]
    for other in engines.others(first):
        found += [
            checks.Error(
                words,
                hint=f"MEETING_FALLBACK is on, so that {other.name!r} may stand in.",
                id="meetings.E002",
            )
            for words in _in_english(other)
        ]
    return found


def relay_is_there(**_more: Any) -> list[checks.CheckMessage]:
    """Without a relay, browsers of two mobile networks often do not find each other."""
    if settings.MEETING_ENGINE != Room.Engine.PEER or settings.DEMO:
        return []
    if not settings.TURN_URLS:
        return [
            checks.Warning(
                "Many people will see and hear nobody: no relay is set, and an officer's address "
                "is told to the browser of the citizen.",
                hint="Set TURN_URLS and TURN_SECRET; docker-compose.yml has the relay.",
                id="meetings.W001",
            )
        ]
    if not any(url.startswith("turns:") and ":443" in url for url in settings.TURN_URLS):
        return [
            checks.Warning(
                "Offices whose network lets only web pages out cannot reach the relay.",
                hint="Add turns:relay.example.in:443?transport=tcp to TURN_URLS.",
                id="meetings.W002",
            )
        ]
    return []


def calls_can_be_made(**_more: Any) -> list[checks.CheckMessage]:
    """A call to a phone goes through Twilio, from the number of the telephone line."""
    if not settings.MEETING_CALLS:
        return []
    missing = missing_settings()
    if not own_number():
        missing.append("PHONE_LINE (a number that can be dialled)")
    return [
        checks.Error(
            f"MEETING_CALLS is on, but no call can be made without {name}.",
            hint="Set it, or set MEETING_CALLS to false.",
            id="meetings.E003",
        )
        for name in missing
    ]


def readiness_of(engine: engines.Engine) -> tuple[str, str]:
    """Return what /readyz says of ``engine``: its name, and what its set-up lacks.

    Only the chosen engine and one that may stand in are judged. That it answers is found out by
    the check before each meeting; a page that anybody may load asks no other machine.
    """
    first = engines.chosen()
    used = engine is first or engine in engines.others(first)
    return f"meetings_{engine.name}", " ".join(_in_english(engine)) if used else ""


def register_all() -> None:
    """Add these checks to those of Django."""
    for check in (engine_is_set_up, relay_is_there, calls_can_be_made):
        checks.register(check, TAG)


def _in_english(engine: engines.Engine) -> list[str]:
    with translation.override("en"):
        return engine.check()
