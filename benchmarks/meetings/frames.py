"""How soon two people see each other after the office has let one in, in real browsers.

Each time: a room of its own, two browsers with a picture that a program makes, over the loopback.
The clock runs from the press of the button until both sides have a picture of the other. Pages are
asked by ``evaluate``: a strict Content-Security-Policy forbids the driver's own waiting.
"""

import os
import shutil
import time
from typing import Any

from django.test import Client
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from benchmarks.load import median
from benchmarks.meetings.people import STAFF, waiting_rooms
from benchmarks.servers import gunicorn
from esachivalaya.accounts.models import User
from esachivalaya.accounts.proved_lately import PROVED_AT
from esachivalaya.common.clock import now
from meetings.models import Room

RUNS = int(os.environ.get("BENCH_MEETINGS_RUNS", "20"))
PATIENCE = 30.0
# As script/test chooses: one that draws no windows leaves the machine to the meeting.
BROWSERS = ("chromium-headless-shell", "chromium")
HOUSEHOLD = "esachivalaya.accounts.backends.HouseholdBackend"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage "
    "--use-fake-device-for-media-stream --use-fake-ui-for-media-stream "
    "--allow-loopback-in-peer-connection"
).split()
SEEN = (
    "() => [...document.querySelectorAll('[data-meeting-people] [data-seat] video')]"
    ".some(video => video.videoWidth > 0)"
)


def measured() -> dict[str, Any]:
    """Return the median and the 95th percentile over all runs, and how many saw nothing."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        print("No Chromium is here: how soon people see each other is not measured.", flush=True)
        return {"admit_runs": 0}
    # It comes with the tools of the tests, which a benchmark can do without.
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("No Playwright is here: run script/test once.", flush=True)
        return {"admit_runs": 0}
    meetings = waiting_rooms(RUNS)
    sessions = [(_signed_in(citizen, HOUSEHOLD), _signed_in(officer, STAFF), room)
                for room, citizen, officer in meetings]  # fmt: skip
    took: list[float | None] = []
    with gunicorn("esachivalaya.wsgi:application") as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for guest, office, room in sessions:
            took.append(_one(browser, f"http://127.0.0.1:{port}", room, guest, office))
        browser.close()
    times = sorted(one * 1000 for one in took if one is not None)
    figures: dict[str, Any] = {
        "admit_runs": len(took),
        "admit_failures": len(took) - len(times),
    }
    if times:
        figures |= {
            "admit_to_frame_ms": round(median(times)),
            "admit_to_frame_p95_ms": round(times[int(len(times) * 0.95)]),
        }
    return figures


def _one(browser: Any, url: str, room: Room, guest: str, office: str) -> float | None:
    """Let one citizen in; return the seconds until both saw each other, None when they did not."""
    reference = room.request.reference
    contexts = []
    try:
        pages = []
        for name, session in (("guest", guest), ("office", office)):
            context = browser.new_context(locale="en-IN")
            contexts.append(context)
            cookies = {"sessionid": session, "language": "en"}
            context.add_cookies(
                [{"name": key, "value": value, "url": url} for key, value in cookies.items()]
            )
            page = context.new_page()
            page.goto(url + reverse(f"meetings:{name}", args=[reference]))
            pages.append(page)
        button = pages[1].locator("[data-do=admit]:visible").first
        button.wait_for(timeout=PATIENCE * 1000)
        began = time.monotonic()
        button.click()
        missing = set(pages)
        while missing and time.monotonic() - began < PATIENCE:
            missing = {page for page in missing if not page.evaluate(SEEN)}
        return None if missing else time.monotonic() - began
    finally:
        for context in contexts:
            context.close()


def _signed_in(user: User, backend: str) -> str:
    """Return the session of ``user``, as signing in leaves it, a second factor included."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend=backend)
    session = client.session
    if backend == STAFF:
        device, _made = TOTPDevice.objects.get_or_create(
            user=user, name="phone", defaults={"confirmed": True}
        )
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session[PROVED_AT] = now().isoformat()
        session.save()
    return str(session.session_key)
