"""Ways through a meeting that its browser tests go: who sits where, and what they see and hear."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from appointments.models import Request
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from meetings.models import Room, Seat
from tests.browser import ways
from tests.browser.standalone import Portal
from tests.meetings import begun
from tests.people import Cast, sign_in_household, sign_in_staff

PATIENCE = 30
# What a page says of each other person: from the tile, which the page itself keeps for its reader.
TILES = """() => [...document.querySelectorAll('[data-meeting-people] [data-seat]')].map(tile => ({
  width: tile.querySelector('video').videoWidth,
  paused: tile.querySelector('audio').paused,
  frames: Number(tile.dataset.frames || 0),
  sound: Number(tile.dataset.audioBytes || 0),
  state: tile.dataset.state,
  path: tile.dataset.path,
  name: tile.querySelector('[data-name]').textContent,
}))"""
STATUS = "() => document.querySelector('[data-meeting-status]').textContent"

Host = LiveServer | Portal
Visitor = Callable[..., Page]


def meeting_now(cast: Cast, **wish: Any) -> Request:
    """Asha's meeting with DC Rewari, which has just begun; its room is open."""
    row = begun(cast, **wish)
    moment = clock.now()
    Room.objects.filter(request=row).update(
        starts_at=moment,
        ends_at=moment + timedelta(minutes=15),
        opens_at=moment - timedelta(minutes=15),
        closes_at=moment + timedelta(minutes=45),
    )
    return row


def guest(
    visitor: Visitor,
    cast: Cast,
    host: Host,
    row: Request,
    *,
    width: int = 1280,
    language: str = "hi",
) -> Page:
    """Asha opens the page of her meeting."""
    page = visitor(width=width)
    ways.carry(page, sign_in_household(Client(), cast.asha.household), host, language=language)
    page.goto(f"{host.url}/meetings/{row.reference}/")
    return page


def office(
    visitor: Visitor,
    user: User,
    host: Host,
    row: Request,
    *,
    width: int = 1280,
    language: str = "hi",
) -> Page:
    """An officer opens the page of the meeting."""
    page = visitor(width=width)
    ways.carry(page, sign_in_staff(Client(), user), host, language=language)
    page.goto(f"{host.url}/meetings/{row.reference}/office/")
    return page


def admit(page: Page) -> None:
    """The office lets in who waits, as soon as somebody does."""
    page.locator("[data-do=admit]:visible").first.click(timeout=PATIENCE * 1000)


def until(
    page: Page, holds: Callable[[Any], bool], script: str = TILES, argument: object = None
) -> Any:
    """Ask the page until what it says holds; a strict policy forbids Playwright's own waiting."""
    end = time.monotonic() + PATIENCE
    while not holds(found := page.evaluate(script, argument)):
        told = f"after {PATIENCE} s: {found}; the page says: {page.evaluate(STATUS)}"
        assert time.monotonic() < end, told
        page.wait_for_timeout(20)
    return found


def sees(page: Page, *, people: int = 1) -> list[dict[str, Any]]:
    """Wait until pictures of all the others are there."""
    found: list[dict[str, Any]] = until(
        page, lambda tiles: len(tiles) == people and all(tile["width"] > 0 for tile in tiles)
    )
    return found


def goes_on(*pages: Page, people: int = 1) -> None:
    """On each page pictures and sound of all the others keep coming."""
    for page in pages:
        before = sees(page, people=people)
        until(
            page,
            lambda tiles, before=before: (  # type: ignore[misc]
                len(tiles) == people
                and all(not tile["paused"] for tile in tiles)
                and all(
                    now["frames"] > then["frames"] + 5 and now["sound"] > then["sound"] + 500
                    for now, then in zip(tiles, before, strict=True)
                )
            ),
        )


def says(page: Page, name: str) -> None:
    """Wait until the page says the words of that name, which it brought along in its language."""
    script = """name => {
      const place = document.querySelector('[data-meeting]');
      const words = place.querySelector('template[data-words]').getAttribute(`data-${name}`);
      const parts = words.split('%s').map(part => part.trim());
      return words && parts.every(part => place.innerText.includes(part));
    }"""
    until(page, bool, script, name)


def seat_of(row: Request, kind: str = "citizen") -> Seat:
    """The seat of that kind in the room of the meeting."""
    return Seat.objects.get(room__request=row, room__closed_at=None, kind=kind)
