"""Who looks: a visitor, and people of the demo in browsers in which they are signed in."""

from django.test import Client

from appointments.models import Request
from benchmarks.plasma.people import signed_in
from esachivalaya.accounts.backends import HOUSEHOLD
from esachivalaya.accounts.models import User
from esachivalaya.demo.households import USERNAME

# By the word that the list of pages uses: the sign-in of the demo.
STAFF = {
    "office": "dc-rew",
    "operator": "sample-rew-0001",
    "district": "kendras-rew",
    "clerk": "rev-est-asst",
    "bank": "bank-ggm",
    "campaigns": "campaigns",
    "reports": "reports",
    "setup": "setup",
    "messages": "messages",
    "auditor": "auditor",
}


def browsers(row: Request) -> dict[str, Client]:
    """Return one browser for each kind of person, signed in; the citizen is that of ``row``."""
    found = {"visitor": Client(), "citizen": Client()}
    user = row.citizen.household.user
    assert user is not None
    found["citizen"].force_login(user, backend=HOUSEHOLD)
    for word, username in STAFF.items():
        found[word] = signed_in(User.objects.get(username=username))
    return found


def waiting_request() -> Request:
    """Return a request to the Deputy Commissioner of Rewari that waits, of a family of the demo."""
    rows = Request.objects.open().filter(
        private=False, post__code="DC-REW", citizen__household__user__username__startswith=USERNAME
    )
    return rows.select_related("citizen__household__user").order_by("pk")[:1].get()
