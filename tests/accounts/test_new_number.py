"""A new mobile number: by the old one, or by a PIN and two days in which the old one may object."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import answers
from esachivalaya.accounts.models import Household, NumberChange, User
from esachivalaya.accounts.services import new_number
from esachivalaya.accounts.services.households import household_of
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests import people
from tests.accounts.sent import another, code_sent_to, link_sent_to
from tests.booking import sent_by_asha
from tests.people import Cast

OLD, NEW = "+919800000001", "+919800000045"
FORM, CODE = reverse("accounts:new-number"), reverse("accounts:new-number-code")
OTHER = reverse("appointments:other-number")
PIN = "482913"
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


@pytest.fixture
def asked(cast: Cast) -> Request:
    """Asha's request, with a PIN that the tests know."""
    from appointments.services.pins import hash_of

    request = sent_by_asha(cast)
    Request.objects.filter(pk=request.pk).update(pin_hash=hash_of(PIN))
    return request


@pytest.fixture
def home(client: Client, cast: Cast) -> Client:
    client.cookies["language"] = "en"
    return people.sign_in_household(client, cast.household)


@pytest.fixture
def newcomer(cast: Cast) -> Client:
    """Asha with her new SIM, signed in by its code; nobody is named there yet."""
    client = Client()
    client.cookies["language"] = "en"
    return people.sign_in_household(client, household_of(phone=NEW, language="en"))


def change_by_code(client: Client) -> Any:
    client.post(FORM, {"phone": NEW, "key": new_key()})
    return client.post(CODE, {"code": code_sent_to(NEW)})


def ask(client: Client, row: Request, **given: str) -> Any:
    told = {"reference": row.reference, "pin": PIN, "name": "Asha Devi", **given}
    return client.post(OTHER, told)


def two_days_later() -> None:
    span = timedelta(hours=48)
    NumberChange.objects.update(
        asked_at=F("asked_at") - span, takes_effect_at=F("takes_effect_at") - span
    )


def sms(phone: str, template: str) -> int:
    return Message.objects.filter(to=phone, template__key=template).count()


def test_a_code_on_the_new_number_changes_it(home: Client, cast: Cast, asked: Request) -> None:
    assert change_by_code(home).headers["Location"] == reverse("accounts:household")
    cast.household.refresh_from_db()
    assert cast.household.phone == NEW
    assert cast.household.user is not None
    assert User.objects.get(pk=cast.household.user_id).phone == NEW
    assert household_of(phone=NEW, language="hi") == cast.household
    assert Entry.objects.filter(act="number_changed").count() == 1
    assert home.get(reverse("appointments:list")).status_code == 200


def test_what_waits_for_the_old_number_goes_to_the_new_one(home: Client, asked: Request) -> None:
    before = Message.objects.get(to=OLD, template__key="request_received")
    assert change_by_code(home).status_code == 302
    before.refresh_from_db()
    assert before.status == Message.Status.CANCELLED
    after = Message.objects.get(to=NEW, template__key="request_received")
    assert (after.body, after.status, after.due_at) == (before.body, "queued", before.due_at)


def test_what_the_office_hears_at_the_same_number_stays(
    home: Client, cast: Cast, asked: Request
) -> None:
    User.objects.filter(pk=cast.meera.pk).update(phone=OLD)
    answers.confirm(request=asked, by=cast.suresh, version=1)
    from appointments.services import wishes

    wishes.withdraw(request=asked, by=None, version=2)
    assert change_by_code(home).status_code == 302
    told = Message.objects.filter(to=OLD, template__key="office_withdrawn")
    assert [row.status for row in told] == ["queued"]


def test_later_messages_go_to_the_new_number_alone(
    home: Client, cast: Cast, asked: Request
) -> None:
    change_by_code(home)
    asked.refresh_from_db()
    answers.confirm(request=asked, by=cast.meera, version=asked.version)
    assert sms(NEW, "request_confirmed") == 1
    assert sms(OLD, "request_confirmed") == 0


def test_the_old_number_is_told_once_with_the_help_line(home: Client, cast: Cast) -> None:
    change_by_code(home)
    told = Message.objects.get(to=OLD, template__key="number_changed")
    assert "45" in told.body
    assert NEW[-6:] not in told.body
    assert told.status == Message.Status.QUEUED


def test_other_sessions_end_and_this_one_goes_on(home: Client, cast: Cast) -> None:
    from esachivalaya.accounts.models import SessionRecord

    elsewhere = people.sign_in_household(Client(), cast.household)
    assert cast.household.user is not None
    for client in (home, elsewhere):
        SessionRecord.objects.create(
            session_id=client.session.session_key, user=cast.household.user
        )
    change_by_code(home)
    assert home.get(reverse("accounts:household")).status_code == 200
    assert elsewhere.get(reverse("accounts:household")).status_code == 302


