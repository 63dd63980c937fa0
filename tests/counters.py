"""Builders of Kendras, their seats and who has a charge there."""

from datetime import datetime, time, timedelta
from typing import Any

from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from kendras.models import Desk, Kendra, KendraCharge
from officials.models import District
from tests.people import make_district

EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]


def make_kendra(
    code: str = "REW-0001", *, seats: int = 2, accessible: int = 1, **fields: Any
) -> Kendra:
    """A Kendra open every day from 8 to 20; the last ``accessible`` of its seats are for all.

    ``district`` is given by its code.
    """
    wanted: dict[str, Any] = {
        "kind": "atal_seva",
        "name_en": "Atal Seva Kendra Bawal",
        "name_hi": "अटल सेवा केंद्र बावल",
        "block_en": "Bawal",
        "block_hi": "बावल",
        "address_en": "Panchayat Bhawan, Bawal",
        "address_hi": "पंचायत भवन, बावल",
        "phone": "+919800300001",
        "opens": time(8),
        "closes": time(20),
        "weekdays": EVERY_DAY,
        **fields,
    }
    wanted["district"] = make_district(wanted.get("district", "REW"))
    kendra = Kendra.objects.create(code=code, **wanted)
    Desk.objects.bulk_create(
        Desk(kendra=kendra, number=number, accessible=number > seats - accessible)
        for number in range(1, seats + 1)
    )
    return kendra


def serve_at(
    kendra: Kendra,
    user: User,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> User:
    """Make ``user`` an operator of ``kendra``: from a year ago, without end unless one is given."""
    KendraCharge.objects.create(
        kind="operator",
        kendra=kendra,
        user=user,
        starts_at=starts_at or clock.now() - timedelta(days=365),
        ends_at=ends_at,
    )
    return user


def oversee(
    district: District,
    user: User,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> User:
    """Make ``user`` oversee the Kendras of ``district``: from a year ago, without end."""
    KendraCharge.objects.create(
        kind="supervisor",
        district=district,
        user=user,
        starts_at=starts_at or clock.now() - timedelta(days=365),
        ends_at=ends_at,
    )
    return user
