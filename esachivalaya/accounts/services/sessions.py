"""Signing in, signing out, and what else is signed in."""

import re
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY, login
from django.contrib.auth import logout as forget
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from esachivalaya.accounts.backends import HOUSEHOLD, STAFF
from esachivalaya.accounts.bounds import bind, bounds_of
from esachivalaya.accounts.models import SessionRecord, User
from esachivalaya.audit.services import record
from esachivalaya.common import clock

# The first that fits counts: Edge and Samsung's browser call themselves Chrome as well.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("UCBrowser", "UC Browser"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("KAIOS", "KaiOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class SomebodyElseHere(Exception):
    """Another kind of person is signed in here; nobody is both in one session."""


def sign_in(request: HttpRequest, user: User) -> None:
    """Sign ``user`` in, in a session with a new key, and note the session for their own page.

    What the session held stays (a draft's token), except when somebody else was signed in: then
    it is emptied. Staff and household are never both in one session: :class:`SomebodyElseHere`.
    """
    here = request.user
    if bounds_of(request):
        # The session was nobody's here: it ends whole, with the place within which it was kept.
        request.session.flush()
    elif isinstance(here, User) and here.kind != user.kind:
        raise SomebodyElseHere
    # A second sign-in of the same person in the same browser is a new session all the same.
    login(request, user, backend=STAFF if user.is_staff else HOUSEHOLD)
    note_session(request, user)


def hand_over(request: HttpRequest, user: User, *, bounds: str, until: datetime) -> None:
    """Make this session that of ``user`` within ``bounds`` and until then; nothing of it stays.

    The second factor is not proved with that. The caller has made sure that ``user`` may have it,
    and has proved themselves as far as those bounds ask.
    """
    request.session.flush()
    login(request, user, backend=STAFF)
    bind(request, bounds)
    request.session.set_expiry(until)
    note_session(request, user)


def note_session(request: HttpRequest, user: User) -> None:
    """Note the session under its present key; to be called whenever the key was changed."""
    request.session.save()
    browser, system = device_words(request.headers.get("User-Agent", ""))
    SessionRecord.objects.update_or_create(
        session_id=request.session.session_key,
        defaults={"user": user, "browser": browser, "system": system},
    )


def sign_out(request: HttpRequest) -> None:
    """End this session; its row and its record go together."""
    forget(request)


def sessions_of(user: User) -> list[SessionRecord]:
    """Return the person's live sessions, the newest first."""
    return list(
        SessionRecord.objects.filter(user=user, session__expire_date__gt=clock.now()).order_by(
            "-started_at"
        )
    )


@transaction.atomic
def end_sessions(*, user: User, by: User | None, keep: str | None = None) -> int:
    """End all sessions of ``user`` but the one with the key ``keep``; return how many ended."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    keys = SessionRecord.objects.filter(user=locked).exclude(session_id=keep or "")
    _all, by_model = Session.objects.filter(pk__in=list(keys.values_list("pk", flat=True))).delete()
    count = by_model.get("sessions.Session", 0)
    record(locked, "signed_out_elsewhere", at=clock.now(), by=by, data={"sessions": count})
    return count


def device_words(agent: str) -> tuple[str, str]:
    """Return browser and system as a person calls them, each "" when not known."""
    agent = agent[:400]
    return _first(_BROWSERS, agent), _first(_SYSTEMS, agent)


def is_signed_in(request: HttpRequest) -> bool:
    """Whether the session names a user, without reading the user."""
    session: Any = request.session
    return SESSION_KEY in session


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((word for sign, word in names if re.search(rf"\b{sign}", agent)), "")
