"""Starting, recognising and ending processes; only ever our own."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lib.plain import Plain

UNPRIVILEGED = ("nobody", "daemon")


def unprivileged() -> dict[str, Any]:
    """How to start a service: as ourselves, or, when we are root, as a user without rights.

    PostgreSQL refuses to run as root. No system user is made for it: every Unix has one that
    owns nothing.
    """
    if os.geteuid() != 0:
        return {}
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise Plain(
        "PostgreSQL does not run as root and this machine has no user 'nobody': start the portal "
        "as an ordinary user, or set DATABASE_URL."
    )


def owned_by_service(folder: Path) -> Path:
    """A folder that only the service can enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    who = unprivileged()
    # A checkout that root copied, its data included, belongs to root as a whole.
    if who and folder.stat().st_uid != who["user"]:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, who["user"], who["group"], follow_symlinks=False)
    folder.chmod(0o700)
    return folder


def start(command: Sequence[str | Path], *, folder: Path, log: Path, **more: Any) -> int:
    """Start a service in a session of its own, so that Ctrl-C is ours to handle; return its pid."""
    if log.exists() and log.stat().st_size > 10_000_000:
        log.unlink()
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
            umask=0o077,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            **unprivileged(),
            **more,
        ).pid
    finally:
        os.close(handle)


def alive(pid: int) -> bool:
    """Whether `pid` runs; a child that has ended is collected on the way."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def works_in(pid: int, folder: Path) -> bool:
    """Whether `pid` is the service of this folder, not a stranger that got the same number."""
    if not alive(pid):
        return False
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    except PermissionError:
        return False
    told = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return str(folder) in told.stdout


def end(pid: int, *signals: signal.Signals, patience: float = 20) -> bool:
    """Send the signals one after the other until `pid` is gone."""
    for number in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if not alive(pid):
                return True
            time.sleep(0.05)
    return not alive(pid)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """The preferred port if it is free, else one the system picks."""
    if preferred and is_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
