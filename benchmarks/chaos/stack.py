"""Web, worker and beat as script/server runs them, under a supervisor that starts what ended.

It does what systemd or a container's restart policy does: who ended is started again after a few
seconds, whoever or whatever ended it.
"""

import contextlib
import http.client
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path

import psycopg2
import redis
from lib import server

from benchmarks.messages import apart
from benchmarks.surroundings import ROOT

LOG = ROOT / ".run" / "chaos.log"
PARTS = ("web", "worker", "beat")
# After so many seconds the supervisor starts what ended, as a restart policy would.
PAUSE = 3.0
LOOK_SECONDS = 0.1
PATIENCE = 60.0


class Stack:
    """The processes of the portal and the services under them."""

    def __init__(self, port: int, folder: Path, environment: Mapping[str, str], clock: Path):
        self.port = port
        self._commands = {
            name: shlex.split(line)
            for name, line in server.programs(port, schedule=folder / "beat-schedule")
        }
        self._environment = dict(environment)
        # Only migrations may own tables: the running portal does not know the owner's password.
        self._environment.pop("DATABASE_OWNER_URL", None)
        self._clock = clock
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._due: dict[str, float] = {}
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor")
        # The services are started and killed by one at a time.
        self._services = threading.RLock()
        self._services_due: float | None = None
        self._told_to_end = 0
        self.ended = 0

    def __enter__(self) -> "Stack":
        for name in PARTS:
            self._start(name)
        self._watcher.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._stopping.set()
        self._watcher.join()
        for part in self._running.values():
            _signal(part, signal.SIGTERM)
        until = time.monotonic() + 15
        for part in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                part.wait(timeout=max(until - time.monotonic(), 0.1))
            _signal(part, signal.SIGKILL)
            part.wait()

    @property
    def ended_by_themselves(self) -> int:
        """How many parts ended that nobody killed."""
        return self.ended - self._told_to_end

    def writers(self) -> list[int]:
        """Return the web server's processes."""
        return [*_group_of(self._running["web"].pid)]

    def kill(self, name: str) -> None:
        """End a part with everything it started, as a power cut would."""
        self._until(lambda: name in self._running and self._running[name].poll() is None)
        self._told_to_end += 1
        _signal(self._running[name], signal.SIGKILL)

    def kill_postgres(self) -> None:
        """End the database server without a word; the supervisor starts it again."""
        self._until(_postgres_answers)
        with self._services:
            apart.kill_postgres()
            self._services_due = time.monotonic() + PAUSE

    def restart_postgres(self) -> None:
        """Stop and start the database server as for a new version of it."""
        self._until(_postgres_answers)
        with self._services:
            apart.restart_postgres()

    def kill_valkey(self) -> None:
        """End Valkey without a word; the supervisor starts it again."""
        self._until(_valkey_answers)
        with self._services:
            apart.kill_valkey()
            self._services_due = time.monotonic() + PAUSE

    def empty_valkey(self) -> None:
        """Remove everything that Valkey holds: the workers' queue, limits, buckets."""
        self._until(_valkey_answers)
        apart.flush_valkey()

    def wait_until_up(self) -> None:
        """Return when every part runs and both services answer."""
        self._until(
            lambda: (
                not self._due
                and self._services_due is None
                and self._web_answers()
                and _postgres_answers()
                and _valkey_answers()
            )
        )

    def _web_answers(self) -> bool:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            link.request("GET", "/readyz")
            return link.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for name, part in list(self._running.items()):
                if part.poll() is not None and name not in self._due:
                    # What a killed parent left behind.
                    _signal(part, signal.SIGKILL)
                    self.ended += 1
                    self._due[name] = time.monotonic() + PAUSE
            for name, due in list(self._due.items()):
                if time.monotonic() >= due:
                    self._start(name)
                    del self._due[name]
            with self._services:
                if self._services_due is not None and time.monotonic() >= self._services_due:
                    apart.start()
                    self._services_due = None

    def _start(self, name: str) -> None:
        environment = dict(self._environment)
        if name == "worker":
            environment |= moved_by(self._clock)
        with LOG.open("a") as told:
            self._running[name] = subprocess.Popen(
                self._commands[name],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                start_new_session=True,
            )

    def _until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > until:
                raise SystemExit("A part does not come back: see .run/chaos.log.")
            time.sleep(LOOK_SECONDS)


def moved_by(file: Path) -> dict[str, str]:
    """Return the environment of a process whose clock is moved by what stands in ``file``."""
    return {
        "CHAOS_CLOCK": str(file),
        # Python runs the sitecustomize of this folder before anything else.
        "PYTHONPATH": str(Path(__file__).parent / "wrong_clock"),
    }


def _group_of(leader: int) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdecimal() and os.getpgid(int(folder.name)) == leader:
                yield int(folder.name)


def _signal(part: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(part.pid, number)


def _postgres_answers() -> bool:
    try:
        psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def _valkey_answers() -> bool:
    try:
        with redis.Redis.from_url(os.environ["REDIS_URL"], socket_connect_timeout=2) as link:
            return bool(link.ping())
    except redis.RedisError:
        return False
