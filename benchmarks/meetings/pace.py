"""Many clients that ask at their own pace, in one light loop beside the server they load.

Pollers wait after each answer, as the page's script does; visitors come at a steady rate whether
the server keeps up or not, and their time counts from when they should have been served.
"""

import heapq
import itertools
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.load import Answer, Client, Job

Turn = Callable[[float], None]


@dataclass
class Paced:
    """The answers of one stretch."""

    polls: list[Answer] = field(default_factory=list)
    views: list[Answer] = field(default_factory=list)
    # How long visitors stood in line before there was a connection for them, each.
    waits: list[float] = field(default_factory=list)


class Loop:
    """Runs pollers and visitors for some seconds."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ready = selectors.DefaultSelector()
        self._due: list[tuple[float, int, Turn]] = []
        self._order = itertools.count()
        self.done = Paced()

    def poller(self, payload: bytes, *, every: float, first: float) -> None:
        """Add somebody who polls ``every`` so many seconds after the last answer."""
        client = Client(self._port)

        def ask(_due: float) -> None:
            self._send(client, payload, took)

        def took(answer: Answer) -> None:
            self.done.polls.append(answer)
            self._at(time.monotonic() + every, ask)

        self._at(first, ask)

    def visitors(self, payloads: list[bytes], *, per_second: float, crowd: int) -> None:
        """Add visitors at a steady rate, on ``crowd`` connections."""
        free = [Client(self._port) for _number in range(crowd)]
        line: list[float] = []
        pages = itertools.cycle(payloads)

        def come(due: float) -> None:
            self._at(due + 1 / per_second, come)
            line.append(due)
            serve()

        def serve() -> None:
            while line and free:
                client, due = free.pop(), line.pop(0)
                self.done.waits.append(time.monotonic() - due)

                def took(answer: Answer, client: Client = client) -> None:
                    self.done.views.append(answer)
                    free.append(client)
                    serve()

                self._send(client, next(pages), took)

        self._at(time.monotonic(), come)

    def run(self, seconds: float) -> Paced:
        """Let everybody ask for so long; what was sent by then is not waited for."""
        ends = time.monotonic() + seconds
        while (moment := time.monotonic()) < ends:
            while self._due and self._due[0][0] <= moment:
                due, _number, turn = heapq.heappop(self._due)
                turn(due)
            until = min(self._due[0][0] if self._due else ends, ends)
            for key, _mask in self._ready.select(max(0.0, until - time.monotonic())):
                self._receive(key)
        return self.done

    def forget(self) -> None:
        """Begin counting anew: what came before was warming up."""
        self.done = Paced()

    def _at(self, moment: float, turn: Turn) -> None:
        heapq.heappush(self._due, (moment, next(self._order), turn))

    def _send(
        self, client: Client, payload: bytes, took: Callable[[Answer], None], *, kept: bool = True
    ) -> None:
        try:
            client.send(Job(0, payload))
        except OSError:
            # The server ended a connection that it had kept long enough.
            client.again()
            client.send(Job(0, payload))
        self._ready.register(client.link, selectors.EVENT_READ, (client, payload, took, kept))

    def _receive(self, key: selectors.SelectorKey) -> None:
        client, payload, took, kept = key.data
        link = client.link
        nothing_yet = not client.buffer
        answer = client.receive()
        if answer is None:
            return
        self._ready.unregister(link)
        if not answer.status and kept and nothing_yet:
            # A kept connection that ended as it was used: a browser asks again by itself, on a new
            # one, and so does this, once.
            self._send(client, payload, took, kept=False)
        else:
            took(answer)
