"""Many HTTP clients in one light loop, each on a connection of its own that it keeps.

The loop shares the machine with the server it loads, so it does as little as can be done: requests
are bytes made beforehand, and of an answer only status, place and length are read.
"""

import re
import selectors
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)
LAST_CHUNK = b"0\r\n\r\n"
NO_ANSWER = 0
PATIENCE = 60.0


@dataclass(frozen=True)
class Job:
    """One request to be sent, known by its number."""

    number: int
    payload: bytes


@dataclass(frozen=True)
class Answer:
    """What came back for one job. Status 0: nothing did."""

    number: int
    status: int
    location: str
    body: bytes
    seconds: float


def _whole(body: bytes, length: "re.Match[bytes] | None") -> bool:
    return len(body) >= int(length[1]) if length else body.endswith(LAST_CHUNK)


@dataclass
class Round:
    """The answers of one round and how long it took to the last of them."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, status: int) -> int:
        return sum(answer.status == status for answer in self.answers)

    def per_second(self, status: int) -> float:
        return self.count(status) / self.seconds if self.seconds else 0.0


class Client:
    """One connection: sends a job, waits for the whole answer, sends the next."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connect()

    def connect(self) -> None:
        self.link = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, job: Job) -> None:
        self.job, self.buffer, self.sent_at = job, b"", time.monotonic()
        self.link.sendall(job.payload)

    def receive(self) -> Answer | None:
        """Read what is there; the answer when it is whole or can no longer become so."""
        try:
            data = self.link.recv(262_144)
        except OSError:
            data = b""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head) if found else None
        if found and _whole(body, length):
            status, place = STATUS.match(head), LOCATION.search(head)
            if b"\r\nconnection: close" in head.lower():
                self.again()
            return self._answer(int(status[1]) if status else NO_ANSWER, place, body)
        if not data:
            self.again()
            return self._answer(NO_ANSWER, None, b"")
        return None

    def again(self) -> None:
        self.link.close()
        self.connect()

    def _answer(self, status: int, place: "re.Match[bytes] | None", body: bytes) -> Answer:
        location = place[1].decode() if place else ""
        return Answer(self.job.number, status, location, body, time.monotonic() - self.sent_at)


def send_all(port: int, jobs: Iterable[Job], *, clients: int, seconds: float = PATIENCE) -> Round:
    """Send ``jobs`` by so many clients side by side until none is left or the time is over.

    What was sent is always waited for, so that the record is complete.
    """
    waiting = iter(jobs)
    done = Round()
    with selectors.DefaultSelector() as ready:
        crowd = [Client(port) for _ in range(clients)]
        began = time.monotonic()
        ends = began + seconds
        busy = sum(_next(client, waiting, ready) for client in crowd)
        while busy:
            events = ready.select(timeout=PATIENCE)
            if not events:
                raise SystemExit(f"{busy} requests were not answered within {PATIENCE:.0f} s.")
            for key, _mask in events:
                busy -= _take(key.data, done, waiting if time.monotonic() < ends else None, ready)
        done.seconds = time.monotonic() - began
    for client in crowd:
        client.link.close()
    return done


def _take(
    client: Client,
    done: Round,
    waiting: "Iterable[Job] | None",
    ready: selectors.BaseSelector,
) -> int:
    """Read from one client; 1 when it has nothing more to do."""
    link = client.link
    answer = client.receive()
    if answer is None:
        return 0
    done.answers.append(answer)
    ready.unregister(link)
    return 0 if waiting is not None and _next(client, iter(waiting), ready) else 1


def _next(client: Client, waiting: "Iterable[Job]", ready: selectors.BaseSelector) -> bool:
    job = next(iter(waiting), None)
    if job is None:
        return False
    client.send(job)
    ready.register(client.link, selectors.EVENT_READ, client)
    return True


def median(values: Iterable[float]) -> float:
    """Return the middle one of an odd number of values."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
