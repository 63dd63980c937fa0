"""The headers by which a meeting page differs from every other page of the portal."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse

from esachivalaya.common.middleware import allowing
from meetings import engines
from meetings.models import Room


def with_headers(request: HttpRequest, response: HttpResponse, room: Room | None) -> HttpResponse:
    """Give ``response`` the headers of a meeting page of ``room``, by the engine that carries it.

    Camera and microphone are allowed here only, and whom the page may frame is added to its
    Content-Security-Policy; the rest of that policy stays as strict as everywhere.
    """
    engine = engines.engine_of(room) if room is not None else engines.chosen()
    for name, value in _headers(engine, room).items():
        response[name] = allowing(value) if name == "Permissions-Policy" else value
    sources = engine.frame_sources(room) if room is not None else []
    policy: dict[str, list[str]] = {"media-src": [SELF, "blob:"], "img-src": ["blob:"]}
    if sources:
        policy["frame-src"] = sources
    # The library's way to say it of one response; what it returns is that response.
    csp_update(policy)(lambda _request: response)(request)
    return response


def _headers(engine: engines.Engine, room: Room | None) -> dict[str, str]:
    # Nothing goes to another site. A browser that knows both words takes the second: with the first
    # it would send the page's own forms without saying where they come from, and they are refused.
    kept = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer, same-origin"}
    return {**kept, **(engine.page_headers(room) if room is not None else {})}
