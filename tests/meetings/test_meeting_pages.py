"""The pages of a meeting: the guest's, the office's, the day of rooms, and the plain forms."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import running_late
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from meetings.models import Room, Seat
from meetings.services import rooms, seats
from tests.booking import sent_by_asha
from tests.meeting_rooms import open_room, room_in
from tests.meetings import confirmed
from tests.meetings_in_browsers import address, page_of
from tests.people import Cast, make_household, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(cast: Cast) -> Room:
    return open_room(cast)


@pytest.fixture
def asha(client: Client, cast: Cast) -> Client:
    """The browser of Asha's household, in English."""
    client.cookies["language"] = "en"
    return sign_in_household(client, cast.household)


def shown(client: Client, room: Room, name: str) -> Any:
    return client.get(reverse(f"meetings:{name}", args=[room.request.reference]))


def test_before_the_meeting_the_page_says_when_the_room_opens_and_what_to_have_ready(
    asha: Client, cast: Cast
) -> None:
    room = room_in(cast, timedelta(hours=2))
    page = shown(asha, room, "guest").content.decode()
    assert "The room opens at" in page
    assert "data-countdown" in page
    assert "What to have ready" in page
    assert reverse("meetings:test") in page


def test_in_the_waiting_room_the_page_says_who_is_ahead_and_how_late_the_office_runs(
    asha: Client, cast: Cast, room: Room
) -> None:
    first = open_room(cast, citizen=cast.ramesh)
    Room.objects.filter(pk=first.pk).update(starts_at=F("starts_at") - timedelta(minutes=5))
    running_late.say(post=cast.rewari, minutes=30, by=cast.meera)
    page = shown(asha, room, "guest").content.decode()
    assert "1 meeting of this office comes before yours." in page
    assert "about 30 minutes late" in page
    assert "Ramesh" not in page


def test_after_the_meeting_the_page_says_what_closed_it(
    asha: Client, cast: Cast, room: Room
) -> None:
    rooms.end(room=room, by=cast.meera)
    page = shown(asha, room, "guest")
    assert "The meeting is over" in page.content.decode()
    assert "data-meeting-stage" not in page.content.decode()


def test_a_request_without_a_room_says_when_there_will_be_one(asha: Client, cast: Cast) -> None:
    asked = sent_by_asha(cast)
    page = asha.get(reverse("meetings:guest", args=[asked.reference]))
    assert "There is no room for this request" in page.content.decode()


def test_who_brought_no_pin_is_asked_to_sign_in_and_a_stranger_sees_nothing(room: Room) -> None:
    assert shown(Client(), room, "guest").status_code == 302
    assert shown(sign_in_household(Client(), make_household()), room, "guest").status_code == 404
    assert shown(Client(), room, "office")["Location"].startswith("/admin/login/")


def test_the_seat_outlasts_the_half_hour_of_a_pin(cast: Cast, room: Room) -> None:
    client = Client()
    session = client.session
    until = clock.now() + timedelta(minutes=1)
    session["grants"] = {room.request.reference: {"until": until.isoformat()}}
    session.save()
    page_of(client, room, "guest")
    session = client.session
    session["grants"] = {}
    session.save()
    assert shown(client, room, "guest").status_code == 200
    assert page_of(client, room, "guest").polled()["status"] == "waiting"
    # Nor does it outlast its room: what was decided there is not for who finds this browser later.
    by = timedelta(hours=2)
    times = {name: F(name) - by for name in ("opens_at", "starts_at", "ends_at", "closes_at")}
    Room.objects.filter(pk=room.pk).update(**times)
    assert shown(client, room, "guest").status_code == 302


@pytest.mark.parametrize("name", ["guest", "office"])
def test_camera_and_microphone_are_for_the_meeting_page_only(
    asha: Client, cast: Cast, room: Room, name: str
) -> None:
    client = asha if name == "guest" else sign_in_staff(Client(), cast.suresh)
    page = shown(client, room, name)
    assert "camera=(self), microphone=(self)" in page["Permissions-Policy"]
    assert "payment=()" in page["Permissions-Policy"]
    assert "geolocation=()" in page["Permissions-Policy"]
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"].startswith("no-referrer")
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert re.search(r"media-src 'self' blob:", policy)
    assert "unsafe" not in policy
    elsewhere = client.get(reverse("home"))
    assert "camera=(), microphone=()" in elsewhere["Permissions-Policy"]
    assert "media-src" not in elsewhere["Content-Security-Policy"]


def test_the_office_sees_the_request_beside_the_picture(office: Client, room: Room) -> None:
    page = shown(office, room, "office").content.decode()
    assert "The neighbour has moved the boundary stones." in page
    assert "An order to the tehsildar" in page
    assert 'data-side="office"' in page
    assert "What became of the meeting?" in page


def test_the_outcome_recorded_on_the_meeting_page_is_the_requests_own(
    office: Client, room: Room
) -> None:
    page = shown(office, room, "office").content.decode()
    form = page[page.index('id="answer"') :]
    key = re.search(r'name="key" value="([^"]+)"', form)
    version = re.search(r'name="version" value="(\d+)"', form)
    assert key
    assert version
    told = {"key": key[1], "version": version[1], "outcome": "met"}
    told["decision"] = "The tehsildar measures the fields anew."
    where = reverse("admin:appointments_request_answer", args=[room.request.reference, "outcome"])
    assert office.post(where, told).status_code == 302
    assert Request.objects.get(pk=room.request_id).status == "met"
    # The meeting itself goes on until it is ended.
    assert shown(office, room, "office").status_code == 200


