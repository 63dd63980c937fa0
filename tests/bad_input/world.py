"""The world of the access matrix with things in more of their states, and who looks at them."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import F
from django.test import Client

from appointments.models import Request
from appointments.services import answers as office
from eoffice.models import Desk, Rank
from eoffice.services import moving
from eoffice.services.moving import Sent
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.services import email_proof, invitations, new_number
from esachivalaya.notifications.models import Message
from plasma.models import Campaign
from plasma.services import links
from tests import people
from tests.access import world as access
from tests.access.places import addresses, own_rows
from tests.access.world import YESTERDAY
from tests.accounts.app import app_of
from tests.bad_input.typed import TYPED
from tests.booking import sent, slots
from tests.desks import Branch, filed
from tests.donors import make_donor, make_invitation
from tests.plasma.donor_pages import open_page


@dataclass
class World:
    """Browsers of everybody, and the things that stand in the places of addresses."""

    people: access.World
    things: list[dict[str, Any]]
    clients: dict[str, Client]

    def client(self, role: str, link: str = "") -> Client:
        """The browser of somebody of that role; an error is answered by the portal's own page.

        Whoever comes by a donor's ``link`` has given the year of birth there.
        """
        who = role + link
        if who not in self.clients:
            client = self.people.client(role)
            client.raise_request_exception = False
            self.clients[who] = client
            if link:
                invitation = links.find(link)
                assert invitation is not None
                open_page(client, invitation)
        return self.clients[who]

    def links_sent(self) -> list[str]:
        """The addresses in all messages, which open a page without a sign-in."""
        bodies = "\n".join(Message.objects.values_list("body", flat=True))
        found = re.findall(rf"{re.escape(settings.PUBLIC_URL)}(/[^\s\"<>]+)", bodies)
        return sorted({path.rstrip(".,।") for path in found})


def make_world() -> World:
    """Everything twice or three times: asked and confirmed, lying and away, booked and free."""
    made = access.make_world()
    cast = made.cast
    own_rows(made, list(addresses()))
    # The limits of a day are not what is tried here.
    Request.objects.update(created_at=F("created_at") - YESTERDAY, due_at=F("due_at") - YESTERDAY)
    asked = sent(cast.division, cast.ramesh, slots(cast.division, 2)[1])
    kamla = people.make_citizen(cast.household, "Kamla Devi")
    confirmed = sent(cast.rewari, kamla, slots(cast.rewari, 1)[0])
    office.confirm(request=confirmed, version=confirmed.version, by=cast.suresh)
    # Somebody whose name, password and app fit what is typed at the staff's door.
    app_of(people.make_staff(TYPED["username"], password=TYPED["password"], roles=("reports",)))
    donor = make_donor("Rani Devi", cohort=Campaign.objects.get(pk=made.mine["campaign"]).cohort)
    invitation = make_invitation(Campaign.objects.get(pk=made.mine["campaign"]), donor)
    _links(made)
    confirmed_one = {"request": confirmed.reference, "file": _away(made)}
    asked_one = {"request": asked.reference, "link": links.token_of(invitation.pk)}
    staff = {"accounts.user": cast.suresh.pk}
    return World(
        made, [made.mine, {**made.mine, **confirmed_one}, {**made.mine, **asked_one, **staff}], {}
    )


def _links(made: access.World) -> None:
    """What is answered by a link: an invitation, a proof of e-mail, a number that is not one's."""
    by: Any = made.users["appointing"]
    names = {"name_en": "Mohini", "name_hi": "मोहिनी"}
    invitations.invite(
        username="mohini", phone="+919800100999", email="mohini@office.example", by=by, **names
    )
    asha = made.cast.asha
    Citizen.objects.filter(pk=asha.pk).update(email="asha@mail.example")
    asha.refresh_from_db()
    email_proof.send_link(person=asha, by=made.cast.household.user)
    new_number.ask_for_number(
        household=made.cast.household, new_phone="+919800200998", by=by, reason="The phone is lost"
    )


def _away(made: access.World) -> int:
    """A file on its way from the desk."""
    desk = Desk.objects.get(post__code=made.mine["desk"])
    to = Desk.objects.get(section=desk.section, rank=Rank.SECTION_OFFICER)
    clerk: Any = made.users["clerk"]
    officer: Any = made.users["section_officer"]
    file = filed(Branch(desk.section, desk, to, to, clerk, officer, officer))
    moving.mark(item=file.item, desk=desk, to=to, by=clerk, sent=Sent())
    return int(file.pk)
