"""What the engines need, how they are reached, and what their pages may do."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from csp.middleware import CSPMiddleware
from django.core.checks.registry import registry
from django.http import HttpResponse
from django.test import Client, RequestFactory

from meetings import checks, engines
from meetings.engines.jitsi import Jitsi
from meetings.engines.peer import Peer
from meetings.models import Room
from meetings.page_headers import with_headers


@pytest.fixture(autouse=True)
def _all_is_set(settings: Any) -> None:
    settings.DEMO = False
    settings.MEETING_ENGINE, settings.MEETING_FALLBACK = "peer", False
    settings.TURN_URLS = ["turns:relay.example.in:443?transport=tcp"]
    settings.TURN_SECRET = "t" * 32
    settings.STUN_URLS, settings.RELAY_ONLY = [], False
    settings.JITSI_URL = "https://meet.example.in"
    settings.JITSI_APP_ID, settings.JITSI_APP_SECRET = "portal", "s" * 32
    settings.JITSI_XMPP_DOMAIN = "meet.jitsi"
    settings.MEETING_CALLS = False


def ids() -> list[str | None]:
    found = [*checks.engine_is_set_up(), *checks.relay_is_there(), *checks.calls_can_be_made()]
    return [one.id for one in found]


@pytest.mark.parametrize("engine", ["peer", "jitsi"])
def test_a_portal_with_everything_has_nothing_to_hear(settings: Any, engine: str) -> None:
    settings.MEETING_ENGINE = engine
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TURN_SECRET", ""),
        ("TURN_URLS", []),
        ("TURN_SECRET", "short"),
    ],
)
def test_half_a_relay_stops_the_start(settings: Any, name: str, value: Any) -> None:
    setattr(settings, name, value)
    assert "meetings.E001" in ids()


def test_the_relay_alone_without_a_relay_stops_the_start(settings: Any) -> None:
    settings.TURN_URLS, settings.TURN_SECRET, settings.RELAY_ONLY = [], "", True
    assert "meetings.E001" in ids()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JITSI_URL", ""),
        ("JITSI_APP_ID", ""),
        ("JITSI_APP_ID", "*"),
        ("JITSI_APP_SECRET", ""),
        ("JITSI_APP_SECRET", "s" * 31),
        ("JITSI_XMPP_DOMAIN", ""),
        ("JITSI_XMPP_DOMAIN", "*"),
        ("JITSI_XMPP_DOMAIN", "Meet.Jitsi"),
        ("JITSI_URL", "http://meet.example.in"),
        ("JITSI_URL", "https://portal.example.in"),
    ],
)
def test_half_a_jitsi_stops_the_start_where_it_is_used(
    settings: Any, name: str, value: str
) -> None:
    settings.PUBLIC_URL = "https://portal.example.in"
    setattr(settings, name, value)
    assert ids() == []
    settings.MEETING_FALLBACK = True
    assert set(ids()) == {"meetings.E002"}
    settings.MEETING_ENGINE, settings.MEETING_FALLBACK = "jitsi", False
    assert set(ids()) == {"meetings.E001"}


def test_no_relay_is_said_in_production_only(settings: Any) -> None:
    settings.TURN_URLS, settings.TURN_SECRET = [], ""
    assert ids() == ["meetings.W001"]
    settings.DEMO = True
    assert ids() == []


def test_a_relay_that_offices_cannot_reach_is_said(settings: Any) -> None:
    settings.TURN_URLS = ["turn:relay.example.in:3478"]
    assert ids() == ["meetings.W002"]


def test_calls_need_a_provider_and_a_number(settings: Any) -> None:
    settings.MEETING_CALLS, settings.PHONE_LINE = True, "to be announced"
    settings.TWILIO_ACCOUNT_SID = ""
    assert set(ids()) == {"meetings.E003"}
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    settings.TWILIO_MESSAGING_SERVICE_SID = "x"
    settings.PHONE_LINE = "0172 000 0001"
    assert ids() == []


def test_the_checks_are_registered_under_their_tag() -> None:
    assert registry.tag_exists(checks.TAG)


@pytest.mark.django_db
def test_readiness_tells_of_the_engines_that_are_used(client: Client, settings: Any) -> None:
    settings.JITSI_APP_SECRET = ""
    settings.METRICS_TOKEN = "only-for-tests"
    client.defaults["HTTP_AUTHORIZATION"] = "Bearer only-for-tests"
    told = client.get("/readyz").json()
    assert (told["meetings_peer"], told["meetings_jitsi"]) == ("ok", "ok")
    settings.MEETING_FALLBACK = True
    assert client.get("/readyz").json()["meetings_jitsi"] == "JITSI_APP_SECRET is not set."


# --- whether they answer ---


@contextmanager
def little_server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Keep the tests quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def saying(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def say(call: BaseHTTPRequestHandler) -> None:
        call.send_response(status)
        for name, value in headers.items():
            call.send_header(name, value)
        call.end_headers()

    return say


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(("status", "well"), [(200, True), (302, True), (404, False), (503, False)])
def test_jitsi_is_reached_when_its_host_answers(settings: Any, status: int, well: bool) -> None:
    # A redirect is an answer; where it leads is nobody's business here.
    nowhere = f"http://127.0.0.1:{unused_port()}/"
    with little_server(saying(status, Location=nowhere)) as url:
        settings.JITSI_URL = url
        assert bool(Jitsi().reach()) is not well


def test_jitsi_is_not_reached_when_nobody_listens(settings: Any) -> None:
    settings.JITSI_URL = f"http://127.0.0.1:{unused_port()}"
    assert Jitsi().reach()


def test_jitsi_that_says_nothing_is_not_waited_for(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meetings.engines.jitsi.REACH_SECONDS", (0.3, 0.3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.JITSI_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert Jitsi().reach()


def test_a_relay_is_reached_when_one_of_its_addresses_answers(settings: Any) -> None:
    dead = f"turn:127.0.0.1:{unused_port()}"
    settings.TURN_URLS = [dead]
    assert Peer().reach()
    with socket.create_server(("127.0.0.1", 0)) as relay:
        port = relay.getsockname()[1]
        settings.TURN_URLS = [dead, f"turns:127.0.0.1:{port}?transport=tcp"]
        assert Peer().reach() == []


def test_without_a_relay_there_is_nothing_to_reach(settings: Any) -> None:
    settings.TURN_URLS = []
    assert Peer().reach() == []


@pytest.mark.parametrize(
    ("chosen", "fallback", "instead_of", "others"),
    [
        ("peer", False, "peer", []),
        ("peer", True, "peer", ["jitsi"]),
        ("jitsi", True, "jitsi", ["peer"]),
        # Planned before another engine was chosen.
        ("peer", False, "jitsi", ["peer"]),
    ],
)
def test_only_the_chosen_engine_or_one_that_may_stands_in(
    settings: Any, chosen: str, fallback: bool, instead_of: str, others: list[str]
) -> None:
    settings.MEETING_ENGINE, settings.MEETING_FALLBACK = chosen, fallback
    failing = engines.engine_of(Room(engine=instead_of))
    assert [one.name for one in engines.others(failing)] == others


# --- what their pages may do ---


def answered(engine: str) -> HttpResponse:
    """A meeting page as it leaves the portal."""
    request = RequestFactory().get("/meetings/X/")
    room = Room(engine=engine)
    middleware = CSPMiddleware(lambda asked: with_headers(asked, HttpResponse("…"), room))
    told = middleware(request)
    assert isinstance(told, HttpResponse)
    return told


def test_the_page_of_a_jitsi_meeting_frames_that_host_and_nobody_else() -> None:
    told = answered("jitsi")
    policy = told["Content-Security-Policy"]
    assert "frame-src https://meet.example.in" in policy
    assert policy.count("meet.example.in") == 1
    assert "script-src 'self';" in policy
    allowed = told["Permissions-Policy"]
    assert 'camera=(self "https://meet.example.in")' in allowed
    assert 'microphone=(self "https://meet.example.in")' in allowed


def test_the_page_of_a_peer_meeting_frames_nobody() -> None:
    told = answered("peer")
    assert "frame-src" not in told["Content-Security-Policy"]
    assert told["Permissions-Policy"].startswith("camera=(self), microphone=(self)")


@pytest.mark.parametrize("engine", ["peer", "jitsi"])
def test_a_meeting_page_is_kept_by_nobody(engine: str) -> None:
    assert "no-store" in answered(engine)["Cache-Control"]


@pytest.mark.django_db
def test_other_pages_do_not_name_the_host(client: Client, settings: Any) -> None:
    settings.MEETING_ENGINE = "jitsi"
    told = client.get("/")
    assert "meet.example.in" not in f"{told.headers}"
