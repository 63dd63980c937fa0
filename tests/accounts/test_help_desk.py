"""The help desk changes a citizen's number, with the code that the citizen reads out."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services.pins import hash_of
from esachivalaya.accounts.models import Citizen, Household, NumberChange, User
from esachivalaya.accounts.services import new_number
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests import people
from tests.accounts.sent import another, code_sent_to
from tests.booking import sent_by_asha
from tests.people import Cast

OLD, NEW = "+919800000001", "+919800000045"
PIN = "482913"
ADD, CODE = "/admin/accounts/numberchange/add/", "/admin/accounts/numberchange/add/code/"
LIST = "/admin/accounts/numberchange/"
REASON = "Ration card and voter card shown, photograph compared."
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


@pytest.fixture
def asked(cast: Cast) -> Request:
    request = sent_by_asha(cast)
    Request.objects.filter(pk=request.pk).update(pin_hash=hash_of(PIN))
    Citizen.objects.filter(pk=cast.asha.pk).update(family_id="4ABC1234")
    return request


@pytest.fixture
def helper(db: None) -> User:
    return people.make_staff("helper", roles=("help_desk",))


@pytest.fixture
def desk(client: Client, helper: User) -> Client:
    client.cookies["language"] = "en"
    return people.sign_in_staff(client, helper)


def by_pin(row: Request, **given: str) -> dict[str, str]:
    return {"reference": row.reference, "pin": PIN, "phone": NEW, "key": new_key(), **given}


def by_papers(row: Request, **given: str) -> dict[str, str]:
    told = {"name": "asha  DEVI", "family_id": "4abc-1234", "reason": REASON}
    return {"reference": row.reference, "phone": NEW, "key": new_key(), **told, **given}


def change(desk: Client, told: dict[str, str]) -> Any:
    answer = desk.post(ADD, told)
    if answer.status_code != 302:
        return answer
    assert answer.headers["Location"] == CODE
    return desk.post(CODE, {"code": code_sent_to(NEW)})


def test_reference_pin_and_the_code_change_the_number_at_once(
    desk: Client, cast: Cast, asked: Request, helper: User
) -> None:
    assert change(desk, by_pin(asked)).headers["Location"] == LIST
    assert Household.objects.get(phone=NEW) == cast.household
    row = NumberChange.objects.get()
    assert (row.proof, row.status, row.by) == ("pin", "done", helper)
    entry = Entry.objects.get(act="number_changed")
    assert entry.actor_id == helper.pk
    assert Message.objects.filter(to=OLD, template__key="number_changed").count() == 1


def test_without_the_pin_papers_and_a_reason(desk: Client, cast: Cast, asked: Request) -> None:
    assert change(desk, by_papers(asked)).headers["Location"] == LIST
    row = NumberChange.objects.get()
    assert (row.proof, row.reason) == ("particulars", REASON)
    assert Household.objects.get(phone=NEW) == cast.household


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "too short a reason"},
        {"reason": ""},
        {"name": ""},
        {"family_id": ""},
        {"name": "Ramesh Kumar"},
        {"family_id": "4ABC1235"},
        {"reference": "ES7K4P92MX"},
        {"reference": "nonsense"},
        {"phone": "12345"},
    ],
)
def test_one_thing_missing_or_wrong_and_no_code_goes_out(
    desk: Client, asked: Request, wrong: dict[str, str]
) -> None:
    assert desk.post(ADD, by_papers(asked, **wrong)).status_code == 422
    assert not Message.objects.filter(template__key="number_code").exists()


def test_a_person_without_a_family_id_comes_with_the_pin(desk: Client, asked: Request) -> None:
    Citizen.objects.update(family_id="")
    assert desk.post(ADD, by_papers(asked, family_id="0000")).status_code == 422
    assert desk.post(ADD, by_pin(asked)).status_code == 302


def test_a_wrong_pin_is_no_way_in_and_five_close_it(desk: Client, asked: Request) -> None:
    for _try in range(5):
        assert desk.post(ADD, by_pin(asked, pin="000000")).status_code == 422
    assert desk.post(ADD, by_pin(asked)).status_code == 422


def test_a_wrong_code_changes_nothing(desk: Client, asked: Request) -> None:
    desk.post(ADD, by_pin(asked))
    assert desk.post(CODE, {"code": another(code_sent_to(NEW))}).status_code == 422
    assert not Household.objects.filter(phone=NEW).exists()


def test_the_service_itself_asks_for_the_reason(cast: Cast, helper: User) -> None:
    with pytest.raises(Refused):
        new_number.change_number(
            household=cast.household,
            new_phone=NEW,
            by=helper,
            proof=NumberChange.Proof.PARTICULARS,
            reason="x" * 19,
        )


def test_a_household_without_a_number_gets_one(desk: Client, asked: Request) -> None:
    Household.objects.filter(pk=asked.citizen.household_id).update(phone=None)
    assert change(desk, by_pin(asked)).status_code == 302
    assert Household.objects.get(phone=NEW).pk == asked.citizen.household_id


def test_a_person_who_had_left_gets_their_own_household(
    desk: Client, cast: Cast, asked: Request
) -> None:
    Citizen.objects.filter(pk=cast.asha.pk).update(left_at=clock.now())
    assert change(desk, by_pin(asked)).status_code == 302
    cast.asha.refresh_from_db()
    assert cast.asha.household.phone == NEW
    assert cast.asha.left_at is None
    cast.household.refresh_from_db()
    assert cast.household.phone == OLD


def test_the_list_shows_ones_own_changes_without_whole_numbers(
    desk: Client, cast: Cast, asked: Request
) -> None:
    change(desk, by_pin(asked))
    text = desk.get(LIST).content.decode()
    assert "ending 45" in text
    assert "98000" not in text
    other = people.sign_in_staff(Client(), people.make_staff("other", roles=("help_desk",)))
    assert "ending 45" not in other.get(LIST).content.decode()


@pytest.mark.parametrize(
    "roles", [(), ("appointing",), ("setup",), ("auditor",), ("messages",), ("reports",)]
)
def test_only_the_role_opens_the_pages(cast: Cast, roles: tuple[str, ...]) -> None:
    who = people.make_staff("somebody", roles=roles)
    people.give_charge(who, cast.rewari, "staff")
    client = people.sign_in_staff(Client(), who)
    for path in (ADD, CODE, LIST):
        assert client.get(path).status_code == 403
    household = people.sign_in_household(Client(), cast.household)
    assert household.get(ADD).status_code in {302, 403, 404}


def test_the_pages_open_in_both_languages(desk: Client, asked: Request) -> None:
    desk.post(ADD, by_pin(asked))
    for language in ("hi", "en"):
        desk.cookies["language"] = language
        for path in (ADD, CODE, LIST, reverse("admin:index")):
            assert desk.get(path).status_code == 200
    assert desk.get(LIST).content.decode().count("numberchange/add/") >= 1


def test_one_officer_changes_so_many_a_day_without_a_pin(
    desk: Client, cast: Cast, asked: Request, helper: User
) -> None:
    def papers_seen(by: User, count: int) -> None:
        NumberChange.objects.bulk_create(
            NumberChange(
                household=cast.household,
                status="done",
                proof="particulars",
                new_phone=OLD,
                by=by,
                takes_effect_at=clock.now(),
                ended_at=clock.now(),
            )
            for _number in range(count)
        )

    papers_seen(people.make_staff("other", roles=("help_desk",)), 20)
    papers_seen(helper, 20)
    refused = change(desk, by_papers(asked))
    assert refused.status_code == 422
    assert "without a PIN today" in refused.content.decode()
    assert Household.objects.get(phone=OLD) == cast.household
    NumberChange.objects.update(asked_at=clock.now() - timedelta(hours=25))
    assert change(desk, by_papers(asked)).headers["Location"] == LIST


def test_many_tries_from_one_desk_are_slowed_down(desk: Client, asked: Request) -> None:
    told = {"reference": "ES22222222", "pin": "123456", "phone": NEW, "key": new_key()}
    for _try in range(60):
        assert desk.post(ADD, told).status_code == 422
    assert desk.post(ADD, by_pin(asked)).status_code == 429
    assert not Message.objects.filter(template__key="number_code").exists()
