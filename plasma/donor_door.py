"""Who stands before a donor's page: the one door to everything behind a link, without a sign-in.

A link opens a page that asks for the year of birth; the right one opens that invitation in that
browser for half an hour. Who comes by themselves, with a code on the phone, has the address "me".
Forged, expired and unknown links are answered alike, by one page without anything of the address.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from esachivalaya.common.clock import now
from plasma.models import Donor, Invitation
from plasma.services import links
from plasma.services.answers import Asker

P = ParamSpec("P")
DonorView = Callable[Concatenate[HttpRequest, "Visitor", P], HttpResponseBase]
ME = "me"
SESSION = "plasma"
LASTS = timedelta(minutes=30)
# By which Django knows that a refusal stands in its log already.
LOGGED = "_has_been_logged"


@dataclass(frozen=True)
class Visitor:
    """A donor who has shown who they are, and the token in the addresses of their pages."""

    token: str
    donor: Donor
    invitation: Invitation | None

    @property
    def asker(self) -> Asker:
        """Who answers, for the services."""
        return Asker(self.donor, self.invitation)

    @property
    def principal(self) -> str:
        """Whose idempotency keys these are."""
        return f"donor:{self.donor.pk}"

    def url(self, page: str = "link") -> str:
        """Return the address of one of the visitor's pages."""
        return reverse(f"plasma:{page}", args=[self.token])


def behind_the_link(view: DonorView[P]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the donor who has shown who they are; the others are led to the question."""

    @wraps(view)
    def asked(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if token == ME:
            donor = _who_came(request)
            if donor is None:
                return redirect("plasma:come")
            return view(request, Visitor(ME, donor, None), *args, **kwargs)
        invitation = invitation_behind(token)
        if invitation is None:
            return gone(request)
        if not is_open(request, invitation):
            return redirect("plasma:link", token)
        return view(request, Visitor(token, invitation.donor, invitation), *args, **kwargs)

    return without_sign_in(asked)


def without_sign_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """What every page of donors has: no sign-in, no copy kept, the address told to nobody."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        # Not even our own logs of other pages learn the link; forms still say where they are from.
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        # Django's log of refused requests would keep the address, and the link with it.
        setattr(response, LOGGED, True)
        return response

    return login_not_required(never_cache(answered))


def invitation_behind(token: str) -> Invitation | None:
    """Return the invitation of a link that still opens something."""
    row = links.find(token)
    closed = {Invitation.Status.WRONG_PERSON, Invitation.Status.EXPIRED}
    return row if row is not None and row.status not in closed else None


def gone(request: HttpRequest) -> HttpResponse:
    """Say that the link opens nothing; the page has nothing of the address in it."""
    return render(request, "plasma/gone.html", status=404)


def is_open(request: HttpRequest, invitation: Invitation) -> bool:
    """Whether the right year of birth was given for it in this browser, within half an hour."""
    return _held(request, f"invitation:{invitation.pk}")


def open_link(request: HttpRequest, invitation: Invitation) -> None:
    """Keep in the session that the year of birth was right; one person in one browser.

    Whoever was there before, on the same phone, is there no longer.
    """
    leave(request)
    _hold(request, f"invitation:{invitation.pk}")


def open_me(request: HttpRequest, donor: Donor) -> None:
    """Keep in the session who came with a code on the phone; one person in one browser."""
    leave(request)
    _hold(request, f"donor:{donor.pk}")


def leave(request: HttpRequest) -> None:
    """Forget in this browser who was there."""
    request.session.pop(SESSION, None)


def _who_came(request: HttpRequest) -> Donor | None:
    for name in _grants(request):
        kind, _colon, pk = name.partition(":")
        if kind == "donor" and _held(request, name):
            return Donor.objects.living().select_related("district").filter(pk=int(pk)).first()
    return None


def _grants(request: HttpRequest) -> dict[str, str]:
    held = request.session.get(SESSION)
    return dict(held) if isinstance(held, dict) else {}


def _held(request: HttpRequest, name: str) -> bool:
    until = _grants(request).get(name)
    return until is not None and now() < datetime.fromisoformat(until)


def _hold(request: HttpRequest, name: str) -> None:
    moment = now()
    held = {
        one: until
        for one, until in _grants(request).items()
        if moment < datetime.fromisoformat(until)
    }
    held[name] = (moment + LASTS).isoformat()
    request.session.cycle_key()
    request.session[SESSION] = held
