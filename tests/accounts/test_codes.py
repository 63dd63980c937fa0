"""One-time codes: single use, ten minutes, five tries, and limits that hold in races."""

import logging
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from esachivalaya.accounts.models import SignInCode
from esachivalaya.accounts.services import codes, cost
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from tests.accounts.sent import another, code_sent_to
from tests.races import Outcome

PHONE = "+919800000001"
Race = Callable[..., list[Outcome]]


def send(phone: str = PHONE, **given: Any) -> str:
    wanted = {"purpose": "sign_in", "address": "127.0.0.1", "language": "hi", **given}
    codes.send_code(phone=phone, **wanted)
    return code_sent_to(phone)


def check(typed: str, phone: str = PHONE, **given: Any) -> codes.Checked:
    return codes.check_code(phone=phone, typed=typed, **{"purpose": "sign_in", **given})


def age_codes(by: timedelta) -> None:
    for row in SignInCode.objects.all():
        SignInCode.objects.filter(pk=row.pk).update(
            made_at=row.made_at - by, expires_at=row.expires_at - by
        )


@pytest.mark.django_db
def test_the_right_code_works_once() -> None:
    code = send()
    assert check(code)
    again = check(code)
    assert not again
    assert again.reason == "over"


@pytest.mark.django_db
def test_the_database_holds_no_code_only_a_keyed_digest() -> None:
    code = send()
    row = SignInCode.objects.get()
    assert code not in (row.code_hash, row.address_digest)
    assert "127.0.0.1" not in row.address_digest
    assert len(row.code_hash) == 64


@pytest.mark.django_db
def test_after_ten_minutes_a_code_is_worthless() -> None:
    code = send()
    age_codes(codes.GOOD_FOR)
    assert check(code).reason == "over"


@pytest.mark.django_db
def test_five_wrong_tries_end_a_code() -> None:
    code = send()
    assert [check(another(code)).tries_left for _ in range(5)] == [4, 3, 2, 1, 0]
    assert check(code).reason == "over"


@pytest.mark.django_db
def test_the_fifth_try_may_still_be_the_right_one() -> None:
    code = send()
    for _ in range(4):
        check(another(code))
    assert check(code)


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abc", "\x00" * 6, "1" * 10_000])
def test_what_is_not_six_digits_costs_no_try(typed: str) -> None:
    code = send()
    assert not check(typed)
    assert SignInCode.objects.get().tries_left == 5
    assert check(code)


@pytest.mark.django_db
def test_digits_of_any_script_and_grouping_are_understood() -> None:
    code = send()
    hindi = "".join(chr(ord("०") + int(digit)) for digit in code)
    assert check(f" {hindi[:3]}-{hindi[3:]} ")


@pytest.mark.django_db
def test_a_new_code_replaces_the_one_before() -> None:
    first = send()
    second = send()
    if first != second:
        assert not check(first)
    assert check(second)


@pytest.mark.django_db
def test_a_code_opens_only_what_it_was_sent_for() -> None:
    code = send(purpose="track", subject="ESABCDEFGH")
    assert not check(code)
    assert not check(code, purpose="track", subject="ESHGFEDCBA")
    assert not check(code, phone="+919800000002", purpose="track", subject="ESABCDEFGH")
    assert check(code, purpose="track", subject="ESABCDEFGH")


@pytest.mark.django_db
def test_without_a_code_nothing_is_right() -> None:
    assert check("000000").reason == "over"


@pytest.mark.django_db
def test_three_codes_in_a_quarter_of_an_hour_per_phone_and_the_refusal_says_when() -> None:
    for _ in range(3):
        send()
    first = SignInCode.objects.earliest("made_at")
    with pytest.raises(TooMany) as caught:
        send(address="10.0.0.9")
    assert caught.value.until == first.made_at + timedelta(minutes=15)
    assert SignInCode.objects.count() == Message.objects.count() == 3
    age_codes(timedelta(minutes=15))
    send()


@pytest.mark.django_db
def test_ten_codes_in_a_day_per_phone_whatever_they_are_for() -> None:
    for number in range(10):
        purpose = {"purpose": "track", "subject": "ESABCDEFGH"} if number % 2 else {}
        send(address=f"10.0.0.{number}", **purpose)
        age_codes(timedelta(minutes=16))
    with pytest.raises(TooMany):
        send()
    age_codes(timedelta(days=1))
    send()


@pytest.mark.django_db
def test_twenty_codes_in_an_hour_per_address() -> None:
    for number in range(20):
        send(phone=f"+9198000001{number:02}")
    with pytest.raises(TooMany):
        send(phone="+919800000999")
    send(phone="+919800000999", address="10.1.1.1")
    age_codes(timedelta(hours=1))
    send(phone="+919800000998")


