"""Papers read by a child process with bounded time and memory (:mod:`..paper_child`).

A hostile paper may crash a parser or make it work for ever. Then the child dies, the person is told
one sentence, and the portal goes on.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from esachivalaya.common.models import StoredFile

SECONDS = 15
MOST_PAGES = 50
# So many children at once for each web process, which bounds their memory; others wait their turn.
AT_ONCE = 2
WAIT_SECONDS = 20
LARGEST_ANSWER = 200_000
_CHILD = Path(__file__).with_name("paper_child.py")
_turns = threading.BoundedSemaphore(AT_ONCE)


class Unreadable(Exception):
    """The child did not get through the paper."""


class Busy(Unreadable):
    """Too many papers are being read at this moment."""


def look(content: bytes | IO[bytes], *, most_pages: int = MOST_PAGES) -> dict[str, object]:
    """Return the number of ``pages`` of a PDF, or what is ``wrong`` with it.

    A file is handed to the child as it is: this process reads nothing of it.
    """
    try:
        found = json.loads(_asked(content, "look", str(most_pages)))
    except ValueError as problem:
        raise Unreadable from problem
    return dict(found)


def picture_of(stored: StoredFile, number: int) -> bytes | None:
    """Return page ``number`` of a kept paper as a WebP picture of at most 60 KB; None when not.

    Drawn once: the picture stays beside the paper, and goes with it.
    """
    name = stored.picture_name(number)
    if default_storage.exists(name):
        with default_storage.open(name, "rb") as kept:
            return bytes(kept.read()) or None
    try:
        with stored.file.open("rb") as paper:
            picture = _asked(paper, "draw", str(number))
    except (Busy, FileNotFoundError):
        return None
    except Unreadable:
        # An empty file says so: the next who looks does not make the machine try again.
        picture = b""
    saved = default_storage.save(name, ContentFile(picture))
    if saved != name:
        # Two looked at the page at once, and the other was quicker.
        default_storage.delete(saved)
    return picture or None


def cannot_be_drawn(stored: StoredFile, number: int) -> bool:
    """Whether it was tried before to draw this page, in vain."""
    name = stored.picture_name(number)
    return default_storage.exists(name) and default_storage.size(name) == 0


def _asked(content: bytes | IO[bytes], *arguments: str) -> bytes:
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise Busy("Too many papers are being read.")
    given: dict[str, Any] = {"input": content}
    if not isinstance(content, bytes):
        content.seek(0)
        given = {"stdin": content}
    try:
        done = subprocess.run(  # noqa: S603 - our own script, and nothing of the paper in its arguments
            [sys.executable, "-I", str(_CHILD), *arguments],
            **given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env={"LANG": "C.UTF-8"},
            cwd="/",
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as problem:
        raise Unreadable from problem
    finally:
        _turns.release()
    if done.returncode or len(done.stdout) > LARGEST_ANSWER:
        raise Unreadable(f"The child ended with {done.returncode}.")
    return bytes(done.stdout)
