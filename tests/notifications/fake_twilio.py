"""The part of Twilio's API that the portal uses, on the loopback, with every mood it may have.

It creates, lists (by number and day), and shows messages, and makes signed receipts that a test
sends in any order it likes, by a test client or by real HTTP to the address it was given. It keeps
its own record of what it accepted: whoever wants to know what went out asks here, not our tables.
"""

import argparse
import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from twilio.request_validator import RequestValidator

Mood = Callable[[BaseHTTPRequestHandler], None]
TOKEN = "token"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Taken:
    """One message that the provider has."""

    sid: str
    fields: dict[str, str]
    status: str = "accepted"
    error_code: str = ""
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    # Not before it was sent on.
    sent_at: datetime | None = None

    def as_data(self, account: str = "AC") -> dict[str, Any]:
        return {
            "sid": self.sid,
            "account_sid": account,
            "to": self.fields.get("To"),
            "from": self.fields.get("From"),
            "messaging_service_sid": self.fields.get("MessagingServiceSid"),
            "body": self.fields.get("Body"),
            "status": self.status,
            "error_code": int(self.error_code) if self.error_code else None,
            "date_created": format_datetime(self.made_at),
            "date_sent": format_datetime(self.sent_at) if self.sent_at else None,
        }


@dataclass
class Dialled:
    """One telephone that the provider was told to dial."""

    sid: str
    fields: dict[str, list[str]]

    def __getitem__(self, name: str) -> str:
        return self.fields[name][0]

    def as_data(self, account: str = "AC") -> dict[str, Any]:
        told = {"sid": self.sid, "account_sid": account, "status": "queued"}
        return {**told, "to": self["To"], "from": self["From"]}


