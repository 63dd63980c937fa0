"""A meeting with as many people as there may be, and one that outlasts the relay's credential."""

from datetime import timedelta

import pytest
from playwright.sync_api import Response, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from meetings.engines import peer
from tests import relay
from tests.browser import meeting_ways
from tests.browser.meeting_ways import Visitor
from tests.browser.test_meeting_devices import prepared
from tests.people import Cast, give_charge, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECRET = "a-secret-of-the-relay-in-a-test"
# One machine makes and shows the pictures of all: small ones do. When it comes late with them, that
# is no weak line, which would take the pictures away: the line is said to be good.
SMALL = """
  const usual = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = function (wanted) {
    const video = wanted.video && { width: 160, height: 120 };
    return usual.call(this, { ...wanted, video });
  };
  const counted = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = async function () {
    const good = new Map();
    (await counted.call(this)).forEach((part, id) => good.set(id, {
      ...part,
      ...(part.type === "inbound-rtp" && { packetsLost: 0 }),
      ...(part.type === "remote-inbound-rtp" && { fractionLost: 0, roundTripTime: 0.01 }),
      ...(part.type === "candidate-pair" && { availableOutgoingBitrate: 2000000 }),
    }));
    return good;
  };
"""


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_six_people_see_and_hear_each_other(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    for user in (cast.kavita, cast.nasreen):
        give_charge(user, cast.rewari, "staff")
    small = prepared(visitor, SMALL)
    asha = meeting_ways.guest(small, cast, live_server, row, width=360)
    officers = [cast.meera, cast.suresh, cast.anil, cast.kavita, cast.nasreen]
    office = [meeting_ways.office(small, user, live_server, row) for user in officers]
    meeting_ways.admit(office[0])
    everybody = [asha, *office]
    meeting_ways.goes_on(*everybody, people=5)
    for page in everybody:
        expect(page.locator("[data-meeting-people]")).to_have_attribute("data-sent", "small")
    # At 360 px too nobody is pushed out of the page.
    assert asha.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_relays_credential_is_renewed_before_it_runs_out(
    visitor: Visitor,
    cast: Cast,
    live_server: LiveServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peer, "CREDENTIAL_LASTS", timedelta(seconds=12))
    names: set[str] = set()

    def note(answer: Response) -> None:
        if answer.url.endswith("/poll/") and answer.ok and (entry := answer.json().get("entry")):
            names.update(server["username"] for server in entry["iceServers"])

    with relay.running(SECRET) as port:
        settings.TURN_URLS = [f"turn:127.0.0.1:{port}?transport=udp"]
        settings.TURN_SECRET = SECRET
        settings.RELAY_ONLY = True
        row = meeting_ways.meeting_now(cast)
        asha = meeting_ways.guest(visitor, cast, live_server, row)
        meera = meeting_ways.office(visitor, cast.meera, live_server, row)
        asha.on("response", note)
        meeting_ways.admit(meera)
        meeting_ways.goes_on(asha, meera)
        first = set(names)
        meeting_ways.until(asha, lambda _tiles: bool(names - first))
        # Each name begins with the moment at which its credential ends.
        ends = sorted(int(name.split(":")[0]) for name in names)
        assert ends[-1] > ends[0]
        meeting_ways.goes_on(asha, meera)
