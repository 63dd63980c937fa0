"""The PIN of a request: six digits, on the slip or the acknowledgement, stored hashed.

With the reference it opens tracking, changes and reprints for people without a phone. The digest is
keyed with the portal's secret and salted per request, so that the table alone does not give a PIN
away; tries are limited, so that guessing through the portal does not either.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models import DrawWish, Request
from appointments.services.refusals import Refused
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.words import ascii_digits

TRIES = 5
PAUSE = timedelta(minutes=30)
# The codes of a draw are published, so that its PIN is all there is to guess.
PAUSE_OF_CODE = timedelta(hours=24)


def new_pin() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def hash_of(pin: str, salt: str = "") -> str:
    """Return the stored form of ``pin``: salt and keyed digest."""
    salt = salt or secrets.token_hex(8)
    key = f"{settings.SECRET_KEY}/pin".encode()
    return f"{salt}${hmac.new(key, f'{salt}{pin}'.encode(), sha256).hexdigest()}"


def check_pin(row: Request | DrawWish, typed: str) -> bool:
    """Say whether ``typed`` is the PIN of a request or of a wish; digits of any script count.

    Five wrong tries in a row close the PIN for half an hour, a wish's for a day (:class:`Refused`
    ``pin_tries`` says until when). A try is counted before it is judged, so that tries side by side
    are counted too.
    """
    moment = now()
    pause = PAUSE if isinstance(row, Request) else PAUSE_OF_CODE
    if row.pin_closed_until is not None and row.pin_closed_until > moment:
        raise _closed(row.pin_closed_until)
    rows = type(row)._default_manager.filter(pk=row.pk)
    # Asked again here: of many tries side by side, each read the row before the first was judged.
    open_ = rows.filter(
        Q(pin_closed_until__isnull=True) | Q(pin_closed_until__lte=ClockTimestamp()),
        pin_tries_left__gt=0,
    )
    if not open_.update(pin_tries_left=F("pin_tries_left") - 1):
        raise _closed(moment + pause)
    digits = "".join(character for character in ascii_digits(typed[:20]) if character.isdigit())
    salt = row.pin_hash.split("$")[0]
    if hmac.compare_digest(hash_of(digits, salt), row.pin_hash):
        rows.update(pin_tries_left=TRIES, pin_closed_until=None)
        return True
    rows.filter(pin_tries_left=0).update(
        pin_tries_left=TRIES, pin_closed_until=ClockTimestamp() + pause
    )
    return False


def _closed(until: datetime) -> Refused:
    return Refused(
        "pin_tries",
        _("The PIN was wrong five times. For your safety it can be tried again later."),
        until=until,
        field="pin",
    )
