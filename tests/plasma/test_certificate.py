"""The certificate of thanks: for who gave, for nobody else, and without a word of health."""

import pytest
from django.test import Client

from esachivalaya.common import clock
from plasma.models import Donation, Invitation
from tests.donors import DonorCast, make_pledge
from tests.office import assert_strict
from tests.plasma.donor_pages import address, open_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def donation(donor_cast: DonorCast, invitation: Invitation) -> Donation:
    given = make_pledge(donor_cast.suman, donor_cast.bank, status="donated", invitation=invitation)
    return Donation.objects.create(
        pledge=given,
        outcome="donated",
        certificate="PL7K4P92MX",
        decided_by=donor_cast.doctor,
        at=clock.now(),
    )


def test_who_gave_reads_and_prints_it(
    client: Client, invitation: Invitation, donation: Donation
) -> None:
    open_page(client, invitation)
    assert "Certificate of thanks" in client.get(address(invitation)).content.decode()
    answer = client.get(address(invitation, "certificate/"))
    page = answer.content.decode()
    assert_strict(answer)
    assert "Suman Devi" in page
    assert "PL7K4P92MX" in page
    assert "css/certificate.css" in page
    for word in ("COVID", "O+", "1985", "98700"):
        assert word not in page


def test_before_a_donation_there_is_none(client: Client, invitation: Invitation) -> None:
    open_page(client, invitation)
    answer = client.get(address(invitation, "certificate/"))
    assert (answer.status_code, answer["Location"]) == (302, address(invitation))


def test_nobody_reads_it_without_the_year(
    client: Client, invitation: Invitation, donation: Donation
) -> None:
    answer = client.get(address(invitation, "certificate/"))
    assert (answer.status_code, answer["Location"]) == (302, address(invitation))
