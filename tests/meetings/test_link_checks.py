"""Half an hour before each meeting the engine is asked; a room that fails is replaced, once."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from esachivalaya.audit.models import Entry
from esachivalaya.notifications.models import Message
from meetings import tasks
from meetings.models import Room, Seat
from meetings.services import link_checks
from tests.meeting_rooms import room_in
from tests.meetings.test_engines import little_server, saying, unused_port
from tests.people import Cast, make_citizen, make_household

pytestmark = pytest.mark.django_db
NEAR = timedelta(minutes=25)


@pytest.fixture(autouse=True)
def _both_are_set_up(settings: Any) -> None:
    settings.MEETING_ENGINE, settings.MEETING_FALLBACK = "peer", True
    settings.TURN_SECRET, settings.RELAY_ONLY = "t" * 32, False
    settings.JITSI_APP_ID, settings.JITSI_APP_SECRET = "portal", "s" * 32
    settings.JITSI_XMPP_DOMAIN = "meet.jitsi"


@pytest.fixture
def relay(settings: Any) -> Iterator[None]:
    """A relay that takes connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        settings.TURN_URLS = [f"turn:127.0.0.1:{listening.getsockname()[1]}"]
        yield


@pytest.fixture
def no_relay(settings: Any) -> None:
    settings.TURN_URLS = [f"turn:127.0.0.1:{unused_port()}"]


@pytest.fixture
def jitsi(settings: Any) -> Iterator[None]:
    """A Jitsi host that answers."""
    with little_server(saying(200)) as url:
        settings.JITSI_URL = url
        yield


@pytest.fixture
def no_jitsi(settings: Any) -> None:
    settings.JITSI_URL = f"http://127.0.0.1:{unused_port()}"


def acts(room: Room) -> list[str]:
    found = Entry.objects.filter(subject_kind="meetings.room", subject_id=str(room.pk))
    return list(found.order_by("seq").values_list("act", flat=True))


def told(template: str) -> int:
    return Message.objects.filter(template__key=template, channel="sms").count()


def test_a_room_whose_engine_is_well_is_left_alone(relay: None, cast: Cast) -> None:
    room = room_in(cast, NEAR)
    assert link_checks.sweep() == 0
    room.refresh_from_db()
    assert room.status == "planned"
    assert room.checked_at is not None
    assert told("room_replaced") == 0


def test_a_room_that_fails_is_replaced_and_everyone_told(
    no_relay: None, jitsi: None, cast: Cast
) -> None:
    room = room_in(cast, NEAR)
    assert link_checks.sweep() == 1
    room.refresh_from_db()
    assert (room.status, room.closed_for) == ("closed", "replaced")
    new = Room.objects.get(request=room.request, status="planned")
    assert new.engine == "jitsi"
    assert new.name != room.name
    assert (new.starts_at, new.closes_at) == (room.starts_at, room.closes_at)
    assert Seat.objects.filter(room=new, kind="citizen").count() == 1
    assert new.checked_at is not None
    assert told("room_replaced") == 1
    assert told("office_room_replaced") >= 1
    letter = Message.objects.get(template__key="room_replaced", channel="sms")
    assert f"/meetings/{room.request.reference}/" in letter.body


def test_a_private_request_is_told_without_names(no_relay: None, jitsi: None, cast: Cast) -> None:
    room_in(cast, NEAR, private=True)
    assert link_checks.sweep() == 1
    assert (told("room_replaced_private"), told("room_replaced")) == (1, 0)


def test_a_second_sweep_changes_nothing(no_relay: None, jitsi: None, cast: Cast) -> None:
    room_in(cast, NEAR)
    assert (link_checks.sweep(), link_checks.sweep()) == (1, 0)
    assert Room.objects.count() == 2
    assert told("room_replaced") == 1


