"""Each run of the tests, and each of its processes, has a database of Valkey to itself."""

import fcntl
import os
from urllib.parse import urlsplit

import pytest
from django.conf import settings


def own_database(url: str) -> str:
    """The address with a number that nobody else holds; a lock dies with its process."""
    folder = settings.BASE_DIR / ".run"
    folder.mkdir(exist_ok=True)
    for number in range(1, 16):
        # Never closed by us: the lock ends with the process.
        lock = os.open(folder / f"tests-valkey-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return urlsplit(url)._replace(path=f"/{number}").geturl()
    raise pytest.UsageError("15 processes of tests run already: wait for one to end.")
