"""The pages behind the link, from the first one to the last, as a donor goes through them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.diary import slot_value
from esachivalaya.common.idempotency import new_key
from plasma.models import BedHold, Donor, Invitation, Pledge
from plasma.services import pledges
from tests.donors import DonorCast, make_donor, make_pledge, today
from tests.office import assert_strict
from tests.plasma.donor_pages import address, chosen, counted, fit, open_page, slots

pytestmark = pytest.mark.django_db
LARGEST = 60_000


@pytest.fixture
def suman(client: Client, invitation: Invitation) -> Client:
    """Suman behind her link, the year of birth given."""
    open_page(client, invitation)
    return client


def pledge(client: Client, invitation: Invitation, bank: str = "GGM", **fields: Any) -> Any:
    return client.post(address(invitation, f"pledge/?bank={bank}"), fit(**fields))


def booked(client: Client, invitation: Invitation, number: int = 0) -> Pledge:
    pledge(client, invitation)
    row = Pledge.objects.get()
    answer = client.post(address(invitation, "slot/"), chosen(row, slots(row.bank)[number]))
    assert answer["Location"] == address(invitation)
    row.refresh_from_db()
    return row


def shown(client: Client, invitation: Invitation, page: str = "") -> str:
    answer = client.get(address(invitation, page))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_facts_are_modest(suman: Client, invitation: Invitation) -> None:
    page = shown(suman, invitation)
    assert "may help" in page
    assert "no clear benefit" in page
    assert "Nobody is paid" in page
    assert not re.search(r"save lives|hero|duty|₹|\bRs\b", page, re.IGNORECASE)


def test_the_nearest_bank_stands_first(suman: Client, invitation: Invitation) -> None:
    page = shown(suman, invitation, "pledge/")
    assert page.index("Gurugram") < page.index("Panchkula")
    Donor.objects.update(district_id=invitation.donor.district_id)
    imran = shown(suman, invitation, "pledge/")
    assert imran.index("Gurugram") < imran.index("Panchkula")


def test_from_the_questions_to_a_time_that_stands(suman: Client, invitation: Invitation) -> None:
    row = booked(suman, invitation)
    assert row.status == "booked"
    page = shown(suman, invitation)
    assert "Your time is booked" in page
    assert "Choose another time" in page
    assert counted("booked") == 1


def test_coming_back_later_through_the_same_link_shows_what_stands(
    suman: Client, invitation: Invitation
) -> None:
    booked(suman, invitation)
    fresh = Client()
    assert "Your time is booked" not in fresh.get(address(invitation)).content.decode()
    open_page(fresh, invitation)
    assert "Your time is booked" in shown(fresh, invitation)


def test_another_time_and_then_none(suman: Client, invitation: Invitation) -> None:
    row = booked(suman, invitation)
    suman.post(address(invitation, "slot/"), chosen(row, slots(row.bank)[4]))
    row.refresh_from_db()
    assert row.version == 3
    page = shown(suman, invitation, "cancel/")
    assert "then free for others" in page
    data = {"key": new_key(), "version": row.version}
    first = suman.post(address(invitation, "cancel/"), data)
    again = suman.post(address(invitation, "cancel/"), data)
    assert first["Location"] == again["Location"] == address(invitation)
    row.refresh_from_db()
    assert row.status == "cancelled"
    assert "Would you give plasma?" in shown(suman, invitation)


def test_a_replayed_form_does_not_act_twice(suman: Client, invitation: Invitation) -> None:
    data = fit()
    for _time in range(3):
        answer = suman.post(address(invitation, "pledge/?bank=GGM"), data)
        assert answer.status_code == 303
    row = Pledge.objects.get()
    wish = chosen(row, slots(row.bank)[0])
    for _time in range(3):
        answer = suman.post(address(invitation, "slot/"), wish)
        assert answer.status_code == 303
    assert BedHold.objects.count() == 1
    assert (counted("pledged"), counted("booked")) == (1, 1)


def test_the_back_button_is_harmless(suman: Client, invitation: Invitation) -> None:
    pledge(suman, invitation)
    row = Pledge.objects.get()
    old = chosen(row, slots(row.bank)[0])
    suman.post(address(invitation, "slot/"), old)
    # Back to the old page, another time chosen there: the key was used for the first one.
    answer = suman.post(
        address(invitation, "slot/"), {**old, "slot": slot_value(slots(row.bank)[2])}
    )
    assert answer["Location"] == address(invitation)
    # And a page that was open in another tab all the while is told what stands.
    stale = suman.post(address(invitation, "slot/"), {**old, "key": new_key()})
    assert stale.status_code == 409
    assert BedHold.objects.filter(released_at__isnull=True).count() == 1


def test_a_time_taken_meanwhile_is_told_with_others(suman: Client, invitation: Invitation) -> None:
    pledge(suman, invitation)
    row = Pledge.objects.get()
    span = slots(row.bank)[0]
    for _bed in range(row.bank.beds):
        other = make_pledge(make_donor(), row.bank)
        pledges.book(pledge=other, span=span, version=other.version)
    answer = suman.post(address(invitation, "slot/"), chosen(row, span))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "taken a moment ago" in page
    assert "These are the next free times" in page


@pytest.mark.parametrize("slot", ["", "x", "2020-07-21T10:00/2020-07-21T11:30"])
def test_what_is_no_time_is_said_at_the_picker(
    suman: Client, invitation: Invitation, slot: str
) -> None:
    pledge(suman, invitation)
    row = Pledge.objects.get()
    data = {"key": new_key(), "version": row.version, "slot": slot}
    answer = suman.post(address(invitation, "slot/"), data)
    assert answer.status_code == 200
    assert "field-error" in answer.content.decode()


def test_missing_answers_are_said_and_nothing_is_pledged(
    suman: Client, invitation: Invitation
) -> None:
    answer = pledge(suman, invitation, weight_kg="", agree="", insulin="")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("field-error") >= 3
    assert not Pledge.objects.exists()


def test_an_old_day_of_recovery_and_one_to_come(suman: Client, invitation: Invitation) -> None:
    tomorrow = str(today() + timedelta(days=1))
    answer = pledge(suman, invitation, recovered_on=tomorrow)
    assert "still to come" in answer.content.decode()
    assert not Pledge.objects.exists()


def test_my_data_are_read_taken_along_and_deleted(suman: Client, invitation: Invitation) -> None:
    booked(suman, invitation)
    assert "Suman Devi" in shown(suman, invitation, "my-data/")
    file = suman.get(address(invitation, "my-data/file/"))
    assert file.json()["person"]["given_name"] == "Suman"
    assert "attachment" in file["Content-Disposition"]
    assert "Delete everything about me?" in shown(suman, invitation, "my-data/delete/")
    answer = suman.post(address(invitation, "my-data/delete/"), {"key": new_key()}, follow=True)
    assert "The data are deleted" in answer.content.decode()
    donor = Donor.objects.get(pk=invitation.donor_id)
    assert donor.erased_at is not None
    assert not BedHold.objects.filter(released_at__isnull=True).exists()
    assert suman.get(address(invitation)).status_code == 404


def test_two_on_one_phone_read_only_their_own(
    suman: Client, invitation: Invitation, donor_cast: DonorCast
) -> None:
    for page in ("", "my-data/", "my-data/file/"):
        text = suman.get(address(invitation, page)).content.decode()
        assert "Rakesh" not in text


@pytest.mark.parametrize("language", ["hi", "en"])
def test_every_page_is_light_strict_and_kept_by_nobody(
    suman: Client, invitation: Invitation, language: str
) -> None:
    suman.cookies["language"] = language
    pages = ["", "pledge/", "pledge/?bank=GGM", "later/", "stop/", "wrong/", "my-data/"]
    booked_pages = ["", "slot/", "cancel/", "my-data/", "my-data/delete/"]
    for page in pages:
        weigh(suman, address(invitation, page))
    booked(suman, invitation)
    for page in booked_pages:
        weigh(suman, address(invitation, page))
    for page in ("/plasma/", "/plasma/come/", "/plasma/answered/wrong/"):
        weigh(suman, page)


def weigh(client: Client, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 200, page
    assert len(answer.content) < LARGEST, page
    assert "no-store" in answer["Cache-Control"], page
    assert answer["Referrer-Policy"] == "strict-origin", page
    assert_strict(answer)


@pytest.mark.parametrize(
    ("page", "most"),
    [("", 12), ("pledge/", 10), ("pledge/?bank=GGM", 13), ("slot/", 16), ("my-data/", 26)],
)
def test_each_page_has_its_budget_of_queries(
    suman: Client, invitation: Invitation, page: str, most: int
) -> None:
    booked(suman, invitation)
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as caught:
            assert suman.get(address(invitation, page)).status_code == 200
        counts.append(len(caught))
        for span in slots(Pledge.objects.all()[0].bank)[:6]:
            other = make_pledge(make_donor(), Pledge.objects.all()[0].bank)
            pledges.book(pledge=other, span=span, version=other.version)
    assert counts[0] == counts[1] <= most


@pytest.mark.parametrize("page", ["certificate/", "my-data/", "my-data/file/", "answered"])
def test_pages_to_read_take_no_form(suman: Client, invitation: Invitation, page: str) -> None:
    where = "/plasma/answered/wrong/" if page == "answered" else address(invitation, page)
    assert suman.post(where).status_code == 405


def test_the_language_changes_and_keeps_what_was_typed(
    suman: Client, invitation: Invitation
) -> None:
    day = str(today() + timedelta(days=5))
    answer = suman.post(
        address(invitation, "later/"), {"key": new_key(), "day": day, "switch_language": "hi"}
    )
    assert f'value="{day}"' in answer.content.decode()
    invitation.refresh_from_db()
    assert invitation.status == "opened"


def test_the_public_page_shows_the_banks_and_their_hours(
    client: Client, donor_cast: DonorCast
) -> None:
    client.cookies["language"] = "en"
    page = client.get("/plasma/").content.decode()
    assert "Gurugram" in page
    assert "Panchkula" in page
    assert "Monday – Sunday" in page
    assert "9:00 am – 6:00 pm" in page
    assert "no clear benefit" in page
    assert "I have recovered and want to give" in page