def test_a_wrong_code_changes_nothing(home: Client, cast: Cast) -> None:
    home.post(FORM, {"phone": NEW, "key": new_key()})
    assert home.post(CODE, {"code": another(code_sent_to(NEW))}).status_code == 422
    cast.household.refresh_from_db()
    assert cast.household.phone == OLD


def test_the_code_for_signing_in_does_not_change_a_number(home: Client, cast: Cast) -> None:
    home.post(FORM, {"phone": NEW, "key": new_key()})
    Client().post(reverse("accounts:sign-in"), {"phone": NEW, "key": new_key()})
    assert home.post(CODE, {"code": code_sent_to(NEW)}).status_code == 422


def test_the_number_of_a_household_with_people_is_refused(home: Client, cast: Cast) -> None:
    people.make_citizen(people.make_household(NEW), "Sunita Rani")
    page = change_by_code(home)
    assert page.status_code == 422
    assert "another household" in page.content.decode()
    cast.household.refresh_from_db()
    assert cast.household.phone == OLD


def test_the_number_of_an_empty_household_is_taken_over(home: Client, cast: Cast) -> None:
    empty = people.make_household(NEW)
    assert change_by_code(home).status_code == 302
    empty.refresh_from_db()
    cast.household.refresh_from_db()
    assert (empty.phone, cast.household.phone) == (None, NEW)
    assert empty.user is not None
    assert not empty.user.is_active
    assert Entry.objects.filter(act="merged", subject_id=str(empty.pk)).exists()


@pytest.mark.parametrize("phone", ["", "12345", "0172 2700000", OLD])
def test_what_is_no_new_mobile_number_is_refused(home: Client, phone: str) -> None:
    assert home.post(FORM, {"phone": phone, "key": new_key()}).status_code == 422
    assert not Message.objects.filter(template__key="number_code").exists()


def test_without_a_code_asked_for_the_second_page_leads_back(home: Client) -> None:
    assert home.get(CODE).headers["Location"] == FORM
    assert home.put(FORM).status_code == 405


def test_staff_and_strangers_have_no_such_page(client: Client, cast: Cast) -> None:
    assert client.get(FORM).headers["Location"].startswith("/accounts/sign-in/")
    people.sign_in_staff(client, cast.meera)
    for path in (FORM, CODE, OTHER):
        assert client.get(path).status_code == 404


def test_a_pin_and_the_name_make_a_change_that_waits(newcomer: Client, asked: Request) -> None:
    assert ask(newcomer, asked).status_code == 200
    change = NumberChange.objects.get()
    assert change.status == NumberChange.Status.WAITING
    assert change.takes_effect_at - change.asked_at == timedelta(hours=48)
    assert sms(OLD, "number_change_asked") == 1
    assert Household.objects.get(phone=OLD) == asked.citizen.household
    assert new_number.settle_due() == 0


def test_after_48_hours_without_a_word_it_takes_effect_once(
    newcomer: Client, asked: Request
) -> None:
    ask(newcomer, asked)
    two_days_later()
    assert (new_number.settle_due(), new_number.settle_due()) == (1, 0)
    assert Household.objects.get(phone=NEW) == asked.citizen.household
    assert NumberChange.objects.get().status == NumberChange.Status.DONE
    assert sms(NEW, "number_changed_here") == sms(OLD, "number_changed") == 1


def test_the_old_number_refuses_with_the_link_and_only_by_its_button(
    newcomer: Client, asked: Request
) -> None:
    ask(newcomer, asked)
    link, phone = link_sent_to(OLD), Client()
    for look in (phone.get, phone.head):
        assert look(link).status_code == 200
    assert NumberChange.objects.get().status == NumberChange.Status.WAITING
    assert phone.post(link).headers["Location"] == reverse("accounts:refused-number")
    assert phone.post(link).status_code == phone.get(link).status_code == 404
    two_days_later()
    assert new_number.settle_due() == 0
    assert Household.objects.get(phone=OLD) == asked.citizen.household
    assert sms(NEW, "number_change_refused") == 1


def test_at_the_end_of_48_hours_the_link_is_over(newcomer: Client, asked: Request) -> None:
    ask(newcomer, asked)
    two_days_later()
    assert Client().post(link_sent_to(OLD)).status_code == 404
    assert new_number.settle_due() == 1


def test_after_a_refusal_nobody_asks_again_by_pin_for_a_week(
    newcomer: Client, asked: Request
) -> None:
    ask(newcomer, asked)
    Client().post(link_sent_to(OLD))
    assert ask(newcomer, asked).status_code == 422
    week = timedelta(days=7)
    NumberChange.objects.update(asked_at=F("asked_at") - week, ended_at=F("ended_at") - week)
    assert ask(newcomer, asked).status_code == 200


def test_asked_twice_it_is_one_change_and_one_sms(newcomer: Client, asked: Request) -> None:
    ask(newcomer, asked)
    ask(newcomer, asked)
    assert NumberChange.objects.count() == sms(OLD, "number_change_asked") == 1


