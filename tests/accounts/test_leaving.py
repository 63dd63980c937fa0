"""A person of age leaves the household, with their appointments or without."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Request
from appointments.services import answers, wishes
from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.accounts.services import leaving
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests import people
from tests.accounts.sent import another, code_sent_to
from tests.booking import sent, sent_by_asha, slots
from tests.people import Cast

OLD, OWN = "+919800000001", "+919800000045"
HOUSEHOLD = reverse("accounts:household")
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


@pytest.fixture
def asked(cast: Cast) -> Request:
    return sent_by_asha(cast)


@pytest.fixture
def home(client: Client, cast: Cast) -> Client:
    client.cookies["language"] = "en"
    return people.sign_in_household(client, cast.household)


def page_of(person: Citizen) -> str:
    return reverse("accounts:leave", args=[person.pk])


def move(client: Client, person: Citizen) -> Any:
    client.post(page_of(person), {"phone": OWN, "key": new_key()})
    return client.post(f"{page_of(person)}code/", {"code": code_sent_to(OWN)})


def test_the_page_says_what_happens_and_changes_nothing(
    home: Client, cast: Cast, asked: Request
) -> None:
    page = home.get(page_of(cast.asha))
    assert page.status_code == 200
    assert "no longer sees them" in page.content.decode()
    cast.asha.refresh_from_db()
    assert cast.asha.household_id == cast.household.pk


def test_the_person_moves_with_everything_they_asked_for(
    home: Client, cast: Cast, asked: Request
) -> None:
    assert move(home, cast.asha).headers["Location"] == HOUSEHOLD
    own = Household.objects.select_related("user").get(phone=OWN)
    asked.refresh_from_db()
    assert asked.citizen.household == own
    assert list(Request.objects.visible_to(own.user)) == [asked]
    acts = set(Entry.objects.values_list("act", flat=True))
    assert acts >= {"moved_out", "person_left", "person_joined"}


def test_the_former_household_sees_nothing_and_hears_nothing(
    home: Client, cast: Cast, asked: Request
) -> None:
    move(home, cast.asha)
    assert home.get(reverse("appointments:detail", args=[asked.reference])).status_code == 404
    assert not Request.objects.visible_to(cast.household.user).exists()
    assert "Asha" not in home.get(HOUSEHOLD).content.decode().split("<h2>", 1)[1]
    asked.refresh_from_db()
    answers.confirm(request=asked, by=cast.meera, version=asked.version)
    told = Message.objects.filter(template__key="request_confirmed", channel="sms")
    assert [row.to for row in told] == [OWN]


def test_what_waits_in_the_outbox_goes_along_and_others_messages_stay(
    home: Client, cast: Cast, asked: Request
) -> None:
    sent(cast.rewari, cast.ramesh, slots(cast.rewari)[1])
    move(home, cast.asha)
    rows = Message.objects.filter(template__key="request_received").order_by("pk")
    assert [(row.to, row.status) for row in rows] == [
        (OLD, "cancelled"),
        (OLD, "queued"),
        (OWN, "queued"),
    ]


def test_both_numbers_are_told_once(home: Client, cast: Cast) -> None:
    move(home, cast.asha)
    assert Message.objects.filter(to=OLD, template__key="person_moved_away").count() == 1
    assert Message.objects.filter(to=OWN, template__key="person_moved_here").count() == 1


def test_a_request_still_opens_by_its_pin(home: Client, cast: Cast, asked: Request) -> None:
    from appointments.services.pins import hash_of

    Request.objects.update(pin_hash=hash_of("482913"))
    move(home, cast.asha)
    told = {"reference": asked.reference, "pin": "482913"}
    answer = Client().post(reverse("appointments:track"), told, follow=True)
    assert asked.reference in answer.request["PATH_INFO"]
    assert answer.status_code == 200


def test_a_wrong_code_moves_nobody(home: Client, cast: Cast) -> None:
    home.post(page_of(cast.asha), {"phone": OWN, "key": new_key()})
    wrong = another(code_sent_to(OWN))
    assert home.post(f"{page_of(cast.asha)}code/", {"code": wrong}).status_code == 422
    cast.asha.refresh_from_db()
    assert cast.asha.household_id == cast.household.pk


def test_the_code_for_one_person_does_not_move_another(home: Client, cast: Cast) -> None:
    home.post(page_of(cast.asha), {"phone": OWN, "key": new_key()})
    answer = home.post(f"{page_of(cast.ramesh)}code/", {"code": code_sent_to(OWN)})
    assert answer.headers["Location"] == page_of(cast.ramesh)
    cast.ramesh.refresh_from_db()
    assert cast.ramesh.household_id == cast.household.pk


def test_into_an_existing_household_and_ones_own_empty_entry_there_goes(
    home: Client, cast: Cast
) -> None:
    own = people.make_household(OWN)
    people.make_citizen(own, "Sunita Rani")
    entry = people.make_citizen(own, "ASHA devi")
    assert move(home, cast.asha).status_code == 302
    names = own.citizens.filter(left_at__isnull=True).values_list("name", flat=True)
    assert sorted(names) == ["Asha Devi", "Sunita Rani"]
    entry.refresh_from_db()
    assert entry.left_at is not None


def test_not_into_a_number_that_was_silent_for_90_days(home: Client, cast: Cast) -> None:
    own = people.make_household(OWN, phone_seen_at=None)
    people.make_citizen(own, "Sunita Rani")
    assert move(home, cast.asha).status_code == 422
    cast.asha.refresh_from_db()
    assert cast.asha.household_id == cast.household.pk


def test_with_nothing_open_a_person_is_just_marked(
    home: Client, cast: Cast, asked: Request
) -> None:
    wishes.withdraw(request=asked, by=None, version=1)
    assert home.post(page_of(cast.asha), {"left": "1"}).headers["Location"] == HOUSEHOLD
    cast.asha.refresh_from_db()
    assert cast.asha.left_at is not None
    assert not Request.objects.visible_to(cast.household.user).exists()


def test_with_something_open_nobody_is_just_marked(
    home: Client, cast: Cast, asked: Request
) -> None:
    assert 'name="left"' not in home.get(page_of(cast.asha)).content.decode()
    home.post(page_of(cast.asha), {"left": "1"})
    cast.asha.refresh_from_db()
    assert cast.asha.left_at is None


def test_somebody_elses_person_is_not_there(home: Client, cast: Cast) -> None:
    stranger = people.make_citizen(name="Sunita Rani")
    for path in (page_of(stranger), f"{page_of(stranger)}code/"):
        assert home.get(path).status_code == 404
        assert home.post(path, {"left": "1"}).status_code == 404
    assert home.put(page_of(cast.asha)).status_code == 405
    assert home.post(page_of(cast.asha), {"phone": "1", "key": new_key()}).status_code == 422


def test_the_page_costs_the_same_however_much_was_asked_for(
    home: Client, cast: Cast, asked: Request
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            home.get(page_of(cast.asha))
        return len(found)

    queries()
    one = queries()
    post = people.make_post("DC-GGM")
    people.open_hours(post)
    sent(post, cast.asha, slots(post, 1)[0])
    assert queries() == one


def test_a_booking_against_leaving_leaves_nothing_open_behind(
    transactional_db: None, race: Any
) -> None:
    cast = people.make_cast()
    slot = slots(cast.rewari, 1)[0]
    assert cast.household.user is not None
    user = cast.household.user
    outcomes = race(
        lambda: sent(cast.rewari, cast.asha, slot),
        lambda: leaving.mark_left(person=cast.asha, by=user),
    )
    assert sorted(one.ok for one in outcomes) == [False, True]
    cast.asha.refresh_from_db()
    assert (cast.asha.left_at is None) == Request.objects.exists()


def test_two_movers_of_one_person_move_them_once(transactional_db: None, race: Any) -> None:
    cast = people.make_cast()
    assert cast.household.user is not None
    user = cast.household.user
    outcomes = race(
        *[
            lambda n=n: leaving.take_to_own_number(
                person=cast.asha, phone=f"+91980000004{n}", by=user
            )
            for n in range(2)
        ]
    )
    errors = [one.error for one in outcomes if one.error]
    assert len(errors) == 1
    assert isinstance(errors[0], Refused)
