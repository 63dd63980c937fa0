"""A Jitsi Meet of one's own: the portal signs who may come into which room, Jitsi carries the rest.

The page shows the Jitsi host in a frame. No script of that host runs in the portal's own page, so
what it can do is what a frame can: its camera and microphone, and nothing of the portal's session.
The token travels in the fragment of the frame's address, which browsers send to no server and put
into no Referer; no address of ours ever holds it.
"""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import requests
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from esachivalaya.common.clock import now
from meetings.models import Room, Seat

# A token is good for so long at most, and never for longer than the room.
LONGEST = timedelta(hours=2)
# The clocks of two machines need not agree to the second.
CLOCKS_DIFFER = timedelta(seconds=10)
# HMAC-SHA256 is as strong as its key; RFC 7518 asks for 256 bits.
SHORTEST_SECRET = 32
REACH_SECONDS = (3.0, 5.0)
ROOM_NAME = re.compile(r"m-[0-9a-f]{32}")
DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
# Jitsi's own waiting page, invitations, links to its app and everything that keeps the meeting.
SETTINGS_OF_FRAME: dict[str, Any] = {
    "config.prejoinConfig.enabled": False,
    "config.disableDeepLinking": True,
    "config.disableInviteFunctions": True,
    "config.doNotStoreRoom": True,
    "config.localRecording.disable": True,
    "config.recordingService.enabled": False,
    "config.liveStreaming.enabled": False,
    "config.transcription.enabled": False,
    "config.disableThirdPartyRequests": True,
    "config.toolbarButtons": ["microphone", "camera", "tileview", "fullscreen", "settings"],
}


class Jitsi:
    """Jitsi Meet with signed tokens; nothing is recorded, as the token says of every seat."""

    name = Room.Engine.JITSI.value
    # What one bridge carries with pictures is far more; a meeting with an office is not larger.
    max_people = 12
    can_record = False

    def check(self) -> list[str]:
        """Return what the settings lack: address, both halves of the signature, the domain."""
        found = [
            _("%(name)s is not set.") % {"name": name}
            for name in ("JITSI_URL", "JITSI_APP_ID", "JITSI_APP_SECRET", "JITSI_XMPP_DOMAIN")
            if not getattr(settings, name)
        ]
        if 0 < len(settings.JITSI_APP_SECRET.encode()) < SHORTEST_SECRET:
            found.append(_("JITSI_APP_SECRET is shorter than 32 characters."))
        if settings.JITSI_APP_ID == "*":
            found.append(_("JITSI_APP_ID names one portal, not every one."))
        if settings.JITSI_XMPP_DOMAIN and not DOMAIN.fullmatch(settings.JITSI_XMPP_DOMAIN):
            found.append(_("JITSI_XMPP_DOMAIN is not a domain in small letters."))
        if settings.JITSI_URL and not _is_secure(settings.JITSI_URL):
            found.append(
                _("JITSI_URL does not begin with https://: browsers give no camera there.")
            )
        if settings.JITSI_URL and host() == _origin(settings.PUBLIC_URL):
            found.append(_("JITSI_URL is the portal's own address: a frame could read its pages."))
        return found

    def reach(self) -> list[str]:
        """Return why the Jitsi host does not answer, within some seconds; follows no redirect."""
        if not settings.JITSI_URL:
            return self.check()
        try:
            answer = requests.head(
                settings.JITSI_URL + "/", timeout=REACH_SECONDS, allow_redirects=False
            )
        except requests.RequestException:
            return [_("The Jitsi Meet does not answer.")]
        if answer.status_code >= 400:
            return [_("The Jitsi Meet answers %(status)s.") % {"status": answer.status_code}]
        return []

    def open(self, room: Room) -> None:
        """Jitsi makes a room when the first person with a token for it comes in."""

    def entry(self, seat: Seat) -> dict[str, Any]:
        """Return the address of the frame, with a token for this seat and this room alone."""
        token = token_of(seat)
        told = {**SETTINGS_OF_FRAME, "jwt": token, "config.defaultLanguage": get_language() or "hi"}
        # Jitsi reads each value of the fragment as JSON.
        fragment = urlencode(
            {name: json.dumps(value) for name, value in told.items()}, quote_via=quote
        )
        return {
            "engine": self.name,
            "frame": f"{settings.JITSI_URL}/{seat.room.name}#{fragment}",
            "allow": allowed_to_frame(),
        }

    def page_headers(self, room: Room) -> dict[str, str]:
        """Camera, microphone, screen and full size are for the frame of the Jitsi host as well."""
        for_both = f'(self "{host()}")'
        return {
            "Permissions-Policy": ", ".join(
                f"{feature}={for_both}"
                for feature in ("camera", "microphone", "fullscreen", "autoplay")
            )
        }

    def frame_sources(self, room: Room) -> list[str]:
        """Only the Jitsi host may be framed, on the meeting page alone."""
        return [host()]

    def remove(self, seat: Seat) -> None:
        """Nothing can be done at Jitsi from here, and nothing is pretended.

        Jitsi asks for the token when somebody comes in, not afterwards; without a plugin in its
        XMPP server it offers nobody a way to put a person out. What holds: the seat gets no new
        token, its page takes the frame away at the next poll (a second or two), and the office,
        being the moderator, can put a browser out that ignores that from inside the frame.
        """

    def close(self, room: Room) -> None:
        """As with :meth:`remove`: pages take the frame away at their next poll.

        The room's name is never used again, and every token for it ends with the room's window,
        after two hours at the latest. Jitsi itself forgets the room when the last has left.
        """


def token_of(seat: Seat) -> str:
    """Return the signed token by which ``seat`` comes into its room, and into no other.

    Each claim is as Jitsi's own verifier takes it: without an end it would be good for ever, with
    a list as audience for nothing, with ``*`` as room for every room. What is not said of
    recording, Jitsi would allow to a moderator; so it is said.
    """
    room, moment = seat.room, now()
    if not ROOM_NAME.fullmatch(room.name):
        raise ValueError("This is not the name of a room.")
    claims = {
        "iss": settings.JITSI_APP_ID,
        "aud": settings.JITSI_APP_ID,
        "sub": settings.JITSI_XMPP_DOMAIN,
        "room": room.name,
        "nbf": int((moment - CLOCKS_DIFFER).timestamp()),
        "exp": int(min(room.closes_at, moment + LONGEST).timestamp()),
        "context": {
            "user": {
                "id": str(seat.pk),
                "name": seat.name,
                "affiliation": "owner" if seat.is_office else "member",
            },
            "features": {"recording": False, "livestreaming": False, "transcription": False},
        },
    }
    return jwt.encode(claims, settings.JITSI_APP_SECRET, algorithm="HS256", headers={"typ": "JWT"})


def host() -> str:
    """Return the Jitsi host as policies name it: scheme, name and port."""
    return _origin(settings.JITSI_URL)


def allowed_to_frame() -> str:
    """Return what the frame may use, as its attribute ``allow`` says it."""
    return "; ".join(
        f"{feature} {host()}" for feature in ("camera", "microphone", "fullscreen", "autoplay")
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_secure(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1"}
