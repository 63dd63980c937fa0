"""The waiting room, the door and the buttons of a meeting, as people at two browsers find them."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from esachivalaya.common import clock
from meetings.models import ChatLine, Room, Seat, Signal
from meetings.services import rooms
from tests import papers, relay
from tests.browser import meeting_ways
from tests.browser.meeting_ways import Visitor
from tests.people import Cast, give_charge, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECRET = "a-secret-of-the-relay-in-a-test"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def do(page: Page, what: str) -> None:
    """The office does something about the guest, as soon as it can."""
    page.locator(f"[data-do={what}]:visible").click(timeout=30_000)


def test_a_refused_guest_sees_nobody_until_the_office_thinks_better(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.says(asha, "waiting")
    assert asha.evaluate(meeting_ways.TILES) == []
    do(meera, "refuse")
    meeting_ways.says(asha, "refused")
    expect(asha.locator("[data-meeting-stage]")).to_be_hidden()
    assert asha.evaluate(meeting_ways.TILES) == []
    asha.reload()
    meeting_ways.says(asha, "refused")
    do(meera, "admit")
    meeting_ways.goes_on(asha, meera)
    do(meera, "remove")
    meeting_ways.says(asha, "removed")
    assert asha.evaluate(meeting_ways.TILES) == []
    meeting_ways.until(meera, lambda tiles: tiles == [])


@pytest.mark.parametrize("device", ["the same browser", "another phone"])
def test_a_second_page_replaces_the_first(
    visitor: Visitor, cast: Cast, live_server: LiveServer, device: str
) -> None:
    row = meeting_ways.meeting_now(cast)
    first = meeting_ways.guest(visitor, cast, live_server, row)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.admit(meera)
    meeting_ways.goes_on(first, meera)
    if device == "another phone":
        second = meeting_ways.guest(visitor, cast, live_server, row)
    else:
        second = first.context.new_page()
        second.goto(first.url)
    meeting_ways.says(first, "replaced")
    assert first.evaluate(meeting_ways.TILES) == []
    meeting_ways.goes_on(second, meera)
    first.locator("[data-notice=end] button").click()
    meeting_ways.says(second, "replaced")
    meeting_ways.goes_on(first, meera)


def test_a_word_that_makes_no_sense_takes_nothing_else_along(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha, meera)
    sender, to = (meeting_ways.seat_of(row, kind) for kind in ("citizen", "office"))
    word = {"room": sender.room, "sender": sender, "sender_page": sender.page, "to": to}
    with transaction.atomic():
        for number, content in enumerate(["nonsense", "null", "7"]):
            Signal.objects.create(
                **word, to_page=to.page, kind="candidate", key=str(number), content=content
            )
        ChatLine.objects.create(room=sender.room, seat=sender, words="The map of Bawal")
    expect(meera.locator("[data-meeting-chat]")).to_contain_text("The map of Bawal")
    meeting_ways.goes_on(asha, meera)


def test_hanging_up_and_coming_back(visitor: Visitor, cast: Cast, live_server: LiveServer) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha, meera)
    asha.locator("[data-meeting-hangup]").click()
    meeting_ways.says(asha, "left")
    meeting_ways.until(meera, lambda tiles: tiles == [])
    meeting_ways.says(meera, "alone")
    asha.locator("[data-notice=end] button").click()
    meeting_ways.goes_on(asha, meera)


@pytest.mark.parametrize("reason", ["ended", "moved", "cancelled", "time", "replaced"])
def test_whoever_waits_is_told_when_the_room_closes(
    visitor: Visitor, cast: Cast, live_server: LiveServer, reason: str
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row)
    meeting_ways.says(asha, "waiting")
    rooms.close(room=Room.objects.get(request=row), for_=reason)
    meeting_ways.says(asha, f"closed-{reason}")
    if reason != "replaced":
        asha.locator("[data-notice=end] button").click()
    expect(asha.locator("[data-meeting]")).to_have_count(0, timeout=20_000)


def test_a_room_that_is_not_open_yet_takes_people_in_by_itself(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    later = clock.now() + timedelta(minutes=30)
    Room.objects.update(
        opens_at=later - timedelta(minutes=15),
        starts_at=later,
        ends_at=later + timedelta(minutes=15),
        closes_at=later + timedelta(minutes=45),
    )
    asha = meeting_ways.guest(visitor, cast, live_server, row)
    meeting_ways.says(asha, "not-open")
    Room.objects.update(opens_at=clock.now())
    meeting_ways.says(asha, "waiting")


def test_buttons_keys_and_what_is_written(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.admit(meera)
    meeting_ways.goes_on(asha, meera)
    mute, camera = asha.locator("[data-meeting-mute]"), asha.locator("[data-meeting-camera]")
    mute.focus()
    asha.keyboard.press("m")
    expect(mute).to_have_attribute("aria-pressed", "true")
    asha.keyboard.press("c")
    expect(camera).to_have_attribute("aria-pressed", "true")
    expect(meera.locator("[data-meeting-people] [data-seat]")).not_to_have_class("has-picture")
    meeting_ways.says(meera, "no-picture")
    # Whoever had muted and loads the page anew is still muted, and still heard of.
    asha.reload()
    meeting_ways.until(asha, lambda tiles: len(tiles) == 1 and tiles[0]["frames"] > 5)
    expect(mute).to_have_attribute("aria-pressed", "true")
    camera.click()
    meeting_ways.goes_on(asha, meera)
    field = asha.locator("[data-meeting-chat-form] input[name=words]")
    field.fill("<b>Khasra 112/4</b> m")
    field.press("Enter")
    expect(meera.locator("[data-meeting-chat] li")).to_contain_text("<b>Khasra 112/4</b> m")
    expect(field).to_have_value("")


def test_everybody_sees_the_paper_that_the_office_shows(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    papers.attach(row, content=papers.letter(2), name="map.pdf", pages=2)
    asha = meeting_ways.guest(visitor, cast, live_server, row, width=360)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.admit(meera)
    meeting_ways.sees(asha)
    meera.locator("[data-meeting-share] button").click()
    shown = "() => document.querySelector('[data-shared-picture]').naturalWidth"
    meeting_ways.until(asha, lambda width: width > 100, shown)
    expect(asha.locator("[data-meeting-shared] h2")).to_have_text("map.pdf")
    meera.locator("[data-shared-on]").click()
    picture = asha.locator("[data-shared-picture]")
    expect(picture).to_have_attribute("src", re.compile(r"/shared/1/2\.webp$"))
    meeting_ways.until(asha, lambda width: width > 100, shown)
    meera.locator("[data-shared-stop]").click()
    expect(asha.locator("[data-meeting-shared]")).to_be_hidden()


def test_from_five_people_on_each_sends_a_smaller_picture(
    visitor: Visitor, cast: Cast, live_server: LiveServer
) -> None:
    row = meeting_ways.meeting_now(cast)
    asha = meeting_ways.guest(visitor, cast, live_server, row)
    meera = meeting_ways.office(visitor, cast.meera, live_server, row)
    meeting_ways.admit(meera)
    meeting_ways.until(asha, lambda tiles: tiles[0]["width"] > 320 if tiles else False)
    room = Room.objects.get(request=row)
    # Who has no charge in the office is nobody's company: these two have one as its staff.
    for user in (cast.kavita, cast.nasreen):
        give_charge(user, cast.rewari, "staff")
    for number, user in enumerate([cast.suresh, cast.kavita, cast.nasreen], start=1):
        Seat.objects.create(
            room=room,
            kind=Seat.Kind.OFFICE,
            name=str(user),
            user=user,
            status=Seat.Status.ADMITTED,
            admitted_at=clock.now(),
            page=number,
        )
    for page in (asha, meera):
        expect(page.locator("[data-meeting-people]")).to_have_attribute("data-sent", "small")
        meeting_ways.until(
            page,
            lambda tiles: [tile for tile in tiles if 0 < tile["width"] <= 320] != [],
        )


def test_where_only_the_relay_may_be_used_all_goes_through_it(
    visitor: Visitor, cast: Cast, live_server: LiveServer, settings: Settings
) -> None:
    with relay.running(SECRET) as port:
        settings.TURN_URLS = [f"turn:127.0.0.1:{port}?transport=udp"]
        settings.TURN_SECRET = SECRET
        settings.RELAY_ONLY = True
        row = meeting_ways.meeting_now(cast)
        asha = meeting_ways.guest(visitor, cast, live_server, row)
        meera = meeting_ways.office(visitor, cast.meera, live_server, row)
        meeting_ways.admit(meera)
        meeting_ways.goes_on(asha, meera)
        for page in (asha, meera):
            assert [tile["path"] for tile in page.evaluate(meeting_ways.TILES)] == ["relay"]
