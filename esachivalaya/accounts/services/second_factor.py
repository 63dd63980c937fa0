"""The second factor of staff: codes of an authenticator app, and recovery codes on paper."""

import base64
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.words import ascii_digits

RECOVERY_CODES = 10
# How often the wait after a wrong code doubles: 2 ** 9 seconds are the longest.
WAITS_DOUBLE = 10
# No l, o, 0 and 1: the codes are copied from paper.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Proof:
    """What came of a typed code: the ``device`` that proved it, or until when to wait."""

    device: Any = None
    wait_until: datetime | None = None
    codes_left: int = 0

    def __bool__(self) -> bool:
        return self.device is not None


@transaction.atomic
def check_totp(*, user: User, typed: str) -> Proof:
    """Check a code of the authenticator app; each code opens once.

    The device row is locked, so that of two that bring one code at the same moment one succeeds.
    After each wrong code the next is looked at only after 1, 2, 4, 8 ... seconds, after the tenth
    and each further one after nine minutes: whoever types at a desk left open does not close the
    owner's app for hours, and 170 tries a day guess nothing.
    """
    device = (
        TOTPDevice.objects.select_for_update()
        .filter(user=user, confirmed=True)
        .order_by("-pk")
        .first()
    )
    digits = _digits(typed)
    return _proof(device, digits if len(digits) == 6 else "")


@transaction.atomic
def check_recovery_code(*, user: User, typed: str) -> Proof:
    """Check a recovery code; it is struck out with that, and how many are left is returned."""
    device = StaticDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
    proof = _proof(device, _recovery_digest(user, typed))
    if not proof:
        return proof
    left = StaticToken.objects.filter(device=device).count()
    locked = User.objects.select_for_update().get(pk=user.pk)
    record(locked, "recovery_code_used", at=clock.now(), by=user, data={"left": left})
    return Proof(device=device, codes_left=left)


def new_key() -> str:
    """Return a new secret for an authenticator app, in hex."""
    return secrets.token_hex(20)


def verify_new_key(key: str, typed: str) -> int | None:
    """Return the time step of a code made with ``key``, or None when the code is wrong."""
    digits = _digits(typed)
    totp = TOTP(bytes.fromhex(key))
    totp.time = time.time()
    return int(totp.t()) if len(digits) == 6 and totp.verify(int(digits), tolerance=1) else None


def key_in_words(key: str) -> str:
    """Return the secret as it is typed into an app, in groups of four."""
    text = base64.b32encode(bytes.fromhex(key)).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def key_as_picture(user: User, key: str) -> str:
    """Return the secret as a QR code, as the address of a picture (data:)."""
    address = TOTPDevice(user=user, key=key).config_url
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="#fff"))


def replace_devices(*, user: User, key: str, step: int) -> TOTPDevice:
    """Make the app with ``key`` the one second factor; ``step`` is that of its first code."""
    TOTPDevice.objects.filter(user=user).delete()
    return TOTPDevice.objects.create(
        user=user, name="authenticator", key=key, confirmed=True, last_t=step
    )


def replace_recovery_codes(*, user: User) -> list[str]:
    """Make ten new recovery codes, strike out the old ones, and return them to be shown once.

    Stored are keyed digests: whoever reads the table cannot sign in with it.
    """
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery codes", confirmed=True)
    codes = [_recovery_code() for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_recovery_digest(user, code)) for code in codes
    )
    return codes


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """As :func:`replace_recovery_codes`, at the person's own wish, with an entry in the record."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    codes = replace_recovery_codes(user=locked)
    record(locked, "recovery_codes_renewed", at=clock.now(), by=user)
    return codes


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes are unused."""
    return int(StaticToken.objects.filter(device__user=user, device__confirmed=True).count())


def current_totp(user: User) -> str:
    """Return the code that a demo staff's app shows now, for the demo phone; refused elsewhere."""
    if not settings.DEMO:
        raise PermissionDenied
    device = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("-pk").first()
    return f"{TOTP(device.bin_key, drift=device.drift).token():06}" if device else ""


def _proof(device: Any, typed: str) -> Proof:
    if device is None:
        return Proof()
    device.throttling_failure_count = min(device.throttling_failure_count, WAITS_DOUBLE)
    allowed, why = device.verify_is_allowed()
    if not allowed:
        return Proof(wait_until=(why or {}).get("locked_until"))
    if not device.verify_token(typed):
        return Proof()
    return Proof(device=device)


def _digits(typed: str) -> str:
    return "".join(c for c in ascii_digits(typed[:64]) if c.isascii() and c.isdigit())


def _recovery_code() -> str:
    text = "".join(secrets.choice(_LETTERS) for _place in range(10))
    return f"{text[:5]}-{text[5:]}"


def _recovery_digest(user: User, typed: str) -> str:
    plain = "".join(c for c in ascii_digits(typed[:64]).lower() if c.isalnum())
    digest = salted_hmac("accounts.recovery", f"{user.pk}|{plain}", algorithm="sha256").digest()
    return base64.b32encode(digest[:10]).decode().lower()
