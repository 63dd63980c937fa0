"""Matching donors to a hospital's need: whose plasma fits, who is nearest, who may be asked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications import numbers
from officials.models import District
from plasma.distances import UNKNOWN, km_between, places
from plasma.models import Campaign, Donation, Donor, Invitation, PlasmaRequest, Proposal
from plasma.services import matching, needs, off_switch
from tests.donors import (
    FAMILY_PHONE,
    DonorCast,
    consent_to,
    make_campaign,
    make_cohort,
    make_donor,
    make_invitation,
    make_pledge,
)
from tests.notifications.fake_twilio import FakeTwilio
from tests.plasma.campaigning import running, send
from tests.races import Outcome

pytestmark = pytest.mark.django_db


def need(cast: DonorCast, group: str = "O", **fields: Any) -> PlasmaRequest:
    """What the cast's hospital, in Gurugram, asks for."""
    wanted: dict[str, Any] = {"units": 2, "needed_by": clock.now() + timedelta(days=3), **fields}
    return needs.ask(hospital=cast.hospital, by=cast.registrar, group=group, **wanted)


def proposed(row: PlasmaRequest) -> list[str]:
    """Whom the list proposes, in its order."""
    return list(row.proposals.order_by("rank").values_list("donor__given_name", flat=True))


@pytest.mark.parametrize(
    ("recipient", "fit"),
    [
        ("O", {"Suman", "Rakesh", "Imran", "Ab"}),
        ("A", {"Rakesh", "Ab"}),
        ("B", {"Imran", "Ab"}),
        ("AB", {"Ab"}),
    ],
)
def test_plasma_fits_the_other_way_round_than_red_cells(
    donor_cast: DonorCast, recipient: str, fit: set[str]
) -> None:
    make_donor("Ab Singh", cohort=donor_cast.cohort, blood_group="AB-")
    row = need(donor_cast, recipient)
    assert matching.propose(request=row, by=donor_cast.priya) == len(fit)
    assert set(proposed(row)) == fit


def test_the_nearest_district_comes_first_then_who_was_asked_longest_ago(
    donor_cast: DonorCast,
) -> None:
    nobody = make_donor("Nowhere Singh", cohort=donor_cast.cohort, district=None)
    rewari = make_donor("Rewari Singh", cohort=donor_cast.cohort, district="REW")
    before = clock.now() - timedelta(days=100)
    for donor, days in ((donor_cast.suman, 0), (donor_cast.rakesh, 50)):
        consent_to(donor)
        Donor.objects.filter(pk=donor.pk).update(last_asked_at=before - timedelta(days=days))
    row = need(donor_cast)
    matching.propose(request=row, by=donor_cast.priya)
    assert proposed(row) == ["Rakesh", "Suman", "Rewari", "Imran", "Nowhere"]
    banks = dict(row.proposals.values_list("donor__given_name", "bank__code"))
    assert banks == {
        "Suman": "GGM",
        "Rakesh": "GGM",
        "Imran": "PKL",
        "Rewari": "GGM",
        "Nowhere": "GGM",
    }
    assert nobody.district is None
    assert rewari.district is not None


def test_distances_are_known_for_every_district_and_the_same_both_ways() -> None:
    assert set(District.objects.values_list("code", flat=True)) <= set(places())
    assert km_between("GGM", "GGM") == 0
    assert km_between("GGM", "FBD") == km_between("FBD", "GGM")
    # As maps have it: a neighbour, and the other end of the State.
    assert 25 <= km_between("GGM", "FBD") <= 35
    assert 240 <= km_between("GGM", "PKL") <= 260
    assert km_between("GGM", "XXX") == UNKNOWN


