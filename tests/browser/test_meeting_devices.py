"""Whatever a person's device lacks, the page says what to do, and there is a way to take part."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import meeting_ways
from tests.browser.meeting_ways import Visitor
from tests.people import Cast, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def refusing(name: str, *, only: str = "") -> str:
    """A browser whose devices answer with the error ``name``; only those of a kind, if given."""
    return f"""
      const devices = MediaDevices.prototype;
      const usual = devices.getUserMedia;
      devices.getUserMedia = function (wanted) {{
        if ("{only}" && !wanted["{only}"]) return usual.call(this, wanted);
        return Promise.reject(new DOMException("", "{name}"));
      }};
      const asked = Permissions.prototype.query;
      Permissions.prototype.query = function (what) {{
        const state = what.name === "{only}" || !"{only}" ? "denied" : "granted";
        return Promise.resolve({{ state }});
      }};
    """


def prepared(visitor: Visitor, script: str) -> Visitor:
    """Visitors whose browser has ``script`` in it before any page."""

    def arrive(**how: object) -> Page:
        page = visitor(**how)
        page.context.add_init_script(script)
        return page

    return arrive


def heard_by(page: Page) -> None:
    """Wait until sound of the one other person comes in."""
    before = meeting_ways.until(page, lambda tiles: bool(tiles) and tiles[0]["sound"] > 0)
    meeting_ways.until(page, lambda tiles: tiles[0]["sound"] > before[0]["sound"] + 500)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (refusing("NotAllowedError"), "denied"),
        (refusing("NotFoundError"), "no-devices"),
        (refusing("NotReadableError"), "busy"),
    ],
    ids=["refused", "none there", "used elsewhere"],
)
def test_without_any_device_one_sees_and_hears_the_others(
    visitor: Visitor, cast: Cast, live_server: LiveServer, script: str, words: str
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(prepared(visitor, script), cast, live_server, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.says(asha, words)
    meeting_ways.admit(meera)
    # Nothing was allowed to this page: its sound waits for a touch.
    meeting_ways.sees(asha)
    sound = asha.locator("[data-meeting-sound]")
    if sound.is_visible():
        sound.click()
    meeting_ways.goes_on(asha)
    meeting_ways.says(meera, "no-picture")


def test_without_a_camera_one_is_heard(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    blind = prepared(visitor, refusing("NotFoundError", only="video"))
    asha = meeting_ways.guest(blind, cast, live_server, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.says(asha, "no-camera")
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha)
    heard_by(meera)


def test_a_browser_without_calls_says_so_and_keeps_its_place(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    old = prepared(visitor, "delete window.RTCPeerConnection;")
    asha = meeting_ways.guest(old, cast, live_server, row, width=360)
    meeting_ways.says(asha, "old-browser")
    meeting_ways.says(asha, "waiting")


def test_a_clock_that_is_five_minutes_wrong_changes_nothing(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    fast = "const usual = Date.now; Date.now = () => usual() + 5 * 60 * 1000;"
    asha = meeting_ways.guest(prepared(visitor, fast), cast, live_server, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.says(asha, "clock")
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha, meera)


def test_a_weak_line_loses_the_picture_first_and_the_telephone_comes_last(
    visitor: Visitor, live_server: LiveServer
) -> None:
    page = visitor()
    page.goto("/meetings/test/")
    told = page.evaluate("""async () => {
      const { Line, needsTelephone } = await import("/static/js/meeting/line.js");
      const line = new Line();
      const judge = (how, times) => {
        let level = line.level;
        const counted = { lost: 0, answer: 0.1, width: 0, ...how };
        for (let time = 0; time < times; time += 1) level = line.judge(counted);
        return level;
      };
      const levels = [
        judge({ lost: 0.05 }, 20),
        judge({ lost: 0.3 }, 4),
        judge({ width: 60000 }, 4),
        judge({ width: 60000 }, 14),
        judge({ lost: 0.3 }, 4),
      ];
      const telephone = needsTelephone(line.level, 0);
      return { levels, telephone, after: judge({}, 45), broken: needsTelephone(0, 26000) };
    }""")
    assert told["levels"] == [0, 1, 2, 2, 3]
    assert told["telephone"] is True
    assert told["after"] == 0
    assert told["broken"] is True


def test_anybody_tries_their_device_and_nothing_is_sent(
    visitor: Callable[..., Page], live_server: LiveServer
) -> None:
    page = visitor(width=360)
    methods: list[str] = []
    page.goto("/meetings/test/")
    page.on("request", lambda asked: methods.append(asked.method))
    page.locator("[data-start]").click()
    for part in ("picture", "sound", "line"):
        expect(page.locator(f"[data-part={part}]")).to_have_attribute("data-judged", "good")
    page.locator("[data-play]").click()
    page.locator("[data-no]").click()
    expect(page.locator("[data-part=tone]")).to_have_attribute("data-judged", "bad")
    page.locator("[data-yes]").click()
    expect(page.locator("[data-part=tone]")).to_have_attribute("data-judged", "good")
    assert set(methods) == {"GET"}


def test_the_device_test_says_what_is_wrong(
    visitor: Callable[..., Page], live_server: LiveServer
) -> None:
    page = visitor(width=360)
    page.context.add_init_script(refusing("NotAllowedError"))
    page.goto("/meetings/test/")
    page.context.route("**/*.css?test=*", lambda route: route.abort())
    page.locator("[data-start]").click()
    for part in ("picture", "sound", "line"):
        expect(page.locator(f"[data-part={part}]")).to_have_attribute("data-judged", "bad")
    words = page.locator("[data-device-test] template[data-words]").get_attribute("data-denied")
    expect(page.locator("[data-meeting-notices]")).to_have_text(words or "")
