"""Taking part in a draw from the counter, from the form to the seat of whoever was drawn."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Draw, DrawWish, Request
from appointments.services import drawing, pins
from esachivalaya.accounts.models import User
from esachivalaya.notifications.models import Message
from kendras.models import AssistedBooking, Desk, Kendra, KendraNotice, SeatHold
from officials.models import Service
from tests.at_a_kendra import booked
from tests.catalogue import make_service
from tests.draws import announced, due
from tests.kendras.test_pages_counter import book, typed
from tests.office import content
from tests.people import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def pooja(client: Client, operator: User, at_counter: Callable[[Client, User], Client]) -> Client:
    return at_counter(client, operator)


@pytest.fixture
def draw(cast: Cast) -> Draw:
    return announced(cast)


@pytest.fixture
def service(db: None) -> Service:
    return make_service()


@pytest.fixture
def wish(
    pooja: Client, kendra: Kendra, cast: Cast, operator: User, draw: Draw, service: Service
) -> DrawWish:
    """Asha's wish about her allowance, as the operator types it."""
    assert_booked(pooja, cast, operator, slot=f"draw-{draw.pk}", service=service.code)
    return DrawWish.objects.get()


def assert_booked(client: Client, cast: Cast, operator: User, **fields: Any) -> None:
    answer = book(client, typed(cast, operator, **fields))
    assert answer.status_code == 303, content(answer)


def drawn(wish: DrawWish) -> DrawWish:
    due(wish.draw)
    assert drawing.draw_due() >= 1
    return DrawWish.objects.select_related("request__service").get(pk=wish.pk)


def at(name: str, *args: object) -> str:
    return reverse(f"kendras:{name}", args=["REW-0001", *args])


def sms(row: Request, template: str) -> list[str]:
    found = Message.objects.filter(subject_id=str(row.pk), template__key=template, channel="sms")
    return list(found.values_list("body", flat=True))


class TestTheWish:
    def test_the_counter_offers_the_draw_of_the_office(
        self, pooja: Client, cast: Cast, draw: Draw
    ) -> None:
        page = content(pooja.get(at("times"), {"post": cast.rewari.code}))
        assert f'value="draw-{draw.pk}"' in page

    def test_it_waits_without_a_seat_and_with_its_service(
        self, wish: DrawWish, service: Service, operator: User
    ) -> None:
        assert wish.draft is not None
        assert wish.draft.data["about"]["service"] == service.pk
        assert (wish.channel, wish.made_by) == ("kendra", operator)
        row = AssistedBooking.objects.get()
        assert (row.wish, row.request, row.seat_wanted) == (wish, None, True)
        assert not SeatHold.objects.exists()

    def test_its_slip_says_the_code_and_the_pin(self, pooja: Client, wish: DrawWish) -> None:
        slip = pooja.get(at("slip", wish.code)).context["slip"]
        assert (slip.reference, slip.state) == (wish.code, "draw")
        assert pins.check_pin(wish, slip.pin)

    def test_a_private_one_is_refused_in_words(
        self, pooja: Client, cast: Cast, operator: User, draw: Draw
    ) -> None:
        sent = typed(cast, operator, slot=f"draw-{draw.pk}", private="on")
        answer = book(pooja, sent)
        assert answer.status_code == 422
        assert "cannot be private" in answer.content.decode()
        assert not DrawWish.objects.exists()


class TestWhoIsDrawn:
    def test_slot_and_seat_and_service_are_theirs(
        self, pooja: Client, wish: DrawWish, service: Service, kendra: Kendra
    ) -> None:
        row = drawn(wish).request
        assert row is not None
        assert (row.status, row.confirmed_by, row.service) == ("confirmed", "draw", service)
        hold = SeatHold.objects.get(request=row, released_at=None)
        assert hold.desk.kendra == kendra
        assert (hold.during.lower, hold.during.upper) == (row.starts_at, row.ends_at)

    def test_the_request_stands_in_the_booking(self, wish: DrawWish) -> None:
        row = drawn(wish).request
        assert AssistedBooking.objects.get().request == row

    def test_code_and_reference_lead_to_one_page_and_one_slip(
        self, pooja: Client, wish: DrawWish
    ) -> None:
        row = drawn(wish).request
        assert row is not None
        assert pooja.get(at("booking", wish.code))["Location"] == at("booking", row.reference)
        page = content(pooja.get(at("booking", row.reference)))
        assert row.subject in page
        slip = pooja.get(at("slip", row.reference)).context["slip"]
        assert (slip.state, slip.desk is not None) == ("fixed", True)
        assert at("booking", row.reference) in content(pooja.get(at("bookings")))

    def test_a_wheelchair_gets_an_accessible_seat(
        self, pooja: Client, cast: Cast, operator: User, draw: Draw, kendra: Kendra
    ) -> None:
        fields = {"slot": f"draw-{draw.pk}", "needs_accessible_seat": "on"}
        assert_booked(pooja, cast, operator, **fields)
        row = drawn(DrawWish.objects.get()).request
        assert SeatHold.objects.get(request=row).desk.accessible

    def test_without_a_wish_for_a_seat_none_is_taken(
        self, cast: Cast, kendra: Kendra, operator: User, draw: Draw
    ) -> None:
        booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk, seat_wanted=False)
        assert drawn(DrawWish.objects.get()).request is not None
        assert not SeatHold.objects.exists()

    def test_where_no_seat_is_free_the_meeting_stands_and_all_are_told(
        self, wish: DrawWish
    ) -> None:
        Desk.objects.update(active=False)
        row = drawn(wish).request
        assert row is not None
        assert row.status == Request.Status.CONFIRMED
        assert not SeatHold.objects.filter(request=row).exists()
        assert KendraNotice.objects.get(request=row).kind == "seat_lost"
        assert len(sms(row, "kendra_seat_lost")) == 1


class TestWhoIsNotDrawn:
    def test_the_booking_stays_and_says_so(self, pooja: Client, cast: Cast, wish: DrawWish) -> None:
        cast.rewari.active = False
        cast.rewari.save()
        lost = drawn(wish)
        assert (lost.status, lost.request) == ("lost", None)
        row = AssistedBooking.objects.get()
        assert (row.wish, row.request) == (lost, None)
        for address in (at("booking", wish.code), at("slip", wish.code), at("bookings")):
            assert pooja.get(address).status_code == 200
        assert "Withdraw" not in content(pooja.get(at("booking", wish.code)))