def test_where_nothing_can_stand_in_the_room_stays_and_is_asked_again(
    no_relay: None, no_jitsi: None, cast: Cast, settings: Any
) -> None:
    room = room_in(cast, NEAR)
    assert (link_checks.sweep(), link_checks.sweep()) == (0, 0)
    room.refresh_from_db()
    assert (room.status, room.checked_at) == ("planned", None)
    assert room.failed_at is not None
    assert acts(room).count("room_check_failed") == 1
    with socket.create_server(("127.0.0.1", 0)) as mended:
        settings.TURN_URLS = [f"turn:127.0.0.1:{mended.getsockname()[1]}"]
        link_checks.sweep()
    room.refresh_from_db()
    assert room.checked_at is not None


def test_without_the_setting_the_other_engine_does_not_stand_in(
    no_relay: None, jitsi: None, cast: Cast, settings: Any
) -> None:
    settings.MEETING_FALLBACK = False
    room = room_in(cast, NEAR)
    assert link_checks.sweep() == 0
    room.refresh_from_db()
    assert room.status == "planned"


def test_a_room_of_an_engine_that_was_given_up_gets_the_chosen_one(
    relay: None, no_jitsi: None, cast: Cast, settings: Any
) -> None:
    settings.MEETING_FALLBACK = False
    room = room_in(cast, NEAR, engine="jitsi")
    assert link_checks.sweep() == 1
    assert Room.objects.get(request=room.request, status="planned").engine == "peer"


@pytest.mark.parametrize("until", [timedelta(minutes=31), timedelta(seconds=-1)])
def test_only_what_is_near_is_checked(
    no_relay: None, jitsi: None, cast: Cast, until: timedelta
) -> None:
    room = room_in(cast, until)
    assert link_checks.sweep() == 0
    room.refresh_from_db()
    assert (room.status, room.checked_at, room.failed_at) == ("planned", None, None)


def test_a_meeting_that_has_begun_keeps_its_room(no_relay: None, jitsi: None, cast: Cast) -> None:
    room = room_in(cast, NEAR)
    Room.objects.filter(pk=room.pk).update(status="in_progress")
    assert link_checks.sweep() == 0


def test_an_engine_is_asked_once_for_many_rooms(cast: Cast, settings: Any) -> None:
    asked: list[str] = []

    def note(call: Any) -> None:
        asked.append(call.path)
        saying(200)(call)

    with little_server(note) as url:
        settings.JITSI_URL, settings.MEETING_ENGINE = url, "jitsi"
        imran = make_citizen(make_household("+919800000055"), "Imran Khan")
        for nth, citizen in enumerate((cast.asha, imran)):
            room_in(cast, NEAR + timedelta(seconds=nth), engine="jitsi", citizen=citizen)
        link_checks.sweep()
    assert asked == ["/"]
    assert Room.objects.filter(checked_at__isnull=False).count() == 2


def test_the_regular_work_of_meetings_checks_them(relay: None, cast: Cast) -> None:
    room = room_in(cast, NEAR)
    tasks.sweep()
    room.refresh_from_db()
    assert room.checked_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_replace_a_room_once(
    race: Callable[..., list[Any]], no_relay: None, jitsi: None, cast: Cast
) -> None:
    room = room_in(cast, NEAR)
    outcomes = race(link_checks.sweep, link_checks.sweep)
    assert sorted(outcome.value for outcome in outcomes) == [0, 1]
    assert Room.objects.filter(request=room.request).count() == 2
    assert told("room_replaced") == 1


def test_a_room_is_replaced_under_the_lock_of_its_request(
    no_relay: None, jitsi: None, cast: Cast
) -> None:
    """Who moves or cancels locks the request first: in another order the two stop one another."""
    room_in(cast, NEAR)
    with CaptureQueriesContext(connection) as asked:
        assert link_checks.sweep() == 1
    locks = [one["sql"] for one in asked.captured_queries if "FOR UPDATE" in one["sql"]]
    tables = [sql.partition(" FROM ")[2].split()[0].strip('"') for sql in locks]
    assert tables.index("appointments_request") < tables.index("meetings_room")