def test_who_may_not_be_asked_is_not_proposed(donor_cast: DonorCast) -> None:
    moment = clock.now()
    cohort = donor_cast.cohort

    def donor(name: str, **fields: Any) -> Donor:
        return make_donor(f"{name} Singh", cohort=cohort, **fields)

    donor("Stopped", stopped_at=moment)
    donor("Later", not_before=clock.day_of(moment) + timedelta(days=1))
    donor("Lately", last_asked_at=moment - timedelta(days=29))
    donor("Unwilling", last_asked_at=moment - timedelta(days=31))
    consent_to(donor("Withdrawn"), act="withdrawn")
    make_pledge(donor("Pledged"), donor_cast.bank, donor_cast.policy)
    donor("Wrong").phones.update(wrong_at=moment)
    make_donor("Unlisted Singh")
    asked = running(donor_cast)
    Invitation.objects.filter(campaign=asked).exclude(donor=donor_cast.imran).delete()
    numbers.opt_out(channel="sms", address=FAMILY_PHONE, source="office")
    fits = donor("Fits")
    row = need(donor_cast)
    matching.propose(request=row, by=donor_cast.priya)
    assert set(proposed(row)) == {fits.given_name}


def test_looking_again_proposes_only_others(donor_cast: DonorCast) -> None:
    row = need(donor_cast)
    assert matching.propose(request=row, by=donor_cast.priya) == 3
    assert matching.propose(request=row, by=donor_cast.harish) == 0
    make_donor("New Singh", cohort=donor_cast.cohort)
    assert matching.propose(request=row, by=donor_cast.harish) == 1
    assert list(row.proposals.order_by("rank").values_list("rank", flat=True)) == [1, 2, 3, 4]


