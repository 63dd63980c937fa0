"""Many bookings at once, for figures and patterns: copies of one that the counter really made."""

import itertools
from datetime import date, datetime, time
from typing import Any

from appointments.models import Request
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.common import clock
from esachivalaya.common.references import new_reference
from kendras.models import AssistedBooking, Consent, Kendra
from kendras.services.booking import Booked
from officials.models import Post

_numbers = itertools.count(1)
NOON = time(12)


def on(day: date, hour: time = NOON) -> datetime:
    """The moment at which India's clocks show ``hour`` on ``day``."""
    return clock.at(day, hour)


def copies(
    done: Booked,
    count: int = 1,
    *,
    kendra: Kendra | None = None,
    by: User | None = None,
    post: Post | None = None,
    phone: str = "",
    citizen: Citizen | None = None,
    booked_at: datetime | None = None,
    on_paper: bool = True,
    took_s: int | None = None,
    **of_request: Any,
) -> list[AssistedBooking]:
    """Copies of ``done``, each of a person of its own unless ``citizen`` is given."""
    return [
        _copy(
            AssistedBooking.objects.select_related("request", "consent", "citizen").get(
                pk=done.booking.pk
            ),
            citizen=citizen,
            of_request=_answered(
                {"phone": phone, **({"post": post} if post else {}), **of_request}
            ),
            of_consent={
                "kind": "paper" if on_paper else "code",
                "phone": "" if on_paper else "+919800000099",
                "proved_at": None if on_paper else clock.now(),
                "witness": "Ram Niwas, Lambardar" if on_paper else "",
            },
            of_both={
                **({"kendra": kendra} if kendra else {}),
                **({"operator": by} if by else {}),
            },
            booked_at=booked_at or clock.now(),
            took_s=took_s,
        )
        for _ in range(count)
    ]


def _answered(of_request: dict[str, Any]) -> dict[str, Any]:
    """Whatever became of a request, it was answered before."""
    waiting = of_request.get("status", "requested") == "requested"
    return of_request if waiting else {"answered_at": clock.now(), **of_request}


def _copy(
    booking: AssistedBooking,
    *,
    citizen: Citizen | None,
    of_request: dict[str, Any],
    of_consent: dict[str, Any],
    of_both: dict[str, Any],
    booked_at: datetime,
    took_s: int | None,
) -> AssistedBooking:
    number = next(_numbers)
    row, consent, person = booking.request, booking.consent, citizen or booking.citizen
    assert row is not None
    if citizen is None:
        _as_new(person, name=f"Person {number}")
    _as_new(row, citizen=person, reference=new_reference(), **of_request)
    serial = f"COPY-{number:06d}" if of_consent["kind"] == "paper" else ""
    _as_new(consent, citizen=person, serial_number=serial, **of_consent, **of_both)
    return _as_new(
        booking,
        citizen=person,
        request=row,
        consent=consent,
        booked_at=booked_at,
        took_s=took_s,
        **of_both,
    )


def _as_new(row: Any, **fields: Any) -> Any:
    """Keep ``row`` as another one that differs in ``fields``."""
    row.pk = None
    row._state.adding = True
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def references(rows: list[AssistedBooking]) -> set[str]:
    """The references of the requests."""
    return set(Request.objects.filter(assisted__in=rows).values_list("reference", flat=True))


def consents_of(rows: list[AssistedBooking]) -> list[Consent]:
    """The consents of the bookings."""
    return [row.consent for row in rows]
