"""An S3-compatible store on the loopback for a test: a process of its own, as a State's is."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from esachivalaya import environment

PATIENCE = 30
KEY, SECRET = "portal", "only/for+tests"
BUCKET = "papers"


@dataclass(frozen=True)
class Store:
    """One that runs."""

    port: int

    def url(self, prefix: str) -> str:
        """The setting that names it, with a prefix of its own for each test."""
        secret = SECRET.replace("/", "%2F").replace("+", "%2B")
        return f"s3+http://{KEY}:{secret}@127.0.0.1:{self.port}/{BUCKET}/{prefix}"

    def storages(self, prefix: str) -> dict[str, Any]:
        """What the settings make of it."""
        store = environment.no_or_store(self.url(prefix))
        return {
            "default": environment.kept(store, "papers"),
            "seals": environment.kept(store, "anchors", write_once=True),
        }

    def client(self) -> Any:
        """The store as its operator sees it."""
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def keys(self, prefix: str) -> list[str]:
        """What stands in it."""
        found = self.client().list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/")
        return [one["Key"] for one in found.get("Contents", [])]


@contextlib.contextmanager
def running() -> Iterator[Store]:
    """A store with an empty bucket; what it holds goes with it."""
    store = Store(free_port())
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(store.port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, store.port)
        store.client().create_bucket(Bucket=BUCKET)
        yield store
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "the store ended at once"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the store did not answer in time")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
