"""Closing a bank's time: whose time falls away is shown first, and nobody stays on closed time."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client

from esachivalaya.common import clock
from esachivalaya.common.clock import at
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from plasma.forms.desk import CloseForm
from plasma.models import BankClosure, BedHold, Invitation, Pledge
from plasma.services import answers, beds, closures, pledges
from plasma.services.answers import Asker
from tests.donors import DonorCast, make_donor, make_donor_cast, make_pledge
from tests.people import sign_in_staff
from tests.plasma.donor_pages import counted, said, slots

pytestmark = pytest.mark.django_db
DAY = "/plasma/bank/GGM/"


@pytest.fixture
def desk(donor_cast: DonorCast) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, donor_cast.desk)


@pytest.fixture
def row(donor_cast: DonorCast, invitation: Invitation) -> Pledge:
    """Suman's pledge, with a time tomorrow morning."""
    made = answers.pledge(
        asker=Asker(donor_cast.suman, invitation), bank=donor_cast.bank, answers=said()
    )
    return pledges.book(pledge=made, span=slots(donor_cast.bank)[0], version=made.version)


class TestClosing:
    def asked(self, row: Pledge, **fields: Any) -> dict[str, Any]:
        assert row.starts_at is not None
        return {"first": str(clock.day_of(row.starts_at)), "words": "No power", **fields}

    def shown(self, desk: Client, asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        answer = desk.get(f"{DAY}closing/", asked)
        form = answer.context["close"]
        return answer.content.decode(), {"key": new_key(), "shown": form.initial["shown"]}

    def close(self, desk: Client, asked: dict[str, Any], data: dict[str, Any]) -> Any:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return desk.post(f"{DAY}closing/?{query}", data)

    def test_looking_shows_whom_it_takes_and_changes_nothing(
        self, desk: Client, row: Pledge
    ) -> None:
        page, _data = self.shown(desk, self.asked(row))
        assert "1 donor loses the time" in page
        assert "Suman" in page
        assert not BankClosure.objects.exists()

    def test_closing_frees_the_time_tells_the_donor_and_keeps_the_pledge(
        self, desk: Client, row: Pledge
    ) -> None:
        asked = self.asked(row)
        _page, data = self.shown(desk, asked)
        assert self.close(desk, asked, data).status_code == 302
        row.refresh_from_db()
        assert (row.status, row.starts_at) == ("made", None)
        assert (counted("booked"), counted("pledged")) == (0, 1)
        assert Message.objects.filter(template__key="plasma_cancelled").count() == 1
        day = clock.day_of(slots(row.bank)[0].start)
        assert str(day) != asked["first"]

    def test_whoever_booked_meanwhile_is_shown_first(
        self, desk: Client, donor_cast: DonorCast, row: Pledge
    ) -> None:
        asked = self.asked(row)
        _page, data = self.shown(desk, asked)
        made = make_pledge(donor_cast.imran, donor_cast.bank)
        pledges.book(pledge=made, span=slots(donor_cast.bank)[1], version=made.version)
        answer = self.close(desk, asked, data)
        assert answer.status_code == 409
        assert "Imran" in answer.content.decode()
        assert not BankClosure.objects.exists()

    def test_some_hours_take_only_their_slots(self, desk: Client, row: Pledge) -> None:
        asked = self.asked(row, opens="15:00", closes="18:00")
        page, data = self.shown(desk, asked)
        assert "Nobody has a time then." in page
        self.close(desk, asked, data)
        row.refresh_from_db()
        assert row.status == "booked"
        assert row.starts_at is not None
        day = clock.day_of(row.starts_at)
        assert all(span.end <= at(day, time(15)) for span in beds.slots_on(row.bank, day))

    def test_opened_again_it_can_be_booked(self, desk: Client, row: Pledge) -> None:
        asked = self.asked(row)
        _page, data = self.shown(desk, asked)
        self.close(desk, asked, data)
        closure = BankClosure.objects.get()
        desk.post(f"{DAY}closing/{closure.pk}/open/", {"key": new_key()})
        assert str(clock.day_of(slots(row.bank)[0].start)) == asked["first"]

    def test_another_banks_closure_is_not_there(self, desk: Client, donor_cast: DonorCast) -> None:
        theirs = BankClosure.objects.create(
            bank=donor_cast.other_bank,
            starts_at=clock.now(),
            ends_at=clock.now() + timedelta(hours=2),
            words="Theirs",
            made_by=donor_cast.other_desk,
            made_at=clock.now(),
        )
        answer = desk.post(f"{DAY}closing/{theirs.pk}/open/", {"key": new_key()})
        assert answer.status_code == 404

    @pytest.mark.parametrize(
        "wrong",
        [
            {"first": ""},
            {"first": "2020-07-21"},
            {"last": "2020-01-01"},
            {"last": "2031-01-01"},
            {"opens": "15:00", "closes": "14:00"},
            {"words": ""},
        ],
    )
    def test_days_that_make_no_sense(
        self, desk: Client, row: Pledge, wrong: dict[str, str]
    ) -> None:
        asked = self.asked(row, **wrong)
        answer = self.close(desk, asked, {"key": new_key(), "shown": ""})
        assert answer.status_code == 200
        assert not BankClosure.objects.exists()


def test_closing_and_booking_at_once_leave_nobody_on_closed_time(
    transactional_db: None, race: Callable[..., list[Any]]
) -> None:
    cast = make_donor_cast()
    span = slots(cast.bank)[0]
    made = [make_pledge(make_donor(f"Donor {n}"), cast.bank) for n in range(2)]
    race(
        *[lambda row=row: pledges.book(pledge=row, span=span, version=row.version) for row in made],
        lambda: closures.close(
            bank=cast.bank, span=span, words="No power", by=cast.desk, shown=set()
        ),
    )
    closed = BankClosure.objects.exists()
    assert BedHold.objects.filter(released_at__isnull=True).exists() != closed


def test_a_month_of_a_large_bank_can_be_closed_at_once() -> None:
    """The button carries what its page showed, however many that were."""
    shown = " ".join(f"{10_000_000 + number}:12" for number in range(9000))
    form = CloseForm({"key": new_key(), "shown": shown})
    assert form.is_valid(), form.errors
    assert len(form.cleaned_data["shown"]) == 9000
