"""A coturn on the loopback for a test, and the words of STUN by which one asks it for a place."""

import contextlib
import hashlib
import hmac
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

REALM = "portal.example"
PATIENCE = 20
# Ends by itself even when the test was killed.
LONGEST = "300"
_COOKIE = 0x2112A442
_ALLOCATE, _GRANTED, _REFUSED = 0x0003, 0x0103, 0x0113
_USERNAME, _INTEGRITY, _ERROR, _REALM, _NONCE, _TRANSPORT = 0x06, 0x08, 0x09, 0x14, 0x15, 0x19
_UDP = b"\x11\0\0\0"


@contextlib.contextmanager
def running(secret: str) -> Iterator[int]:
    """A relay that takes credentials made with ``secret``; yields its port."""
    path = os.environ.get("TURNSERVER") or shutil.which("turnserver")
    assert path, "There is no coturn: run the tests through script/test."
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="esachivalaya-relay-") as folder:
        process = subprocess.Popen(
            [*_with_an_end(), path, *_arguments(port, secret, Path(folder))],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(process, port)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _with_an_end() -> list[str]:
    timeout = shutil.which("timeout")
    return [timeout, LONGEST] if timeout else []


def _arguments(port: int, secret: str, folder: Path) -> list[str]:
    told = {
        "listening-ip": "127.0.0.1",
        "relay-ip": "127.0.0.1",
        "listening-port": port,
        "static-auth-secret": secret,
        "realm": REALM,
        "min-port": 49152,
        "max-port": 65535,
        "userdb": folder / "users",
        "pidfile": folder / "pid",
        "log-file": folder / "log",
        # It demands one as soon as peers on the loopback are allowed; the terminal itself is off.
        "cli-password": secret,
    }
    switches = "-n use-auth-secret no-tls no-dtls no-cli no-multicast-peers allow-loopback-peers"
    return [
        *(word if word.startswith("-") else f"--{word}" for word in switches.split()),
        *(f"--{name}={value}" for name, value in told.items()),
    ]


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "coturn ended at once"
        with contextlib.suppress(TimeoutError, ConnectionError):
            allocate(port, "nobody", "", patience=0.3)
            return
    raise AssertionError("coturn did not answer in time")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def allocate(port: int, username: str, credential: str, *, patience: float = 5) -> int:
    """Ask for a place on the relay (RFC 5766); return 200, or the number of the refusal."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(patience)
        link.connect(("127.0.0.1", port))
        if link.getsockname()[1] == port:
            raise ConnectionError("nobody listens there yet: this socket was given the port itself")
        first = _ask(link, _message({_TRANSPORT: _UDP}))
        assert _code(first) == 401, "a relay that asks for no credential is open to everybody"
        told = _attributes(first)
        named = {
            _TRANSPORT: _UDP,
            _USERNAME: username.encode(),
            _REALM: told[_REALM],
            _NONCE: told[_NONCE],
        }
        words = b":".join([username.encode(), told[_REALM], credential.encode()])
        # The protocol wants it so.
        key = hashlib.md5(words, usedforsecurity=False).digest()
        return _code(_ask(link, _message(named, key)))


def _ask(link: socket.socket, message: bytes) -> bytes:
    link.send(message)
    return link.recv(2048)


def _message(attributes: dict[int, bytes], key: bytes = b"") -> bytes:
    body = b"".join(_attribute(kind, value) for kind, value in attributes.items())
    transaction = os.urandom(12)
    length = len(body) + (24 if key else 0)
    head = struct.pack("!HHI", _ALLOCATE, length, _COOKIE) + transaction
    if key:
        body += _attribute(_INTEGRITY, hmac.new(key, head + body, hashlib.sha1).digest())
    return head + body


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def _attributes(message: bytes) -> dict[int, bytes]:
    found, place = {}, 20
    while place + 4 <= len(message):
        kind, length = struct.unpack_from("!HH", message, place)
        found[kind] = message[place + 4 : place + 4 + length]
        place += 4 + length + (-length % 4)
    return found


def _code(message: bytes) -> int:
    (kind,) = struct.unpack_from("!H", message)
    if kind == _GRANTED:
        return 200
    assert kind == _REFUSED, hex(kind)
    error = _attributes(message)[_ERROR]
    return error[2] * 100 + error[3]
