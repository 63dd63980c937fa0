"""Which request a person may open on the citizens' pages, and how they came to it.

Three ways: the household that is signed in; a PIN or a code on the phone, which open one reference
in one browser for half an hour; and having sent it just now. What one may not see is a 404, like
what does not exist.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseRedirectBase
from django.urls import reverse

from appointments.models import Request
from esachivalaya.accounts.models import User
from esachivalaya.common.references import normalise

GRANTS = "grants"
PINS = "pins"
GRANT_LASTS = timedelta(minutes=30)


class SignInFirst(Exception):
    """Nobody is signed in and no grant is there: the answer is the way to sign in."""


@dataclass(frozen=True)
class Reached:
    """A request that was opened. ``tracked``: by PIN or code, not by the signed-in household."""

    row: Request
    tracked: bool
    # Whether the household itself looks at it, so that words and papers may be shown.
    own: bool

    @property
    def url(self) -> str:
        """The page of the request for the way in which it was reached."""
        name = "appointments:track-detail" if self.tracked else "appointments:detail"
        return reverse(name, args=[self.row.reference])


def household_user(request: HttpRequest) -> User | None:
    """Return the signed-in household's user; None for staff and for nobody."""
    user = request.user
    return user if isinstance(user, User) and user.kind == User.Kind.HOUSEHOLD else None


def principal(request: HttpRequest, reference: str) -> str:
    """Return whose idempotency keys these are."""
    user = household_user(request)
    return f"user:{user.pk}" if user else f"track:{reference}"


def related() -> QuerySet[Request]:
    """Requests with everything that their page shows in one row."""
    return Request.objects.select_related(
        "post__department",
        "post__district",
        "post__hand_down_to",
        "citizen__household",
        "category",
        "service",
        "go_to",
        "follows",
    )


def reach(request: HttpRequest, typed: str, *, moment: datetime) -> Reached:
    """Return the request behind the reference ``typed``, or raise Http404 or SignInFirst."""
    reference = normalise(typed)
    user = household_user(request)
    if user and reference:
        row = related().visible_to(user).filter(reference=reference).first()  # type: ignore[attr-defined]
        if row is not None:
            return Reached(row, tracked=False, own=True)
    if reference and granted(request, reference, moment=moment):
        # Whoever brought the PIN or the code may open this one.
        row = related().filter(reference=reference).first()
        if row is not None:
            own = user is not None and row.citizen.household.user_id == user.pk
            return Reached(row, tracked=True, own=own or row.private)
    if not request.user.is_authenticated and reference:
        raise SignInFirst
    raise Http404


def sign_in_first(request: HttpRequest) -> HttpResponseRedirectBase:
    """Return the way to the phone code and back to this page."""
    return redirect_to_login(request.get_full_path())


def grant(request: HttpRequest, reference: str, *, moment: datetime) -> None:
    """Open ``reference`` in this browser for half an hour."""
    grants = _live(request, GRANTS, moment)
    grants[reference] = {"until": (moment + GRANT_LASTS).isoformat()}
    request.session[GRANTS] = grants


def granted(request: HttpRequest, reference: str, *, moment: datetime) -> bool:
    """Whether this browser brought the PIN or a code for ``reference`` in the last half hour."""
    return reference in _live(request, GRANTS, moment)


def remember_pin(request: HttpRequest, reference: str, pin: str, *, moment: datetime) -> None:
    """Keep the PIN for the acknowledgement page, half an hour; it is stored nowhere else."""
    pins = _live(request, PINS, moment)
    pins[reference] = {"pin": pin, "until": (moment + GRANT_LASTS).isoformat()}
    request.session[PINS] = pins


def remembered_pin(request: HttpRequest, reference: str, *, moment: datetime) -> str:
    """Return the PIN of a request that was sent from this browser a moment ago, else ""."""
    return str(_live(request, PINS, moment).get(reference, {}).get("pin", ""))


def _live(request: HttpRequest, name: str, moment: datetime) -> dict[str, dict[str, Any]]:
    """Return the entries whose half hour is not over, by the database's clock."""
    entries: dict[str, dict[str, Any]] = request.session.get(name, {})
    return {
        reference: entry
        for reference, entry in entries.items()
        if datetime.fromisoformat(entry["until"]) > moment
    }
