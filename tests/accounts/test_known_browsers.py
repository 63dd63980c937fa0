"""Strangers cannot use up all codes: a third is kept for browsers in which the number signed in."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.signing import TimestampSigner, b62_encode
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.known_browsers import KNOWN_FOR, SALT
from esachivalaya.accounts.models import Citizen, Household, SignInCode
from esachivalaya.accounts.services import codes, cost
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests import people
from tests.accounts.sent import another, code_sent_to
from tests.accounts.test_codes import age_codes, codes_sent, send
from tests.appointments.citizens import booked
from tests.meeting_rooms import open_room
from tests.meetings.test_companions import PHONE as COMPANION
from tests.meetings.test_companions import way_in, with_companion
from tests.people import Cast
from tests.races import Outcome

PHONE, OTHER = "+919800000001", "+919800000045"
COOKIE = settings.KNOWN_NUMBER_COOKIE_NAME
Race = Callable[..., list[Outcome]]


class At(TimestampSigner):
    """Signs as it was done some seconds ago."""

    def __init__(self, ago: int, **given: Any) -> None:
        super().__init__(**given)
        self.ago = ago

    def timestamp(self) -> str:
        return b62_encode(int(time.time()) - self.ago)


@pytest.fixture(autouse=True)
def _counted_anew() -> None:
    cost._count = cost.Count()


@pytest.fixture
def cast(db: None) -> Cast:
    return people.make_cast()


@pytest.fixture(params=["CODES_PER_HOUR", "CODES_PER_DAY"])
def used_up(request: pytest.FixtureRequest, db: None, settings: Any) -> str:
    """Strangers have come to their end: in an hour, or in a day."""
    setattr(settings, request.param, 30)
    ago = timedelta(minutes=30) if request.param == "CODES_PER_HOUR" else timedelta(hours=5)
    codes_sent(20, ago)
    return str(request.param)


def knows(client: Client, phone: str, ago: int = 0) -> Client:
    client.cookies[COOKIE] = At(ago, salt=SALT + phone).sign_object("chance")
    client.cookies["language"] = "en"
    return client


def ask(client: Client, phone: str = PHONE) -> Any:
    client.cookies["language"] = "en"
    return client.post(reverse("accounts:sign-in"), {"phone": phone, "key": new_key()})


def give(client: Client, code: str) -> Any:
    return client.post(reverse("accounts:sign-in-code"), {"code": code})


def signed_in_and_out(client: Client, phone: str = PHONE) -> Client:
    assert ask(client, phone).status_code == 302
    assert give(client, code_sent_to(phone)).status_code == 302
    client.post(reverse("accounts:sign-out"))
    return client


# --- what is kept ---


def test_strangers_stop_at_two_thirds_and_the_browser_that_signed_in_goes_on(
    settings: Any, client: Client, db: None
) -> None:
    signed_in_and_out(client)
    settings.CODES_PER_HOUR = settings.CODES_PER_DAY = 30
    codes_sent(18, timedelta(minutes=30))
    assert ask(Client(), OTHER).status_code == 302
    assert ask(Client(), "+919811100555").status_code == 429
    assert ask(Client()).status_code == 429
    assert Message.objects.count() == 2
    assert ask(client).status_code == 302
    assert Message.objects.count() == 3


def test_a_known_browser_has_an_end_as_well(used_up: str) -> None:
    client = knows(Client(), PHONE)
    assert ask(client).status_code == 302
    codes_sent(10, timedelta(minutes=20), start=500)
    cost._count = cost.Count()
    assert ask(client).status_code == 429


def test_the_cookie_of_another_number_does_not_help(used_up: str) -> None:
    client = knows(Client(), OTHER)
    assert ask(client).status_code == 429
    assert ask(client, OTHER).status_code == 302


@pytest.mark.parametrize("forged", ["", "x", "InhYeCI:1vM:abc", "é", PHONE])
def test_a_forged_cookie_does_not_help(used_up: str, forged: str) -> None:
    client = Client()
    client.cookies[COOKIE] = forged
    assert ask(client).status_code == 429


def test_a_cookie_signed_for_something_else_does_not_help(used_up: str) -> None:
    client = Client()
    client.cookies[COOKIE] = At(0, salt=PHONE).sign_object("chance")
    assert ask(client).status_code == 429
    client.cookies[COOKIE] = At(0, key="x" * 60, salt=SALT + PHONE).sign_object("chance")
    assert ask(client).status_code == 429


def test_after_90_days_a_cookie_does_not_help(used_up: str) -> None:
    assert ask(knows(Client(), PHONE, ago=KNOWN_FOR + 60)).status_code == 429
    assert ask(knows(Client(), PHONE, ago=KNOWN_FOR - 3600)).status_code == 302


def test_what_is_told_is_the_same_whosever_the_number_is(used_up: str) -> None:
    people.make_household(PHONE)
    known, unknown = ask(Client()), ask(Client(), OTHER)
    assert known.status_code == unknown.status_code == 429
    pages = [re.sub(r'value="\w{64}"', "", answer.content.decode()) for answer in (known, unknown)]
    assert pages[0] == pages[1]
    assert COOKIE not in {**known.cookies, **unknown.cookies}


def test_a_stranger_is_told_when_the_strangers_part_has_room(settings: Any, db: None) -> None:
    """Known browsers may have gone beyond it: it is not the first code that makes room."""
    settings.CODES_PER_DAY = 30
    codes_sent(5, timedelta(hours=9))
    codes_sent(20, timedelta(hours=5), start=100)
    with pytest.raises(TooMany) as caught:
        send()
    wait = caught.value.until - clock.now()
    assert timedelta(hours=18) < wait <= timedelta(hours=19)


def test_limits_per_phone_and_address_are_for_known_browsers_too(db: None) -> None:
    client = knows(Client(), PHONE)
    assert [ask(client).status_code for _again in range(4)] == [302] * 3 + [429]
    for number in range(17):
        send(phone=f"+9198000001{number:02}")
    assert ask(knows(Client(), OTHER), OTHER).status_code == 429


# --- where it counts, beside signing in ---


def track(client: Client, cast: Cast) -> str:
    data = {"reference": booked(cast).reference, "by_code": "1"}
    assert client.post(reverse("appointments:track"), data).status_code == 302
    return PHONE


def change_number(client: Client, cast: Cast) -> str:
    people.sign_in_household(client, cast.household)
    client.post(reverse("accounts:new-number"), {"phone": OTHER, "key": new_key()})
    return OTHER


def take_a_seat(client: Client, cast: Cast) -> str:
    room = with_companion(open_room(cast))
    client.post(way_in(room), {"key": new_key()})
    return COMPANION


def come_as_a_donor(client: Client, cast: Cast) -> str:
    client.post(reverse("plasma:come"), {"phone": OTHER, "key": new_key()})
    return OTHER


WAYS = [
    (track, PHONE),
    (change_number, OTHER),
    (take_a_seat, COMPANION),
    (come_as_a_donor, OTHER),
]


@pytest.mark.parametrize(("way", "phone"), WAYS, ids=[way.__name__ for way, _phone in WAYS])
@pytest.mark.parametrize("known", [True, False])
def test_every_page_that_sends_codes_looks_whether_the_browser_is_known(
    cast: Cast, settings: Any, way: Callable[[Client, Cast], str], phone: str, known: bool
) -> None:
    settings.CODES_PER_HOUR = 30
    codes_sent(20, timedelta(minutes=30))
    client = knows(Client(), phone if known else "+919811100555")
    assert way(client, cast) == phone
    assert SignInCode.objects.filter(phone=phone).exists() == known


# --- the cookie ---


def test_it_comes_with_the_right_code_and_names_nobody(client: Client, db: None) -> None:
    assert COOKIE not in ask(client).cookies
    code = code_sent_to(PHONE)
    assert COOKIE not in give(client, another(code)).cookies
    cookie = give(client, code).cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == KNOWN_FOR
    assert PHONE[-10:] not in cookie.value


def test_after_a_long_silence_it_comes_with_the_name(client: Client, db: None) -> None:
    household = people.make_household(PHONE)
    person = people.make_citizen(household)
    Household.objects.update(phone_seen_at=clock.now() - timedelta(days=100))
    ask(client)
    assert COOKIE not in give(client, code_sent_to(PHONE)).cookies
    answer = client.post(reverse("accounts:one-of-us"), {"name": person.name})
    assert COOKIE in answer.cookies


def test_signing_out_leaves_it(client: Client, db: None) -> None:
    signed_in_and_out(client)
    assert client.cookies[COOKIE].value


def test_a_household_that_changes_its_number_is_known_with_the_new_one(
    cast: Cast, settings: Any
) -> None:
    client = knows(Client(), PHONE)
    change_number(client, cast)
    client.post(reverse("accounts:new-number-code"), {"code": code_sent_to(OTHER)})
    client.post(reverse("accounts:sign-out"))
    settings.CODES_PER_HOUR = 30
    codes_sent(20, timedelta(minutes=30))
    assert ask(client).status_code == 429
    assert ask(client, OTHER).status_code == 302


def test_it_goes_with_the_data_of_the_last_of_the_household(cast: Cast) -> None:
    client = knows(people.sign_in_household(Client(), cast.household), PHONE)
    everybody = list(Citizen.objects.filter(household=cast.household, left_at__isnull=True))
    assert len(everybody) > 1
    for person in everybody:
        assert client.cookies[COOKIE].value
        answer = client.post(reverse("accounts:erase", args=[person.pk]), {"name": person.name})
        assert answer.status_code == 302
    assert not client.cookies[COOKIE].value


# --- the wider network of IPv6 ---


def from_network(count: int = 500) -> None:
    """So many codes of one /48 in an hour, the first and the last from two of its /64s."""
    send(phone="+917000000000", address="2001:db8:1:0::1")
    row = SignInCode.objects.get()
    for number in range(1, count - 1):
        row.pk, row.phone, row.address_digest = None, f"+917{number:04}00000", f"{number}"
        SignInCode.objects.bulk_create([row])
    send(phone="+917999900000", address="2001:db8:1:ff::1")


def test_a_wider_ipv6_network_has_500_codes_in_an_hour_however_many_networks_are_in_it(
    db: None,
) -> None:
    from_network()
    with pytest.raises(TooMany) as caught:
        send(address="2001:db8:1:ffff::1")
    first = SignInCode.objects.earliest("made_at")
    assert caught.value.until == first.made_at + timedelta(hours=1)
    send(address="2001:db8:2:1::1")
    age_codes(timedelta(hours=1))
    send(address="2001:db8:1:ffff::1")


def test_a_known_browser_is_not_kept_out_by_its_wider_network(db: None) -> None:
    from_network()
    here = {"REMOTE_ADDR": "2001:db8:1:ffff::1"}
    assert ask(Client(**here)).status_code == 429
    assert ask(knows(Client(**here), PHONE)).status_code == 302


def test_addresses_of_ipv4_have_no_wider_network(db: None) -> None:
    for number in range(61):
        mapped = "::ffff:" if number % 2 else ""
        send(phone=f"+917{number:04}00000", address=f"{mapped}10.0.0.{number}")
    assert set(SignInCode.objects.values_list("network_digest", flat=True)) == {""}


def test_the_wider_network_is_kept_as_a_digest(db: None) -> None:
    send(address="2001:db8::1")
    row = SignInCode.objects.get()
    assert len(row.network_digest) == 64
    assert row.network_digest != row.address_digest


def test_the_limit_of_a_wider_network_holds_in_a_race(race: Race) -> None:
    from_network(496)
    jobs = [
        (
            lambda number=number: send(
                phone=f"+918{number:04}00000", address=f"2001:db8:1:a{number}::"
            )
        )
        for number in range(8)
    ]
    outcomes = race(*jobs)
    assert sum(outcome.ok for outcome in outcomes) == 4
    assert {type(outcome.error) for outcome in outcomes if not outcome.ok} == {TooMany}
    assert codes.PER_WIDER_NETWORK[0][0] == SignInCode.objects.count()
