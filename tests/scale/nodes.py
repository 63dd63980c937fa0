"""Two nodes of the portal on one machine: processes, folders and ports of their own.

What they share is what nodes of a State share: the database behind PgBouncer in transaction mode,
Redis, and a store for papers.
"""

import contextlib
import http.client
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection
from django.utils.crypto import get_random_string

from tests.object_stores import free_port

PATIENCE = 90
CELERY = "-W ignore:::celery.platforms -m celery --quiet --app esachivalaya.celery:app"
WORKER = f"{CELERY} worker --loglevel WARNING --concurrency 1 --without-gossip --without-mingle"
BEAT = f"{CELERY} beat --loglevel WARNING --schedule {{folder}}/schedule --pidfile="
WEB = (
    "-m gunicorn tests.browser.standalone:application --bind 127.0.0.1:{port} --workers 1 "
    "--worker-class gthread --threads 4 --log-level error"
)


def direct_address() -> str:
    """This run's database for the portal's role, without any pooler."""
    app, owner = settings.DATABASE, settings.OWNER_DATABASE
    who = f"{app['USER']}:{quote(app['PASSWORD'], safe='')}"
    return f"postgresql://{who}@{owner['HOST']}:{owner['PORT']}/{connection.settings_dict['NAME']}"


@dataclass
class Node:
    """One machine, as far as the portal can tell."""

    name: str
    folder: Path
    environment: Mapping[str, str]
    port: int = field(default_factory=free_port)
    _running: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, *parts: str, **more: str) -> None:
        """Start processes of it, named by WEB, WORKER or BEAT."""
        for part in parts:
            words = part.format(port=self.port, folder=self.folder).split()
            self._running.append(
                subprocess.Popen(
                    [sys.executable, *words],
                    cwd=settings.BASE_DIR,
                    env={**self.environment, **more},
                    start_new_session=True,
                )
            )

    def wait_for_web(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert all(one.poll() is None for one in self._running), f"{self.name} ended at once"
            with contextlib.suppress(OSError, http.client.HTTPException):
                if Person().get(self, "/healthz").status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{self.name} did not answer in time")

    def stop(self) -> None:
        """End what was started, letting it finish what it has in hand."""
        for one in self._running:
            one.terminate()
        for one in self._running:
            try:
                one.wait(timeout=30)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        self._running.clear()

    def files(self) -> list[str]:
        """What it wrote on its own disk."""
        return [str(one.relative_to(self.folder)) for one in self.folder.rglob("*")]


def environment(database: str, store: str, folder: Path) -> dict[str, str]:
    """What a node is told: all nodes the same but for their own folder."""
    told = {
        **os.environ,
        "DATABASE_URL": database,
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "UPLOADS_URL": store,
        "DATA_DIR": str(folder),
        "PUBLIC_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "STANDALONE": "yes",
    }
    # Only migrations may own tables: no node knows the owner's password.
    told.pop("DATABASE_OWNER_URL", None)
    return told


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Person:
    """A browser before a load balancer: the same cookies go to whichever node is next."""

    cookies: dict[str, str] = field(
        default_factory=lambda: {"csrftoken": get_random_string(32), "language": "en"}
    )

    def get(self, node: Node, path: str) -> Answer:
        return self._ask(node, "GET", path, b"", {})

    def post(self, node: Node, path: str, **fields: Any) -> Answer:
        body = urlencode({"csrfmiddlewaretoken": self.cookies["csrftoken"], **fields}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask(node, "POST", path, body, kind)

    def upload(self, node: Node, path: str, name: str, content: bytes) -> Answer:
        mark = secrets.token_hex(16)
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
            f"{self.cookies['csrftoken']}\r\n"
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="a.pdf"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return self._ask(node, "POST", path, body, kind)

    def _ask(
        self, node: Node, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        link = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
        with contextlib.closing(link):
            link.request(method, path, body or None, {"Cookie": held, **headers})
            got = link.getresponse()
            for name, value in got.getheaders():
                if name.lower() == "set-cookie":
                    key, _equals, rest = value.partition("=")
                    self.cookies[key] = rest.partition(";")[0]
            return Answer(got.status, got.headers.get("Location", ""), got.read())


@contextlib.contextmanager
def two(database: str, store: str, folder: Path) -> Iterator[tuple[Node, Node]]:
    """Two nodes of which nothing runs yet; what was started ends with this."""
    found = []
    for name in ("a", "b"):
        own = folder / name
        own.mkdir()
        found.append(Node(name, own, environment(database, store, own)))
    try:
        yield found[0], found[1]
    finally:
        for node in found:
            node.stop()
