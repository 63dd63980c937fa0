"""The embedded engine: picture and sound from browser to browser, six people at most.

Signals go through the portal's mailbox (services/mailbox.py). A relay (coturn) carries calls whose
browsers cannot reach one another; its credentials are made for one seat and end after half an hour.
"""

import base64
import hashlib
import hmac
import socket
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from esachivalaya.common.clock import now
from meetings.models import Room, Seat
from meetings.services import mailbox_cleaning

CREDENTIAL_LASTS = timedelta(minutes=30)
SHORTEST_SECRET = 32
REACH_SECONDS = 3.0
USUAL_PORTS = {"turn": 3478, "turns": 5349}


class Peer:
    """Two to four people well, six the limit; nothing is recorded."""

    name = Room.Engine.PEER.value
    max_people = 6
    can_record = False

    def check(self) -> list[str]:
        """A relay needs its addresses and its secret, both or neither, and its own name."""
        found = []
        if bool(settings.TURN_URLS) != bool(settings.TURN_SECRET):
            found.append(_("TURN_URLS and TURN_SECRET are set together or not at all."))
        if 0 < len(settings.TURN_SECRET.encode()) < SHORTEST_SECRET:
            found.append(_("TURN_SECRET is shorter than 32 characters."))
        if settings.RELAY_ONLY and not settings.TURN_URLS:
            found.append(_("RELAY_ONLY is on, but TURN_URLS names no relay."))
        return found

    def reach(self) -> list[str]:
        """Return why no address of the relay takes a connection; each is tried once, briefly.

        An address for UDP is asked by TCP too: coturn listens for both on one port.
        """
        if not settings.TURN_URLS or any(map(_answers, settings.TURN_URLS)):
            return []
        return [_("The relay does not answer at any of its addresses.")]

    def open(self, room: Room) -> None:
        """The room's rows are all there is."""

    def entry(self, seat: Seat) -> dict[str, Any]:
        """Return the relay's addresses and credential, and whether only the relay may be used.

        The office's side uses the relay alone where there is one: a citizen's browser must not
        learn an officer's address.
        """
        servers: list[dict[str, Any]] = []
        if settings.STUN_URLS:
            servers.append({"urls": settings.STUN_URLS})
        if settings.TURN_URLS:
            servers.append({"urls": settings.TURN_URLS, **credential(seat)})
        relay_only = bool(settings.TURN_URLS) and (seat.is_office or settings.RELAY_ONLY)
        return {
            "engine": self.name,
            "iceServers": servers,
            "iceTransportPolicy": "relay" if relay_only else "all",
            # The page asks for another credential before this one has run out.
            "lasts": CREDENTIAL_LASTS.total_seconds(),
        }

    def page_headers(self, room: Room) -> dict[str, str]:
        """Camera and microphone are for the meeting page only, and for nobody it embeds."""
        return {"Permissions-Policy": "camera=(self), microphone=(self), fullscreen=(self)"}

    def frame_sources(self, room: Room) -> list[str]:
        """Nobody: picture and sound are in the page itself."""
        return []

    def remove(self, seat: Seat) -> None:
        """Empty their mailbox; the others' pages drop who is no longer admitted."""
        mailbox_cleaning.empty_mailbox(seat)

    def close(self, room: Room) -> None:
        """Leave no signal behind."""
        mailbox_cleaning.empty_room(room)


def credential(seat: Seat) -> dict[str, str]:
    """Return user name and password for the relay, as coturn's ``use-auth-secret`` checks them."""
    expiry = int((now() + CREDENTIAL_LASTS).timestamp())
    username = f"{expiry}:{seat.pk}"
    mixed = hmac.new(settings.TURN_SECRET.encode(), username.encode(), hashlib.sha1).digest()
    return {"username": username, "credential": base64.b64encode(mixed).decode()}


def _answers(url: str) -> bool:
    scheme, _colon, rest = url.partition(":")
    name = rest.partition("?")[0]
    bare = name.count(":") != 1
    host, port = (name, "") if bare else name.split(":")
    try:
        with socket.create_connection(
            (host.strip("[]"), int(port) if port else USUAL_PORTS[scheme]), REACH_SECONDS
        ):
            return True
    except OSError:
        return False
