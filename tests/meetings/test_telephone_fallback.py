"""When picture and sound fail, the office has the phones of both sides called: once, by rules."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Companion, Request
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Entry
from meetings.models import Call, Room, Seat
from meetings.services import rooms, telephone
from tests.meeting_rooms import citizen_of, open_room, room_in
from tests.notifications.fake_twilio import FORM, FakeTwilio, Receipt, hang_up, refusal, taken_but
from tests.people import Cast, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
KEY = "a-key-of-this-test-0001"
OFFICE, GUEST = "office", "guest"


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    """A stand-in for Twilio's API that the portal's settings point to."""
    with FakeTwilio() as fake:
        settings.TWILIO_API_URL = fake.url
        settings.TWILIO_ACCOUNT_SID = "AC" + "0" * 32
        settings.TWILIO_AUTH_TOKEN = fake.token
        settings.TWILIO_MESSAGING_SERVICE_SID = "MG" + "0" * 32
        settings.MEETING_CALLS, settings.PHONE_LINE = True, "0172 000 0001"
        yield fake


@pytest.fixture
def room(cast: Cast) -> Room:
    return open_room(cast)


@pytest.fixture
def officer(cast: Cast) -> User:
    """DC Rewari's private secretary, with a phone."""
    User.objects.filter(pk=cast.suresh.pk).update(phone="+919811100001")
    cast.suresh.refresh_from_db()
    return cast.suresh


def heard(client: Client, receipt: Receipt) -> str:
    """Take the provider's call by the portal and return what is said."""
    parts = urlsplit(receipt.url)
    answer = client.post(
        f"{parts.path}?{parts.query}" if parts.query else parts.path,
        urlencode(receipt.fields),
        content_type=FORM,
        headers={"X-Twilio-Signature": receipt.signature},
    )
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def acts(room: Room) -> list[str]:
    found = Entry.objects.filter(subject_kind="meetings.room", subject_id=str(room.pk))
    return list(found.order_by("seq").values_list("act", flat=True))


def test_both_sides_are_called_from_the_number_of_the_line(
    twilio: FakeTwilio, room: Room, officer: User
) -> None:
    seat = citizen_of(room)
    call = telephone.ring(seat=seat, by=officer, key=KEY).call
    office, guest = twilio.dialled
    assert office["To"] == officer.phone
    assert guest["To"] == seat.room.request.citizen.household.phone
    assert office["From"] == guest["From"] == "+911720000001"
    call.refresh_from_db()
    assert (call.office_call_id, call.guest_call_id) == (office.sid, guest.sid)
    assert acts(room)[-1] == "phone_called"


def test_the_same_key_rings_once(twilio: FakeTwilio, room: Room, officer: User) -> None:
    first = telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    again = telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    assert (first.new, again.new) == (True, False)
    assert again.call == first.call
    assert len(twilio.dialled) == 2
    telephone.ring(seat=citizen_of(room), by=officer, key="another-key-of-this-test")
    assert len(twilio.dialled) == 4


def test_nobody_is_called_where_the_person_has_no_phone(
    twilio: FakeTwilio, room: Room, officer: User
) -> None:
    seat = citizen_of(room)
    household = seat.room.request.citizen.household
    household.phone = None
    household.save(update_fields=["phone"])
    with pytest.raises(Refused) as refused:
        telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    assert refused.value.rule == "no_phone"
    assert not twilio.dialled
    assert not Call.objects.exists()
    # What was refused left the key free.
    household.phone = "+919800000077"
    household.save(update_fields=["phone"])
    assert telephone.ring(seat=citizen_of(room), by=officer, key=KEY).new


def test_a_number_that_is_somebody_elses_by_now_is_not_called(
    twilio: FakeTwilio, room: Room, officer: User
) -> None:
    seat = citizen_of(room)
    citizen = seat.room.request.citizen
    citizen.left_at = room.starts_at
    citizen.save(update_fields=["left_at"])
    assert telephone.phone_of(citizen_of(room)) == ""


def test_an_officer_without_a_phone_learns_it(
    twilio: FakeTwilio, room: Room, officer: User
) -> None:
    officer.phone = ""
    officer.save(update_fields=["phone"])
    with pytest.raises(Refused) as refused:
        telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    assert refused.value.rule == "no_own_phone"
    assert not twilio.dialled


def test_a_companion_is_called_on_their_own_phone(
    twilio: FakeTwilio, room: Room, officer: User
) -> None:
    one = Companion.objects.create(
        request=room.request, position=1, name="Ravi", phone="+919800000088"
    )
    seat = Seat.objects.create(room=room, kind="companion", name="Ravi", companion=one)
    telephone.ring(seat=seat, by=officer, key=KEY)
    assert twilio.dialled[1]["To"] == "+919800000088"


