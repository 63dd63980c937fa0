"""Every page fits a phone and a desk, in both languages, for everybody, and costs little to load.

One browser per person and language goes through all of that person's pages; what is wrong with any
of them is gathered and told at the end. The rules of WCAG that a program can judge are judged by
axe (tests/browser/axe/), the rest of this file by our own questions to the page.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from appointments.diary import slot_value
from appointments.services.answers import confirm
from tests.booking import sent, sent_by_asha, slots
from tests.browser import ways
from tests.catalogue import make_deed_service
from tests.people import Cast, sign_in_household, sign_in_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

VISITORS_PAGES = """
    / /officials/ /officials/?q=DC+Rewari /officials/?q=xyzxyz /officials/DC-REW/ /promise/ /track/
    /appointments/new/DC-REW/ /accounts/sign-in/ /accounts/staff/ /how-it-works/ /help/ /terms/
    /privacy/ /accessibility/ /grievance-officer/ /site-map/ /feedback/ /guide/citizen/ /gallery/
    /demo/phone/ /nowhere/ /officials/services/ /officials/services/?q=xyzxyz
    /officials/services/REV-DEED/ /officials/?service=REV-DEED /officials/DC-REW/?service=REV-DEED
""".split()
CITIZENS_PAGES = """
    /appointments/ /appointments/{waiting}/ /appointments/{confirmed}/
    /appointments/{waiting}/withdraw/ /appointments/{waiting}/other-time/ /accounts/household/
    /accounts/household/add/ /accounts/sessions/ /appointments/new/DC-REW/?slot=any
    /appointments/new/DC-REW/about/ /appointments/new/DC-REW/meeting/
    /appointments/new/DC-REW/papers/ /appointments/new/DC-REW/person/
    /appointments/new/DC-REW/check/ /appointments/new/DC-REW/about/?service=REV-DEED
""".split()
OFFICES_PAGES = """
    /admin/ /admin/appointments/request/ /admin/appointments/request/{waiting}/change/
    /admin/appointments/request/{waiting}/change/?answer=another-time
    /admin/appointments/request/{waiting}/change/?answer=decline
    /admin/appointments/request/{waiting}/change/?answer=hand-over
    /admin/appointments/request/{confirmed}/change/ /admin/appointments/request/diary/
    /accounts/password/ /accounts/recovery-codes/ /guide/private-secretary/
