"""The relay takes the credentials that the portal makes, and no others: tried on a real coturn."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from esachivalaya.common import clock
from meetings.engines.peer import CREDENTIAL_LASTS, Peer, credential
from meetings.models import Seat
from tests import relay

SECRET = "a-secret-of-the-relay-in-a-test"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with relay.running(SECRET) as port:
        yield port


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.TURN_SECRET = SECRET


def made(*, ends_in: timedelta, seat: int = 7, secret: str = SECRET) -> tuple[str, str]:
    """A credential as anybody could write it who knows ``secret``."""
    username = f"{int((clock.now() + ends_in).timestamp())}:{seat}"
    mixed = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(mixed).decode()


@pytest.mark.django_db
def test_the_credential_of_a_seat_opens_the_relay_for_half_an_hour(port: int) -> None:
    given = credential(Seat(pk=7))
    assert relay.allocate(port, given["username"], given["credential"]) == 200
    ends_at, seat = given["username"].split(":")
    left = int(ends_at) - clock.now().timestamp()
    assert CREDENTIAL_LASTS.total_seconds() - 5 < left <= CREDENTIAL_LASTS.total_seconds()
    assert seat == "7"


@pytest.mark.django_db
def test_a_credential_that_ended_is_refused(port: int) -> None:
    assert relay.allocate(port, *made(ends_in=timedelta(seconds=-2))) == 401


@pytest.mark.django_db
def test_a_forged_credential_is_refused(port: int) -> None:
    lasting = timedelta(minutes=30)
    assert relay.allocate(port, *made(ends_in=lasting)) == 200
    assert relay.allocate(port, *made(ends_in=lasting, secret="another secret")) == 401
    username, password = made(ends_in=lasting)
    longer = f"{int(username.split(':')[0]) + 86_400}:7"
    assert relay.allocate(port, longer, password) == 401
    assert relay.allocate(port, f"{username}1", password) == 401


@pytest.mark.django_db
def test_the_office_uses_the_relay_alone_where_there_is_one(settings: Settings) -> None:
    settings.TURN_URLS = ["turn:relay.example:3478"]
    office, citizen = Seat(pk=1, kind=Seat.Kind.OFFICE), Seat(pk=2, kind=Seat.Kind.CITIZEN)
    assert Peer().entry(office)["iceTransportPolicy"] == "relay"
    assert Peer().entry(citizen)["iceTransportPolicy"] == "all"
    settings.TURN_URLS = []
    assert Peer().entry(office)["iceTransportPolicy"] == "all"