def test_without_the_setting_nobody_is_called(
    twilio: FakeTwilio, settings: Any, room: Room, officer: User
) -> None:
    settings.MEETING_CALLS = False
    with pytest.raises(Refused) as refused:
        telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    assert refused.value.rule == "no_calls"
    assert not twilio.dialled


def test_nobody_is_called_again_and_again(twilio: FakeTwilio, room: Room, officer: User) -> None:
    for number in range(telephone.MOST_CALLS):
        telephone.ring(seat=citizen_of(room), by=officer, key=f"key-number-{number:08d}")
    with pytest.raises(Refused) as refused:
        telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    assert refused.value.rule == "too_many"


def test_before_the_room_opens_and_after_it_closed_nobody_is_called(
    twilio: FakeTwilio, cast: Cast, officer: User
) -> None:
    room = room_in(cast, timedelta(hours=2))
    with pytest.raises(Refused, match="room_not_open"):
        telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    rooms.close(room=room, for_=Room.ClosedFor.ENDED, by=officer)
    with pytest.raises(Refused, match="room_closed"):
        telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    assert not twilio.dialled


def test_where_the_officer_cannot_be_dialled_the_citizen_is_left_in_peace(
    twilio: FakeTwilio, room: Room, officer: User
) -> None:
    twilio.moods = [refusal(400, 21211)]
    call = telephone.ring(seat=citizen_of(room), by=officer, key=KEY).call
    assert not twilio.dialled
    call.refresh_from_db()
    assert (call.office_status, call.guest_status) == ("failed", "failed")
    assert acts(room)[-1] == "phone_not_reached"


def test_an_answer_that_was_lost_counts_as_a_call_that_may_ring(
    twilio: FakeTwilio, room: Room, officer: User
) -> None:
    twilio.moods = [taken_but(hang_up)]
    call = telephone.ring(seat=citizen_of(room), by=officer, key=KEY).call
    assert len(twilio.dialled) == 2
    call.refresh_from_db()
    assert (call.office_call_id, call.office_status) == ("", "asked")
    # The provider itself says later which call that is.
    assert telephone.told(call=call, side=OFFICE, call_id="CA1234", word="ringing")


# --- what they hear ---


def test_the_citizen_presses_a_key_and_meets_the_office_in_a_room_of_that_name(
    client: Client, twilio: FakeTwilio, room: Room, officer: User
) -> None:
    telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    office, guest = twilio.dialled
    first = heard(client, twilio.asks_what_to_say(guest))
    assert "<Gather" in first
    assert "Conference" not in first
    assert room.request.reference not in first.replace(" ", "")
    action = first.split('action="')[1].split('"')[0]
    joined = heard(client, twilio.asks_what_to_say(guest, action, Digits="1"))
    there = heard(client, twilio.asks_what_to_say(office))
    for said in (joined, there):
        assert f">{room.name}</Conference>" in said
        assert 'record="do-not-record"' in said
    assert 'endConferenceOnExit="true"' in there
    assert 'endConferenceOnExit="false"' in joined
    room.request.refresh_from_db()
    assert room.request.citizen_came_at is not None


@pytest.mark.parametrize("digits", ["", "2", "*", "1; DROP"])
def test_without_the_key_nobody_is_connected(
    client: Client, twilio: FakeTwilio, room: Room, officer: User, digits: str
) -> None:
    telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    guest = twilio.dialled[1]
    said = heard(client, twilio.asks_what_to_say(guest, guest["Url"] + "?asked=1", Digits=digits))
    assert "<Hangup" in said
    assert "Conference" not in said
    room.request.refresh_from_db()
    assert room.request.citizen_came_at is None


def test_a_room_that_is_closed_connects_nobody(
    client: Client, twilio: FakeTwilio, room: Room, officer: User
) -> None:
    telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    rooms.close(room=room, for_=Room.ClosedFor.ENDED, by=officer)
    office, guest = twilio.dialled
    for receipt in (
        twilio.asks_what_to_say(office),
        twilio.asks_what_to_say(guest, guest["Url"] + "?asked=1", Digits="1"),
    ):
        said = heard(client, receipt)
        assert "<Hangup" in said
        assert "Conference" not in said
    room.request.refresh_from_db()
    assert room.request.citizen_came_at is None


def test_a_call_goes_on_when_the_outcome_is_recorded_already(
    client: Client, twilio: FakeTwilio, room: Room, officer: User
) -> None:
    """The office writes while the phone rings; the room is open until it is ended."""
    telephone.ring(seat=citizen_of(room), by=officer, key=KEY)
    Request.objects.filter(pk=room.request_id).update(status="met")
    guest = twilio.dialled[1]
    asked = twilio.asks_what_to_say(guest, guest["Url"] + "?asked=1", Digits="1")
    assert "Conference" in heard(client, asked)