def test_one_button_leads_from_one_meeting_to_the_next(
    office: Client, cast: Cast, room: Room
) -> None:
    following = open_room(cast, citizen=cast.ramesh)
    later = {"starts_at": F("starts_at") + timedelta(minutes=3)}
    Room.objects.filter(pk=following.pk).update(**later)
    where = reverse("meetings:office", args=[following.request.reference])
    assert where in shown(office, room, "office").content.decode()
    rooms.end(room=room, by=cast.meera)
    assert where in shown(office, room, "office").content.decode()


def test_the_day_shows_who_waits_since_when_and_from_where(
    office: Client, cast: Cast, room: Room
) -> None:
    guest = page_of(sign_in_household(Client(), cast.household), room, "guest")
    Seat.objects.filter(pk=guest.seat).update(place="Kendra Bawal")
    page = office.get(reverse("meetings:day")).content.decode()
    assert "waits since" in page
    assert "Kendra Bawal" in page
    assert "Let in" in page
    desk = office.get(reverse("admin:index")).content.decode()
    assert "1 person is in a waiting room." in desk
    assert "Kendra Bawal" in desk


def forms_of(page: str, act: str) -> dict[str, str]:
    """The hidden fields of the first form that does ``act``."""
    form = re.search(rf'action="[^"]*/{act}/">(.*?)</form>', page, re.DOTALL)
    assert form, act
    found = re.findall(r'name="(\w+)" value="([^"]*)"', form[1])
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def test_the_office_lets_in_refuses_and_puts_out_from_plain_forms(
    office: Client, cast: Cast, room: Room
) -> None:
    guest = page_of(sign_in_household(Client(), cast.household), room, "guest")
    day = reverse("meetings:day")
    for act, status in (("refuse", "refused"), ("admit", "admitted"), ("remove", "removed")):
        told = forms_of(office.get(day).content.decode(), act)
        answer = office.post(address(room, act), told)
        assert answer.status_code == 302
        assert answer["Location"] == day
        assert Seat.objects.get(pk=guest.seat).status == status
    told = forms_of(office.get(day).content.decode(), "end")
    assert office.post(address(room, "end"), told)["Location"] == day
    assert Room.objects.get(pk=room.pk).closed_for == "ended"


def test_an_old_list_says_that_somebody_was_quicker(office: Client, cast: Cast, room: Room) -> None:
    guest = page_of(sign_in_household(Client(), cast.household), room, "guest")
    told = forms_of(office.get(reverse("meetings:day")).content.decode(), "refuse")
    seat = Seat.objects.get(pk=guest.seat)
    seats.admit(seat=seat, by=cast.meera, version=seat.version)
    page = office.post(address(room, "refuse"), told, follow=True).content.decode()
    assert "Somebody of your office was quicker." in page
    assert Seat.objects.get(pk=guest.seat).status == "admitted"


def test_a_form_leads_back_to_the_portal_only(office: Client, cast: Cast, room: Room) -> None:
    told = {"back": "https://elsewhere.example/"}
    where = reverse("meetings:office", args=[room.request.reference])
    assert office.post(address(room, "end"), told)["Location"] == where


def test_without_a_script_the_citizen_keeps_a_place(asha: Client, room: Room) -> None:
    page = shown(asha, room, "guest").content.decode()
    assert "Take my place in the waiting room" in page
    answer = asha.post(address(room, "enter"), {"side": "guest"})
    assert answer["Location"] == reverse("meetings:guest", args=[room.request.reference])
    assert "You are in the waiting room since" in shown(asha, room, "guest").content.decode()


def test_the_request_leads_to_the_meeting_and_tells_what_happened_in_it(
    asha: Client, cast: Cast, room: Room
) -> None:
    guest = page_of(asha, room, "guest")
    seat = Seat.objects.get(pk=guest.seat)
    seats.admit(seat=seat, by=cast.meera, version=seat.version)
    detail = asha.get(reverse("appointments:detail", args=[room.request.reference]))
    page = detail.content.decode()
    assert reverse("meetings:guest", args=[room.request.reference]) in page
    assert "Join the meeting" in page
    assert "Let into the meeting" in page
    assert "Meera" not in page


@pytest.mark.parametrize(
    ("name", "act"), [("guest", "get"), ("office", "get"), ("enter", "post"), ("admit", "post")]
)
def test_other_methods_are_refused(office: Client, room: Room, name: str, act: str) -> None:
    other = "post" if act == "get" else "get"
    assert getattr(office, other)(address(room, name)).status_code == 405


def test_somebody_without_a_charge_has_no_day(cast: Cast) -> None:
    client = sign_in_staff(Client(), cast.gurpreet)
    assert client.get(reverse("meetings:day")).status_code == 404


def test_the_day_takes_no_more_queries_for_many_rooms(
    office: Client, cast: Cast, room: Room, django_assert_max_num_queries: Any
) -> None:
    open_room(cast, citizen=cast.ramesh)
    with django_assert_max_num_queries(14):
        office.get(reverse("meetings:day"))


def test_the_offices_request_page_and_agenda_lead_to_the_rooms(office: Client, room: Room) -> None:
    where = reverse("admin:appointments_request_change", args=[room.request.reference])
    page = office.get(where).content.decode()
    assert reverse("meetings:office", args=[room.request.reference]) in page
    agenda = office.get(reverse("admin:appointments_agenda")).content.decode()
    assert reverse("meetings:day") in agenda


def test_the_reminder_an_hour_before_says_where_to_try_the_device(cast: Cast) -> None:
    cast.asha.email, cast.asha.email_proved_at = "asha@example.in", clock.now()
    cast.asha.save()
    row = confirmed(cast)
    letter = Message.objects.get(
        subject_id=str(row.pk), template__key="reminder_hour", channel="email"
    )
    assert reverse("meetings:test") in letter.body
