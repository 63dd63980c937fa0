"""Public addresses with odd places, queries, headers and cookies: never a 5xx."""

import logging
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from tests.architecture.test_url_walk import CHECKED_BY_THE_VIEW, PUBLIC
from tests.bad_input.values import ODD
from tests.bad_input.walking import Entry, entries
from tests.people import make_cast

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("BAD_INPUT_EXAMPLES", "3"))
OPEN = [entry for entry in entries() if entry.name in PUBLIC | CHECKED_BY_THE_VIEW]
QUERIES = (
    "q page after before day month year district department level language next from to kind "
    "status service post slot code token reference office pin group what"
)
PLACES = [text for text in ODD if text and "/" not in text and len(text) < 1000]
HEADERS: list[dict[str, str]] = [
    {"accept-language": "hi;q=9e999,en;q=-1,*;q=nan," + "x-" * 3000},
    {"accept-language": ",;q=;;=,\x00"},
    {"accept-language": "क़"},
    {"x-forwarded-for": "1.2.3.4, 5.6.7.8, ::1, unknown, <b>"},
    {"x-forwarded-for": "9" * 5000},
    {"x-forwarded-for": "\x00"},
    {"x-forwarded-for": "::ffff:1.2.3.4%eth0, "},
    {"x-forwarded-proto": "gopher"},
    {"x-forwarded-host": "evil.example"},
    {"x-request-id": "x" * 5000},
    {"x-request-id": "a\r\nb: c"},
    {"host": "evil.example"},
    {"host": "a b"},
    {"host": "[::1"},
    {"host": ""},
    {"host": "localhost:99999999"},
    {"referer": "http://[::1"},
    {"origin": "null"},
    {"accept": "text/html;q=x, */*;q=nan"},
    {"if-modified-since": "Thu, 99 Foo 99999 99:99:99 GMT"},
    {"if-none-match": '"' * 500},
    {"range": "bytes=9-1,-,a-b"},
    {"content-type": "multipart/form-data; boundary=" + "x" * 500},
    {"content-type": "application/json; charset=nothing"},
    {"authorization": "Bearer \x00"},
    {"authorization": "Basic !!!"},
    {"user-agent": "😀" * 300},
    {"cookie": "sessionid=" + "x" * 4000},
    {"cookie": "sessionid=\x00; csrftoken=\x00; language=\x00"},
    {"cookie": 'language="\\777"; messages=[[[; sessionid'},
    {"cookie": "language=xx; language=../../; messages=WyJhIl0:bad:sig"},
    {"cookie": "=;;=;;" * 200},
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def browser(db: None) -> Client:
    make_cast()
    return Client(raise_request_exception=False)


def some(values: list[str], turn: int) -> list[str]:
    """As many of them as the run is long, each address with others than the one before."""
    step = max(1, len(values) // EXAMPLES)
    return values[turn % step :: step]


def stands(answer: Any, what: object) -> None:
    # What is not ready says so with 503 by itself: nothing was broken by what was sent.
    allowed = {503} if str(what).startswith("('readyz'") else set()
    assert answer.status_code < 500 or answer.status_code in allowed, (answer.status_code, what)
    if answer.streaming:
        b"".join(answer.streaming_content)


def with_all_places(entry: Entry, value: str) -> str:
    path = entry.route
    while "<" in path:
        start, end = path.index("<"), path.index(">")
        number = path[start:end].startswith("<int:")
        put = (value if value.isdigit() and value.isascii() else "999999") if number else value
        path = path[:start] + quote(put, safe="", errors="surrogatepass") + path[end + 1 :]
    return path


def test_there_are_public_addresses() -> None:
    assert len(OPEN) > 50


def test_odd_places_of_public_addresses(browser: Client) -> None:
    for turn, entry in enumerate(OPEN):
        for value in some(PLACES, turn) if entry.converters else []:
            path = with_all_places(entry, value)
            cache.clear()
            stands(browser.get(path), (entry.name, value[:40]))
            if entry.name in CHECKED_BY_THE_VIEW:
                stands(browser.post(path), (entry.name, value[:40]))


def test_odd_queries_of_public_addresses(browser: Client) -> None:
    for turn, entry in enumerate(OPEN):
        path = with_all_places(entry, "DC-REW")
        for value in some(ODD, turn):
            told = quote(value[:2000], errors="surrogatepass")
            query = "&".join(f"{name}={told}" for name in QUERIES.split())
            cache.clear()
            stands(browser.get(f"{path}?{query}"), (entry.name, value[:40]))
        for query in ("%ff%fe=%c3%28&q=%c3%28&q=%ff", "&" * 400, "q[]=1&q[a]=2", "=&=&="):
            stands(browser.get(f"{path}?{query}"), (entry.name, query[:40]))


@pytest.mark.parametrize("headers", HEADERS, ids=lambda one: str(next(iter(one.items())))[:40])
def test_odd_headers(browser: Client, headers: dict[str, str]) -> None:
    for path in ("/", "/officials/", "/track/", "/accounts/sign-in/", "/healthz", "/metrics"):
        cache.clear()
        stands(browser.get(path, headers=headers), (path, headers))
        stands(browser.post(path, {"q": "x"}, headers=headers), (path, headers))


BODIES: list[tuple[str, bytes]] = [
    ("application/x-www-form-urlencoded", b"phone=" + b"9" * (2 * 1024 * 1024)),
    ("application/x-www-form-urlencoded", b"a=1&" * 5000),
    ("application/x-www-form-urlencoded", b"phone=%ff%fe&key=%00&person=%c3%28&name=%ed%a0%80"),
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"phone": ' + b"9" * 10_000 + b"}"),
    ("application/json", b"\xff\xfe"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="\x00../a"\r\n\r\nb\r\n' * 40
        + b"--x--\r\n",
    ),
    ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n\r\n--x--\r\n"),
    ("text/plain; charset=utf-16", b"\x00\x01"),
]


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=range(len(BODIES)))
def test_odd_and_oversized_bodies(browser: Client, kind: str, body: bytes) -> None:
    for entry in OPEN[BODIES.index((kind, body)) % 4 :: 4]:
        path = with_all_places(entry, "DC-REW")
        cache.clear()
        stands(browser.generic("POST", path, body, content_type=kind), (entry.name, kind))
