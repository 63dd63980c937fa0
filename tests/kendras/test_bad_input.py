"""Every address under /kendra/ with what no page of it sends: an answer in words, never a 500.

A table of odd values, each put into every field and address: what is old, too long, cut off, of
another Kendra, another office or another alphabet. tests/kendras/test_odd_values.py says of single
ones which words are the answer.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from appointments.diary import slot_value
from appointments.models import Request
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.slots import Span
from kendras import urls
from kendras.models import Kendra, KendraNotice
from kendras.services import tokens
from officials.models import Post
from tests.at_a_kendra import booked, request_of, slot
from tests.booking import slots
from tests.draws import announced
from tests.kendras.meetings import meeting_here
from tests.people import Cast, sign_in_staff

pytestmark = pytest.mark.django_db
CODE = "REW-0001"
NAMES = [str(pattern.name) for pattern in urls.urlpatterns]
ODD = [
    "",
    "\x00",
    "a\x00b",
    "-1",
    "9" * 40,
    "x" * 5000,
    "क़" * 300,
    "\u202e\u200d\ufeff",
    "😀' OR 1=1 --%_\\<b>",
    "ES00000000",
    "draw-1",
    "9999-12-31T23:00/9999-12-31T23:59",
]
BODIES = [
    ("application/json", b"{"),
    ("application/json", b'"text"'),
    ("application/json", b'{"page": "x", "side": 7}'),
    ("application/json", b"\xff\xfe"),
    ("application/x-www-form-urlencoded", b"phone=%ff%fe&key=%00&person=%c3%28"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    ("multipart/form-data", b"no boundary"),
    ("text/plain", b"\x00\x01"),
]
SCRIPT = {"accept": "application/json"}


@pytest.fixture
def pieces(
    cast: Cast,
    kendra: Kendra,
    operator: User,
    other_kendra: Kendra,
    other_operator: User,
    supervisor: User,
    gurugram: Post,
) -> dict[str, Any]:
    """A booking here and one elsewhere, a draw, a token and a notice: what an address leads to."""
    row = meeting_here(kendra, operator, cast)
    elsewhere = request_of(booked(other_kendra, other_operator, gurugram))
    draw = announced(cast)
    wish = booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
    day = clock.day_of(clock.now())
    notice = KendraNotice.objects.create(kendra=kendra, kind="seat_lost", day=day, request=row)
    other_notice = KendraNotice.objects.create(
        kendra=other_kendra, kind="seat_lost", day=day, request=elsewhere
    )
    token = tokens.issue(kendra=kendra, by=operator)
    return {
        "row": row,
        "elsewhere": elsewhere,
        "wish": wish.reference,
        "draw": draw.pk,
        "token": token.number,
        "notice": notice.pk,
        "other_notice": other_notice.pk,
        "operator": operator,
        "supervisor": supervisor,
        "gurugram": gurugram,
        "cast": cast,
    }


def a_minute_late(span: Span) -> Span:
    """A time that no office has: theirs begin at whole ten minutes."""
    minute = timedelta(minutes=1)
    return Span(span.start + minute, span.end + minute)


def signed_in(name: str, pieces: dict[str, Any]) -> Client:
    """Whoever may open it; an error is answered by the portal's own page, as it would be there."""
    who = pieces["supervisor"] if name.startswith(("district", "anomal")) else pieces["operator"]
    client = sign_in_staff(Client(raise_request_exception=False), who)
    client.cookies["language"] = "en"
    return client


def address(name: str, pieces: dict[str, Any], **odd: Any) -> str:
    """The address of that name, with ``odd`` in the places that it has."""
    pattern = next(one for one in urls.urlpatterns if one.name == name)
    code = "REW" if name.startswith(("district", "anomal")) else CODE
    known: dict[str, Any] = {
        "code": code,
        "reference": pieces["row"].reference,
        "number": pieces["token"],
        "pk": pieces["notice"],
        "kind": "on_paper",
        "key": "1",
    }
    # A converter of numbers takes no other text: what it would not match has no address.
    chosen = {place: odd.get(place, known[place]) for place in pattern.pattern.converters}
    return reverse(f"kendras:{name}", kwargs=chosen)