@pytest.mark.parametrize(
    "wrong", [{"pin": "000000"}, {"name": "Ramesh Kumar"}, {"reference": "ES7K4P92MX"}]
)
def test_one_thing_wrong_and_nothing_is_said_of_which(
    newcomer: Client, asked: Request, wrong: dict[str, str]
) -> None:
    page = ask(newcomer, asked, **wrong)
    assert page.status_code == 422
    assert "do not belong together" in page.content.decode()
    assert not NumberChange.objects.exists()
    assert sms(OLD, "number_change_asked") == 0


def test_five_wrong_pins_close_the_pin_and_three_wrong_names_the_names(
    newcomer: Client, asked: Request
) -> None:
    for _try in range(5):
        ask(newcomer, asked, pin="000000")
    assert ask(newcomer, asked).status_code == 422
    Request.objects.update(pin_closed_until=None)
    for _try in range(3):
        ask(newcomer, asked, name="Somebody Else")
    assert ask(newcomer, asked).status_code == 422
    assert not NumberChange.objects.exists()


def test_who_named_themselves_at_the_new_number_meanwhile_loses_nothing(
    newcomer: Client, asked: Request
) -> None:
    fresh = Household.objects.get(phone=NEW)
    people.make_citizen(fresh, "Asha Devi")
    assert ask(newcomer, asked).status_code == 200
    two_days_later()
    assert new_number.settle_due() == 1
    assert Household.objects.get(phone=NEW) == asked.citizen.household


def test_a_number_with_appointments_of_its_own_is_not_overrun(
    newcomer: Client, asked: Request, cast: Cast
) -> None:
    from tests.booking import sent, slots

    ask(newcomer, asked)
    sunita = people.make_citizen(Household.objects.get(phone=NEW), "Sunita Rani")
    sent(cast.rewari, sunita, slots(cast.rewari)[1])
    two_days_later()
    assert new_number.settle_due() == 1
    assert NumberChange.objects.get().status == NumberChange.Status.LAPSED
    assert Household.objects.get(phone=OLD) == asked.citizen.household
    assert sms(NEW, "number_change_refused") == 1


def test_changing_by_the_old_number_ends_what_waited(
    home: Client, newcomer: Client, asked: Request
) -> None:
    ask(newcomer, asked)
    page = home.get(reverse("accounts:household")).content.decode()
    assert "A new number was asked for" in page
    change_by_code(home)
    states = NumberChange.objects.order_by("pk").values_list("status", flat=True)
    assert list(states) == ["lapsed", "done"]


def test_a_number_that_was_given_up_comes_back_with_its_sign_in(
    newcomer: Client, asked: Request, cast: Cast
) -> None:
    from esachivalaya.accounts.services.households import start_anew

    long_ago = clock.now() - timedelta(days=91)
    Household.objects.filter(pk=cast.household.pk).update(phone_seen_at=long_ago)
    start_anew(phone=OLD, language="hi")
    ask(newcomer, asked)
    two_days_later()
    assert new_number.settle_due() == 1
    found = Household.objects.select_related("user").get(phone=NEW)
    assert found == cast.household
    assert found.user is not None
    assert found.user.is_active


def test_a_forged_link_refuses_nothing(newcomer: Client, asked: Request) -> None:
    ask(newcomer, asked)
    pk = NumberChange.objects.get().pk
    for token in (f"{pk:x}.AAAAAAAAAAAA", f"{pk:x}", "zz.x", f"{'f' * 30}.x"):
        assert Client().post(f"/accounts/n/{token}/").status_code == 404
    assert NumberChange.objects.get().status == NumberChange.Status.WAITING


def test_refusing_against_taking_effect_ends_in_one_state(
    transactional_db: None, race: Any
) -> None:
    household = people.make_household(OLD)
    people.make_citizen(household)
    change = new_number.ask_for_number(
        household=household, new_phone=NEW, by=people.make_household(NEW).user
    )
    two_days_later()
    outcomes = race(*[new_number.settle_due] * 2, lambda: new_number.refuse(change=change, by=None))
    assert [one.error for one in outcomes] == [None] * 3
    assert outcomes[0].value + outcomes[1].value == 1
    assert outcomes[2].value is False
    assert Message.objects.filter(template__key="number_changed").count() == 1


def test_two_households_wanting_one_number_do_not_both_get_it(
    transactional_db: None, race: Any
) -> None:
    homes = [people.make_household() for _ in range(2)]
    for one in homes:
        people.make_citizen(one)

    def change(one: Household) -> Any:
        assert one.user is not None
        return new_number.change_number(
            household=one, new_phone=NEW, by=one.user, proof=NumberChange.Proof.OLD_NUMBER
        )

    outcomes = race(lambda: change(homes[0]), lambda: change(homes[1]))
    assert sorted(type(one.error).__name__ for one in outcomes) == ["NoneType", "Refused"]
    assert isinstance(next(one.error for one in outcomes if one.error), Refused)
