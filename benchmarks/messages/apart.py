"""A PostgreSQL and a Valkey of this run alone, since it empties the one and restarts the other."""

import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from lib import postgres, processes, reach, valkey

from benchmarks import surroundings

PREFIX = "bench-"
_state: dict[str, Any] = {}


@contextmanager
def fresh() -> Iterator[None]:
    """While this lasts, the environment names services and a database that nobody else uses."""
    _remove_left_over()
    _state.update(
        {
            name: secrets.token_urlsafe(24)
            for name in (
                "superuser_password",
                "owner_password",
                "app_password",
                "valkey_password",
            )
        }
    )
    try:
        postgres.ensure(_state, _folder("postgres"))
        valkey.ensure(_state, _folder("valkey"))
        os.environ["DATABASE_URL"] = postgres.url(_state, postgres.APP)
        os.environ["DATABASE_OWNER_URL"] = postgres.url(_state, postgres.OWNER)
        os.environ["REDIS_URL"] = valkey.url(_state)
        with surroundings.fresh():
            yield
    finally:
        _remove(os.getpid())


def restart_postgres() -> tuple[float, float]:
    """Stop and start the database server; returns from when to when it was away."""
    began = time.time()
    postgres.stop(_folder("postgres"))
    postgres.ensure(_state, _folder("postgres"))
    return began, time.time()


def start() -> None:
    """Start whichever of the two does not run, at the address it had."""
    before = (_state["postgres_port"], _state["valkey_port"])
    postgres.ensure(_state, _folder("postgres"))
    valkey.ensure(_state, _folder("valkey"))
    if before != (_state["postgres_port"], _state["valkey_port"]):
        raise SystemExit("A killed service did not get its port back: another process took it.")


def kill_postgres() -> None:
    """End the database server as a power cut would; its sessions notice and end by themselves.

    Returns when the last of them has: until then its memory is in use, and none may be started.
    """
    folder = _folder("postgres")
    os.kill(int((folder / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    until = time.monotonic() + 30
    while _working_in(folder) and time.monotonic() < until:
        time.sleep(0.05)


def kill_valkey() -> None:
    """End Valkey as a power cut would: what it had not saved is gone."""
    folder = _folder("valkey")
    pid = int((folder / "valkey.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    while processes.alive(pid):
        time.sleep(0.02)


def _working_in(folder: Path) -> list[int]:
    """Return the processes whose working directory is ``folder``."""
    pids = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]
    return [pid for pid in pids if processes.works_in(pid, folder)]


def flush_valkey() -> None:
    """Empty Valkey as a whole: queues, buckets, everything."""
    with redis.Redis.from_url(valkey.url(_state)) as link:
        link.flushall()


def _folder(service: str, pid: int | None = None) -> Path:
    return reach.home() / f"{PREFIX}{service}-{pid or os.getpid()}"


def _remove(pid: int) -> None:
    valkey.stop(_folder("valkey", pid))
    postgres.stop(_folder("postgres", pid))
    for service in ("valkey", "postgres"):
        shutil.rmtree(_folder(service, pid), ignore_errors=True)


def _remove_left_over() -> None:
    """End and remove the services of runs that were killed: their process is gone."""
    for folder in reach.home().glob(f"{PREFIX}postgres-*"):
        pid = int(folder.name.rpartition("-")[2])
        if not Path(f"/proc/{pid}").exists():
            _remove(pid)
