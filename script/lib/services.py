"""PostgreSQL and Valkey of this checkout: up while somebody uses them, down after the last."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lib import locks, packages, places, postgres, state, valkey


@contextmanager
def running(*, dev: bool = False) -> Iterator[dict[str, str]]:
    """Everything installed and both services up; yields the environment to run the portal in.

    Services that nobody asked to keep (`script/services start`) are stopped by the last one who
    leaves. A service named by DATABASE_URL or REDIS_URL is used as it is and never touched.
    """
    users = locks.Users()
    with locks.setting_up():
        users.join()
        packages.ensure(dev=dev)
        try:
            environment = _ensure()
        except BaseException:
            if users.leave() and not _kept().exists():
                _stop()
            raise
    try:
        yield environment
    finally:
        # A second Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with locks.setting_up():
            if users.leave() and not _kept().exists():
                _stop()


def start(*, dev: bool = True) -> dict[str, str]:
    """Start the services and keep them until `stop`."""
    with locks.setting_up():
        packages.ensure(dev=dev)
        environment = _ensure()
        _kept().touch()
    return environment


def stop() -> bool:
    """Stop them, unless somebody still uses them; true when they are down."""
    users = locks.Users()
    with locks.setting_up():
        _kept().unlink(missing_ok=True)
        if not users.leave():
            return False
        _stop()
    return True


def status() -> dict[str, bool]:
    if not places.PYTHON.exists():
        return {"PostgreSQL": False, "Valkey": False}
    return {"PostgreSQL": postgres.is_running(), "Valkey": valkey.is_running()}


def _ensure() -> dict[str, str]:
    kept = state.load()
    if "DATABASE_URL" not in os.environ:
        postgres.ensure(kept)
        state.save(kept)
    if "REDIS_URL" not in os.environ:
        valkey.ensure(kept)
        state.save(kept)
    environment = {"SECRET_KEY": kept["secret_key"]}
    if "DATABASE_URL" not in os.environ:
        environment["DATABASE_URL"] = postgres.url(kept, postgres.APP)
        environment["DATABASE_OWNER_URL"] = postgres.url(kept, postgres.OWNER)
    if "REDIS_URL" not in os.environ:
        environment["REDIS_URL"] = valkey.url(kept)
    environment["PUBLIC_URL"] = "http://localhost:8000"
    environment["ALLOWED_HOSTS"] = "localhost,127.0.0.1"
    return {**environment, **os.environ}


def _kept() -> Path:
    return places.run_folder() / "keep-services"


def _stop() -> None:
    if places.PYTHON.exists():
        valkey.stop()
        postgres.stop()


def names() -> dict[str, str]:
    """What another tool needs to reach the running services."""
    environment = start()
    wanted = ("SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL",
              "PUBLIC_URL", "ALLOWED_HOSTS")  # fmt: skip
    return {name: environment[name] for name in wanted if name in environment}
