"""A person names who may act for them, replaces and takes back; a help desk sees it for a claim."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from appointments.admin.nominee_claims import OPEN_FOR
from appointments.models import Request
from appointments.services.pins import hash_of
from esachivalaya.accounts.models import Citizen, Nominee, User
from esachivalaya.accounts.services import erasing, nominees
from esachivalaya.accounts.services.nominees import Named
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.audit.verification import findings
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests import people
from tests.booking import sent_by_asha
from tests.people import Cast
from tests.races import Outcome

Race = Callable[..., list[Outcome]]
pytestmark = pytest.mark.django_db
NAME, PHONE = "Kamla Rani", "+919800000088"
OTHER = Named("Dharam Vir", "brother", "+919800000089")
PIN = "482913"
CLAIM, CLAIMED = (f"admin:accounts_numberchange_{name}" for name in ("claim", "claimed"))
REASON = "Daughter came with the death certificate and her voter card."


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


@pytest.fixture
def home(client: Client, cast: Cast) -> Client:
    client.cookies["language"] = "en"
    return people.sign_in_household(client, cast.household)


@pytest.fixture
def helper(db: None) -> User:
    return people.make_staff("helper", roles=("help_desk",))


@pytest.fixture
def desk(helper: User) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return people.sign_in_staff(client, helper)


@pytest.fixture
def asked(cast: Cast) -> Request:
    request = sent_by_asha(cast)
    Request.objects.filter(pk=request.pk).update(pin_hash=hash_of(PIN))
    Citizen.objects.filter(pk=cast.asha.pk).update(family_id="4ABC1234")
    return request


def page(name: str, person: Citizen) -> str:
    return reverse(f"accounts:{name}", args=[person.pk])


def told(**other: Any) -> dict[str, Any]:
    words = {"name": NAME, "relation": "daughter", "phone": "98000 00088", "instead_of": 0}
    return {**words, "key": new_key(), **other}


def named(cast: Cast, given: Named = Named(NAME, "daughter", PHONE)) -> Nominee:  # noqa: B008
    by = cast.household.user
    assert by is not None
    standing = nominees.nominee_of(cast.asha)
    seen = standing.pk if standing else nominees.NOBODY
    return nominees.name(person=cast.asha, given=given, instead_of=seen, by=by)


def acts() -> list[str]:
    found = Entry.objects.filter(act__startswith="nominee").order_by("pk")
    return list(found.values_list("act", flat=True))


def test_a_person_names_somebody_and_reads_it(home: Client, cast: Cast) -> None:
    assert "Nobody is named." in home.get(page("my-data", cast.asha)).content.decode()
    messages = Message.objects.count()
    answer = home.post(page("nominee", cast.asha), told())
    assert answer.headers["Location"] == page("my-data", cast.asha)
    row = Nominee.objects.get()
    assert (row.citizen, row.name, row.relation, row.phone) == (cast.asha, NAME, "daughter", PHONE)
    assert row.named_by == cast.household.user
    html = home.get(page("my-data", cast.asha)).content.decode()
    for words in (NAME, "Daughter", "98000 00088", "Take it back"):
        assert words in html
    assert NAME not in home.get(page("my-data", cast.ramesh)).content.decode()
    assert acts() == ["nominee_named"]
    # Nothing goes out, to the nominee or to anybody.
    assert Message.objects.count() == messages


def test_whoever_is_named_later_stands_in_the_place_of_the_first(home: Client, cast: Cast) -> None:
    first = named(cast)
    html = home.get(page("nominee", cast.asha)).content.decode()
    assert f'value="{first.pk}"' in html
    words = told(name="Dharam Vir", relation="brother", phone="98000 00089", instead_of=first.pk)
    assert home.post(page("nominee", cast.asha), words).status_code == 302
    assert [row.name for row in Nominee.objects.all()] == ["Dharam Vir"]
    assert acts() == ["nominee_named", "nominee_replaced"]


def test_the_button_takes_back_and_nothing_of_the_nominee_is_left(home: Client, cast: Cast) -> None:
    row = named(cast)
    words = {"key": new_key(), "instead_of": row.pk}
    answer = home.post(page("take-back-nominee", cast.asha), words)
    assert answer.headers["Location"] == page("my-data", cast.asha)
    assert not Nominee.objects.exists()
    assert acts() == ["nominee_named", "nominee_taken_back"]
    kept = str(list(Detail.objects.values_list("data", flat=True)))
    assert NAME not in kept
    assert PHONE not in kept
    assert list(findings()) == []


def test_a_form_sent_twice_acts_once(home: Client, cast: Cast) -> None:
    words = told()
    for _time in range(2):
        assert home.post(page("nominee", cast.asha), words).status_code == 302
    back = {"key": new_key(), "instead_of": Nominee.objects.get().pk}
    for _time in range(2):
        assert home.post(page("take-back-nominee", cast.asha), back).status_code == 302
    assert home.post(page("nominee", cast.asha), words).status_code == 302
    assert acts() == ["nominee_named", "nominee_taken_back"]
    assert not Nominee.objects.exists()
    other = {**words, "name": "Somebody Else"}
    assert home.post(page("nominee", cast.asha), other).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "12345"},
        {"name": "x" * 121},
        {"relation": ""},
        {"relation": "friend of a friend"},
        {"phone": ""},
        {"phone": "12345"},
        {"phone": "+1 202 555 0101"},
        {"instead_of": "x"},
        {"instead_of": str(2**70)},
    ],
)
def test_what_does_not_fit_is_said_and_the_words_stay(
    home: Client, cast: Cast, wrong: dict[str, str]
) -> None:
    answer = home.post(page("nominee", cast.asha), told(**wrong))
    assert answer.status_code == 422
    html = answer.content.decode()
    kept = {"name": NAME, "phone": "98000 00088"}
    for field in set(kept) - set(wrong):
        assert f'value="{kept[field]}"' in html
    assert not Nominee.objects.exists()


def test_nobody_is_replaced_unseen(home: Client, cast: Cast) -> None:
    standing = named(cast, OTHER)
    answer = home.post(page("nominee", cast.asha), told())
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "has changed this meanwhile" in html
    assert NAME in html
    assert "Dharam Vir" in html
    assert Nominee.objects.get() == standing
    # What is shown again replaces whom it shows.
    assert f'name="instead_of" value="{standing.pk}"' in html
    back = {"key": new_key(), "instead_of": standing.pk + 1}
    assert home.post(page("take-back-nominee", cast.asha), back).status_code == 302
    assert Nominee.objects.get() == standing


def test_nobody_names_themselves(home: Client, cast: Cast) -> None:
    oneself = told(name=cast.asha.name.upper(), phone=cast.household.phone)
    assert home.post(page("nominee", cast.asha), oneself).status_code == 422
    # Somebody else of the household has the same number.
    assert home.post(page("nominee", cast.asha), told(phone="98000 00001")).status_code == 302


def test_the_language_is_switched_and_the_words_stay(home: Client, cast: Cast) -> None:
    answer = home.post(page("nominee", cast.asha), told(switch_language="hi"))
    assert answer.status_code == 200
    assert NAME in answer.content.decode()
    assert not Nominee.objects.exists()


def test_somebody_elses_nominee_is_not_there(home: Client, cast: Cast) -> None:
    stranger = people.make_citizen(people.make_household(), "A Stranger")
    for path in (page("nominee", stranger), page("take-back-nominee", stranger)):
        assert home.post(path, told()).status_code == 404
    assert home.get(page("nominee", stranger)).status_code == 404
    assert home.get(page("take-back-nominee", cast.asha)).status_code == 405
    staff = people.sign_in_staff(Client(), people.make_staff("s", roles=("help_desk", "setup")))
    assert staff.get(page("nominee", cast.asha)).status_code == 404
    cast.asha.left_at = clock.now()
    cast.asha.save(update_fields=["left_at"])
    assert home.get(page("nominee", cast.asha)).status_code == 404
    with pytest.raises(Refused):
        named(cast)


def test_the_number_of_questions_does_not_grow(
    home: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        home.get(page("nominee", cast.asha))
    named(cast)
    with django_assert_num_queries(5):
        home.get(page("nominee", cast.asha))


def test_the_nominee_is_in_the_file(home: Client, cast: Cast) -> None:
    named(cast)
    given = json.loads(home.post(page("my-data-file", cast.asha)).content)["nominee"]
    assert [(row["name"], row["relation"], row["phone"]) for row in given] == [
        (NAME, "daughter", PHONE)
    ]


def test_the_nominee_leaves_with_the_person(cast: Cast) -> None:
    named(cast)
    erasing.erase(person=cast.asha, by=cast.household.user)
    assert not Nominee.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"phone": ""}, {"phone": "98000 00088"}, {"relation": "friend"}]
)
def test_the_table_itself_refuses(cast: Cast, wrong: dict[str, str]) -> None:
    named(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Nominee.objects.filter(citizen=cast.asha).update(**wrong)


def test_the_table_holds_one_for_each_person(cast: Cast) -> None:
    row = named(cast)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_of_two_who_name_somebody_at_once_one_is_asked_again(race: Race, cast: Cast) -> None:
    by = cast.household.user
    assert by is not None

    def name(given: Named) -> int:
        return nominees.name(person=cast.asha, given=given, instead_of=0, by=by).pk

    outcomes = race(lambda: name(Named(NAME, "daughter", PHONE)), lambda: name(OTHER))
    assert sorted(type(outcome.error).__name__ for outcome in outcomes) == ["NoneType", "Refused"]
    assert Nominee.objects.count() == 1
    assert acts() == ["nominee_named"]


def by_pin(row: Request, **given: str) -> dict[str, str]:
    return {"reference": row.reference, "pin": PIN, "reason": REASON, "key": new_key(), **given}


def by_papers(row: Request, **given: str) -> dict[str, str]:
    words = {"pin": "", "name": "asha  DEVI", "family_id": "4abc-1234"}
    return by_pin(row, **{**words, **given})


@pytest.mark.parametrize("way", [by_pin, by_papers])
def test_a_help_desk_sees_name_and_relation_for_a_claim(
    desk: Client, cast: Cast, asked: Request, helper: User, way: Any
) -> None:
    named(cast)
    assert desk.get(reverse(CLAIMED)).status_code == 404
    answer = desk.post(reverse(CLAIM), way(asked))
    assert answer.headers["Location"] == reverse(CLAIMED)
    html = desk.get(reverse(CLAIMED)).content.decode()
    assert NAME in html
    assert "Daughter" in html
    assert "00088" not in html
    entry = Entry.objects.get(act="nominee_shown")
    assert (entry.actor_id, entry.subject_id) == (helper.pk, str(cast.asha.pk))
    assert Detail.objects.get(entry=entry).data == {"reason": REASON}


def test_the_person_reads_that_a_help_desk_looked(
    home: Client, desk: Client, cast: Cast, asked: Request
) -> None:
    desk.post(reverse(CLAIM), by_pin(asked))
    assert "has named nobody" in desk.get(reverse(CLAIMED)).content.decode()
    html = home.get(page("my-data", cast.asha)).content.decode()
    assert "the help desk was shown who may act for the person" in html


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"reason": "too short a reason"},
        {"pin": "000000"},
        {"reference": "ES7K4P92MX"},
        {"pin": "", "name": "Asha Devi"},
        {"pin": "", "name": "Asha Devi", "family_id": "4ABC1235"},
    ],
)
def test_without_reason_and_proof_nothing_is_shown(
    desk: Client, cast: Cast, asked: Request, wrong: dict[str, str]
) -> None:
    named(cast)
    answer = desk.post(reverse(CLAIM), by_pin(asked, **wrong))
    assert answer.status_code == 422
    html = answer.content.decode()
    assert NAME not in html
    # A reason that is missing or short is said at its field.
    assert ('id="id_reason_error"' in html) == ("reason" in wrong)
    assert desk.get(reverse(CLAIMED)).status_code == 404
    assert "nominee_shown" not in acts()


def test_the_service_itself_asks_for_the_reason(cast: Cast, helper: User) -> None:
    with pytest.raises(Refused):
        nominees.shown(person=cast.asha, reason="x" * 19, by=helper)


def test_a_claim_is_open_for_a_quarter_of_an_hour(desk: Client, cast: Cast, asked: Request) -> None:
    named(cast)
    desk.post(reverse(CLAIM), by_pin(asked))
    session = desk.session
    at = (clock.now() - OPEN_FOR).isoformat()
    session["nominee_claim"] = {**session["nominee_claim"], "at": at}
    session.save()
    assert desk.get(reverse(CLAIMED)).status_code == 404


def test_of_an_erased_person_nothing_is_shown(desk: Client, cast: Cast, asked: Request) -> None:
    desk.post(reverse(CLAIM), by_pin(asked))
    Citizen.objects.filter(pk=cast.asha.pk).update(erased_at=clock.now(), left_at=clock.now())
    assert desk.get(reverse(CLAIMED)).status_code == 404
    assert desk.post(reverse(CLAIM), by_pin(asked)).status_code == 422


@pytest.mark.parametrize(
    "roles",
    [(), ("appointing",), ("setup",), ("auditor",), ("messages",), ("reports",), ("campaigns",)],
)
def test_for_nobody_else_the_claim_is_there(
    cast: Cast, asked: Request, roles: tuple[str, ...]
) -> None:
    who = people.make_staff("somebody", roles=roles)
    people.give_charge(who, cast.rewari, "staff")
    client = people.sign_in_staff(Client(), who)
    for name in (CLAIM, CLAIMED):
        assert client.get(reverse(name)).status_code == 404
    assert client.post(reverse(CLAIM), by_pin(asked)).status_code == 404
    household = people.sign_in_household(Client(), cast.household)
    assert household.get(reverse(CLAIM)).status_code == 302
    superuser = people.sign_in_staff(Client(), people.make_superuser())
    assert superuser.get(reverse(CLAIM)).status_code == 404


def test_many_claims_from_one_desk_are_slowed_down(desk: Client, asked: Request) -> None:
    words = by_pin(asked, reference="ES22222222")
    for _try in range(60):
        assert desk.post(reverse(CLAIM), words).status_code == 422
    assert desk.post(reverse(CLAIM), by_pin(asked)).status_code == 429
