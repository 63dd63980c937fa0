"""Requests that no client library sends, at the real web server: refused, and never two for one."""

import socket
from collections.abc import Iterator

import pytest

from tests.browser.standalone import Portal, running

pytestmark = pytest.mark.django_db(transaction=True)
HOST = b"Host: localhost\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
# A second request, hidden in what a proxy took for the body of the first.
HIDDEN = b"GET /hidden-in-the-body HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /feedback/ HTTP/1.1\r\n" + HOST + FORM
ODD = {
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n" + HIDDEN,
    "two lengths in one": POST + b"Content-Length: 0, 60\r\n\r\n" + HIDDEN,
    "a length with a sign": POST + b"Content-Length: +0\r\n\r\n" + HIDDEN,
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "a length in other digits": POST + "Content-Length: ٣\r\n\r\n".encode() + HIDDEN,
    "length and pieces": (
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN
    ),
    "pieces twice": (
        POST
        + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
        + HIDDEN
    ),
    "pieces disguised": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "pieces before a colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a piece of no length": POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n" + HIDDEN,
    "a folded line": POST + b"X-A: b\r\n Content-Length: 60\r\n\r\n" + HIDDEN,
    "a bare line feed": b"GET / HTTP/1.1\n" + b"Host: localhost\nX: y\n\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: \x00\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    "a strange host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "an address of another server": b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long line": b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\r\n" * 500 + b"\r\n",
    "a large header": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"b" * 50_000 + b"\r\n\r\n",
    "a name with an underscore": (
        b"GET / HTTP/1.1\r\n" + HOST + b"X_Forwarded_For: 9.9.9.9\r\n\r\n"
    ),
    "another method": b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n",
    "another version": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.fixture(scope="module")
def portal(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Portal]:
    with running() as started:
        yield started


def answers_to(portal: Portal, sent: bytes, patience: float = 1) -> list[bytes]:
    """The first lines of everything that comes back on one connection."""
    told = b""
    with socket.create_connection(("127.0.0.1", portal.port), timeout=patience) as link:
        link.sendall(sent)
        link.shutdown(socket.SHUT_WR)
        try:
            while piece := link.recv(65536):
                told += piece
        except (TimeoutError, ConnectionResetError):
            assert told or len(sent) > 0
    return [line for line in told.split(b"\r\n") if line.startswith(b"HTTP/1.")]


@pytest.mark.parametrize("what", ODD)
def test_it_is_refused_or_read_as_one_request(portal: Portal, what: str) -> None:
    lines = answers_to(portal, ODD[what])
    codes = [int(line.split()[1]) for line in lines]
    # 501 and 505: an encoding or a version of HTTP that the server does not speak.
    assert all(code < 500 or code in {501, 505} for code in codes), codes
    if HIDDEN in ODD[what]:
        assert 404 not in codes, "The request in the body was answered."
    assert len(codes) <= 1, codes
    # It is there for the next one.
    alive = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    assert answers_to(portal, alive, patience=60)[0].startswith(b"HTTP/1.1 200")
