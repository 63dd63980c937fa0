"""The link of an SMS: nothing before the year of birth, and nothing at all behind a bad one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esachivalaya.common import clock
from plasma.models import Campaign, FunnelCount, Invitation
from plasma.services import links
from tests.donors import DonorCast, make_campaign, make_donor, make_invitation
from tests.office import assert_strict
from tests.plasma.donor_pages import address, open_page

pytestmark = pytest.mark.django_db


def without_changing_parts(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)


def bad_links(invitation: Invitation, donor_cast: DonorCast) -> list[str]:
    """A forged one, an unknown one, one that has run out, one not sent yet, one of nonsense."""
    good = links.token_of(invitation.pk)
    over = make_campaign(donor_cast.cohort, name="Over")
    run_out = make_invitation(over, donor_cast.rakesh)
    Campaign.objects.filter(pk=over.pk).update(ends_at=clock.now() - timedelta(seconds=1))
    planned = make_invitation(
        make_campaign(donor_cast.cohort, name="Later"), donor_cast.imran, status="planned"
    )
    other = "A" if good[-1] != "A" else "B"
    return [
        good[:-1] + other,
        links.token_of(invitation.pk + 1000),
        links.token_of(run_out.pk),
        links.token_of(planned.pk),
        "x",
        "व" * 15,
        "A" * 200,
    ]


def test_a_good_link_asks_for_the_year_and_shows_nothing(
    client: Client, invitation: Invitation
) -> None:
    client.cookies["language"] = "en"
    answer = client.get(address(invitation))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert_strict(answer)
    assert "Year of birth" in page
    for word in ("Suman", "COVID", "plasma bank", "Gurugram", "1985</"):
        assert word not in page
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "strict-origin"
    assert "noindex" in answer["X-Robots-Tag"]


@pytest.mark.parametrize("page", ["", "pledge/", "slot/", "later/", "stop/", "my-data/", "wrong/"])
def test_bad_links_are_answered_alike(
    client: Client, invitation: Invitation, donor_cast: DonorCast, page: str
) -> None:
    found: set[tuple[int, str]] = set()
    counts: set[int] = set()
    for token in bad_links(invitation, donor_cast):
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(f"/plasma/d/{token}/{page}")
        found.add((answer.status_code, without_changing_parts(answer.content.decode())))
        counts.add(len(caught))
        assert len(token) < 9 or token not in answer.content.decode()
    assert len(found) == 1
    assert len(counts) == 1
    assert found.pop()[0] == 404


@pytest.mark.parametrize("page", ["", "pledge/", "wrong/"])
def test_bad_links_take_no_answer(
    client: Client, invitation: Invitation, donor_cast: DonorCast, page: str
) -> None:
    for token in bad_links(invitation, donor_cast):
        assert client.post(f"/plasma/d/{token}/{page}", {"year": "1985"}).status_code == 404


def test_a_scanner_that_opens_links_opens_nothing(client: Client, invitation: Invitation) -> None:
    for call in (client.get, client.head, client.options):
        call(address(invitation), headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"})
    for page in ("wrong/", "stop/", "pledge/", "later/", "slot/", "cancel/", "my-data/delete/"):
        client.get(address(invitation, page))
        client.head(address(invitation, page))
    invitation.refresh_from_db()
    assert (invitation.status, invitation.opened_at, invitation.tries_left) == ("sent", None, 5)
    assert not FunnelCount.objects.exists()


def test_opening_is_counted_once_when_the_year_is_right(
    client: Client, invitation: Invitation, campaign: Campaign
) -> None:
    open_page(client, invitation)
    open_page(Client(), invitation)
    invitation.refresh_from_db()
    assert invitation.status == "opened"
    assert invitation.opened_at is not None
    assert sum(FunnelCount.objects.filter(step="opened").values_list("count", flat=True)) == 1


@pytest.mark.parametrize("page", ["pledge/", "slot/", "cancel/", "later/", "stop/", "my-data/"])
def test_every_page_leads_back_to_the_question(
    client: Client, invitation: Invitation, page: str
) -> None:
    for call in (client.get, client.post):
        answer = call(address(invitation, page))
        assert (answer.status_code, answer["Location"]) == (302, address(invitation))


def test_the_year_opens_one_link_in_one_browser_for_half_an_hour(
    client: Client, invitation: Invitation, campaign: Campaign, donor_cast: DonorCast
) -> None:
    open_page(client, invitation)
    assert "Suman" in client.get(address(invitation)).content.decode()
    other = make_invitation(campaign, donor_cast.rakesh)
    assert "Rakesh" not in client.get(address(other)).content.decode()
    assert "Suman" not in Client().get(address(invitation)).content.decode()
    session: Any = client.session
    past = (clock.now() - timedelta(seconds=1)).isoformat()
    session["plasma"] = dict.fromkeys(session["plasma"], past)
    session.save()
    assert "Suman" not in client.get(address(invitation)).content.decode()


def test_two_on_one_phone_each_have_their_own_page(
    client: Client, invitation: Invitation, campaign: Campaign, donor_cast: DonorCast
) -> None:
    other = make_invitation(campaign, donor_cast.rakesh)
    assert invitation.phone == other.phone
    answer = client.post(address(other), {"year": donor_cast.suman.year_of_birth})
    assert answer.status_code == 200
    assert "Rakesh" not in answer.content.decode()
    open_page(client, other)
    assert "Rakesh" in client.get(address(other)).content.decode()


def test_an_erased_donors_link_opens_nothing(client: Client, campaign: Campaign) -> None:
    gone = make_donor("Old Name", erased_at=None)
    row = make_invitation(campaign, gone)
    type(gone).objects.filter(pk=gone.pk).update(
        name="",
        given_name="",
        year_of_birth=None,
        district=None,
        blood_group="",
        recovered_on=None,
        erased_at=clock.now(),
    )
    assert client.get(address(row)).status_code == 404


def test_the_address_me_without_a_code_leads_to_the_number(client: Client) -> None:
    for page in ("", "pledge/", "my-data/", "certificate/"):
        answer = client.get(f"/plasma/d/me/{page}")
        assert (answer.status_code, answer["Location"]) == (302, "/plasma/come/")


def test_the_session_is_a_new_one_after_the_year(client: Client, invitation: Invitation) -> None:
    session: Any = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    open_page(client, invitation)
    assert client.session.session_key != before
