"""Between password and code: who has given a right password is not signed in by that."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from esachivalaya.accounts.models import User
from esachivalaya.common import clock

KEY = "half_signed_in"
GOOD_FOR = timedelta(minutes=5)


def begin(request: HttpRequest, user: User, *, next_page: str) -> None:
    """Remember, under a new session key, that this browser gave the password of ``user``."""
    request.session.cycle_key()
    request.session[KEY] = {
        "user": user.pk,
        # Changes with the password: a reset in between ends this as well.
        "hash": user.get_session_auth_hash(),
        "at": clock.now().isoformat(),
        "next": next_page,
    }


def user_of(request: HttpRequest) -> User | None:
    """Return who has given their password here in the last five minutes, or None."""
    held: dict[str, Any] | None = request.session.get(KEY)
    if not held or clock.now() - datetime.fromisoformat(held["at"]) > GOOD_FOR:
        return None
    user = User.objects.filter(pk=held["user"], kind=User.Kind.STAFF, is_active=True).first()
    return user if user and user.get_session_auth_hash() == held["hash"] else None


def end(request: HttpRequest) -> str:
    """Forget the half-way state and return the page that was wanted ("" when none)."""
    held: dict[str, Any] = request.session.pop(KEY, None) or {}
    return str(held.get("next", ""))
