"""Staff of the demo: signed in with a password that is printed and a code that the demo shows."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.models import Role, User
from esachivalaya.accounts.services.second_factor import new_key

_hashes: dict[str, str] = {}


@transaction.atomic
def make_demo_staff(
    username: str,
    password: str,
    *,
    name_en: str,
    name_hi: str,
    roles: tuple[str, ...] = (),
    **fields: Any,
) -> User:
    """Make (or bring up to date) a demo staff user with a confirmed authenticator.

    Refused unless the demo setting is on: it goes round the invitation. A second run keeps the
    user and the authenticator and sets the password and the names anew. One password is hashed
    once for all who have it, since a demo has hundreds of them.
    """
    if not settings.DEMO:
        raise PermissionDenied
    if password not in _hashes:
        _hashes[password] = make_password(password)
    wanted = {"name_en": name_en, "name_hi": name_hi, "password": _hashes[password], **fields}
    user, _made = User.objects.update_or_create(
        username=username, defaults={"kind": User.Kind.STAFF, "is_active": True, **wanted}
    )
    Role.objects.bulk_create([Role(user=user, name=name) for name in roles], ignore_conflicts=True)
    if not TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        TOTPDevice.objects.create(user=user, name="authenticator", key=new_key(), confirmed=True)
    return user
