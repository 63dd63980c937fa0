"""Deletion by the donor: the person goes, the ledgers stay, and nobody else is touched."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from psycopg2.extras import DateTimeTZRange

from appointments.services.refusals import Refused
from esachivalaya.audit.verification import first_broken
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from esachivalaya.notifications.services import Letter, Recipient, post
from plasma.models import (
    BedHold,
    ConsentEntry,
    Donation,
    Donor,
    DonorPhone,
    ErasedMark,
    FunnelCount,
    Invitation,
    Pledge,
)
from plasma.services import consents, erasing, export, funnel, looks
from tests.donors import FAMILY_PHONE, DonorCast, make_campaign, make_invitation, make_pledge

LINK = ConsentEntry.How.LINK


def queued(cast: DonorCast, donor: Donor, status: str = "queued") -> Invitation:
    """An invitation of ``donor`` whose appeal waits in the outbox."""
    campaign = cast.cohort.campaigns.first() or make_campaign(
        cast.cohort, by=cast.priya, status="running"
    )
    invitation = make_invitation(campaign, donor, status=status)
    post(
        [
            Letter(
                event=f"plasma-appeal:{invitation.pk}:1",
                template=campaign.template,
                to=Recipient(phone=invitation.phone, language=donor.language),
                values={"name": donor.given_name, "donor_link": "https://example.org/d/x"},
                subject_kind="plasma.invitation",
                subject_id=str(invitation.pk),
                basis=cast.cohort.legal_basis,
            )
        ]
    )
    return invitation


def test_nothing_of_the_person_is_left_in_the_row(donor_cast: DonorCast) -> None:
    row = erasing.erase(donor_cast.suman, how=LINK)
    row.refresh_from_db()
    assert row.erased_at is not None
    assert (row.name, row.given_name, row.blood_group) == ("", "", "")
    assert (row.year_of_birth, row.district, row.recovered_on) == (None, None, None)
    assert not DonorPhone.objects.filter(donor=row).exists()


def test_whoever_shares_the_phone_stays_whole(donor_cast: DonorCast) -> None:
    theirs = queued(donor_cast, donor_cast.rakesh)
    queued(donor_cast, donor_cast.suman)
    erasing.erase(donor_cast.suman, how=LINK)
    rakesh = Donor.objects.get(pk=donor_cast.rakesh.pk)
    assert rakesh.name == "Rakesh Kumar"
    assert rakesh.phones.get().phone == FAMILY_PHONE
    theirs.refresh_from_db()
    assert (theirs.status, theirs.phone) == ("queued", FAMILY_PHONE)
    assert Message.objects.get(subject_id=str(theirs.pk)).status == "queued"


def test_what_waits_in_the_outbox_is_taken_back_and_wiped(donor_cast: DonorCast) -> None:
    invitation = queued(donor_cast, donor_cast.suman)
    erasing.erase(donor_cast.suman, how=LINK)
    message = Message.objects.get(subject_id=str(invitation.pk))
    assert (message.status, message.to, message.body) == ("cancelled", "", "")
    invitation.refresh_from_db()
    assert (invitation.status, invitation.phone) == ("cancelled", "")


@pytest.mark.parametrize(("status", "left"), [("planned", "cancelled"), ("opened", "expired")])
def test_open_invitations_end(donor_cast: DonorCast, status: str, left: str) -> None:
    campaign = make_campaign(donor_cast.cohort, status="running")
    invitation = make_invitation(campaign, donor_cast.suman, status=status)
    erasing.erase(donor_cast.suman, how=LINK)
    invitation.refresh_from_db()
    assert invitation.status == left


def test_a_message_that_was_sent_is_wiped(donor_cast: DonorCast) -> None:
    invitation = queued(donor_cast, donor_cast.suman, status="sent")
    Message.objects.update(status="delivered")
    erasing.erase(donor_cast.suman, how=LINK)
    message = Message.objects.get(subject_id=str(invitation.pk))
    assert (message.status, message.to, message.body) == ("delivered", "", "")


def test_a_booked_pledge_ends_its_bed_is_free_and_the_funnel_goes_back(
    donor_cast: DonorCast,
) -> None:
    campaign = make_campaign(donor_cast.cohort, status="running")
    invitation = make_invitation(campaign, donor_cast.suman, status="pledged")
    starts = clock.now() + timedelta(days=2)
    pledge = make_pledge(
        donor_cast.suman,
        donor_cast.bank,
        invitation=invitation,
        status="booked",
        starts_at=starts,
        ends_at=starts + timedelta(minutes=90),
    )
    BedHold.objects.create(
        bank=donor_cast.bank,
        pledge=pledge,
        during=DateTimeTZRange(starts, starts + timedelta(minutes=90)),
    )
    for step in (FunnelCount.Step.PLEDGED, FunnelCount.Step.BOOKED):
        funnel.add(campaign, step, bank=donor_cast.bank)
    erasing.erase(donor_cast.suman, how=LINK)
    pledge.refresh_from_db()
    assert pledge.status == Pledge.Status.CANCELLED
    assert BedHold.objects.get().released_at is not None
    assert funnel.of(campaign) == []


def test_who_is_at_the_bank_is_erased_after_the_visit(donor_cast: DonorCast) -> None:
    pledge = make_pledge(donor_cast.suman, donor_cast.bank, status="arrived")
    with pytest.raises(Refused) as refused:
        erasing.erase(donor_cast.suman, how=LINK)
    assert refused.value.rule == "at_the_bank"
    assert Donor.objects.get(pk=donor_cast.suman.pk).name == "Suman Devi"
    Pledge.objects.filter(pk=pledge.pk).update(status="deferred")
    assert erasing.erase(donor_cast.suman, how=LINK).erased_at


def test_ledgers_stay_and_say_that_everything_was_withdrawn(donor_cast: DonorCast) -> None:
    consents.give(donor_cast.suman, "donation", LINK)
    pledge = make_pledge(donor_cast.suman, donor_cast.bank, status="donated")
    Donation.objects.create(
        pledge=pledge,
        outcome="donated",
        decided_by=donor_cast.doctor,
        at=clock.now(),
        certificate="7K4P92MX",
    )
    looks.note(donor_cast.suman, by=donor_cast.doctor, purpose=looks.MEDICAL_OFFICER)
    erasing.erase(donor_cast.suman, how=LINK)
    acts = ConsentEntry.objects.values_list("act", "purpose", "how")
    assert list(acts) == [
        ("given", "donation", "link"),
        ("withdrawn", "appeals", "link"),
        ("withdrawn", "donation", "link"),
    ]
    assert Donation.objects.filter(pledge__donor=donor_cast.suman).exists()
    assert first_broken("plasma.donor", str(donor_cast.suman.pk)) is None


def test_erased_twice_is_erased_once(donor_cast: DonorCast) -> None:
    first = erasing.erase(donor_cast.suman, how=LINK)
    again = erasing.erase(donor_cast.suman, how=LINK)
    assert first.erased_at == again.erased_at
    assert ConsentEntry.objects.count() == 1


def test_only_who_wished_it_is_marked(donor_cast: DonorCast) -> None:
    erasing.erase(donor_cast.imran, how=LINK)
    # One mark for each number, and nothing that can be read.
    assert ErasedMark.objects.count() == 2
    erasing.erase(donor_cast.suman, how=ConsentEntry.How.RETENTION)
    assert ErasedMark.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_erasing_while_the_appeal_is_handed_over_lets_nothing_out(
    race: Any, donor_cast: DonorCast
) -> None:
    from plasma.services import handing_over

    campaign = make_campaign(
        donor_cast.cohort,
        status="running",
        allowance=40,
        allowance_at=clock.now() - timedelta(seconds=20),
    )
    invitation = make_invitation(campaign, donor_cast.suman, status="planned")
    outcomes = race(lambda: erasing.erase(donor_cast.suman, how=LINK), lambda: handing_over.tick())
    assert all(outcome.ok for outcome in outcomes), [outcome.error for outcome in outcomes]
    waiting = Message.objects.filter(subject_id=str(invitation.pk)).exclude(status="cancelled")
    assert not waiting.exists()


def test_the_export_has_everything_of_this_donor_and_nobody_else(donor_cast: DonorCast) -> None:
    consents.give(donor_cast.suman, "appeals", LINK)
    queued(donor_cast, donor_cast.suman)
    queued(donor_cast, donor_cast.rakesh)
    make_pledge(donor_cast.suman, donor_cast.bank)
    looks.note(donor_cast.suman, by=donor_cast.desk, purpose=looks.BANK_DESK)
    held = json.loads(export.as_json(donor_cast.suman))
    assert held["person"]["name"] == "Suman Devi"
    assert [one["number"] for one in held["numbers"]] == [FAMILY_PHONE]
    assert held["lists"][0]["legal_basis"] == donor_cast.cohort.legal_basis
    assert [one["purpose"] for one in held["looks"]] == [looks.BANK_DESK]
    assert len(held["messages"]) == len(held["invitations"]) == len(held["pledges"]) == 1
    text = export.as_json(donor_cast.suman).decode()
    assert "Rakesh" not in text
    assert "desk.ggm" not in text


def test_the_export_to_be_read_leaves_out_what_there_is_none_of(donor_cast: DonorCast) -> None:
    headings = [section.heading for section in export.sections(donor_cast.suman)]
    assert len(headings) == 3
    erased = erasing.erase(donor_cast.imran, how=LINK)
    assert "Imran" not in str(export.of(erased))


def test_shifting_time_changes_nothing_of_what_was_erased(donor_cast: DonorCast) -> None:
    erasing.erase(donor_cast.suman, how=LINK)
    Donor.objects.update(made_at=F("made_at") - timedelta(days=400))
    assert Donor.objects.living().count() == 2
