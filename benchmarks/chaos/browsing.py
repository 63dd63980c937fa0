"""A browser that is told nothing by a dead server, and presses again with the same form."""

import http.client
import re
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.booking.cases import BROWSER
from benchmarks.chaos.records import Told

TIMEOUT = 15.0
# Who gets no answer presses again after a moment, for as long as this.
PAUSE, PATIENCE = 1.0, 90.0
FORM = "application/x-www-form-urlencoded"
HIDDEN = r'<input[^>]*name="{}"[^>]*value="([^"]*)"'


@dataclass(frozen=True)
class Answer:
    """What came back; status 0: nothing did."""

    status: int
    location: str = ""
    body: str = ""

    @property
    def told(self) -> bool:
        """Whether the portal said anything; a 5xx says nothing of what became of the form."""
        return 0 < self.status < 500

    def hidden(self, name: str) -> str:
        """Return the value of a hidden field, "" without one."""
        found = re.search(HIDDEN.format(re.escape(name)), self.body)
        return found[1] if found else ""


@dataclass(frozen=True)
class Person:
    """Who is signed in: the cookies, a token for forms, and the address they come from."""

    session: str
    csrf: str
    masked: str
    address: str


class Browser:
    """One person's requests to the portal, with what became of them noted."""

    def __init__(self, port: int, person: Person, told: Told) -> None:
        self._port = port
        self.person = person
        self._told = told

    def get(self, url: str, what: str) -> Answer:
        """Open a page, again and again until there is an answer."""
        return self._surely("GET", url, what, b"", "")

    def post(self, url: str, what: str, fields: dict[str, str]) -> Answer:
        """Send a form; the same bytes again until there is an answer."""
        body = urlencode({"csrfmiddlewaretoken": self.person.masked, **fields}).encode()
        return self._surely("POST", url, what, body, FORM)

    def upload(self, url: str, what: str, name: str, content: bytes) -> Answer:
        """Send a form with one file, once: who is refused goes on without."""
        mark = secrets.token_hex(16)
        field = f"--{mark}\r\nContent-Disposition: form-data; name="
        token = f'{field}"csrfmiddlewaretoken"\r\n\r\n{self.person.masked}\r\n'
        head = f'{field}"{name}"; filename="paper.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
        body = (token + head).encode() + content + f"\r\n--{mark}--\r\n".encode()
        answer = self._once("POST", url, body, f"multipart/form-data; boundary={mark}")
        self._told.note(what, answer.status)
        return answer

    def _surely(self, method: str, url: str, what: str, body: bytes, kind: str) -> Answer:
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._once(method, url, body, kind)
            self._told.note(what, answer.status)
            if answer.told or time.monotonic() > until:
                return answer
            time.sleep(PAUSE)

    def _once(self, method: str, url: str, body: bytes, kind: str) -> Answer:
        link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        who = self.person
        headers = {
            "Host": f"127.0.0.1:{self._port}",
            "Origin": f"http://127.0.0.1:{self._port}",
            "User-Agent": BROWSER,
            "Accept": "text/html",
            "X-Forwarded-For": who.address,
            "Cookie": f"sessionid={who.session}; csrftoken={who.csrf}; language=en",
        }
        if kind:
            headers["Content-Type"] = kind
        try:
            link.request(method, url, body or None, headers)
            got = link.getresponse()
            text = got.read().decode("utf-8", "replace")
            return Answer(got.status, got.headers.get("Location", ""), text)
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            link.close()
