"""What donors do on their pages, as tests do it."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from appointments.diary import slot_value
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.slots import Span
from plasma.models import Bank, FunnelCount, Invitation, Pledge
from plasma.services import beds, links
from tests.donors import today


def address(invitation: Invitation, page: str = "") -> str:
    """The address behind the link of an invitation."""
    return f"{reverse('plasma:link', args=[links.token_of(invitation.pk)])}{page}"


def open_page(client: Client, invitation: Invitation, year: int | None = None) -> Any:
    """Give the year of birth, the right one unless another is given."""
    if "language" not in client.cookies:
        client.cookies["language"] = "en"
    right = invitation.donor.year_of_birth
    answer = client.post(address(invitation), {"year": str(year or right)})
    if year is None:
        assert answer.status_code == 302, answer.content.decode()
    return answer


def fit(**fields: Any) -> dict[str, Any]:
    """Answers that fit the usual policy, with a new key."""
    return {
        "key": new_key(),
        "recovered_on": str(today() - timedelta(days=60)),
        "weight_kg": "62",
        "pregnant": "no",
        "insulin": "no",
        "blood_pressure": "no",
        "long_illness": "no",
        "agree": "on",
        **fields,
    }


def said(**fields: Any) -> dict[str, Any]:
    """The same as the services get them."""
    return {
        "recovered_on": today() - timedelta(days=60),
        "weight_kg": 62,
        "pregnant": False,
        "insulin": False,
        "blood_pressure": False,
        "long_illness": False,
        **fields,
    }


def slots(bank: Bank) -> list[Span]:
    """The free times of a bank from tomorrow on."""
    free = beds.free_slots(bank, first=today() + timedelta(days=1))
    return [one.span for day in sorted(free) for one in free[day]]


def chosen(pledge: Pledge, span: Span, **fields: Any) -> dict[str, Any]:
    """What the form of a time sends."""
    return {"key": new_key(), "version": pledge.version, "slot": slot_value(span), **fields}


def counted(step: str, **wanted: Any) -> int:
    """How many stand at a step of the funnel."""
    found = FunnelCount.objects.filter(step=step, **wanted).values_list("count", flat=True)
    return sum(found)
