"""A meeting given in place of a missed one: nobody booked it, and the Kendra finds it all the same.

And the page of a booking on the day of its meeting leads to the room.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import after_meeting
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from kendras.models import AssistedBooking, Kendra, SeatHold
from kendras.services.booking import Booked
from tests.at_a_kendra import booked, request_of, somebody
from tests.kendras.meetings import meeting_here, moved_to
from tests.office import content
from tests.people import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(client: Client, operator: User, at_counter: Callable[[Client, User], Client]) -> Client:
    return at_counter(client, operator)


@pytest.fixture
def missed(kendra: Kendra, operator: User, cast: Cast) -> Request:
    """A meeting at the Kendra to which the office did not come."""
    row = meeting_here(kendra, operator, cast, begins_in=timedelta(minutes=-30))
    return after_meeting.record_outcome(
        request=row, by=cast.meera, version=row.version, outcome="missed_by_office"
    )


@pytest.fixture
def given(missed: Request) -> Request:
    return Request.objects.get(follows=missed)


def at(name: str, *args: object, code: str = "REW-0001") -> str:
    return reverse(f"kendras:{name}", args=[code, *args])


class TestGivenAnew:
    def test_it_has_a_seat_and_no_booking_of_its_own(self, given: Request) -> None:
        assert SeatHold.objects.filter(request=given, released_at=None).count() == 1
        assert not AssistedBooking.objects.filter(request=given).exists()

    def test_its_page_opens_where_the_missed_one_was_booked(
        self, here: Client, given: Request, operator: User
    ) -> None:
        page = content(here.get(at("booking", given.reference)))
        assert given.citizen.name in page
        assert operator.name_en in page
        assert "In place of" in page

    def test_the_page_of_the_missed_one_leads_to_it(
        self, here: Client, missed: Request, given: Request
    ) -> None:
        assert at("booking", given.reference) in content(here.get(at("booking", missed.reference)))

    def test_the_list_leads_to_it_and_finds_it_by_its_reference(
        self, here: Client, given: Request
    ) -> None:
        assert at("booking", given.reference) in content(here.get(at("bookings")))
        found = here.get(at("bookings"), {"q": given.reference})
        assert at("booking", given.reference) in content(found)

    def test_its_slip_says_the_new_time_and_the_seat(self, here: Client, given: Request) -> None:
        answer = here.get(at("slip", given.reference))
        slip = answer.context["slip"]
        assert (slip.reference, slip.starts_at) == (given.reference, given.starts_at)
        assert slip.desk is not None
        assert slip.attends_here
        assert here.post(at("slip", given.reference), {"paper": "a6"}).status_code == 302

    def test_it_stands_among_todays_meetings(self, here: Client, given: Request) -> None:
        moved_to(given, clock.now())
        assert at("meeting", given.reference) in content(here.get(at("meetings")))
        assert here.get(at("meeting", given.reference)).status_code == 200

    def test_it_can_be_moved_and_withdrawn_at_its_counter(
        self, here: Client, given: Request
    ) -> None:
        assert here.get(at("booking-move", given.reference)).status_code == 200
        sent = {"key": "given-anew-key-000001", "version": given.version}
        assert here.post(at("booking-withdraw", given.reference), sent).status_code == 302
        given.refresh_from_db()
        assert given.status == Request.Status.CANCELLED_BY_CITIZEN
        assert not SeatHold.objects.filter(request=given, released_at=None).exists()

    def test_what_was_missed_twice_is_found_through_both(
        self, here: Client, given: Request, cast: Cast
    ) -> None:
        row = moved_to(given, clock.now() - timedelta(minutes=10))
        after_meeting.record_outcome(
            request=row, by=cast.meera, version=row.version, outcome="missed_by_office"
        )
        third = Request.objects.get(follows=row)
        assert here.get(at("booking", third.reference)).status_code == 200
        assert SeatHold.objects.filter(request=third, released_at=None).count() == 1

    def test_another_kendra_opens_it_with_its_pin_alone(
        self,
        client: Client,
        cast: Cast,
        kendra: Kendra,
        operator: User,
        other_operator: User,
        at_counter: Callable[[Client, User], Client],
    ) -> None:
        done: Booked = booked(kendra, operator, cast.rewari, person=somebody("+919800055555"))
        Request.objects.filter(pk=request_of(done).pk).update(
            status="confirmed", confirmed_by="office", answered_at=clock.now()
        )
        row = moved_to(request_of(done), clock.now() - timedelta(minutes=30))
        after_meeting.record_outcome(
            request=row, by=cast.meera, version=row.version, outcome="missed_by_office"
        )
        again = Request.objects.get(follows=row)
        there = at_counter(client, other_operator)
        page = at("booking", again.reference, code="GGM-0001")
        assert there.get(page).status_code == 404
        opened = there.post(
            at("help", code="GGM-0001"), {"reference": again.reference, "pin": done.pin}
        )
        assert opened["Location"] == page
        assert "Booked at Atal Seva Kendra Bawal" in content(there.get(page))
        assert there.get(at("slip", again.reference, code="GGM-0001")).status_code == 200


class TestTheDayOfTheMeeting:
    def test_the_bookings_page_leads_to_the_meeting(
        self, here: Client, kendra: Kendra, operator: User, cast: Cast
    ) -> None:
        row = meeting_here(kendra, operator, cast)
        assert at("meeting", row.reference) in content(here.get(at("booking", row.reference)))

    def test_not_on_another_day_nor_without_a_seat(
        self, here: Client, kendra: Kendra, operator: User, cast: Cast
    ) -> None:
        later = meeting_here(kendra, operator, cast, begins_in=timedelta(days=2))
        at_home = meeting_here(kendra, operator, cast, place=1, seat_wanted=False)
        for row in (later, at_home):
            page = content(here.get(at("booking", row.reference)))
            assert at("meeting", row.reference) not in page
