"""A real Chromium against a real server; the browser talks to the loopback only."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage "
    # Camera and microphone of a meeting: a moving picture and a beep, allowed without a question.
    # Ten pictures a second say as much as twenty.
    "--use-fake-device-for-media-stream=fps=10 --use-fake-ui-for-media-stream "
    "--allow-loopback-in-peer-connection"
).split()
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
# How long a page may take for what is expected of it: whatever polls or negotiates has its time on
# a slow machine, and where nothing is wrong nobody waits.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one CHROMIUM names as script/test does: none is downloaded."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("There is no Chromium: run the tests through script/test.")
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code;
    # nothing here is.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """`visitor(locale="hi-IN", width=360)`: a person with a browser of their own.

    An error in the browser's console fails the test: a script or style that the
    Content-Security-Policy refused, or a file that is not there.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def arrive(*, locale: str = "hi-IN", width: int = 1280, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            locale=locale,
            timezone_id="Asia/Kolkata",
            viewport=PHONE if width <= PHONE["width"] else {**DESK, "width": width},  # type: ignore[arg-type]
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda told: (
                complaints.append(f"{page.url}: {told.text}")
                if told.type == "error" and "Failed to load resource" not in told.text
                else None
            ),
        )
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def page(visitor: Callable[..., Page]) -> Page:
    """A person at a desk who reads Hindi."""
    return visitor()