def form(pieces: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The fields of all forms of the counter at once, each filled in as its page sends it."""
    row: Request = pieces["row"]
    cast: Cast = pieces["cast"]
    return {
        "key": new_key(),
        "version": str(row.version),
        "operator": str(pieces["operator"].pk),
        "took_s": "40",
        "phone": "98000 00001",
        "family_id": "",
        "person": str(cast.asha.pk),
        "name": "Asha Devi",
        "subject": "Demarcation of the fields behind our house",
        "service_q": "pension",
        "service": "",
        "office_q": "DC",
        "post": cast.rewari.code,
        "slot": slot_value(slots(cast.rewari, 1)[0]),
        "seat_wanted": "on",
        "consent": "paper",
        "code": "123456",
        "serial_number": "A-000123",
        "witness": "Ram Singh",
        "fee_rs": "0",
        "category": str(cast.category.pk),
        "sought": "",
        "description": "",
        "language": "hi",
        "unsuitable_weekdays": "6",
        "unsuitable_parts": "evening",
        "look": "next",
        "from": "2026-01-01",
        "reference": row.reference,
        "pin": "123456",
        "again": "123456",
        "password": "wrong",
        "user": str(pieces["operator"].pk),
        "offer": "1",
        "answer": "accept",
        "act": "call",
        "counter": "1",
        "paper": "a6",
        "next": "/kendra/",
        "purpose": "A complaint of the village of Bawal",
        "switch_language": "",
        **changes,
    }


def looked_at(answer: Any, what: object) -> None:
    assert answer.status_code < 500, (answer.status_code, what)
    if answer.streaming:
        b"".join(answer.streaming_content)


@pytest.mark.parametrize("name", NAMES)
def test_odd_values_in_the_fields(name: str, pieces: dict[str, Any]) -> None:
    client = signed_in(name, pieces)
    path = address(name, pieces)
    fields = list(form(pieces))
    looked_at(client.post(path, {}), "nothing")
    if client.post(path, form(pieces)).status_code == 405:
        return
    if name in {"lock", "locked"}:
        client = signed_in(name, pieces)
    # Some fields at a time, each with one value after the other in turn; then all of them at once.
    for first, value in enumerate(ODD):
        changed = {
            field: ODD[(first + place) % len(ODD)]
            for place, field in enumerate(fields)
            if place % 4 == first % 4
        }
        looked_at(client.post(path, form(pieces, **changed)), changed.keys())
        looked_at(client.post(path, dict.fromkeys(fields, value), headers=SCRIPT), value[:20])
        if name in {"lock", "locked"}:
            client = signed_in(name, pieces)


@pytest.mark.parametrize("name", NAMES)
def test_odd_values_in_the_query(name: str, pieces: dict[str, Any]) -> None:
    client = signed_in(name, pieces)
    path = address(name, pieces)
    names = "q post from seat accessible slot after booked paper service reference next kind hour"
    if client.get(path).status_code == 405:
        return
    for value in ODD:
        told = quote(value, errors="replace")
        query = "&".join(f"{one}={told}" for one in names.split())
        looked_at(client.get(f"{path}?{query}"), value[:20])
    mixed = f"post={pieces['cast'].rewari.code}&slot=draw-1%00&from=9999-12-31&after=x"
    looked_at(client.get(f"{path}?{mixed}", headers=SCRIPT), "an office and a time")
    looked_at(client.get(f"{path}?%ff%fe=%c3%28&q=%c3%28"), "no letters")


@pytest.mark.parametrize("name", NAMES)
def test_odd_bodies_and_methods(name: str, pieces: dict[str, Any]) -> None:
    client = signed_in(name, pieces)
    path = address(name, pieces)
    for kind, body in BODIES:
        looked_at(client.generic("POST", path, body, content_type=kind), (kind, body))
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "PROPFIND"):
        answer = client.generic(method, path)
        looked_at(answer, method)
        if method not in {"HEAD", "OPTIONS"}:
            assert answer.status_code in {302, 403, 404, 405}, (method, answer.status_code)


@pytest.mark.parametrize("name", NAMES)
def test_addresses_that_lead_nowhere_or_elsewhere(name: str, pieces: dict[str, Any]) -> None:
    client = signed_in(name, pieces)
    places = {
        "code": ["GGM-0001", "GGM", "NOWHERE", "x" * 300, "क़", "REW-0001 ", "%2e%2e"],
        "reference": [
            pieces["elsewhere"].reference,
            pieces["wish"],
            "ES00000000",
            "ES7K4P92MX",
            "x" * 300,
            "क़",
            "DR",
        ],
        "number": [0, 9999, 10**30],
        "pk": [0, pieces["other_notice"], 10**30],
        "kind": ["nonsense", "x" * 300],
        "key": ["nonsense", "9" * 40, "क़"],
    }
    sent = form(pieces)
    converters = next(one for one in urls.urlpatterns if one.name == name).pattern.converters
    for place, values in places.items():
        for value in values if place in converters else []:
            path = address(name, pieces, **{place: value})
            looked_at(client.get(path), (place, value))
            looked_at(client.post(path, sent, headers=SCRIPT), (place, value))
            if name == "lock":
                client = signed_in(name, pieces)


FOREIGN: dict[str, Callable[[dict[str, Any]], dict[str, str]]] = {
    "a draw of another office": lambda of: {
        "post": of["gurugram"].code,
        "slot": f"draw-{of['draw']}",
    },
    "a time that no office has": lambda of: {
        "post": of["gurugram"].code,
        "slot": slot_value(a_minute_late(slot(of["cast"].rewari, 3))),
    },
    "a post that is closed": lambda of: {"post": "NOBODY"},
    "a person of nobody": lambda of: {"person": str(10**17)},
    "a person of another household": lambda of: {"person": str(of["elsewhere"].citizen_id)},
    "a category of nobody": lambda of: {"category": "987654"},
    "a service of nobody": lambda of: {"service": "NONE"},
    "another operator": lambda of: {"operator": "987654"},
    "a form of yesterday": lambda of: {"slot": "2020-07-14T10:00/2020-07-14T10:15"},
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_belongs_to_others_is_refused_and_books_nothing(
    what: str, pieces: dict[str, Any]
) -> None:
    client = signed_in("book", pieces)
    before = Request.objects.count()
    for headers in ({}, SCRIPT):
        sent = form(pieces, **FOREIGN[what](pieces))
        answer = client.post(address("book", pieces), sent, headers=headers)
        assert answer.status_code in {409, 422, 423}, (answer.status_code, answer.content[:200])
    assert Request.objects.count() == before


@pytest.mark.parametrize("act", ["booking-withdraw", "booking-move"])
def test_a_stale_form_changes_nothing(act: str, pieces: dict[str, Any]) -> None:
    client = signed_in(act, pieces)
    row = request_of(booked(Kendra.objects.get(code=CODE), pieces["operator"], pieces["gurugram"]))
    to = slot_value(slot(pieces["gurugram"], 7))
    # The office did something with it meanwhile.
    Request.objects.filter(pk=row.pk).update(version=row.version + 1)
    sent = {"key": new_key(), "version": str(row.version), "slot": to}
    path = address(act, pieces, reference=row.reference)
    assert client.post(path, sent).status_code == 409
    before, status = row.starts_at, row.status
    row.refresh_from_db()
    assert (row.starts_at, row.status) == (before, status)


def test_what_was_made_elsewhere_is_not_there(pieces: dict[str, Any]) -> None:
    client = signed_in("booking", pieces)
    elsewhere = pieces["elsewhere"].reference
    for name in NAMES:
        pattern = next(one for one in urls.urlpatterns if one.name == name)
        if "reference" in pattern.pattern.converters:
            path = address(name, pieces, reference=elsewhere)
            answers = (client.get(path), client.post(path, form(pieces)))
            assert {one.status_code for one in answers} <= {404, 405}, name
    notice = address("notice-seen", pieces, pk=pieces["other_notice"])
    assert client.post(notice).status_code == 404
