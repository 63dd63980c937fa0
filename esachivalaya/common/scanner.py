"""The virus scanner, where one is set up: ClamAV's clamd, asked over its own protocol.

Each paper is streamed to it (INSTREAM) before it is kept. An answer that does not come, or is none,
counts as "not checked": the caller keeps nothing.
"""

import re
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

NAME = "clamav"
CONNECT_SECONDS = 2
# For one paper of at most 5 MB, from the first byte sent to the last one read.
SECONDS = 15
# For a scan of at most 20 MB.
SECONDS_FOR_SCANS = 30
CHUNK = 64 * 1024
LONGEST_ANSWER = 1024
_FOUND = re.compile(r"stream: (?P<name>.+) FOUND")


class Unavailable(Exception):
    """The scanner gave no answer that says whether the paper is clean."""


@dataclass(frozen=True)
class Looked:
    """What the scanner says. ``scanner`` is "" where none is set up."""

    scanner: str
    virus: str = ""


def look(content: bytes) -> Looked:
    """Let the scanner look at ``content``; raise :class:`Unavailable` when it does not answer."""
    pieces = (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
    return look_through(pieces, seconds=SECONDS)


def look_through(pieces: Iterable[bytes], *, seconds: float) -> Looked:
    """Let the scanner look at what comes in ``pieces``, of which one at a time is in memory."""
    if not settings.CLAMD_ADDRESS:
        return Looked("")
    answer = _asked(b"zINSTREAM\0", pieces, seconds=seconds)
    if answer == "stream: OK":
        return Looked(NAME)
    found = _FOUND.fullmatch(answer)
    if found is None:
        # "INSTREAM size limit exceeded. ERROR" and whatever else is no verdict.
        raise Unavailable("it gave no verdict")
    return Looked(NAME, virus=re.sub(r"[^\w.:-]", "", found["name"])[:80])


def readiness() -> tuple[str, str]:
    """Say for /readyz whether the scanner answers."""
    try:
        answer = _asked(b"zPING\0", None, seconds=CONNECT_SECONDS)
    except Unavailable as problem:
        return "virus_scanner", str(problem)
    return "virus_scanner", "" if answer == "PONG" else "gives no sensible answer"


def pieces_of(file: Any) -> Iterator[bytes]:
    """Yield what stands in ``file`` from its beginning."""
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece


def _asked(command: bytes, pieces: Iterable[bytes] | None, *, seconds: float) -> str:
    """Send ``command``, with ``pieces`` behind it, and return the one answer."""
    until = time.monotonic() + seconds
    try:
        with _connected() as link:
            try:
                _say(link, command, until)
                if pieces is not None:
                    for piece in pieces:
                        _say(link, struct.pack("!L", len(piece)) + piece, until)
                    _say(link, struct.pack("!L", 0), until)
            except (BrokenPipeError, ConnectionResetError):
                # Over its own limit of size it answers at once and hears no more.
                return _heard(link, until)
            return _heard(link, until)
    except OSError as problem:
        raise Unavailable("it cannot be reached") from problem


def _connected() -> socket.socket:
    address: str = settings.CLAMD_ADDRESS
    path = address.removeprefix("unix:")
    if not path.startswith("/"):
        host, _colon, port = address.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        return socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS)
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(CONNECT_SECONDS)
    try:
        link.connect(path)
    except OSError:
        link.close()
        raise
    return link


def _say(link: socket.socket, data: bytes, until: float) -> None:
    link.settimeout(_left(until))
    link.sendall(data)


def _heard(link: socket.socket, until: float) -> str:
    """Return the answer up to its NUL; one that is too long or cut off is none."""
    heard = b""
    while b"\0" not in heard:
        link.settimeout(_left(until))
        more = link.recv(LONGEST_ANSWER)
        heard += more
        if not more or len(heard) > LONGEST_ANSWER:
            raise Unavailable("it gave no sensible answer")
    return heard.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise Unavailable("it took too long")
    return left
