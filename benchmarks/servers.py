"""A gunicorn as script/server starts it, on a loopback port of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.surroundings import ROOT

QUESTION = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
# The arrangement of script/server.
ARRANGEMENT = ("--workers", "2", "--worker-class", "gthread", "--threads", "8")


@contextmanager
def gunicorn(application: str, **environment: str) -> Iterator[int]:
    """Serve ``application`` while this lasts; yields the port, once it answers."""
    log = ROOT / ".run" / "bench-server.log"
    with log.open("a") as told, socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        port = int(listener.getsockname()[1])
        server = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", application,
                "--bind", f"fd://{listener.fileno()}",
                *ARRANGEMENT,
                "--log-level", "warning",
            ],
            cwd=ROOT,
            env={**os.environ, "PUBLIC_URL": f"http://127.0.0.1:{port}", **environment},
            stdout=told,
            stderr=told,
            pass_fds=[listener.fileno()],
        )  # fmt: skip
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait for one whole answer: before that, workers are still reading the code."""
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as link:
                link.settimeout(60)
                link.sendall(QUESTION)
                if link.recv(12).startswith(b"HTTP/1.1 "):
                    return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("gunicorn does not answer: the reason stands in .run/bench-server.log.")
