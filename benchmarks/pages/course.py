"""The course: each page by turns with a bare view, in the demo; then the same in a whole State."""

import gzip
import json
import logging
import os
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from benchmarks import load
from benchmarks.booking.cases import BROWSER, analyse
from benchmarks.booking.pages import PROXY_LEVEL
from benchmarks.load import Job
from benchmarks.pages.addresses import addresses
from benchmarks.pages.people import browsers, waiting_request
from benchmarks.pages.state import grow
from benchmarks.servers import gunicorn
from esachivalaya.demo.making import make

ROUNDS, LOOKS, WARM_UP = 5, int(os.environ.get("BENCH_PAGES_LOOKS", "8")), 6
WORST = 3
# Seconds, on however slow a machine.
PATIENCE = 600.0


@dataclass(frozen=True)
class Page:
    """One page, and the browser that looks at it."""

    name: str
    who: str
    address: str
    client: Client

    def payload(self, port: int) -> bytes:
        """The request as a phone sends it; the connection is closed, as behind a proxy."""
        held = "; ".join(f"{name}={one.value}" for name, one in self.client.cookies.items())
        return (
            f"GET {self.address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: {BROWSER}\r\n"
            f"Accept: text/html\r\nAccept-Language: hi-IN,hi;q=0.9\r\nCookie: {held}\r\n"
            "Connection: close\r\n\r\n"
        ).encode()


class Course:
    """One run: one client after the other, so that a time is that of the page alone."""

    def run(self) -> dict[str, Any]:
        # The pages that are counted in this process would each write a line.
        logging.disable(logging.WARNING)
        # The portal that is measured runs without it.
        with override_settings(DEMO=True):
            make()
        analyse()
        row = waiting_request()
        who = browsers(row)
        self.pages = [Page(name, word, url, who[word]) for name, word, url in addresses(row)]
        demo = self.looked()
        print(json.dumps(demo), flush=True)
        grown = grow()
        state = self.looked()
        # A page whose rows grow with the State would be slower here by as much.
        growth = {
            name: round(state[name]["ratio"] / demo[name]["ratio"], 2)
            for name in demo
            if demo[name]["ratio"]
        }
        worst = sorted(state, key=lambda name: -float(state[name]["ratio"]))[:WORST]
        return {
            "ratio": load.median(one["ratio"] for one in state.values()),
            "worst": {name: state[name] for name in worst},
            "growth": {name: more for name, more in growth.items() if more > 1.3},
            "most_queries": max(one["queries"] for one in state.values()),
            "most_bytes": max(one["bytes"] for one in state.values()),
            "slowest_p95_ms": max(one["p95_ms"] for one in state.values()),
            "state_size": grown,
            "demo": demo,
            "state": state,
        }

    def looked(self) -> dict[str, dict[str, float]]:
        """Return by page its times, statements, bytes, and how often a bare view fits into it."""
        found = {}
        with (
            gunicorn("esachivalaya.wsgi:application") as port,
            gunicorn("benchmarks.pages.bare:application") as bare,
        ):
            floor = (
                f"GET /page HTTP/1.1\r\nHost: 127.0.0.1:{bare}\r\nConnection: close\r\n\r\n"
            ).encode()
            for page in self.pages:
                found[page.name] = measured(page, port, bare, floor)
                print(page.name, found[page.name], flush=True)
        return found


def measured(page: Page, port: int, bare: int, floor: bytes) -> dict[str, float]:
    """Look at ``page`` and at the bare view by turns."""
    payload = page.payload(port)
    first = times(port, payload, WARM_UP)[0]
    times(bare, floor, WARM_UP)
    own: list[list[float]] = []
    floors: list[list[float]] = []
    for _round in range(ROUNDS):
        own.append(sorted(one.seconds for one in times(port, payload, LOOKS)))
        floors.append(sorted(one.seconds for one in times(bare, floor, LOOKS)))
    p50 = load.median(one[len(one) // 2] for one in own)
    p95 = load.median(one[int(len(one) * 0.95)] for one in own)
    below = load.median(one[len(one) // 2] for one in floors)
    return {
        "p50_ms": round(p50 * 1000, 1),
        "p95_ms": round(p95 * 1000, 1),
        "ratio": round(p50 / below, 1),
        "queries": queries(page),
        "bytes": len(gzip.compress(first.body, PROXY_LEVEL)),
    }


def times(port: int, payload: bytes, many: int) -> list[load.Answer]:
    """Return the answers to so many requests, one after the other."""
    done = load.send_all(
        port, [Job(number, payload) for number in range(many)], clients=1, seconds=PATIENCE
    )
    if done.count(200) != many:
        told = [(one.status, one.location) for one in done.answers][:1]
        raise SystemExit(f"{payload[:80]!r} must answer 200, and answers {told}.")
    return done.answers


def queries(page: Page) -> int:
    """Return how many statements the page takes, once this process has served it before."""
    page.client.get(page.address, SERVER_NAME="127.0.0.1")
    with CaptureQueriesContext(connection) as spoken:
        page.client.get(page.address, SERVER_NAME="127.0.0.1")
    return len(spoken.captured_queries)
