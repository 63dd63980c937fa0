"""Bookings at a counter that the tests speak of: wishes as the operator types them, and booked."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from appointments.diary import next_free
from appointments.models import Request
from esachivalaya.accounts.models import Citizen, SignInCode, User
from esachivalaya.common import clock
from esachivalaya.common.slots import Span
from kendras.models import AssistedBooking, Kendra
from kendras.services import consents
from kendras.services.booking import Booked, CounterWish, book
from kendras.services.consents import ConsentGiven
from kendras.services.people import PersonGiven
from officials.models import Post
from tests.counters import serve_at
from tests.people import make_category, make_staff
from tests.races import Outcome

_numbers = itertools.count(1)


def a_key() -> str:
    return f"counter-key-{next(_numbers):010d}"


def paper(serial_number: str = "", witness: str = "Ram Niwas, Lambardar") -> ConsentGiven:
    """A signed slip; each with a number of its own."""
    return ConsentGiven("paper", serial_number or f"SL-{next(_numbers):06d}", witness)


def somebody(phone: str = "", **fields: Any) -> PersonGiven:
    """A new person, each with a name of their own."""
    number = next(_numbers)
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    fields = {"name": f"Savitri {letters.capitalize()}", "given_name": "Savitri", **fields}
    return PersonGiven(citizen_id=None, phone=phone, **fields)


def known(citizen: Citizen) -> PersonGiven:
    """Somebody found by the number of the household."""
    return PersonGiven(citizen_id=citizen.pk, phone=citizen.household.phone or "")


def slot(post: Post, place: int = 0) -> Span:
    """The free time of ``post`` in that place."""
    return next_free(post, channel="kendra", count=place + 1)[place]


def counter_wish(post: Post, **fields: Any) -> CounterWish:
    """A whole wish, by paper, for the first free time, unless told otherwise."""
    if "slot" not in fields:
        fields["slot"] = slot(post)
    return CounterWish(
        **{
            "person": somebody(),
            "consent": paper(),
            "post": post,
            "category_id": make_category().pk,
            "subject": "Old-age pension not received since April",
            **fields,
        }
    )


def booked(kendra: Kendra, by: User, post: Post, **fields: Any) -> Booked:
    """A booking made at the counter."""
    return book(kendra=kendra, by=by, wanted=counter_wish(post, **fields), key=a_key())


def request_of(done: Booked) -> Request:
    """The request of a booking, as it is now."""
    return Request.objects.get(reference=done.reference)


def booking_of(done: Booked) -> AssistedBooking:
    """The booking, as it is now."""
    return AssistedBooking.objects.get(pk=done.booking.pk)


def read_out(kendra: Kendra, by: User, phone: str, key: str) -> None:
    """Send the code and read it out, as whoever has the phone does."""
    consents.send_code(kendra=kendra, by=by, phone=phone, key=key, language="hi")
    prove(phone, key)


def prove(phone: str, key: str) -> None:
    """Mark the code that was sent as read out rightly: what it is stands only in the SMS."""
    SignInCode.objects.filter(phone=phone, subject=consents.subject_of(key)).update(
        used_at=clock.now()
    )


def again(wanted: CounterWish, **changes: Any) -> CounterWish:
    """The same wish with something else in it."""
    return replace(wanted, **changes)


def operators(kendra: Kendra, count: int) -> list[User]:
    """Operators of one Kendra, each with a charge there."""
    return [serve_at(kendra, make_staff(f"{kendra.code}-{number}")) for number in range(count)]


def booking(
    kendra: Kendra, by: User, post: Post, key: str = "", **fields: Any
) -> Callable[[], Booked]:
    """A booking whose wish is typed now and whose button is pressed later, in a race."""
    wanted, key = counter_wish(post, **fields), key or a_key()
    return lambda: book(kendra=kendra, by=by, wanted=wanted, key=key)


def errors(outcomes: list[Outcome]) -> Counter[str]:
    """How a race ended: how many came through, and by what the others were refused."""
    return Counter("ok" if one.ok else type(one.error).__name__ for one in outcomes)
