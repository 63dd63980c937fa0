"""A campaign from its draft to its end: two officers, one open invitation, stopped at once."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications import claims, delivery
from esachivalaya.notifications.models import Message, MessageClass
from plasma.models import Campaign, Donor, Invitation
from plasma.services import campaigns, drafts, handing_over, receipts
from tests.donors import DonorCast, consent_to, make_campaign, make_donor
from tests.notifications.fake_twilio import FakeTwilio
from tests.plasma.campaigning import (
    asked,
    counts,
    later,
    message_of,
    ready,
    running,
    send,
)
from tests.races import Outcome

pytestmark = pytest.mark.django_db

WORDS = "The Director General wants to look at it first."


def values(cast: DonorCast, **fields: Any) -> dict[str, Any]:
    """What an officer types."""
    return {
        "name": "July appeal",
        "cohort": cast.cohort,
        "districts": [],
        "blood_groups": [],
        "not_asked_for_days": 30,
        "template": "plasma_appeal",
        "pace": 600,
        "first_hour": time(9),
        "last_hour": time(21),
        "ends_at": clock.now() + timedelta(days=7),
        **fields,
    }


def test_a_campaign_goes_to_everybody_once(donor_cast: DonorCast, twilio: FakeTwilio) -> None:
    row = running(donor_cast)
    send()
    row.refresh_from_db()
    assert row.status == "running"
    send()
    send()
    assert asked(row) == {"Suman": "sent", "Rakesh": "sent", "Imran": "sent"}
    assert len(twilio.accepted) == 3
    assert counts(row) == {"invited": 3, "sent": 3}
    row.refresh_from_db()
    assert row.status == "done"
    acts = Entry.objects.filter(subject_kind="plasma.campaign").order_by("seq")
    assert list(acts.values_list("act", flat=True)) == [
        "campaign_dry_run",
        "campaign_proposed",
        "campaign_approved",
        "campaign_started",
        "campaign_done",
    ]


def test_two_donors_on_one_phone_get_one_message_each_with_their_names(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    running(donor_cast)
    send()
    at_home = [one["Body"] for one in twilio.accepted if one["To"] == "+919870011111"]
    assert len(at_home) == 2
    (hindi,) = [body for body in at_home if "Suman" in body]
    (english,) = [body for body in at_home if "Rakesh" in body]
    assert hindi.startswith("हरियाणा: Suman जी")
    assert english.startswith("Haryana: Rakesh, you may be able to help")
    links = {body.rpartition(" ")[2] for body in at_home}
    assert len(links) == 2


def test_only_officers_with_the_role_run_campaigns(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    for other in (donor_cast.desk, donor_cast.nasreen, donor_cast.doctor):
        with pytest.raises(PermissionDenied):
            campaigns.dry_run(campaign=row, by=other, version=row.version)
        with pytest.raises(PermissionDenied):
            drafts.make(by=other, **values(donor_cast))
        with pytest.raises(PermissionDenied):
            campaigns.stop(campaign=row, by=other, version=row.version, words=WORDS)


def test_a_campaign_is_proposed_only_after_its_dry_run(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    with pytest.raises(Refused) as refused:
        campaigns.propose(campaign=row, by=donor_cast.priya, version=row.version)
    assert refused.value.rule == "dry_run"


def test_whoever_proposes_does_not_approve(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    row = campaigns.dry_run(campaign=row, by=donor_cast.priya, version=row.version)
    row = campaigns.propose(campaign=row, by=donor_cast.priya, version=row.version)
    with pytest.raises(Refused) as refused:
        campaigns.approve(campaign=row, by=donor_cast.priya, version=row.version)
    assert refused.value.rule == "second_officer"


@pytest.mark.parametrize(
    "change",
    [
        "approved_by_id = proposed_by_id",
        "proposed_by_id = NULL",
        "approved_by_id = NULL",
        "approved_at = NULL",
    ],
)
def test_the_database_itself_wants_a_second_officer(donor_cast: DonorCast, change: str) -> None:
    row = ready(donor_cast)
    with (
        pytest.raises(IntegrityError, match=r"campaign_(second_officer|runs_approved)"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE plasma_campaign SET {change} WHERE id = %s", [row.pk])


def test_what_was_proposed_or_approved_is_not_changed(donor_cast: DonorCast) -> None:
    row = ready(donor_cast)
    with pytest.raises(Overtaken):
        drafts.change(campaign=row, by=donor_cast.priya, version=row.version, **values(donor_cast))
    back = campaigns.take_back(campaign=row, by=donor_cast.priya, version=row.version)
    assert (back.status, back.approved_by, back.dry_run) == ("draft", None, {})
    changed = drafts.change(
        campaign=back, by=donor_cast.priya, version=back.version, **values(donor_cast, pace=60)
    )
    assert changed.pace == 60


def test_a_changed_draft_has_to_be_looked_at_anew(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    row = campaigns.dry_run(campaign=row, by=donor_cast.priya, version=row.version)
    row = drafts.change(
        campaign=row, by=donor_cast.priya, version=row.version, **values(donor_cast)
    )
    with pytest.raises(Refused) as refused:
        campaigns.propose(campaign=row, by=donor_cast.priya, version=row.version)
    assert refused.value.rule == "dry_run"


def test_a_cohort_that_grew_after_the_approval_has_to_be_approved_anew(
    donor_cast: DonorCast,
) -> None:
    row = ready(donor_cast)
    make_donor("Asha Rani", cohort=donor_cast.cohort)
    with pytest.raises(Refused) as refused:
        campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
    assert refused.value.rule == "more_people"
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ({"first_hour": time(8, 59)}, "hours"),
        ({"last_hour": time(21, 1)}, "hours"),
        ({"first_hour": time(12), "last_hour": time(11)}, "invalid"),
        ({"not_asked_for_days": 29}, "invalid"),
        ({"pace": 0}, "invalid"),
        ({"ends_at": None}, "ends_at"),
    ],
)
def test_a_campaign_that_breaks_a_rule_is_not_written_down(
    donor_cast: DonorCast, settings: Any, typed: dict[str, Any], rule: str
) -> None:
    settings.APPEAL_HOURS = (time(9), time(21))
    if "ends_at" in typed:
        typed = {"ends_at": clock.now()}
    with pytest.raises(Refused) as refused:
        drafts.make(by=donor_cast.priya, **values(donor_cast, **typed))
    assert refused.value.rule == rule
    assert not Campaign.objects.exists()


def test_a_stopped_campaign_sends_nothing_that_is_not_at_the_provider(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    for number in range(6):
        make_donor(f"Donor{number} Singh", cohort=donor_cast.cohort)
    # So much that five of nine are handed over: one was sent, one is in the air, one claimed.
    row = running(donor_cast, pace=30)
    handing_over.tick()
    assert sorted(asked(row).values()) == ["planned"] * 4 + ["queued"] * 5
    sent, in_air, claimed = claims.claim(MessageClass.APPEAL, ["sms"], 3)
    for one in (sent, in_air):
        assert claims.begin([claims.Call(one, "twilio")])
    Message.objects.filter(pk=sent.pk).update(status="accepted", accepted_at=clock.now())
    row = campaigns.stop(campaign=row, by=donor_cast.harish, version=row.version, words=WORDS)
    assert (row.status, row.words) == ("stopped", WORDS)
    # The one that a worker had claimed is not called any more.
    assert claims.begin([claims.Call(claimed, "twilio")]) == []
    Message.objects.filter(pk=in_air.pk).update(status="accepted", accepted_at=clock.now())
    delivery.send_due()
    send()
    assert twilio.calls == 0
    assert sorted(asked(row).values()) == ["cancelled"] * 7 + ["sent"] * 2
    assert counts(row) == {"invited": 9, "sent": 2}
    # Whoever was not asked may be asked by another campaign at once.
    never = Invitation.objects.filter(status="cancelled").values("donor")
    assert not Donor.objects.filter(pk__in=never, last_asked_at__isnull=False).exists()


def test_what_the_provider_refused_for_now_is_not_tried_again_after_a_stop(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    row = running(donor_cast)
    handing_over.tick()
    (in_air,) = claims.claim(MessageClass.APPEAL, ["sms"], 1)
    assert claims.begin([claims.Call(in_air, "twilio")])
    row = campaigns.stop(campaign=row, by=donor_cast.priya, version=row.version, words=WORDS)
    # "Too many at once, try again": it would go in a second.
    Message.objects.filter(pk=in_air.pk).update(status="retry", due_at=clock.now())
    send()
    send()
    assert twilio.calls == 0
    assert set(asked(row).values()) == {"cancelled"}


def test_a_paused_campaign_goes_on_where_it_was(donor_cast: DonorCast, twilio: FakeTwilio) -> None:
    row = running(donor_cast)
    handing_over.tick()
    row = campaigns.pause(campaign=row, by=donor_cast.priya, version=row.version, words=WORDS)
    assert set(asked(row).values()) == {"planned"}
    send()
    assert twilio.calls == 0
    row = campaigns.resume(campaign=row, by=donor_cast.priya, version=row.version)
    later(row)
    send()
    send()
    assert set(asked(row).values()) == {"sent"}
    assert len(twilio.accepted) == 3


def test_a_campaign_that_is_over_is_neither_started_nor_run(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    row = running(donor_cast)
    Campaign.objects.filter(pk=row.pk).update(ends_at=clock.now())
    send()
    assert twilio.calls == 0
    assert handing_over.end_due() == 3
    row.refresh_from_db()
    assert (row.status, set(asked(row).values())) == ("done", {"cancelled"})
    assert handing_over.end_due() == 0


def test_whoever_did_not_answer_is_let_go_at_the_end(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    row = running(donor_cast)
    send()
    Invitation.objects.filter(donor=donor_cast.imran).update(status="later")
    Campaign.objects.filter(pk=row.pk).update(ends_at=clock.now())
    handing_over.end_due()
    assert asked(row) == {"Suman": "expired", "Rakesh": "expired", "Imran": "later"}


def test_nobody_is_asked_by_two_campaigns_in_thirty_days(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    first = running(donor_cast)
    send()
    Campaign.objects.filter(pk=first.pk).update(ends_at=clock.now())
    handing_over.end_due()
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    row = campaigns.dry_run(campaign=row, by=donor_cast.priya, version=row.version)
    assert row.dry_run["people"] == 0
    assert row.dry_run["left_out"] == {"asked_recently": 3}
    with pytest.raises(Refused) as refused:
        campaigns.propose(campaign=row, by=donor_cast.priya, version=row.version)
    assert refused.value.rule == "nobody"
    Donor.objects.update(last_asked_at=clock.now() - timedelta(days=31))
    row = campaigns.dry_run(campaign=row, by=donor_cast.priya, version=row.version)
    assert row.dry_run["left_out"] == {"no_consent": 3}


@pytest.mark.django_db(transaction=True)
def test_of_two_campaigns_that_start_at_once_one_asks(
    donor_cast: DonorCast, race: Callable[..., list[Outcome]]
) -> None:
    rows = [ready(donor_cast, name=f"Appeal {number}") for number in range(2)]
    outcomes = race(
        *(
            lambda row=row: campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
            for row in rows
        )
    )
    assert [one.error for one in outcomes] == [None, None]
    assert Invitation.objects.count() == 3
    assert Invitation.objects.values("donor").distinct().count() == 3
    assert sum(counts(row).get("invited", 0) for row in rows) == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_act_at_once_one_wins(
    donor_cast: DonorCast, race: Callable[..., list[Outcome]]
) -> None:
    row = ready(donor_cast)
    outcomes = race(
        lambda: campaigns.start(campaign=row, by=donor_cast.priya, version=row.version),
        lambda: campaigns.stop(
            campaign=row, by=donor_cast.harish, version=row.version, words=WORDS
        ),
    )
    assert sum(one.ok for one in outcomes) == 1
    (lost,) = [one.error for one in outcomes if not one.ok]
    assert isinstance(lost, Overtaken)


def test_a_volunteers_consent_is_what_their_appeal_stands_on(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    entry = consent_to(donor_cast.imran)
    row = running(donor_cast)
    send()
    assert message_of(row, donor_cast.imran).basis == f"consent {entry.pk}"
    assert message_of(row, donor_cast.suman).basis == donor_cast.cohort.legal_basis
    assert receipts.sweep() == 0
