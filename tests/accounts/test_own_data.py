"""What is kept of a person is handed out to them and erased at their wish."""

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F
from django.test import Client
from django.urls import reverse

from appointments.models import Companion, Request
from appointments.services import own_data as of_appointments
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.accounts.services import erasing, own_data, retention
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.audit.verification import findings
from esachivalaya.common import old_rows
from esachivalaya.notifications.models import Message
from tests import people
from tests.booking import sent, sent_by_asha
from tests.people import Cast

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=3 * 365 + 1)


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


@pytest.fixture
def home(client: Client, cast: Cast) -> Client:
    client.cookies["language"] = "en"
    return people.sign_in_household(client, cast.household)


def over(request: Request, ago: timedelta = timedelta(0)) -> Request:
    """The request, withdrawn so long ago."""
    Request.objects.filter(pk=request.pk).update(
        status="withdrawn",
        created_at=F("created_at") - ago,
        due_at=F("due_at") - ago,
        answered_at=F("created_at") - ago,
        next_reminder_at=None,
    )
    request.refresh_from_db()
    return request


def page(name: str, person: Citizen) -> str:
    return reverse(f"accounts:{name}", args=[person.pk])


def test_the_page_shows_what_is_kept_and_the_file_is_the_same(home: Client, cast: Cast) -> None:
    request = sent_by_asha(cast)
    html = home.get(page("my-data", cast.asha)).content.decode()
    for told in (cast.asha.name, "98000 00001", request.subject):
        assert told in html
    answer = home.post(page("my-data-file", cast.asha))
    assert answer["Content-Disposition"].startswith("attachment")
    told_in_file = json.loads(answer.content)
    assert told_in_file["person"][0]["mobile_number"] == cast.household.phone
    assert told_in_file["requests"][0]["description"] == request.description
    assert Entry.objects.filter(act="data_handed_out", actor=cast.household.user).count() == 1


def test_a_private_request_is_not_told_to_whoever_shares_the_phone(cast: Cast) -> None:
    private = sent(cast.rewari, cast.asha, private=True)
    assert private.reference not in str(own_data.held(cast.asha))


@pytest.mark.parametrize("name", ["my-data", "erase"])
def test_somebody_elses_data_are_not_there(home: Client, name: str) -> None:
    stranger = people.make_citizen(name="A Stranger")
    assert home.get(page(name, stranger)).status_code == 404
    assert home.post(page(name, stranger)).status_code in {404, 405}
    assert home.post(page("my-data-file", stranger)).status_code == 404


def test_the_file_is_made_by_a_button_alone(home: Client, cast: Cast) -> None:
    assert home.get(page("my-data-file", cast.asha)).status_code == 405


def test_nobody_is_erased_without_their_name_typed(home: Client, cast: Cast) -> None:
    assert home.post(page("erase", cast.asha), {"name": "Somebody"}).status_code == 422
    cast.asha.refresh_from_db()
    assert cast.asha.erased_at is None


def test_nobody_is_erased_while_an_office_is_to_answer(home: Client, cast: Cast) -> None:
    sent_by_asha(cast)
    answer = home.post(page("erase", cast.asha), {"name": cast.asha.name})
    assert answer.status_code == 422
    assert "still under way" in answer.content.decode()


def test_erased_nothing_tells_of_the_person_any_more(home: Client, cast: Cast) -> None:
    request = over(sent_by_asha(cast))
    name, number = cast.asha.name, cast.household.phone or ""
    Companion.objects.create(request=request, position=1, name="Bhola", phone=number)
    for other in Citizen.objects.filter(household=cast.household).exclude(pk=cast.asha.pk):
        erasing.erase(person=other, by=cast.household.user)
    answer = home.post(page("erase", cast.asha), {"name": name})
    assert answer.status_code == 302
    cast.asha.refresh_from_db()
    request.refresh_from_db()
    assert cast.asha.name == erasing.NOBODY
    assert (request.subject, request.description, request.phone) == ("", "", "")
    assert list(Companion.objects.values_list("name", "relation", "phone")) == [("–", "", "")]
    assert not Message.objects.filter(body__contains=cast.asha.given_name).exists()
    assert not Message.objects.filter(to=number).exclude(klass="code").exists()
    assert name not in str(list(Detail.objects.values_list("data", flat=True)))
    # The last of the household: the number is free, and nobody is signed in with it.
    assert not Household.objects.filter(phone=number).exists()
    assert not User.objects.filter(phone=number).exists()
    assert home.get(reverse("accounts:household")).status_code == 302


def test_the_record_of_the_act_stays_whole(cast: Cast) -> None:
    request = over(sent_by_asha(cast))
    before = Entry.objects.count()
    erasing.erase(person=cast.asha, by=cast.household.user)
    assert Entry.objects.count() >= before + 1
    assert Request.objects.filter(pk=request.pk, post=cast.rewari).exists()
    assert list(findings()) == []


def test_others_of_the_household_keep_their_number(cast: Cast) -> None:
    erasing.erase(person=cast.asha, by=cast.household.user)
    assert Household.objects.filter(phone=cast.household.phone).exists()


def test_a_private_request_keeps_its_words_and_loses_its_number(cast: Cast) -> None:
    private = over(sent(cast.rewari, cast.asha, private=True))
    erasing.erase(person=cast.asha, by=cast.household.user)
    private.refresh_from_db()
    assert private.subject
    assert private.phone == ""


def test_words_leave_three_years_after_the_end_and_not_before(cast: Cast) -> None:
    old = over(sent_by_asha(cast), LONG_AGO)
    young = over(sent(cast.division, cast.asha), timedelta(days=3 * 365 - 2))
    waiting = sent(cast.rewari, cast.ramesh)
    Request.objects.filter(pk=waiting.pk).update(
        created_at=F("created_at") - LONG_AGO, due_at=F("due_at") - LONG_AGO
    )
    assert of_appointments.forget_old_words() == 1
    assert of_appointments.forget_old_words() == 0
    old.refresh_from_db()
    young.refresh_from_db()
    assert old.subject == ""
    assert young.subject
    assert Request.objects.get(pk=waiting.pk).subject


def test_a_number_that_nobody_uses_for_three_years_is_forgotten(cast: Cast) -> None:
    Household.objects.update(phone_seen_at=F("created_at") - LONG_AGO)
    Citizen.objects.update(created_at=F("created_at") - LONG_AGO)
    assert erasing.erase_dormant() == Citizen.objects.count()
    cast.asha.refresh_from_db()
    assert cast.asha.erased_at is not None


def test_who_waits_for_an_answer_is_not_forgotten(cast: Cast) -> None:
    sent_by_asha(cast)
    Household.objects.update(phone_seen_at=F("created_at") - LONG_AGO)
    Citizen.objects.update(created_at=F("created_at") - LONG_AGO)
    erasing.erase_dormant()
    cast.asha.refresh_from_db()
    assert cast.asha.erased_at is None
    with pytest.raises(Refused):
        erasing.erase(person=cast.asha, by=None)


def test_sessions_that_are_over_go_and_others_stay(home: Client) -> None:
    assert retention.forget_sessions() == 0
    Session.objects.update(expire_date=F("expire_date") - timedelta(days=2))
    assert retention.forget_sessions() == 1


def test_the_hourly_sweep_does_all_of_it(cast: Cast) -> None:
    over(sent_by_asha(cast), LONG_AGO)
    old_rows.sweep()
    assert Request.objects.get().subject == ""