def test_asking_goes_through_the_portal_and_names_nobody(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    row = need(donor_cast)
    matching.propose(request=row, by=donor_cast.priya)
    first = row.proposals.get(donor=donor_cast.suman)
    invitation = matching.ask(proposal=first, by=donor_cast.priya, version=first.version)
    Campaign.objects.update(allowance_at=clock.now() - timedelta(seconds=20))
    send()
    (message,) = twilio.accepted
    assert message["To"] == FAMILY_PHONE
    assert message["Body"].startswith("हरियाणा: Suman जी, अभी आपसे मदद मिल")
    for word in ("अस्पताल", "Hospital", "Gurugram", row.reference, "plasma donor"):
        assert word not in message["Body"]
    invitation.refresh_from_db()
    assert invitation.status == "sent"
    campaign = invitation.campaign
    assert (campaign.kind, campaign.ends_at) == ("need", row.needed_by)
    assert campaign.proposed_by == donor_cast.registrar
    assert campaign.approved_by == donor_cast.priya
    entry = Entry.objects.get(act="need_donor_asked")
    assert entry.actor == donor_cast.priya
    # The next one is asked in the same campaign, which goes on.
    second = row.proposals.get(donor=donor_cast.imran)
    again = matching.ask(proposal=second, by=donor_cast.harish, version=second.version)
    assert again.campaign == campaign
    campaign.refresh_from_db()
    assert campaign.status == "running"


def test_a_donor_is_asked_by_one_at_a_time(
    donor_cast: DonorCast, transactional_db: None, race: Callable[..., list[Outcome]]
) -> None:
    rows = [need(donor_cast), need(donor_cast)]
    proposals = []
    for row in rows:
        matching.propose(request=row, by=donor_cast.priya)
        proposals.append(row.proposals.get(donor=donor_cast.imran))
    outcomes = race(
        *(
            lambda one=one: matching.ask(proposal=one, by=donor_cast.priya, version=one.version)
            for one in proposals
        )
    )
    assert sum(one.ok for one in outcomes) == 1
    (lost,) = [one.error for one in outcomes if not one.ok]
    assert isinstance(lost, Refused)
    assert lost.rule == "not_fit"
    assert Invitation.objects.count() == 1


def test_who_said_stop_after_the_list_was_made_is_not_asked(donor_cast: DonorCast) -> None:
    row = need(donor_cast)
    matching.propose(request=row, by=donor_cast.priya)
    numbers.opt_out(channel="sms", address=FAMILY_PHONE, source="inbound")
    one = row.proposals.get(donor=donor_cast.suman)
    with pytest.raises(Refused) as refused:
        matching.ask(proposal=one, by=donor_cast.priya, version=one.version)
    assert refused.value.rule == "not_fit"


def test_only_campaign_officers_match_and_nobody_while_the_switch_is_off(
    donor_cast: DonorCast,
) -> None:
    row = need(donor_cast)
    with pytest.raises(PermissionDenied):
        matching.propose(request=row, by=donor_cast.registrar)
    matching.propose(request=row, by=donor_cast.priya)
    one = row.proposals.get(donor=donor_cast.suman)
    with pytest.raises(PermissionDenied):
        matching.ask(proposal=one, by=donor_cast.desk, version=one.version)
    off_switch.turn(on=False, by=donor_cast.priya, reason="The committee wants to wait.")
    with pytest.raises(Refused) as refused:
        matching.ask(proposal=one, by=donor_cast.priya, version=one.version)
    assert refused.value.rule == "switch"


def test_a_passed_over_donor_may_be_asked_after_all(donor_cast: DonorCast) -> None:
    row = need(donor_cast)
    matching.propose(request=row, by=donor_cast.priya)
    one = row.proposals.get(donor=donor_cast.suman)
    left = matching.pass_over(proposal=one, by=donor_cast.priya, version=one.version)
    with pytest.raises(Overtaken):
        matching.ask(proposal=one, by=donor_cast.priya, version=one.version)
    matching.ask(proposal=left, by=donor_cast.priya, version=left.version)
    one.refresh_from_db()
    assert one.status == "asked"


def test_answers_and_donations_bring_the_request_on(donor_cast: DonorCast) -> None:
    row = need(donor_cast, units=1)
    matching.propose(request=row, by=donor_cast.priya)
    asked = {}
    for donor in (donor_cast.suman, donor_cast.imran):
        one = row.proposals.get(donor=donor)
        asked[donor] = matching.ask(proposal=one, by=donor_cast.priya, version=one.version)
    pks = {donor.pk: invitation.pk for donor, invitation in asked.items()}
    Invitation.objects.filter(pk=pks[donor_cast.suman.pk]).update(status="pledged")
    Invitation.objects.filter(pk=pks[donor_cast.imran.pk]).update(status="stopped")
    needs.follow()
    states = dict(row.proposals.values_list("donor__given_name", "status"))
    assert states == {"Suman": "pledged", "Imran": "declined", "Rakesh": "proposed"}
    pledge = make_pledge(
        donor_cast.suman,
        donor_cast.bank,
        donor_cast.policy,
        invitation=asked[donor_cast.suman],
        status="donated",
    )
    Donation.objects.create(
        pledge=pledge,
        outcome="donated",
        decided_by=donor_cast.doctor,
        at=clock.now(),
        certificate="PD23456789",
    )
    assert needs.follow() == 1
    row.refresh_from_db()
    assert (row.status, row.units_met) == ("met", 1)
    assert needs.follow() == 0


def test_a_request_whose_time_is_over_closes_by_itself(donor_cast: DonorCast) -> None:
    row = need(donor_cast)
    PlasmaRequest.objects.update(needed_by=clock.now())
    assert needs.follow() == 1
    row.refresh_from_db()
    assert row.status == "closed"
    with pytest.raises(Overtaken):
        matching.propose(request=row, by=donor_cast.priya)
    assert not Proposal.objects.exists()


def test_an_open_invitation_elsewhere_keeps_a_donor_off_the_list(donor_cast: DonorCast) -> None:
    other = make_cohort("Another")
    make_invitation(make_campaign(other, by=donor_cast.priya), donor_cast.imran)
    row = need(donor_cast)
    matching.propose(request=row, by=donor_cast.priya)
    assert "Imran" not in proposed(row)
