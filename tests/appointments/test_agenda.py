"""The agenda of the day, and its secret address for calendars."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from appointments.models import AgendaFeed, Companion, Request
from appointments.services import answers, feeds
from esachivalaya.accounts import tries
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from officials.models import Charge
from tests.booking import sent, slots
from tests.meetings import begun, confirmed
from tests.office import assert_strict, content, queries
from tests.people import Cast, make_cast, make_citizen, make_staff, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
AGENDA = "/admin/appointments/request/agenda/"
ADDRESS = re.compile(r"/agenda/[A-Za-z0-9_-]+\.ics")


# --- the page


def test_the_agenda_shows_the_meetings_of_the_day_in_order(office: Client, cast: Cast) -> None:
    row = begun(cast, needs_interpreter=True, language="en")
    Companion.objects.create(request=row, position=1, name="Ramesh Kumar", relation="husband")
    Request.objects.filter(pk=row.pk).update(late_at=clock.now())
    shown = content(office.get(AGENDA))
    for words in (
        "Asha Devi",
        row.subject,
        "Ramesh Kumar (husband)",
        "An interpreter",
        "0 papers",
        "that they are late",
        "Citizen is there",
        "Office is there",
        "Record the outcome",
    ):
        assert words in shown, words


def test_another_day_is_asked_for_and_nonsense_means_today(office: Client, cast: Cast) -> None:
    row = confirmed(cast)
    assert row.starts_at is not None
    day = clock.day_of(row.starts_at)
    assert "Asha Devi" in content(office.get(AGENDA, {"day": str(day), "post": "DC-REW"}))
    empty = content(office.get(AGENDA, {"day": str(day + timedelta(days=60))}))
    assert "No meeting on this day" in empty
    assert office.get(AGENDA, {"day": "x"}).context["day"] == clock.day_of(clock.now())


def test_what_was_cancelled_or_waits_is_not_on_the_agenda(office: Client, cast: Cast) -> None:
    row = confirmed(cast)
    answers.cancel(request=row, by=cast.meera, version=row.version, words="The road is closed.")
    assert row.starts_at is not None
    shown = office.get(AGENDA, {"day": str(clock.day_of(row.starts_at))})
    assert shown.context["meetings"] == []


def test_the_agenda_is_nobody_elses(client: Client, office: Client, cast: Cast) -> None:
    assert office.get(AGENDA, {"post": "DIV-GGM"}).status_code == 404
    assert office.post(AGENDA).status_code == 405
    other = sign_in_staff(Client(), make_staff("nobody"))
    assert other.get(AGENDA).status_code in {302, 403, 404}
    assert sign_in_household(Client(), cast.household).get(AGENDA).status_code in {302, 403, 404}


def test_the_agenda_is_strict_and_takes_the_same_queries(office: Client, cast: Cast) -> None:
    begun(cast)
    assert_strict(office.get(AGENDA))
    one = queries(office, AGENDA)
    for name in ("Ramesh", "Sunita"):
        row = begun(cast, citizen=make_citizen(cast.household, name))
        Companion.objects.create(request=row, position=1, name="Somebody")
    assert len(queries(office, AGENDA)) == len(one)
    assert len(one) <= 14, "\n".join(one)


# --- the secret address


def made(client: Client, key: str = "") -> str:
    shown = client.post(
        reverse("admin:appointments_agenda_feed"), {"key": key or new_key(), "post": "DC-REW"}
    )
    found = ADDRESS.search(shown.content.decode())
    assert found, shown.status_code
    return found.group()


def test_the_address_is_shown_once_and_only_its_digest_is_kept(office: Client) -> None:
    key = new_key()
    address = made(office, key)
    token = address.removeprefix("/agenda/").removesuffix(".ics")
    feed = AgendaFeed.objects.get()
    assert token not in str(feed.__dict__)
    assert feed.digest == feeds.digest_of(token)
    again = office.post(
        reverse("admin:appointments_agenda_feed"), {"key": key, "post": "DC-REW"}, follow=True
    )
    assert not ADDRESS.search(again.content.decode())
    assert "shown once" in again.content.decode()
    assert AgendaFeed.objects.count() == 1


def test_the_feed_names_nobody_and_leads_to_the_desk(office: Client, cast: Cast) -> None:
    row = confirmed(cast)
    response = Client().get(made(office))
    assert response["Content-Type"].startswith("text/calendar")
    assert "private" in response["Cache-Control"]
    text = response.content.decode()
    assert "Asha" not in text
    assert row.subject not in text
    event = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert row.reference[2:6] in str(event["summary"])
    assert reverse("admin:appointments_request_change", args=[row.reference]) in str(event["url"])
    assert event["status"] == "CONFIRMED"
    assert int(event["sequence"]) == row.version
    assert event["dtstart"].dt == row.starts_at
    assert "Asia/Kolkata" in text


def test_what_was_cancelled_is_taken_back_in_the_calendar(office: Client, cast: Cast) -> None:
    row = confirmed(cast)
    waiting = sent(cast.rewari, cast.ramesh, slots(cast.rewari, 1)[0])
    address = made(office)
    before = Calendar.from_ical(Client().get(address).content).walk("VEVENT")[0]
    gone = answers.cancel(request=row, by=cast.meera, version=row.version, words="Not possible.")
    events = Calendar.from_ical(Client().get(address).content).walk("VEVENT")
    assert len(events) == 1
    assert (events[0]["status"], events[0]["uid"]) == ("CANCELLED", before["uid"])
    assert int(events[0]["sequence"]) == gone.version > int(before["sequence"])
    assert waiting.status == "requested"


def test_the_same_bytes_are_not_sent_twice(office: Client, cast: Cast) -> None:
    confirmed(cast)
    address = made(office)
    first = Client().get(address)
    second = Client().get(address, headers={"if-none-match": first["ETag"]})
    assert (second.status_code, second.content) == (304, b"")
    assert AgendaFeed.objects.get().read_at is not None


def test_a_revoked_or_renewed_address_is_like_one_that_never_was(office: Client) -> None:
    first = made(office)
    second = made(office)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    data = {"key": new_key(), "post": "DC-REW"}
    office.post(reverse("admin:appointments_agenda_feed_end"), data)
    dead = Client().get(second)
    unknown = Client().get("/agenda/never-was.ics")
    assert (dead.status_code, unknown.status_code) == (404, 404)
    told = [
        re.sub(r'value="[A-Za-z0-9]{64}"', "", one.content.decode().replace(address, ""))
        for one, address in ((dead, second), (unknown, "/agenda/never-was.ics"))
    ]
    assert told[0] == told[1]


def test_the_address_ends_with_the_charge_and_with_the_officer(office: Client, cast: Cast) -> None:
    address = made(office)
    charges = Charge.objects.filter(user=cast.suresh, post=cast.rewari)
    charges.update(ends_at=clock.now())
    assert Client().get(address).status_code == 404
    charges.update(ends_at=None)
    assert Client().get(address).status_code == 200
    cast.suresh.is_active = False
    cast.suresh.save(update_fields=["is_active"])
    assert Client().get(address).status_code == 404


def test_no_log_says_the_address(
    office: Client, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    address = made(office)
    Charge.objects.filter(user=cast.suresh).update(ends_at=clock.now())
    with caplog.at_level("DEBUG"):
        assert Client().get(address).status_code == 404
        assert Client().head(address).status_code == 404
    assert not [one for one in caplog.records if address[8:20] in one.getMessage()]


def test_a_flood_is_slowed_down(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = made(office)
    monkeypatch.setitem(tries.LIMITS, "agenda", (2, 60))
    statuses = [Client().get(address).status_code for _time in range(3)]
    assert statuses == [200, 200, 429]


def test_nobody_makes_an_address_of_a_post_that_is_not_theirs(office: Client) -> None:
    address = reverse("admin:appointments_agenda_feed")
    assert office.get(address).status_code == 405
    assert office.post(address, {"key": new_key(), "post": "DIV-GGM"}).status_code == 404
    assert office.post(address, {"key": new_key()}).status_code == 404
    assert office.post(address, {"post": "DC-REW"}).status_code == 302
    assert not AgendaFeed.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_leave_one_living_address(race: Callable[..., list[Any]]) -> None:
    cast = make_cast()
    done = race(*[lambda: feeds.make(post=cast.rewari, by=cast.suresh)] * 3)
    assert all(one.ok for one in done)
    assert AgendaFeed.objects.filter(revoked_at=None).count() == 1
