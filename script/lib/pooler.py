"""A private PgBouncer in transaction mode, as stands before the PostgreSQL of several machines.

The portal's role goes through it. The owner of the tables does not: migrations, backups and
restores need a session of their own.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lib import debian, places, processes
from lib.plain import Plain

# Debian keeps it where only root looks by itself.
WHERE = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
# Connections to PostgreSQL for each database and role; who comes later waits for a free one.
POOL = 40
CLIENTS = 600


def program() -> str:
    """The path of PgBouncer; as root on Debian it is installed when missing."""
    if given := os.environ.get("PGBOUNCER"):
        if not Path(given).exists():
            raise Plain(f"PGBOUNCER names {given}, which does not exist.")
        return given
    if not _found() and debian.installs():
        debian.install("PgBouncer", "pgbouncer")
    found = _found()
    if not found:
        raise Plain(
            "Several machines behind one database need PgBouncer: install it (Debian: apt-get "
            "install pgbouncer) or set PGBOUNCER to its path."
        )
    return found


def _found() -> str | None:
    return shutil.which("pgbouncer", path=WHERE)


@contextmanager
def running(path: str, database: str, *, pool: int = POOL) -> Iterator[str]:
    """Run one before the PostgreSQL of ``database``; yield the address that goes through it."""
    folder = Path(tempfile.mkdtemp(prefix="esachivalaya-pgbouncer-"))
    try:
        processes.owned_by_service(folder)
        port = processes.free_port()
        settings = _settings(folder, database, port, pool)
        with _started(path, settings, folder) as process:
            if not _answers(process, port):
                raise Plain("PgBouncer does not start: see .run/pgbouncer.log.")
            where = urlsplit(database).netloc
            yield database.replace(where, f"{where.rpartition('@')[0]}@127.0.0.1:{port}", 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(path: str, settings: Path, folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with (places.run_folder() / "pgbouncer.log").open("a") as log:
        process = subprocess.Popen(
            [path, "-q", settings],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **processes.unprivileged(),
        )
    try:
        yield process
    finally:
        # Not SIGINT: it would wait for its clients.
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _settings(folder: Path, database: str, port: int, pool: int) -> Path:
    """Any database of that server, for that one role."""
    parts = urlsplit(database)
    _private(
        folder / "users.txt",
        f'"{unquote(parts.username or "")}" "{unquote(parts.password or "")}"\n',
    )
    return _private(
        folder / "pgbouncer.ini",
        f"""[databases]
* = host={parts.hostname} port={parts.port or 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder / "users.txt"}
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = {CLIENTS}
""",
    )


def _private(path: Path, text: str) -> Path:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    if who := processes.unprivileged():
        os.chown(path, who["user"], who["group"])
    return path


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
