"""The authenticator app of a person in a test."""

import time

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.models import User


def app_of(user: User) -> TOTPDevice:
    """Connect an app to the account."""
    return TOTPDevice.objects.create(user=user, name="authenticator", confirmed=True)


def code_of(key: str) -> str:
    """What an app with this secret shows now."""
    totp = TOTP(bytes.fromhex(key))
    totp.time = time.time()
    return f"{totp.token():06}"


def wrong_code_of(key: str) -> str:
    """Six digits that no app with this secret shows around now."""
    shown = set()
    totp = TOTP(bytes.fromhex(key))
    for step in (-2, -1, 0, 1, 2):
        totp.time = time.time() + 30 * step
        shown.add(f"{totp.token():06}")
    return next(code for code in (f"{number:06}" for number in range(10)) if code not in shown)
