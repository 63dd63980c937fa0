"""The token for Jitsi Meet, judged as Jitsi's own verifier judges it: each claim wrong in turn."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt
import pytest

from esachivalaya.common import clock
from meetings.engines.jitsi import Jitsi, token_of
from meetings.models import Room, Seat
from meetings.services import seats
from tests.meeting_rooms import citizen_of, open_room
from tests.people import Cast

pytestmark = pytest.mark.django_db
APP_ID, SECRET, DOMAIN = "portal", "s" * 40, "meet.jitsi"
Claims = dict[str, Any]


class Turned(Exception):
    """Jitsi lets nobody in with this."""


def let_in(token: str, address: str, secret: str = SECRET) -> Claims:
    """Return the claims if Jitsi would let ``token`` into the room ``address``.

    Its settings are those of docker-compose.yml: tokens only, issuer and audience named, domain
    verification on. Its order: header, signature, times, issuer, room claim, audience; then, as
    somebody joins, the room and the domain of its address against the token's.
    """
    if jwt.get_unverified_header(token) != {"typ": "JWT", "alg": "HS256"}:
        raise Turned("header")
    try:
        claims: Claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            # Jitsi compares them itself, by plain equality.
            options={"verify_aud": False, "verify_iss": False, "verify_sub": False},
        )
    except jwt.PyJWTError as problem:
        raise Turned(type(problem).__name__) from problem
    # No library would miss an end; Jitsi does, so the portal must not forget it.
    if claims.get("iss") != APP_ID:
        raise Turned("iss")
    if claims.get("room") is None:
        raise Turned("room is missing")
    if claims.get("aud") != APP_ID:
        raise Turned("aud")
    room, _at, domain = address.partition("@")
    if claims["room"] not in {room, "*"}:
        raise Turned("room")
    if domain != f"muc.{claims.get('sub')}":
        raise Turned("sub")
    return claims


@pytest.fixture(autouse=True)
def _jitsi(settings: Any) -> None:
    settings.MEETING_ENGINE = "jitsi"
    settings.JITSI_URL = "https://meet.example.in"
    settings.JITSI_APP_ID, settings.JITSI_APP_SECRET = APP_ID, SECRET
    settings.JITSI_XMPP_DOMAIN = DOMAIN


@pytest.fixture
def room(cast: Cast) -> Room:
    return open_room(cast, engine="jitsi")


@pytest.fixture
def seat(room: Room) -> Seat:
    return citizen_of(room)


def address(room: Room) -> str:
    return f"{room.name}@muc.{DOMAIN}"


def claims_of(seat: Seat) -> Claims:
    claims: Claims = jwt.decode(token_of(seat), options={"verify_signature": False})
    return claims


def test_jitsi_lets_the_citizen_into_the_room_of_the_meeting(seat: Seat) -> None:
    claims = let_in(token_of(seat), address(seat.room))
    assert claims["context"]["user"] == {
        "id": str(seat.pk),
        "name": seat.name,
        "affiliation": "member",
    }


def test_the_token_says_these_things_and_no_others(seat: Seat) -> None:
    assert set(claims_of(seat)) == {"iss", "aud", "sub", "room", "nbf", "exp", "context"}


def test_only_the_office_owns_the_room(cast: Cast, room: Room) -> None:
    office = seats.office_seat(room=room, by=cast.meera)
    assert claims_of(office)["context"]["user"]["affiliation"] == "owner"
    for kind in (Seat.Kind.CITIZEN, Seat.Kind.COMPANION, Seat.Kind.COUNTER):
        other = Seat(pk=1, room=room, kind=kind, name="X")
        assert claims_of(other)["context"]["user"]["affiliation"] == "member"


def changed(seat: Seat, change: Callable[[Claims], Any], **more: Any) -> str:
    claims = claims_of(seat)
    change(claims)
    header = {"typ": "JWT", **more.pop("headers", {})}
    secret = more.pop("secret", SECRET)
    return jwt.encode(claims, secret, algorithm=more.pop("algorithm", "HS256"), headers=header)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("another issuer", lambda told: told.update(iss="another")),
        ("no issuer", lambda told: told.pop("iss")),
        ("another audience", lambda told: told.update(aud="another")),
        ("a list as audience", lambda told: told.update(aud=[APP_ID])),
        ("no audience", lambda told: told.pop("aud")),
        ("another domain", lambda told: told.update(sub="meet.example.in")),
        ("no domain", lambda told: told.pop("sub")),
        ("another room", lambda told: told.update(room="m-" + "0" * 32)),
        ("capital letters", lambda told: told.update(room=told["room"].upper())),
        ("no room", lambda told: told.pop("room")),
        ("over", lambda told: told.update(exp=int(time.time()) - 1)),
        ("an end in words", lambda told: told.update(exp="tomorrow")),
        ("not yet", lambda told: told.update(nbf=int(time.time()) + 60)),
    ],
)
def test_a_token_with_one_wrong_claim_opens_nothing(
    seat: Seat, name: str, change: Callable[[Claims], Any]
) -> None:
    let_in(changed(seat, lambda _told: None), address(seat.room))
    with pytest.raises(Turned):
        let_in(changed(seat, change), address(seat.room))


def test_a_token_of_somebody_else_opens_nothing(seat: Seat) -> None:
    forged = changed(seat, lambda _told: None, secret="x" * 40)
    with pytest.raises(Turned, match="InvalidSignature"):
        let_in(forged, address(seat.room))
    with pytest.raises(Turned, match="header"):
        let_in(changed(seat, lambda _told: None, headers={"typ": "at+jwt"}), address(seat.room))
    with pytest.raises(Turned, match="header"):
        let_in(changed(seat, lambda _told: None, algorithm="HS384", secret="s" * 48), "")


def test_the_token_opens_one_room_and_never_every_room(seat: Seat) -> None:
    with pytest.raises(Turned, match="room"):
        let_in(token_of(seat), f"m-{'0' * 32}@muc.{DOMAIN}")
    for name in ("*", "HR-7KQ2", seat.room.name.upper()):
        seat.room.name = name
        with pytest.raises(ValueError, match="not the name"):
            token_of(seat)


def test_the_token_ends_with_the_room_or_after_two_hours(seat: Seat) -> None:
    room, moment = seat.room, clock.now()
    assert claims_of(seat)["exp"] == int(room.closes_at.timestamp())
    room.closes_at = moment + timedelta(hours=5)
    assert abs(claims_of(seat)["exp"] - (moment + timedelta(hours=2)).timestamp()) < 5


def test_the_token_bears_clocks_that_differ_by_ten_seconds(seat: Seat) -> None:
    assert 9 <= clock.now().timestamp() - claims_of(seat)["nbf"] <= 12


def test_nothing_is_recorded_whoever_asks(cast: Cast, room: Room) -> None:
    nothing = {"recording": False, "livestreaming": False, "transcription": False}
    for seat in (citizen_of(room), seats.office_seat(room=room, by=cast.meera)):
        assert claims_of(seat)["context"]["features"] == nothing


def test_no_value_is_null(seat: Seat) -> None:
    assert "null" not in json.dumps(claims_of(seat))
    assert all(isinstance(one, str) for one in claims_of(seat)["context"]["user"].values())


def test_the_name_of_the_room_tells_nothing_of_the_request(seat: Seat) -> None:
    assert seat.room.request.reference not in json.dumps(claims_of(seat))


def test_the_token_stands_in_the_fragment_of_their_address_alone(seat: Seat) -> None:
    entry = Jitsi().entry(seat)
    parts = urlsplit(entry["frame"])
    assert (parts.scheme, parts.netloc, parts.path) == (
        "https",
        "meet.example.in",
        f"/{seat.room.name}",
    )
    assert not parts.query
    told = dict(pair.split("=", 1) for pair in parts.fragment.split("&"))
    # Jitsi reads each value of the fragment as JSON.
    let_in(json.loads(unquote(told["jwt"])), address(seat.room))
    assert json.loads(unquote(told["config.localRecording.disable"])) is True
    assert SECRET not in entry["frame"]
