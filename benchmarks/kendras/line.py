"""Browsers at their counters: one request after the other over HTTP, each with its time taken.

Each request has a connection of its own, as the reverse proxy asks the portal.
"""

import asyncio
import gzip
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from benchmarks.booking.cases import BROWSER

# As static/js/kendra/line.js.
PATIENCE = 20.0
NO_ANSWER = 0


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when nothing did."""

    step: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    began: float
    seconds: float

    @property
    def text(self) -> str:
        plain = dict(self.headers).get("content-encoding") != "gzip"
        return (self.body if plain else gzip.decompress(self.body)).decode()

    @property
    def data(self) -> Any:
        return json.loads(self.text)


@dataclass
class Line:
    """The way to the portal, with the times of all that went over it."""

    port: int
    answers: list[Answer] = field(default_factory=list)

    async def ask(self, step: str, head: str, body: str) -> Answer:
        """Send one request and wait for the whole answer, for as long as a browser does."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                raw = await self._exchange(f"{head}\r\n{body}".encode())
        except (OSError, TimeoutError):
            raw = b""
        answer = _read(step, raw, began, time.monotonic() - began)
        self.answers.append(answer)
        return answer

    async def _exchange(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            return await reader.read(-1)
        finally:
            writer.close()


def _read(step: str, raw: bytes, began: float, seconds: float) -> Answer:
    head, found, body = raw.partition(b"\r\n\r\n")
    if not found:
        return Answer(step, NO_ANSWER, (), b"", began, seconds)
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip().lower(), value.strip()) for name, _mark, value in pairs)
    status = int(first.split(" ", 2)[1])
    told = dict(headers).get("content-length")
    if told is not None and len(body) < int(told):
        # The connection ended on the way.
        status = NO_ANSWER
    return Answer(step, status, headers, body, began, seconds)


@dataclass
class Browser:
    """One browser: its cookies, and the secret of its page's form."""

    line: Line
    cookies: dict[str, str]
    token: str = ""

    async def get(
        self, step: str, address: str, asked: dict[str, str] | None = None, *, page: bool = False
    ) -> Answer:
        path = f"{address}?{urlencode(asked)}" if asked else address
        accept = "text/html,application/xhtml+xml" if page else "text/html"
        return await self._ask(step, f"GET {path} HTTP/1.1\r\nAccept: {accept}\r\n", "", page=page)

    async def post(
        self, step: str, address: str, fields: Any, *, accept: str = "application/json"
    ) -> Answer:
        body = urlencode(fields)
        head = (
            f"POST {address} HTTP/1.1\r\nAccept: {accept}\r\nX-CSRFToken: {self.token}\r\n"
            f"Origin: http://127.0.0.1:{self.line.port}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n"
        )
        return await self._ask(step, head, body)

    async def _ask(self, step: str, head: str, body: str, *, page: bool = False) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head += (
            f"Host: 127.0.0.1:{self.line.port}\r\nConnection: close\r\nUser-Agent: {BROWSER}\r\n"
            "Accept-Encoding: gzip, deflate\r\nAccept-Language: hi-IN,hi;q=0.9,en;q=0.8\r\n"
            f"Sec-Fetch-Dest: {'document' if page else 'empty'}\r\nCookie: {cookies}\r\n"
        )
        answer = await self.line.ask(step, head, body)
        for name, value in answer.headers:
            if name == "set-cookie":
                known, _mark, said = value.partition(";")[0].partition("=")
                self.cookies[known] = said
        return answer