@dataclass(frozen=True)
class Receipt:
    """One signed call that the provider would make, as often and whenever the test wants."""

    url: str
    fields: dict[str, str]
    signature: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def send(self) -> int:
        """Make the call by real HTTP; returns the status of the answer."""
        request = urllib.request.Request(  # noqa: S310 (loopback)
            self.url,
            urlencode(self.fields).encode(),
            {"Content-Type": FORM, "X-Twilio-Signature": self.signature},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code


class FakeTwilio:
    """Accepts messages and remembers them; ``moods`` are what it answers next instead."""

    def __init__(self, port: int = 0, *, cap: float = 0.0, record: Path | None = None) -> None:
        self.taken: list[Taken] = []
        self.dialled: list[Dialled] = []
        self.calls = 0
        self.lists = 0
        self.delay = 0.0
        # The most calls that were in the air at once.
        self.most_at_once = 0
        self.moods: list[Mood] = []
        self.token = TOKEN
        self._cap = cap
        self._window: list[float] = []
        self._record = record
        self._at_once = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet for an answer: two would wait for each other.
            wbufsize = 64 * 1024

            def do_POST(self) -> None:
                outer.create(self)

            def do_GET(self) -> None:
                outer.show(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Keep the tests quiet."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        self._server = Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def accepted(self) -> list[dict[str, str]]:
        """What came in, without the address for receipts."""
        with self._lock:
            return [
                {name: value for name, value in one.fields.items() if name != "StatusCallback"}
                for one in self.taken
            ]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    # --- what it answers ---

    def create(self, call: BaseHTTPRequestHandler) -> None:
        fields = parse_qs(call.rfile.read(int(call.headers["Content-Length"])).decode())
        with self._lock:
            self.calls += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            mood = self.moods.pop(0) if self.moods else None
        try:
            if self.delay:
                threading.Event().wait(self.delay)
            if mood is None and self._over_the_cap():
                mood = refusal(429, 20429, Retry_After="1")
            if mood is not None and not getattr(mood, "takes_it", False):
                mood(call)
                return
            taken: Taken | Dialled
            if urlsplit(call.path).path.endswith("/Calls.json"):
                taken = self._dial(fields)
            else:
                taken = self._take({name: values[0] for name, values in fields.items()})
            (reply(201, taken.as_data()) if mood in {None, as_always} else mood)(call)
        finally:
            with self._lock:
                self._at_once -= 1

    def show(self, call: BaseHTTPRequestHandler) -> None:
        address = urlsplit(call.path)
        with self._lock:
            self.lists += 1
            mood = self.moods.pop(0) if self.moods else None
            rows = list(self.taken)
        if mood is not None:
            mood(call)
            return
        name = address.path.rsplit("/", 1)[-1].removesuffix(".json")
        if name != "Messages":
            found = next((row for row in rows if row.sid == name), None)
            (reply(200, found.as_data()) if found else refusal(404, 20404))(call)
            return
        asked = {key: values[0] for key, values in parse_qs(address.query).items()}
        rows = [row for row in rows if _listed(row, asked)]
        page = {"messages": [row.as_data() for row in reversed(rows)], "page": 0, "page_size": 100}
        reply(200, {**page, "next_page_uri": None, "uri": call.path})(call)

    # --- what it says later ---

    def receipt(self, taken: Taken, word: str, error_code: str = "", **more: str) -> Receipt:
        """Make the signed receipt that ``taken`` is now ``word``; sending it is the test's part."""
        taken.status, taken.error_code = word, error_code
        if word in {"sent", "delivered"}:
            taken.sent_at = taken.sent_at or datetime.now(UTC)
        fields = {
            "MessageSid": taken.sid,
            "SmsSid": taken.sid,
            "MessageStatus": word,
            "SmsStatus": word,
            "To": taken.fields["To"],
            "AccountSid": "AC" + "0" * 32,
            "ApiVersion": "2010-04-01",
            **({"ErrorCode": error_code} if error_code else {}),
            **more,
        }
        return self.signed(taken.fields["StatusCallback"], fields)

    def asks_what_to_say(self, dialled: Dialled, url: str = "", **fields: str) -> Receipt:
        """Make the signed call by which the provider asks what ``dialled`` is to hear."""
        known = {"CallSid": dialled.sid, "CallStatus": "in-progress", "To": dialled["To"]}
        return self.signed(url or dialled["Url"], {**known, **fields})

    def tells(self, dialled: Dialled, word: str) -> Receipt:
        """Make the signed call by which the provider tells that ``dialled`` is now ``word``."""
        fields = {"CallSid": dialled.sid, "CallStatus": word, "To": dialled["To"]}
        return self.signed(dialled["StatusCallback"], fields)

    def signed(self, url: str, fields: dict[str, str]) -> Receipt:
        """Sign any call to ``url`` as the provider does."""
        return Receipt(url, fields, RequestValidator(self.token).compute_signature(url, fields))

    def _take(self, fields: dict[str, str]) -> Taken:
        with self._lock:
            taken = Taken(f"SM{len(self.taken) + 1:032}", fields)
            self.taken.append(taken)
            if self._record is not None:
                with self._record.open("a", encoding="utf-8") as file:
                    kept = {"sid": taken.sid, "at": time.time(), **fields}
                    file.write(json.dumps(kept, ensure_ascii=False) + "\n")
        return taken

    def _dial(self, fields: dict[str, list[str]]) -> Dialled:
        with self._lock:
            dialled = Dialled(f"CA{len(self.dialled) + 1:032}", fields)
            self.dialled.append(dialled)
        return dialled

    def _over_the_cap(self) -> bool:
        if not self._cap:
            return False
        now = time.monotonic()
        with self._lock:
            self._window = [at for at in self._window if at > now - 1.0]
            if len(self._window) >= self._cap:
                return True
            self._window.append(now)
        return False


def _listed(row: Taken, asked: dict[str, str]) -> bool:
    if "To" in asked and row.fields.get("To") != asked["To"]:
        return False
    for name, value in asked.items():
        if not name.startswith("DateSent"):
            continue
        if row.sent_at is None:
            return False
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if name == "DateSent" and row.sent_at.date() != moment.date():
            return False
        if name == "DateSent>" and row.sent_at < moment:
            return False
        if name == "DateSent<" and row.sent_at > moment:
            return False
    return True


def reply(status: int, data: dict[str, Any] | str, headers: dict[str, str] | None = None) -> Mood:
    """A mood: answer with ``status`` and JSON, or HTML when ``data`` is text."""
    body = (data if isinstance(data, str) else json.dumps(data)).encode()

    def say(call: BaseHTTPRequestHandler) -> None:
        call.send_response(status)
        call.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            call.send_header(name, value)
        call.end_headers()
        call.wfile.write(body)

    return say


def refusal(status: int, code: int, **headers: str) -> Mood:
    """A mood: refuse as Twilio does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(status, {"code": code, "message": "No.", "status": status}, named)


def hang_up(call: BaseHTTPRequestHandler) -> None:
    """A mood: read the message, keep nothing of it and drop the connection without a word."""
    call.close_connection = True
    call.connection.close()


def taken_but(mood: Mood) -> Mood:
    """A mood: take the message, and only then do what ``mood`` does."""

    def after(call: BaseHTTPRequestHandler) -> None:
        mood(call)

    after.takes_it = True  # type: ignore[attr-defined]
    return after


def as_always(_call: BaseHTTPRequestHandler) -> None:
    """A mood: take the message and say so, while others wait for their turn behind it."""


as_always.takes_it = True  # type: ignore[attr-defined]


def kill(pid: Callable[[], int]) -> Mood:
    """A mood: kill the process that called, and answer nobody."""

    def shoot(call: BaseHTTPRequestHandler) -> None:
        os.kill(pid(), signal.SIGKILL)
        hang_up(call)

    return shoot


def main() -> None:
    """Be the provider of a rehearsal: `python -m tests.notifications.fake_twilio --port 8900`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.05, help="Seconds for each answer.")
    parser.add_argument("--cap", type=float, default=0.0, help="Messages a second, then 429.")
    parser.add_argument("--record", type=Path, help="A file with one line for each message taken.")
    chosen = parser.parse_args()
    with FakeTwilio(chosen.port, cap=chosen.cap, record=chosen.record) as fake:
        fake.delay = chosen.delay
        print(fake.url, flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
