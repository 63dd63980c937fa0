"""Locks that the kernel lets go of when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lib import places


def _open(name: str) -> int:
    path: Path = places.run_folder() / name
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def setting_up() -> Iterator[None]:
    """One process of this checkout at a time installs, starts or stops something."""
    handle = _open("setup.lock")
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up in this checkout to finish ...", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class Users:
    """Counts who uses the services: each holds a shared lock for as long as it lives."""

    def __init__(self) -> None:
        self._handle = _open("users.lock")

    def join(self) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Leave; true when nobody else is left. Call it under `setting_up`."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(self._handle)


class Single:
    """Only one `script/server` in a checkout."""

    def __init__(self, name: str) -> None:
        self._handle = _open(name)

    def taken(self) -> bool:
        """True when somebody else holds it; otherwise it is ours until we end."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
