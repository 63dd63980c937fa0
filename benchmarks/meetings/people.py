"""People in meetings, made as rows: offices and citizens who were let in and sit in their rooms."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.crypto import get_random_string

from appointments.models import Category, Request
from benchmarks.booking.cases import BROWSER, open_posts
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.accounts.session_store import SessionStore
from esachivalaya.common.clock import now
from esachivalaya.common.references import new_reference
from meetings.models import ChatLine, Room, Seat
from meetings.services import rooms
from meetings.sitting import SEATS
from officials.models import Charge

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
STAFF = "esachivalaya.accounts.backends.StaffBackend"
ROOMS_OF_A_POST = 10
CHAT_LINES = 3


@dataclass(frozen=True)
class Sitter:
    """One browser whose page sits in a room, with what its polls carry."""

    seat: int
    reference: str
    page: int
    session: str
    csrf: str
    masked: str
    chat_after: int

    @property
    def cookies(self) -> str:
        return f"sessionid={self.session}; csrftoken={self.csrf}; language=hi"

    @property
    def body(self) -> str:
        """What a settled page asks."""
        return json.dumps(
            {"page": self.page, "after": 0, "chat_after": self.chat_after, "entry": False}
        )

    def poll(self, port: int) -> bytes:
        body = self.body.encode()
        head = (
            f"POST {reverse('meetings:poll', args=[self.reference])} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            f"User-Agent: {BROWSER}\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n"
            f"Cookie: {self.cookies}\r\nX-CSRFToken: {self.masked}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def seated(count: int) -> list[Sitter]:
    """Let ``count`` people sit in rooms of two: a citizen and somebody of the office."""
    found = _rooms(count // 2, "MEET")
    return [one for room, officer in found for one in _let_in(room, officer)]


def waiting_rooms(count: int) -> list[tuple[Room, User, User]]:
    """Make rooms that are open and empty, each with the citizen's and the officer's sign-in."""
    found = []
    for number, (room, officer) in enumerate(_rooms(count, "WAIT")):
        phone = f"+91{7_900_000_000 + number}"
        user = User.objects.create(
            kind=User.Kind.HOUSEHOLD,
            username=f"household-{phone}",
            phone=phone,
            password=make_password(None),
        )
        household = Household.objects.create(user=user, phone=phone, phone_seen_at=now())
        Citizen.objects.filter(pk=room.request.citizen_id).update(household=household)
        found.append((room, user, officer))
    return found


def _rooms(number: int, prefix: str) -> list[tuple[Room, User]]:
    """Make rooms of meetings that begin in five minutes, each with somebody of its office."""
    posts = open_posts(-(-number // ROOMS_OF_A_POST), prefix)
    officers = User.objects.bulk_create(
        User(
            kind=User.Kind.STAFF,
            username=f"officer-{post.code}",
            name_en="Meera Yadav",
            name_hi="मीरा यादव",
            password=make_password(None),
        )
        for post in posts
    )
    moment = now()
    Charge.objects.bulk_create(
        Charge(post=post, user=user, kind=Charge.Kind.STAFF, starts_at=moment - timedelta(days=9))
        for post, user in zip(posts, officers, strict=True)
    )
    requests = _confirmed(number, [post.pk for post in posts])
    with transaction.atomic():
        rooms.plan_all([row.pk for row in requests])
    found = Room.objects.filter(request__in=requests).select_related("request").order_by("id")
    by_post = {post.pk: user for post, user in zip(posts, officers, strict=True)}
    return [(room, by_post[room.request.post_id]) for room in found]


def _confirmed(number: int, posts: list[int]) -> list[Request]:
    """Make confirmed meetings that begin in five minutes, so that their rooms are open."""
    category, _made = Category.objects.get_or_create(
        code="pension", defaults={"name_en": "Pensions", "name_hi": "पेंशन"}
    )
    moment = now()
    household = Household.objects.create(phone=None)
    people = Citizen.objects.bulk_create(
        Citizen(household=household, name="Asha Devi", given_name="Asha", district_code="REW")
        for _number in range(number)
    )
    return Request.objects.bulk_create(
        Request(
            reference=new_reference(),
            post_id=posts[one // ROOMS_OF_A_POST],
            confirmed_by="office",
            citizen=citizen,
            channel="kendra",
            kind="open",
            status="confirmed",
            category=category,
            subject="Pension not received since April",
            language="hi",
            pin_hash="!",
            created_at=moment - timedelta(days=1),
            due_at=moment,
            answered_at=moment - timedelta(hours=20),
            starts_at=moment + timedelta(minutes=5),
            ends_at=moment + timedelta(minutes=65),
        )
        for one, citizen in enumerate(people)
    )


def _let_in(room: Room, officer: User) -> list[Sitter]:
    """Let the citizen and the officer sit in ``room``, with some lines written already."""
    moment = now()
    Room.objects.filter(pk=room.pk).update(status=Room.Status.IN_PROGRESS, began_at=moment)
    citizen = Seat.objects.get(room=room, kind=Seat.Kind.CITIZEN)
    office = Seat.objects.create(room=room, kind=Seat.Kind.OFFICE, user=officer, name=str(officer))
    lines = ChatLine.objects.bulk_create(
        ChatLine(room=room, seat=citizen, words="पेंशन आदेश की प्रति") for _line in range(CHAT_LINES)
    )
    sitters = []
    for seat in (citizen, office):
        token, page = secrets.token_urlsafe(24), secrets.randbelow(2**53 - 1) + 1
        Seat.objects.filter(pk=seat.pk).update(
            status=Seat.Status.ADMITTED,
            admitted_at=moment,
            admitted_by=officer,
            came_at=moment,
            seen_at=moment,
            token_digest=hashlib.sha256(token.encode()).hexdigest(),
            page=page,
        )
        reference = room.request.reference
        session = _session(officer if seat is office else None, reference, seat, token)
        csrf, masked = _csrf()
        sitters.append(
            Sitter(seat.pk, reference, page, session.session_key, csrf, masked, lines[-1].pk)
        )
    return sitters


def _session(user: User | None, reference: str, seat: Seat, token: str) -> Session:
    """Make the session of a browser that took ``seat``; the officer is signed in as well."""
    data: dict[str, object] = {SEATS: {reference: [seat.pk, token]}}
    if user is not None:
        data |= {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: STAFF,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
    return Session.objects.create(
        session_key=get_random_string(32, LETTERS),
        session_data=SessionStore().encode(data),
        expire_date=now() + timedelta(hours=12),
    )


def _csrf() -> tuple[str, str]:
    """Return a secret as the cookie carries it and, masked, as the page's script sends it."""
    request = HttpRequest()
    request.META["CSRF_COOKIE"] = secret = get_random_string(32)
    return secret, get_token(request)
