"""Dangerous acts ask for the second factor anew: a desk left open for tea is nobody's key.

What is dangerous stands in one list, by the names of the addresses: who acts for the State and how
they come in, what goes out in its name, what stops everything at once, and what leaves the portal
as a file or through a lasting address. Signing in counts as having given the code. The page asks
before it is filled in, and looks again when it is sent: who wrote at it for long loses nothing. Of
a list only the acts on its rows are dangerous: it asks when something is sent.

Not in the list, since they ask for more by themselves: one's own password (the old one), one's own
recovery codes (a code of the app), a number changed at a Kendra (the citizen's PIN or a code on
both numbers). What citizens do with their own data is theirs; they have no second factor.
"""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from esachivalaya.common import clock

PROVED_AT = "proved_at"
# How long a code counts: to open such a page, and to send what was filled in there.
TO_OPEN = timedelta(minutes=10)
TO_SEND = timedelta(minutes=40)
_ONLY_LOOKS = frozenset({"GET", "HEAD"})
DANGEROUS = frozenset(
    """
    admin:officials_charge_add admin:officials_charge_change
    admin:kendras_kendracharge_add admin:kendras_kendracharge_change
    admin:kendras_kendracharge_import admin:kendras_kendracharge_import_preview
    admin:plasma_bankcharge_add admin:plasma_bankcharge_change
    admin:plasma_hospitalcharge_add admin:plasma_hospitalcharge_change
    admin:accounts_role_add admin:accounts_role_delete
    admin:accounts_user_add admin:accounts_user_change
    admin:accounts_numberchange_add admin:accounts_numberchange_code
    admin:eoffice_lettertemplate_add admin:eoffice_lettertemplate_change
    admin:notifications_messagetemplate_change
    admin:pages_notice_add admin:pages_notice_change
    admin:plasma_campaign_act admin:plasma_campaign_switch
    admin:plasma_cohort_refused
    eoffice:certificate eoffice:outage-pack
    kendras:district-csv
    """.split()
)
DANGEROUS_TO_SEND = frozenset(
    """
    admin:accounts_user_changelist admin:accounts_role_changelist
    admin:kendras_kendracharge_changelist
    admin:appointments_agenda_feed
    admin:appointments_report_download
    admin:notifications_replay
    eoffice:register-download
    """.split()
)


def prove(request: HttpRequest) -> None:
    """Note in the session that the second factor was given just now."""
    request.session[PROVED_AT] = clock.now().isoformat()


def is_dangerous(name: str, method: str) -> bool:
    """Whether the address of this name asks for a fresh code when it is called so."""
    return name in DANGEROUS or (method not in _ONLY_LOOKS and name in DANGEROUS_TO_SEND)


def back_to(request: HttpRequest) -> str:
    """Return the page to go on with: where something was sent from, there it is sent again."""
    came_from, portal = request.headers.get("Referer", ""), request.build_absolute_uri("/")
    if request.method in _ONLY_LOOKS or not came_from.startswith(portal):
        return request.get_full_path()
    return f"/{came_from.removeprefix(portal)}"


def proved_lately(request: HttpRequest) -> bool:
    """Whether the second factor was given in this session lately enough for this request."""
    at: str | None = request.session.get(PROVED_AT)
    bound = TO_OPEN if request.method in _ONLY_LOOKS else TO_SEND
    return at is not None and clock.now() - datetime.fromisoformat(at) < bound


class ProveAgainFirst:
    """Middleware: staff who come to a dangerous page without a fresh code are asked for one."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        found = request.resolver_match
        if found is None or not is_dangerous(found.view_name, request.method or ""):
            return None
        user: Any = request.user
        # Who did not come in with both factors meets the door of the page itself.
        if not (user.is_authenticated and user.is_staff and user.is_verified()):
            return None
        if proved_lately(request):
            return None
        return redirect(
            f"{reverse('accounts:prove-again')}?{urlencode({'next': back_to(request)})}"
        )