@pytest.mark.django_db
def test_two_thousand_codes_in_an_hour_in_all_and_the_rest_is_kept_for_known_browsers() -> None:
    now = clock.now()
    SignInCode.objects.bulk_create(
        SignInCode(
            # Of many series: one alone has a limit of its own.
            phone=f"+919{number:04}00000",
            purpose="sign_in",
            code_hash="-",
            address_digest=str(number),
            made_at=now - timedelta(minutes=30),
            expires_at=now,
        )
        for number in range(settings.CODES_PER_HOUR * 2 // 3)
    )
    with pytest.raises(TooMany) as caught:
        send()
    assert caught.value.until == now + timedelta(minutes=30)
    age = SignInCode.objects.earliest("pk")
    SignInCode.objects.filter(pk=age.pk).update(made_at=now - timedelta(minutes=61))
    send()


@pytest.mark.django_db
def test_the_limits_hold_with_a_dead_redis() -> None:
    here = settings.CACHES["default"]["LOCATION"]
    settings.CACHES["default"]["LOCATION"] = "redis://127.0.0.1:1/0"
    try:
        for _ in range(3):
            send()
        with pytest.raises(TooMany):
            send()
    finally:
        settings.CACHES["default"]["LOCATION"] = here


@pytest.mark.django_db
def test_a_form_sent_twice_sends_one_code() -> None:
    send(key="k" * 20)
    send(key="k" * 20)
    assert SignInCode.objects.count() == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_the_sms_is_in_the_askers_language_and_expires_with_the_code() -> None:
    send(language="hi")
    send(language="en")
    hindi, english = Message.objects.order_by("id")
    assert hindi.body != english.body
    assert english.klass == "code"
    assert english.expires_at == SignInCode.objects.latest("id").expires_at


@pytest.mark.django_db
def test_a_code_is_never_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        code = send()
        check(another(code))
        check(code)
    for record in caplog.records:
        # What the database driver is told may be logged for debugging only.
        if record.levelno > logging.DEBUG:
            assert code not in record.getMessage()


@pytest.mark.django_db
def test_old_codes_are_swept_and_recent_ones_stay() -> None:
    send()
    age_codes(timedelta(hours=47))
    assert codes.remove_old_codes() == 0
    age_codes(timedelta(hours=2))
    assert codes.remove_old_codes() == 1


def test_one_code_brought_twice_at_once_opens_once(race: Race) -> None:
    code = send()
    outcomes = race(*[lambda: check(code)] * 8)
    assert all(outcome.ok for outcome in outcomes)
    assert sum(bool(outcome.value) for outcome in outcomes) == 1


def test_tries_at_once_are_five_all_the_same(race: Race) -> None:
    code = send()
    wrong = another(code)
    race(*[lambda: check(wrong)] * 12)
    assert SignInCode.objects.get().tries_left == 0
    assert check(code).reason == "over"


def test_asking_at_once_does_not_pass_the_limit(race: Race) -> None:
    outcomes = race(*[lambda: send(address="10.0.0.1")] * 8)
    assert sum(outcome.ok for outcome in outcomes) == 3
    assert {type(outcome.error) for outcome in outcomes if not outcome.ok} == {TooMany}
    assert SignInCode.objects.count() == Message.objects.count() == 3


def test_the_address_limit_holds_in_a_race_of_many_phones(race: Race) -> None:
    for number in range(16):
        send(phone=f"+9198000002{number:02}", address="10.0.0.2")
    jobs = [
        (lambda phone=f"+9198000003{number:02}": send(phone=phone, address="10.0.0.2"))
        for number in range(8)
    ]
    outcomes = race(*jobs)
    assert sum(outcome.ok for outcome in outcomes) == 4, os.linesep.join(map(str, outcomes))


# --- what codes may cost ---


@pytest.fixture
def _counted_anew() -> None:
    cost._count = cost.Count()


def codes_sent(count: int, ago: timedelta, *, purpose: str = "sign_in", start: int = 0) -> None:
    """So many codes, each to a number of a series of its own."""
    moment = clock.now() - ago
    SignInCode.objects.bulk_create(
        SignInCode(
            phone=f"+917{number:04}00000",
            purpose=purpose,
            code_hash="-",
            address_digest=f"{purpose}{number}",
            made_at=moment,
            expires_at=moment,
        )
        for number in range(start, start + count)
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("_counted_anew")
def test_a_day_has_an_end_whatever_the_hours_allowed(settings: Any) -> None:
    settings.CODES_PER_DAY = 30
    codes_sent(19, timedelta(hours=5))
    send()
    with pytest.raises(TooMany) as caught:
        send(phone="+919800000002")
    first = SignInCode.objects.earliest("made_at")
    assert caught.value.until == first.made_at + timedelta(days=1)
    assert Message.objects.count() == 1
    SignInCode.objects.filter(pk=first.pk).update(made_at=clock.now() - timedelta(hours=25))
    send(phone="+919800000002")


@pytest.mark.django_db
@pytest.mark.usefixtures("_counted_anew")
def test_a_counter_goes_on_when_strangers_used_up_the_day(settings: Any) -> None:
    settings.CODES_PER_DAY = 5
    codes_sent(5, timedelta(hours=5))
    with pytest.raises(TooMany):
        send()
    send(purpose="counter", address="operator:7", at_counter=True)
    # And what counters send takes nothing from the strangers' day.
    settings.CODES_PER_DAY = 9
    codes_sent(3, timedelta(hours=5), purpose="counter", start=100)
    send(phone="+919800000003")


@pytest.mark.django_db
@pytest.mark.usefixtures("_counted_anew")
def test_numbers_of_one_series_get_a_tenth_of_an_hours_codes(settings: Any) -> None:
    settings.CODES_PER_HOUR = 60
    for number in range(4):
        send(phone=f"+91980000000{number}", address=f"10.0.0.{number}")
    with pytest.raises(TooMany):
        send(phone="+919800000009", address="10.0.0.9")
    send(phone="+919811100009", address="10.0.0.9")


@pytest.mark.django_db
@pytest.mark.usefixtures("_counted_anew")
def test_far_from_the_days_limit_it_is_not_counted_for_each_code(settings: Any) -> None:
    settings.CODES_PER_DAY = 1000
    send()
    with CaptureQueriesContext(connection) as captured:
        send(phone="+919800000002")
    assert not [query for query in captured.captured_queries if "COUNT(*)" in query["sql"]]


@pytest.mark.django_db
@pytest.mark.usefixtures("_counted_anew")
def test_one_ipv6_network_is_one_asker() -> None:
    for number in range(20):
        send(phone=f"+9198000001{number:02}", address=f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooMany):
        send(phone="+919800000999", address="2001:db8:1:2:aaaa::1")
