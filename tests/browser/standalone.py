"""The portal as a process of its own over the database of a test run: one that can be killed.

gunicorn loads ``application``; :class:`Portal` starts, kills and restarts it.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

PATIENCE = 60


class Portal:
    """A gunicorn with two workers, always on the same port of the loopback."""

    def __init__(self, **environment: str) -> None:
        self._more = environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = (
            f"{sys.executable} -m gunicorn tests.browser.standalone:application "
            f"--bind 127.0.0.1:{self.port} --workers 2 --worker-class gthread --threads 4 "
            "--log-level error"
        )
        self._process = subprocess.Popen(
            command.split(),
            cwd=settings.BASE_DIR,
            env={**_environment(), **self._more},
            start_new_session=True,
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self._process.poll() is None, "gunicorn ended at once"
            if self._answers():
                return
            time.sleep(0.1)
        raise AssertionError("gunicorn did not answer in time")

    def kill(self) -> None:
        """End it and its workers in the middle of whatever they do."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=PATIENCE)
        self._process = None

    def _answers(self) -> bool:
        """Its port is open long before its workers have read the portal."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(link), contextlib.suppress(OSError, http.client.HTTPException):
            link.request("GET", "/healthz")
            return link.getresponse().status == HTTPStatus.OK
        return False


@contextlib.contextmanager
def running(**environment: str) -> Iterator[Portal]:
    """A portal that is started, told ``environment`` as well, and gone at the end."""
    portal = Portal(**environment)
    try:
        portal.start()
        yield portal
    finally:
        portal.kill()


def _environment() -> dict[str, str]:
    """This run's own database and Valkey, by the addresses that the settings read."""
    from django.db import connection

    url = urlsplit(os.environ["DATABASE_URL"])
    return {
        **os.environ,
        "DATABASE_URL": url._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "REDIS_URL": settings.REDIS_URL,
        "STANDALONE": "yes",
    }


def _application() -> object:
    """The portal with its files found where they are written, as in every test."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "esachivalaya.settings")
    storages: dict[str, Any] = settings.STORAGES
    storages["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    django.setup()

    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.handlers.wsgi import WSGIHandler

    return StaticFilesHandler(WSGIHandler())


if os.environ.get("STANDALONE") == "yes":
    application = _application()