def test_only_the_provider_learns_the_name_of_the_room(
    client: Client, twilio: FakeTwilio, room: Room, officer: User
) -> None:
    call = telephone.ring(seat=citizen_of(room), by=officer, key=KEY).call
    for name in ("call-words", "called"):
        address = reverse(f"meetings:{name}", args=[call.pk, OFFICE])
        assert client.post(address, {"CallSid": "CA1"}).status_code == 403
        assert client.get(address).status_code == 405


# --- how it goes ---


def test_what_the_provider_tells_is_written_down_once_and_never_goes_back(
    client: Client, twilio: FakeTwilio, room: Room, officer: User
) -> None:
    call = telephone.ring(seat=citizen_of(room), by=officer, key=KEY).call
    guest = twilio.dialled[1]
    for word in ("ringing", "in-progress", "in-progress", "ringing", "initiated", "nonsense"):
        heard(client, twilio.tells(guest, word))
    call.refresh_from_db()
    assert call.guest_status == "answered"
    assert acts(room).count("phone_answered") == 1
    heard(client, twilio.tells(guest, "completed"))
    call.refresh_from_db()
    assert call.guest_status == "ended"


@pytest.mark.parametrize("word", ["busy", "no-answer", "failed", "canceled"])
def test_who_is_not_reached_is_written_down(
    client: Client, twilio: FakeTwilio, room: Room, officer: User, word: str
) -> None:
    call = telephone.ring(seat=citizen_of(room), by=officer, key=KEY).call
    heard(client, twilio.tells(twilio.dialled[1], word))
    call.refresh_from_db()
    assert call.guest_status == "failed"
    assert acts(room)[-1] == "phone_not_reached"


def test_what_is_told_of_another_call_changes_nothing(
    client: Client, twilio: FakeTwilio, room: Room, officer: User
) -> None:
    call = telephone.ring(seat=citizen_of(room), by=officer, key=KEY).call
    office, guest = twilio.dialled
    other = twilio.signed(guest["StatusCallback"], {"CallSid": office.sid, "CallStatus": "failed"})
    heard(client, other)
    call.refresh_from_db()
    assert call.guest_status == "asked"


# --- the page's button ---


def press(client: Client, room: Room, **asked: Any) -> Any:
    address = reverse("meetings:call", args=[room.request.reference])
    return client.post(address, json.dumps(asked), content_type="application/json")


def test_the_office_presses_a_button(
    office: Client, twilio: FakeTwilio, room: Room, officer: User
) -> None:
    answer = press(office, room, key=KEY)
    assert (answer.status_code, answer.json()) == (200, {"called": True})
    assert len(twilio.dialled) == 2
    assert "no-store" in answer["Cache-Control"]


def test_what_is_refused_is_said(
    office: Client, twilio: FakeTwilio, settings: Any, room: Room, officer: User
) -> None:
    settings.MEETING_CALLS = False
    answer = press(office, room, key=KEY)
    assert answer.status_code == 409
    assert "dial" in answer.json()["words"]


def test_a_call_that_fails_is_said(
    office: Client, twilio: FakeTwilio, room: Room, officer: User
) -> None:
    twilio.moods = [refusal(400, 21211)]
    answer = press(office, room, key=KEY)
    assert answer.status_code == 409
    assert answer.json()["rule"] == "not_called"


@pytest.mark.parametrize("asked", [{}, {"key": "short"}, {"key": "x" * 65}])
def test_without_a_key_nothing_is_done(
    office: Client, twilio: FakeTwilio, room: Room, asked: dict[str, str]
) -> None:
    assert press(office, room, **asked).status_code == 400
    assert not twilio.dialled


@pytest.mark.parametrize("seat", ["999999999", "1e9", "x"])
def test_a_seat_of_another_room_is_not_there(
    office: Client, twilio: FakeTwilio, room: Room, officer: User, seat: str
) -> None:
    assert press(office, room, key=KEY, seat=seat).status_code == 404


def test_nobody_else_has_anybody_called(
    client: Client, twilio: FakeTwilio, cast: Cast, room: Room
) -> None:
    strangers: list[Callable[[], object]] = [
        lambda: None,
        lambda: sign_in_household(client, cast.household),
        lambda: sign_in_staff(client, cast.nasreen),
    ]
    for sign_in in strangers:
        sign_in()
        assert press(client, room, key=KEY).status_code in {302, 404}
    assert client.get(reverse("meetings:call", args=[room.request.reference])).status_code == 405
    assert not twilio.dialled
