"""The workers, which are killed on the way, and the provider, which is not."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.messages.provider import ACCOUNT
from benchmarks.surroundings import ROOT

LOG = ROOT / ".run" / "bench-server.log"
THREADS = 4


class Workers:
    """So many real processes of `manage.py send_messages --forever`."""

    def __init__(self, count: int, *, provider_port: int, segments_per_second: int) -> None:
        self._environment = {
            **os.environ,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": "of-the-benchmark",
            "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32,
            "TWILIO_API_URL": f"http://127.0.0.1:{provider_port}",
            "MESSAGE_SEGMENTS_PER_SECOND": str(segments_per_second),
        }
        self._count = count
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Workers":
        self._running = [self._start() for _ in range(self._count)]
        return self

    def __exit__(self, *_problem: object) -> None:
        for worker in self._running:
            worker.terminate()
        until = time.monotonic() + 15
        for worker in self._running:
            try:
                worker.wait(timeout=max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def kill(self, number: int) -> None:
        """End one worker as a power cut would, and start another in its place."""
        worker = self._running[number]
        worker.kill()
        worker.wait()
        self._running[number] = self._start()

    def ended_by_themselves(self) -> int:
        """How many are not running: a worker never ends unless it is told to."""
        return sum(worker.poll() is not None for worker in self._running)

    def _start(self) -> "subprocess.Popen[bytes]":
        with LOG.open("a") as told:
            return subprocess.Popen(
                [
                    sys.executable, "manage.py", "send_messages",
                    "--forever", "--threads", str(THREADS),
                ],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
            )  # fmt: skip


@contextmanager
def provider(folder: Path, *, seconds: float) -> Iterator[int]:
    """Run the provider while this lasts; yields its port."""
    with LOG.open("a") as told:
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.messages.provider", str(folder), str(seconds)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
        )
    try:
        port = folder / "port"
        until = time.monotonic() + 20
        while not port.exists():
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit("The provider does not start: see .run/bench-server.log.")
            time.sleep(0.02)
        yield int(port.read_text())
    finally:
        server.terminate()
        server.wait()
