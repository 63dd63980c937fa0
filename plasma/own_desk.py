"""Where people of banks and of hospitals work: at their own desk, not in the admin."""

from typing import Any

from django.urls import reverse

from esachivalaya.accounts.permissions import roles_of
from officials.models import Charge
from officials.querysets import TermQuerySet
from plasma.models import BankCharge, HospitalCharge


def own_desk(user: Any) -> str:
    """Return the first page of who has charges at banks or hospitals alone, "" for others.

    Also for who had some: their page says that they are over. Whoever serves at both starts at the
    bank, which has a way to the hospital. For the hook of that name.
    """
    at_banks, at_hospitals = BankCharge.objects.of(user), HospitalCharge.objects.of(user)
    places: list[tuple[TermQuerySet[Any], str]] = [
        (at_banks.live(), "plasma:banks"),
        (at_hospitals.live(), "plasma:hospitals"),
        (at_banks, "plasma:banks"),
        (at_hospitals, "plasma:hospitals"),
    ]
    desk = next((name for charges, name in places if charges.exists()), "")
    if not desk or user.is_superuser or roles_of(user):
        return ""
    return "" if Charge.objects.of(user).live().exists() else reverse(desk)