""".split()

# One page of each kind, those with the most on them.
HEAVY_PAGES = {
    "visitor": "/ /officials/ /officials/DC-REW/ /how-it-works/ /help/".split(),
    "citizen": """
        /appointments/new/DC-REW/ /appointments/new/DC-REW/about/ /appointments/new/DC-REW/check/
        /appointments/ /appointments/{waiting}/
    """.split(),
    "office": """
        /admin/ /admin/appointments/request/ /admin/appointments/request/{waiting}/change/
        /admin/appointments/request/{waiting}/change/?answer=another-time
        /admin/appointments/request/diary/
    """.split(),
}

# What does not fit, in words; the language is that of the test.
LOOK = """(language) => {
  const wrong = [];
  const root = document.documentElement;
  const say = (what, one) => wrong.push(`${what}: ${one.outerHTML.slice(0, 140)}`);
  const shown = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  if (root.scrollWidth > innerWidth) {
    wrong.push(`${root.scrollWidth - innerWidth}px wider than the screen`);
    for (const one of document.querySelectorAll('body *')) {
      if (one.getBoundingClientRect().right > innerWidth + 1) { say('too wide', one); break; }
    }
  }
  if (root.lang !== language) wrong.push(`its language is ${root.lang}`);
  const titles = [...document.querySelectorAll('h1')].filter(shown).length;
  // The gallery shows components that bring their own.
  if (titles !== 1 && location.pathname !== '/gallery/') wrong.push(`${titles} h1`);
  if (!document.title.includes('·')) wrong.push(`its title is ${document.title}`);
  for (const one of document.querySelectorAll('img:not([alt])')) say('no alt', one);
  for (const one of document.querySelectorAll('svg')) {
    const named = ['aria-label', 'aria-labelledby'].some((name) => one.getAttribute(name));
    if (one.getAttribute('aria-hidden') !== 'true' && !named) say('no name', one);
  }
  const unseen = ['hidden', 'submit', 'button', 'reset', 'image'];
  for (const one of document.querySelectorAll('input, select, textarea')) {
    if (unseen.includes(one.type)) continue;
    const named = ['aria-label', 'aria-labelledby'].some((name) => one.getAttribute(name));
    if (!named && !one.labels.length) say('no label', one);
  }
  const large = '.btn, .choice, .form-control, .form-select, .bare-button, .main-nav a,'
    + '.form-check, .site-footer a, .answer-tabs a, .slot-time, summary, .back-link';
  const all = 'a[href], button, input, select, textarea, summary';
  for (const one of document.querySelectorAll(all)) {
    if (one.type === 'hidden' || one.classList.contains('skip-link') || !shown(one)) continue;
    if (one.closest('.visually-hidden')) continue;
    const whole = one.closest('.choice, .form-check, .slot-time, label') || one;
    const box = whole.getBoundingClientRect();
    const least = whole.matches(large) ? 44 : 24;
    // A link among words may be as high as its line; its box is drawn a little lower than that.
    const style = getComputedStyle(whole);
    const height = style.display === 'inline' ? parseFloat(style.lineHeight) : box.height;
    if (height < least - 0.5 || box.width < 23.5) {
      say(`${Math.round(box.width)}x${Math.round(box.height)} instead of ${least}`, one);
    }
  }
  return wrong;
}"""
JUDGE = """async (options) => {
  const found = await axe.run(document, options);
  return found.violations.map((rule) =>
    `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 140)).slice(0, 3).join(' | ')}`);
}"""


@pytest.fixture
def cast(settings: Settings) -> Cast:
    settings.DEMO = True
    make_deed_service()
    return ways.findable_cast()


@pytest.fixture
def references(cast: Cast) -> dict[str, str]:
    """The references of one request that waits, and of one that is confirmed."""
    confirmed = sent(cast.rewari, cast.ramesh, slots(cast.rewari, 1)[0])
    confirm(request=confirmed, by=cast.suresh, version=confirmed.version)
    return {"waiting": sent_by_asha(cast).reference, "confirmed": confirmed.reference}


def session_of(who: str, cast: Cast) -> Client:
    """The session of a visitor, of Asha with a request nearly sent, or of Suresh."""
    client = Client()
    if who == "office":
        return sign_in_staff(client, cast.suresh)
    if who == "citizen":
        sign_in_household(client, cast.household)
        ways.draft_of(client, cast, slot_value(slots(cast.rewari, 1)[0]))
    return client


def look(page: Page, *, language: str, width: int) -> list[str]:
    """What our own questions find wrong with the page that is open, at this width."""
    page.set_viewport_size({"width": width, "height": 740 if width < 800 else 900})
    found: list[str] = page.evaluate(LOOK, language)
    return [f"at {width}: {one}" for one in found]


def judge(page: Page) -> list[str]:
    """What axe finds; then once more the contrast in dark mode, which follows the system."""
    page.evaluate(AXE)
    rules = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found: list[str] = page.evaluate(JUDGE, rules)
    page.emulate_media(color_scheme="dark")
    contrast = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    dark: list[str] = page.evaluate(JUDGE, contrast)
    page.emulate_media(color_scheme="light")
    return found + [f"in the dark, {one}" for one in dark]


@pytest.mark.parametrize("language", ["hi", "en"])
@pytest.mark.parametrize(
    ("who", "addresses"),
    [("visitor", VISITORS_PAGES), ("citizen", CITIZENS_PAGES), ("office", OFFICES_PAGES)],
    ids=["visitor", "citizen", "office"],
)
def test_every_page_fits_and_can_be_used_by_everybody(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    cast: Cast,
    references: dict[str, str],
    who: str,
    addresses: list[str],
    language: str,
) -> None:
    page = visitor(width=360)
    # No colour is caught half-way between two.
    page.emulate_media(reduced_motion="reduce")
    ways.carry(page, session_of(who, cast), live_server, language=language)
    complaints = []
    for pattern in addresses:
        address = pattern.format(**references)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == (404 if address == "/nowhere/" else 200), address
        if "?" not in address:
            assert page.url.endswith(address), (address, page.url)
        # axe judges the phone in Hindi and the desk in English.
        for width in (1280, 360) if language == "hi" else (360, 1280):
            wrong = look(page, language=language, width=width)
            complaints += [f"{pattern} {one}" for one in wrong]
        complaints += [f"{pattern}: {one}" for one in judge(page)]
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def server_as_installed(
    settings: Settings, live_server: LiveServer, tmp_path: Path
) -> Iterator[str]:
    """The portal as it is installed: files fingerprinted, compressed, and kept by browsers."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    thread = LiveServerThread("localhost", static_handler=lambda handler: handler)  # type: ignore[arg-type,return-value]
    thread.daemon = True
    thread.start()
    assert thread.is_ready.wait(30)
    assert thread.error is None
    yield f"http://localhost:{thread.port}"
    thread.terminate()


class Meter:
    """Counts the bytes that come over the wire, headers included, as the browser's tools do."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0
        link = page.context.new_cdp_session(page)
        link.send("Network.enable")
        link.on("Network.loadingFinished", self._add)

    def _add(self, event: dict[str, Any]) -> None:
        self.count += int(event["encodedDataLength"])

    def of(self, address: str) -> float:
        """Return the kilobytes that ``address`` takes."""
        self.count = 0
        self.page.goto(address, wait_until="networkidle")
        return self.count / 1024


def test_a_first_page_is_under_100_kb_and_every_further_one_under_20(
    visitor: Callable[..., Page],
    cast: Cast,
    references: dict[str, str],
    server_as_installed: str,
    live_server: LiveServer,
) -> None:
    heavy = []
    for who, addresses in HEAVY_PAGES.items():
        page = visitor(width=360)
        ways.carry(page, session_of(who, cast), live_server)
        meter = Meter(page)
        for number, pattern in enumerate(addresses):
            kilobytes = meter.of(server_as_installed + pattern.format(**references))
            if kilobytes >= (20 if number else 100):
                heavy.append(f"{pattern}: {kilobytes:.1f} KB")
    assert not heavy, heavy
