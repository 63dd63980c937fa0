"""The one central switch: it ends what runs, and nothing starts while it is off."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from plasma.models import Campaign, OutreachSwitch
from plasma.services import campaigns, handing_over, off_switch, switch
from tests.donors import DonorCast
from tests.notifications.fake_twilio import FakeTwilio
from tests.plasma.campaigning import asked, ready, running, send
from tests.races import Outcome

pytestmark = pytest.mark.django_db
WHY = "A trial found no benefit; the committee waits."


def test_off_stops_what_runs_and_what_waits_in_the_outbox(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    row = running(donor_cast)
    handing_over.tick()
    off_switch.turn(on=False, by=donor_cast.harish, reason=WHY)
    send()
    row.refresh_from_db()
    assert (row.status, row.words) == ("stopped", WHY)
    assert set(asked(row).values()) == {"cancelled"}
    assert twilio.calls == 0
    assert switch.shown().reason == WHY
    entry = Entry.objects.get(act="outreach_off")
    assert entry.actor == donor_cast.harish


def test_nothing_starts_or_goes_on_while_it_is_off(donor_cast: DonorCast) -> None:
    row = ready(donor_cast)
    off_switch.turn(on=False, by=donor_cast.priya, reason=WHY)
    with pytest.raises(Refused) as refused:
        campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
    assert refused.value.rule == "switch"
    off_switch.turn(on=True, by=donor_cast.priya, reason="The committee agreed again.")
    row = campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
    assert row.status == "running"


def test_a_paused_campaign_is_stopped_by_it_too(donor_cast: DonorCast) -> None:
    row = running(donor_cast)
    row = campaigns.pause(campaign=row, by=donor_cast.priya, version=row.version, words=WHY)
    off_switch.turn(on=False, by=donor_cast.priya, reason=WHY)
    row.refresh_from_db()
    assert row.status == "stopped"


def test_even_a_campaign_that_runs_by_mistake_hands_nothing_over(donor_cast: DonorCast) -> None:
    row = running(donor_cast)
    OutreachSwitch.objects.update_or_create(pk=1, defaults={"on": False})
    assert handing_over.tick() == 0
    assert set(asked(row).values()) == {"planned"}


def test_turning_it_wants_the_role_and_a_reason(donor_cast: DonorCast) -> None:
    with pytest.raises(PermissionDenied):
        off_switch.turn(on=False, by=donor_cast.nasreen, reason=WHY)
    with pytest.raises(Refused) as refused:
        off_switch.turn(on=False, by=donor_cast.priya, reason="  short  ")
    assert refused.value.rule == "reason"
    assert switch.is_on()


def test_turned_twice_it_is_turned_once(donor_cast: DonorCast) -> None:
    off_switch.turn(on=False, by=donor_cast.priya, reason=WHY)
    off_switch.turn(on=False, by=donor_cast.harish, reason="Somebody else's reason, later.")
    assert switch.shown().reason == WHY
    assert Entry.objects.filter(act="outreach_off").count() == 1


def test_there_is_one_switch(donor_cast: DonorCast) -> None:
    with pytest.raises(IntegrityError, match="outreach_one_switch"), transaction.atomic():
        OutreachSwitch.objects.create(pk=2)


@pytest.mark.django_db(transaction=True)
def test_a_start_at_the_moment_of_the_switch_is_stopped_or_refused(
    donor_cast: DonorCast, race: Callable[..., list[Outcome]]
) -> None:
    row = ready(donor_cast)
    outcomes = race(
        lambda: campaigns.start(campaign=row, by=donor_cast.priya, version=row.version),
        lambda: off_switch.turn(on=False, by=donor_cast.harish, reason=WHY),
    )
    assert outcomes[1].ok, outcomes[1].error
    status = Campaign.objects.get(pk=row.pk).status
    assert status == ("stopped" if outcomes[0].ok else "approved")
