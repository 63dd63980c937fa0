"""The whole portal on one machine: set-up, then web, worker and beat under one supervisor."""

import argparse
import contextlib
import os
import shlex
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from lib import commands, locks, places, prepare, processes, services, state
from lib.plain import Plain

PREFERRED_PORT = 8000
MARK = "ESACHIVALAYA_SERVER"


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    single = locks.Single("server.lock")
    if single.taken():
        address = state.load().get("address", "its address")
        raise Plain(f"The portal of this checkout runs already, at {address}.")
    wanted = _wanted_port(options.port)
    _end_leftovers()
    with services.running() as base:
        port = wanted or _next_free_port()
        address = os.environ.get("PUBLIC_URL", f"http://localhost:{port}")
        env = {"DEMO": "1", "LOG_FORMAT": "line", **base, "PUBLIC_URL": address}
        prepare.tables(env)
        prepare.translations(env)
        prepare.static_files(env)
        sign_ins = _demo(env)
        state.save({**state.load(), "address": address})
        return _serve(port, address, sign_ins, env)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/server", description=__doc__)
    parser.add_argument("--port", help="listen here (also: the variable PORT); else 8000 or next")
    return parser.parse_args(arguments)


def _wanted_port(given: str | None) -> int | None:
    """The port somebody asked for, which must be free; None when nobody asked."""
    text = given or os.environ.get("PORT", "")
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise Plain(f"'{text}' is no port: give a number from 1 to 65535.")
    if not processes.is_free(int(text)):
        raise Plain(f"Port {text} cannot be used here: end what uses it, or give another --port.")
    return int(text)


def _next_free_port() -> int:
    for port in range(PREFERRED_PORT, PREFERRED_PORT + 100):
        if processes.is_free(port):
            return port
    return processes.free_port()


def _demo(env: Mapping[str, str]) -> str:
    """Demo data on the first run only; its sign-ins are kept for every later start."""
    if env["DEMO"].strip().lower() not in {"1", "true", "yes", "on"}:
        return ""
    told = places.run_folder() / "demo-sign-ins.txt"
    identity = prepare.database_identity(env)
    if state.load().get("demo_loaded") == identity and told.exists():
        return told.read_text()
    print("Loading demo data ...", flush=True)
    loaded = subprocess.run(
        [places.PYTHON, "manage.py", "demo"],
        cwd=places.ROOT,
        env=dict(env),
        stdout=subprocess.PIPE,
        text=True,
    )
    if loaded.returncode:
        raise Plain("manage.py demo failed: the reason stands above.")
    told.touch(mode=0o600)
    told.write_text(loaded.stdout)
    state.save({**state.load(), "demo_loaded": identity})
    return loaded.stdout


def _serve(port: int, address: str, sign_ins: str, env: Mapping[str, str]) -> int:
    """Run until Ctrl-C, SIGTERM or the end of one of the three."""
    running = dict(env)
    # Only migrations may own tables: the running portal does not know the owner's password.
    running.pop("DATABASE_OWNER_URL", None)
    running |= {MARK: places.checkout_id(), "PYTHONUNBUFFERED": "1"}
    procfile = places.run_folder() / "Procfile"
    parts = programs(port, schedule=places.RUN / "beat-schedule")
    procfile.write_text("".join(f"{name}: exec {line}\n" for name, line in parts))
    ready = threading.Thread(target=_announce, args=(port, address, sign_ins), daemon=True)
    ready.start()
    code = commands.run(
        str(places.PYTHON), "-m", "honcho",
        "--app-root", str(places.ROOT), "--procfile", str(procfile), "start",
        env=running, patience=10,
    )  # fmt: skip
    _end_leftovers()
    if code in (130, 143):
        print("The portal has stopped; its data is kept.")
        return 0
    raise Plain("The portal has stopped because one of its parts ended: the reason stands above.")


def programs(port: int, *, schedule: Path) -> Iterator[tuple[str, str]]:
    """The three parts by name, each with its command; beat keeps its times in ``schedule``."""
    python = shlex.quote(str(places.PYTHON))
    # Where root starts the portal, the worker says at length that it should not be root.
    celery = (
        f"{python} -W ignore:::celery.platforms -m celery --quiet --app esachivalaya.celery:app"
    )
    yield (
        "web",
        (
            f"{python} -m gunicorn esachivalaya.wsgi:application --bind 127.0.0.1:{port} "
            "--workers 2 --worker-class gthread --threads 8 --log-level warning"
        ),
    )
    yield (
        "worker",
        (f"{celery} worker --loglevel WARNING --concurrency 2 --without-gossip --without-mingle"),
    )
    yield (
        "beat",
        f"{celery} beat --loglevel WARNING --schedule {shlex.quote(str(schedule))} --pidfile=",
    )


def _announce(port: int, address: str, sign_ins: str) -> None:
    """Print the address once it answers, below what the parts print while they start."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.1)
    else:
        return
    if sign_ins:
        print(f"\n{sign_ins.rstrip()}", flush=True)
    print(f"\ne-Sachivalaya is at {address}  (Ctrl-C stops it)\n", flush=True)


def _end_leftovers() -> None:
    """End what a killed supervisor of this checkout left behind, recognised by its mark."""
    left = [pid for pid in _marked() if pid != os.getpid()]
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 8
    while any(processes.alive(pid) for pid in left) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in left:
        if processes.alive(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _marked() -> list[int]:
    mark = f"{MARK}={places.checkout_id()}"
    if not Path("/proc/self/environ").exists():
        told = subprocess.run(
            ["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True
        )
        return [int(line.split()[0]) for line in told.stdout.splitlines() if mark in line]
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
    return found
