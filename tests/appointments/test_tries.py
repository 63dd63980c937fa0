"""Floods get slow: per address, per household, in all; with Redis and without."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from appointments import diary
from appointments.models import Request
from esachivalaya.accounts import tries
from esachivalaya.accounts.client_address import digest_of_address
from esachivalaya.common.idempotency import new_key
from tests.appointments.citizens import fill_all, fill_before_sign_in, later_span, send, url
from tests.common.test_uploads import pdf
from tests.people import Cast, sign_in_household

DEAD = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    tries._here.storage.reset()


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


def narrow(monkeypatch: pytest.MonkeyPatch, what: str, one: int, together: int = 1000) -> None:
    monkeypatch.setitem(tries.LIMITS, what, (one, 60))
    monkeypatch.setitem(tries.TOTALS, what, (together, 60))


# --- the counting itself ---


@pytest.mark.parametrize("redis", ["there", "gone"])
def test_each_has_a_share_of_their_own(
    monkeypatch: pytest.MonkeyPatch, settings: Any, redis: str
) -> None:
    if redis == "gone":
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": DEAD}}
    narrow(monkeypatch, "track", 2)
    assert [tries.allowed_to("one", "track") for _time in range(3)] == [True, True, False]
    assert tries.allowed_to("another", "track")


@pytest.mark.parametrize("redis", ["there", "gone"])
def test_all_together_have_an_end_and_nobody_alone_uses_it_up(
    monkeypatch: pytest.MonkeyPatch, settings: Any, redis: str
) -> None:
    if redis == "gone":
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": DEAD}}
    narrow(monkeypatch, "track", 2, 3)
    for _time in range(10):
        tries.allowed_to("one", "track")
    assert tries.allowed_to("another", "track"), "the eight refused ones did not count for all"
    assert not tries.allowed_to("a third", "track")


def test_two_web_servers_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, "track", 2)
    assert tries.allowed_to("one", "track")
    # Another process knows nothing of this one but what is in Redis.
    tries._shared.cache_clear()
    assert tries.allowed_to("one", "track")
    assert not tries.allowed_to("one", "track")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("operator:7", "operator:8", False),
    ],
)
def test_an_ipv6_network_is_one_asker(one: str, other: str, same: bool) -> None:
    assert (digest_of_address(one) == digest_of_address(other)) is same


@pytest.mark.parametrize("what", sorted(tries.TOTALS))
def test_what_all_have_together_is_far_above_what_one_has(what: str) -> None:
    (one, seconds), (together, also) = tries.LIMITS[what], tries.TOTALS[what]
    assert seconds == also
    assert together >= 100 * one


# --- the pages ---


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["officials:directory", "officials:services"])
def test_searching_is_slowed_down_and_says_what_else_leads_there(
    english: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    narrow(monkeypatch, "search", 2)
    for word in ("rewari", "gurugram"):
        assert english.get(reverse(name), {"q": word}).status_code == 200
    refused = english.get(reverse(name), {"q": "panchkula"})
    assert refused.status_code == 429
    assert "choose from the list" in refused.content.decode()
    assert english.get(reverse(name)).status_code == 200, "the list itself stays open"
    assert Client(REMOTE_ADDR="10.9.8.7").get(reverse(name), {"q": "pension"}).status_code == 200


@pytest.mark.django_db
def test_what_was_searched_for_a_moment_ago_is_not_counted(
    english: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, "search", 1)
    for _time in range(3):
        answer = english.get(reverse("officials:directory"), {"q": "rewari"})
        assert answer.status_code == 200


@pytest.mark.django_db
def test_papers_are_counted_per_household_wherever_it_is(
    english: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, "own_papers", 1)
    sign_in_household(english, cast.household)
    fill_before_sign_in(english, cast.rewari, diary.slot_value(later_span(cast.rewari)))

    def add(address: str) -> str:
        paper = SimpleUploadedFile("a.pdf", pdf(), content_type="application/pdf")
        data = {"paper": paper, "add": "1"}
        answer = english.post(url("DC-REW", "papers"), data, REMOTE_ADDR=address)
        return str(answer.content.decode())

    assert "Many papers came" not in add("10.0.0.1")
    assert "Many papers came" in add("10.0.0.2")


@pytest.mark.django_db
def test_bookings_are_counted_per_address_and_what_was_typed_stays(
    english: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, "booking", 1)
    sign_in_household(english, cast.household)
    tries.allowed_to(digest_of_address("127.0.0.1")[:32], "booking")
    fill_all(english, cast.rewari, diary.slot_value(later_span(cast.rewari)), cast.asha)
    refused = send(english, cast.rewari)
    assert refused.status_code == 429
    assert "Very many requests came from your connection" in refused.content.decode()
    assert not Request.objects.exists()
    monkeypatch.setitem(tries.LIMITS, "booking", (5, 60))
    assert send(english, cast.rewari).status_code == 303


@pytest.mark.django_db
def test_one_asker_does_not_use_up_everybodys_feedback(
    english: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tries.LIMITS, "feedback", (1, 60))
    data = {"kind": "praise", "words": "A good portal, thank you."}

    def write(client: Client) -> int:
        return client.post(reverse("pages:feedback"), {**data, "key": new_key()}).status_code

    assert write(english) == 302
    assert write(english) == 429
    assert write(Client(REMOTE_ADDR="10.9.8.7")) == 302
