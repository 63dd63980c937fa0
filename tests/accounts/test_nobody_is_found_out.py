"""Who has an account is told neither by words nor by the work that an answer costs.

The work is compared by what is asked of the database and by what is hashed, which is the same on a
busy machine; and once by the time of the processor, with hashes as slow as they are for people.
"""

import re
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from esachivalaya.accounts.models import SignInCode
from esachivalaya.common.idempotency import new_key
from tests import people
from tests.accounts.app import app_of
from tests.booking import sent_by_asha
from tests.donors import make_campaign, make_cohort, make_donor, make_invitation

STAFF = "/accounts/staff/"
KNOWN, UNKNOWN, ANOTHER = "+919800000001", "+919800000777", "+919811100555"
ARGON2 = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
TRIES = 9
pytestmark = pytest.mark.django_db


@pytest.fixture
def names() -> dict[str, str]:
    """User names of every kind, each with the password that is tried."""
    right = people.STAFF_PASSWORD
    app_of(people.make_staff("gurpreet", password=right))
    people.make_staff("closed", password=right, is_active=False)
    people.make_staff("invited")
    household = people.make_household(KNOWN)
    assert household.user is not None
    return {
        "gurpreet": "wrong",
        "nobody": "wrong",
        "closed": right,
        "invited": right,
        household.user.username: right,
    }


def work_of(act: Callable[[], Any]) -> list[str]:
    """What it asks of the database, without the values."""
    cache.clear()
    with transaction.atomic():
        with CaptureQueriesContext(connection) as asked:
            act()
        transaction.set_rollback(True)
    return [re.sub(r"'[^']*'|\d+", "?", one["sql"]) for one in asked.captured_queries]


def give(username: str, password: str, address: str = "127.0.0.1") -> Any:
    data = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post(STAFF, data)


def test_a_failed_sign_in_of_staff_asks_the_same_whoever_it_is(names: dict[str, str]) -> None:
    work = {name: work_of(partial(give, name, password)) for name, password in names.items()}
    assert work["nobody"]
    for name in names:
        assert work[name] == work["nobody"], name


def test_a_failed_sign_in_of_staff_hashes_once_whoever_it_is(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = type(get_hasher())
    encode, hashed = hasher.encode, []

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(hasher, "encode", counted)
    for name, password in names.items():
        give(name, password)
        assert len(hashed) == 1, name
        hashed.clear()


def test_a_failed_sign_in_of_staff_takes_as_long_whoever_it_is(settings: Any) -> None:
    """Time of the processor, turn about, so that a busy machine is busy for both."""
    settings.PASSWORD_HASHERS = ARGON2
    people.make_staff("gurpreet", password=people.STAFF_PASSWORD)
    took: dict[str, list[float]] = {"gurpreet": [], "nobody": []}
    for turn in range(TRIES):
        for name, times in took.items():
            began = time.process_time()
            give(name, "wrong", address=f"10.0.0.{turn}")
            times.append(time.process_time() - began)
    known, unknown = (statistics.median(times) for times in took.values())
    # Without a hash for names that do not exist it is a fifth, or less.
    assert 0.6 < known / unknown < 1.6


@pytest.fixture
def phones() -> None:
    """A number that is a household's with an appointment, and a donor's; the other is nobody's."""
    cast = people.make_cast()
    assert cast.household.phone == KNOWN
    sent_by_asha(cast)
    make_invitation(make_campaign(make_cohort()), make_donor(phone=KNOWN))


@pytest.mark.parametrize("page", ["accounts:sign-in", "plasma:come"])
def test_a_code_asks_the_same_whosever_the_number_is(phones: None, page: str) -> None:
    answers: list[Any] = []

    def ask(phone: str) -> None:
        answers.append(Client().post(reverse(page), {"phone": phone, "key": new_key()}))

    # What is counted for all numbers together is kept for a moment, by the first who asks.
    ask(ANOTHER)
    asked = work_of(lambda: ask(KNOWN))
    assert asked == work_of(lambda: ask(UNKNOWN))
    assert any("accounts_signincode" in one for one in asked)
    _another, known, unknown = answers
    assert known.status_code == unknown.status_code == 302
    assert known.headers["Location"] == unknown.headers["Location"]
    assert SignInCode.objects.count() == 1
