"""The cast of the donors' tests, and clients signed in as one of them."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from plasma.models import Campaign, Invitation
from tests.donors import DonorCast, make_campaign, make_donor_cast, make_invitation

# The provider on the loopback, and the settings of whoever sends to it.
from tests.notifications.conftest import (  # noqa: F401
    _one_call_at_a_time,
    _words_are_read_anew,
    twilio,
)
from tests.people import sign_in_staff


@pytest.fixture(autouse=True)
def _appeals_at_any_hour(settings: Any) -> None:
    """Tests pass at night as well; those of the hours set their own."""
    settings.APPEAL_HOURS = (time.min, time.max)


@pytest.fixture
def donor_cast(db: None) -> DonorCast:
    """Everybody of :class:`DonorCast`."""
    return make_donor_cast()


@pytest.fixture
def campaigns_client(donor_cast: DonorCast) -> Client:
    """Priya, who runs campaigns, reading English."""
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, donor_cast.priya)


@pytest.fixture
def campaign(donor_cast: DonorCast) -> Campaign:
    """A running campaign over the cast's cohort, with a week to go."""
    return make_campaign(donor_cast.cohort, status="running")


@pytest.fixture
def invitation(donor_cast: DonorCast, campaign: Campaign) -> Invitation:
    """Suman's, whose message was sent."""
    return make_invitation(campaign, donor_cast.suman)
