"""What was booked at the counter: listed, read out, and changed for its person."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.diary import slot_value
from appointments.models import DrawWish, Offer, Request
from appointments.services import answers, drawing
from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from kendras.models import Desk, Kendra, KendraCharge, SeatHold
from tests.at_a_kendra import booked, booking_of, request_of, slot, somebody
from tests.booking import slots
from tests.draws import announced, due
from tests.people import Cast, sign_in_household

pytestmark = pytest.mark.django_db
LIST = "/kendra/REW-0001/bookings/"


@pytest.fixture
def pooja(client: Client, operator: User, at_counter: Callable[[Client, User], Client]) -> Client:
    return at_counter(client, operator)


@pytest.fixture
def row(cast: Cast, kendra: Kendra, operator: User) -> Request:
    """A walk-in's request for the first free time of DC Rewari, with a seat."""
    return request_of(booked(kendra, operator, cast.rewari))


def of(row: Request, act: str = "") -> str:
    return f"{LIST}{row.reference}/{act}"


def sent(row: Request, number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"key": f"booking-test-key-{number:04d}", "version": row.version, **fields}


def acts(row: Request) -> list[tuple[str, Any]]:
    """What the record says of it, with who did it."""
    found = Entry.objects.filter(subject_kind="appointments.request", subject_id=str(row.pk))
    return [(entry.act, entry.actor) for entry in found.order_by("seq")]


