"""The part of Twilio's API that the portal uses, on the loopback, with every mood it may have."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs


class FakeTwilio:
    """Accepts messages and remembers them; ``moods`` are what it answers next instead."""

    def __init__(self) -> None:
        self.accepted: list[dict[str, str]] = []
        self.calls = 0
        self.delay = 0.0
        self.moods: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Keep the tests quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        fields = parse_qs(call.rfile.read(int(call.headers["Content-Length"])).decode())
        with self._lock:
            self.calls += 1
            mood = self.moods.pop(0) if self.moods else None
        if self.delay:
            threading.Event().wait(self.delay)
        if mood is not None:
            mood(call)
            return
        with self._lock:
            self.accepted.append({name: values[0] for name, values in fields.items()})
            number = len(self.accepted)
        reply(201, {"sid": f"SM{number:032}", "status": "accepted"})(call)


def reply(
    status: int, data: dict[str, Any] | str, headers: dict[str, str] | None = None
) -> Callable[[BaseHTTPRequestHandler], None]:
    """A mood: answer with ``status`` and JSON, or HTML when ``data`` is text."""
    body = data if isinstance(data, str) else json.dumps(data)

    def say(call: BaseHTTPRequestHandler) -> None:
        call.send_response(status)
        call.send_header("Content-Length", str(len(body.encode())))
        for name, value in (headers or {}).items():
            call.send_header(name, value)
        call.end_headers()
        call.wfile.write(body.encode())

    return say


def refusal(status: int, code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """A mood: refuse as Twilio does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(status, {"code": code, "message": "No.", "status": status}, named)


def hang_up(call: BaseHTTPRequestHandler) -> None:
    """A mood: take the message and drop the connection without a word."""
    call.close_connection = True
    call.connection.close()
