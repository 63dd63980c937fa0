"""Whose request it is, told by somebody who comes without the number it was made with.

A reference that does not exist, a PIN that is wrong or rests, and a name or Family ID that is not
the person's get the same answer; tries are limited by the PIN's and by the household's names.
"""

import re

from django.db import transaction

from appointments.models import Request
from appointments.services.pins import check_pin
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.services.households import is_the_name_of
from esachivalaya.common.references import normalise
from esachivalaya.common.words import ascii_digits, fold


def by_pin(*, reference: str, pin: str, name: str | None = None) -> Citizen | None:
    """Return the person of the request that ``reference`` and ``pin`` open.

    With ``name`` that must be the person's full name as well. Not to be called inside a transaction
    that may be rolled back: the tries would come back with it.
    """
    row = _request(reference)
    if row is None or not _opens(row, pin):
        return None
    if name is not None and not is_the_name_of(person=row.citizen, typed=name):
        return None
    return row.citizen


def by_particulars(*, reference: str, name: str, family_id: str) -> Citizen | None:
    """Return the person of the request ``reference``, if full name and Family ID are theirs.

    For whoever sees the person and their papers. A person without a Family ID comes with the PIN.
    """
    row = _request(reference)
    if row is None:
        return None
    person = row.citizen
    right = bool(person.family_id) and _plain(person.family_id) == _plain(family_id)
    # A wrong Family ID costs a try of the household as a wrong name does.
    checked = is_the_name_of(person=person, typed=name if right else "")
    return person if checked else None


@transaction.atomic
def _request(typed: str) -> Request | None:
    reference = normalise(typed)
    if reference is None:
        return None
    rows = Request.objects.select_related("citizen__household__user")
    return rows.filter(reference=reference).first()


def _opens(row: Request, pin: str) -> bool:
    try:
        return check_pin(row, pin)
    except Refused:
        return False


def _plain(family_id: str) -> str:
    return re.sub(r"[\s./-]", "", fold(ascii_digits(family_id))).upper()