class TestTheList:
    def test_the_newest_first_and_this_kendras_alone(
        self,
        pooja: Client,
        row: Request,
        cast: Cast,
        operator: User,
        other_kendra: Kendra,
        other_operator: User,
    ) -> None:
        elsewhere = booked(other_kendra, other_operator, cast.rewari)
        page = pooja.get(LIST).content.decode()
        assert row.citizen.name in page
        assert elsewhere.reference not in page.replace(" ", "")

    def test_of_a_private_one_the_reference_and_nothing_else(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        hidden = request_of(booked(kendra, operator, cast.rewari, private=True))
        page = pooja.get(LIST).content.decode()
        assert hidden.reference in page
        for kept in (hidden.citizen.name, hidden.subject, cast.rewari.title_en):
            assert kept not in page

    def test_found_by_name_or_reference_and_a_private_one_by_reference_only(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        person = somebody(name="Kamla Bishnoi", given_name="Kamla")
        open_ = request_of(booked(kendra, operator, cast.rewari, person=person))
        person = somebody(name="Kamla Chauhan", given_name="Kamla")
        hidden = request_of(booked(kendra, operator, cast.rewari, person=person, private=True))
        page = pooja.get(LIST, {"q": "bishnoi kamla"}).content.decode()
        assert open_.reference in page
        assert hidden.reference not in page
        assert "Nothing of that" in pooja.get(LIST, {"q": "Chauhan"}).content.decode()
        typed = hidden.reference[2:].lower()
        assert hidden.reference in pooja.get(LIST, {"q": typed}).content.decode()

    def test_by_pages_and_with_the_same_queries(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        pooja.get(LIST)
        counts = []
        for more in (1, 5):
            for _place in range(more):
                booked(kendra, operator, cast.rewari, slot=None)
            with CaptureQueriesContext(connection) as caught:
                pooja.get(LIST)
            counts.append(len(caught))
        assert counts[0] == counts[1] <= 8

    def test_a_charge_that_ended_sees_nothing(self, pooja: Client, row: Request) -> None:
        KendraCharge.objects.update(ends_at=clock.now())
        for url in (LIST, of(row), of(row, "withdraw/"), of(row, "move/")):
            assert pooja.get(url).status_code == 404
        assert pooja.post(of(row, "withdraw/"), sent(row)).status_code == 404
        row.refresh_from_db()
        assert row.is_open


class TestOne:
    def test_where_it_stands_is_said_with_seat_and_time_line(
        self, pooja: Client, row: Request
    ) -> None:
        page = pooja.get(of(row)).content.decode()
        for said in (
            "Waiting for the office",
            "Request sent",
            row.subject,
            row.citizen.name,
            "Pooja Rani",
        ):
            assert said in page

    def test_another_kendras_is_not_there(
        self,
        client: Client,
        row: Request,
        other_operator: User,
        at_counter: Callable[[Client, User], Client],
    ) -> None:
        vikas = at_counter(client, other_operator)
        url = f"/kendra/GGM-0001/bookings/{row.reference}/"
        for act in ("", "withdraw/", "move/", "number/"):
            assert vikas.get(url + act).status_code == 404
        for act in ("withdraw/", "move/", "offer/"):
            assert vikas.post(url + act, sent(row)).status_code == 404

    def test_a_household_is_not_at_the_counter(
        self, client: Client, row: Request, cast: Cast
    ) -> None:
        assert client.get(of(row)).status_code == 302
        sign_in_household(client, cast.household)
        assert client.get(of(row)).status_code == 404

    def test_a_private_one_opens_with_its_pin_alone(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, private=True)
        hidden = request_of(done)
        assert "/help/?reference=" in pooja.get(of(hidden))["Location"]
        pooja.post("/kendra/REW-0001/help/", {"reference": hidden.reference, "pin": done.pin})
        page = pooja.get(of(hidden)).content.decode()
        assert "Waiting for the office" in page
        assert hidden.subject not in page

    def test_the_same_number_of_queries_each_time(self, pooja: Client, row: Request) -> None:
        pooja.get(of(row))
        with CaptureQueriesContext(connection) as caught:
            pooja.get(of(row))
        assert len(caught) <= 16


class TestActs:
    def test_withdrawn_for_the_person_once(
        self, pooja: Client, row: Request, operator: User
    ) -> None:
        assert pooja.get(of(row, "withdraw/")).status_code == 200
        for _press in range(2):
            assert pooja.post(of(row, "withdraw/"), sent(row)).status_code == 302
        row.refresh_from_db()
        assert row.status == Request.Status.WITHDRAWN
        assert acts(row)[-2:] == [("withdrawn", operator), ("helped_at_kendra", operator)]
        assert not SeatHold.objects.filter(released_at=None).exists()

    def test_what_changed_meanwhile_is_told_and_nothing_done(
        self, pooja: Client, row: Request, cast: Cast
    ) -> None:
        answers.confirm(request=row, by=cast.meera, version=row.version)
        answer = pooja.post(of(row, "withdraw/"), sent(row))
        assert answer.status_code == 409
        assert "Confirmed" in answer.content.decode()
        row.refresh_from_db()
        assert row.status == Request.Status.CONFIRMED

    def test_moved_with_its_seat(
        self, pooja: Client, row: Request, cast: Cast, operator: User
    ) -> None:
        new = slots(cast.rewari, 2)[1]
        page = pooja.get(of(row, "move/")).content.decode()
        assert slot_value(new) in page
        answer = pooja.post(of(row, "move/"), sent(row, slot=slot_value(new)))
        assert answer.status_code == 302
        row.refresh_from_db()
        hold = SeatHold.objects.get(request=row, released_at=None)
        assert row.starts_at == hold.during.lower == new.start
        assert [act for act, _by in acts(row)][-2:] == ["moved", "helped_at_kendra"]

    def test_times_without_a_free_seat_are_not_shown(
        self, pooja: Client, row: Request, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        Desk.objects.filter(kendra=kendra, number=2).update(active=False)
        full = slot(cast.rewari)
        taken = request_of(booked(kendra, operator, cast.rewari, slot=full))
        Request.objects.filter(pk=taken.pk).update(post=cast.division)
        SeatHold.objects.exclude(request=taken).update(released_at=clock.now())
        assert slot_value(full) not in pooja.get(of(row, "move/")).content.decode()

    def test_no_time_chosen_is_told_with_the_times(self, pooja: Client, row: Request) -> None:
        answer = pooja.post(of(row, "move/"), sent(row))
        assert answer.status_code == 422
        assert "Choose a time" in answer.content.decode()

    def test_an_offer_is_answered_as_the_person_says(
        self, pooja: Client, row: Request, cast: Cast, operator: User
    ) -> None:
        new = slots(cast.rewari, 2)[1]
        answers.offer(request=row, by=cast.meera, version=row.version, slot=new)
        row.refresh_from_db()
        offer = Offer.objects.get()
        assert "The person accepts" in pooja.get(of(row)).content.decode()
        answer = pooja.post(of(row, "offer/"), sent(row, offer=offer.pk, answer="accept"))
        assert answer.status_code == 302
        row.refresh_from_db()
        assert (row.status, row.starts_at) == (Request.Status.CONFIRMED, new.start)
        assert ("offer_accepted", operator) in acts(row)

    def test_only_by_a_form(self, pooja: Client, row: Request) -> None:
        assert pooja.get(of(row, "offer/")).status_code == 405
        assert pooja.delete(of(row)).status_code == 405


class TestDraws:
    def test_a_wish_is_read_out_and_taken_back(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        draw = announced(cast)
        done = booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
        url = f"{LIST}{done.reference}/"
        assert "It is drawn on" in pooja.get(url).content.decode()
        form = {"key": "wish-test-key-00001", "version": 1}
        assert pooja.post(f"{url}withdraw/", form).status_code == 302
        assert DrawWish.objects.get().status == DrawWish.Status.WITHDRAWN
        assert pooja.get(f"{url}move/").status_code == 404
        assert "no longer" in pooja.get(url).content.decode()

    def test_a_drawn_wish_leads_to_its_request(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        draw = announced(cast)
        done = booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
        due(draw)
        assert drawing.draw_due() == 1
        row = booking_of(done).request
        assert row is not None
        for page in ("bookings", "slip"):
            answer = pooja.get(f"/kendra/REW-0001/{page}/{done.reference}/")
            assert answer["Location"] == f"/kendra/REW-0001/{page}/{row.reference}/"
