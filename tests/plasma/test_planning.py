"""Whom a campaign reaches and whom it leaves out, looked at beforehand by one statement."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from esachivalaya.common import clock
from esachivalaya.notifications import numbers, placeholders, templates
from esachivalaya.notifications.models import NumberMark
from esachivalaya.notifications.segments import is_gsm, segments_of
from plasma.models import Campaign, Donor, Invitation
from plasma.services import links, planning
from plasma.services.appeals import TEMPLATES
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

pytestmark = pytest.mark.django_db

WORDS_OF_ILLNESS = (
    "covid corona plasma blood recover hospital disease patient "
    "कोविड कोरोना प्लाज़्मा प्लाज्मा रक्त ठीक अस्पताल रोग बीमारी मरीज़"
)


def plan_of(cast: DonorCast, **fields: Any) -> planning.Plan:
    return planning.plan(make_campaign(cast.cohort, by=cast.priya, **fields))


def reached(plan: planning.Plan) -> set[str]:
    pks = [one.donor for one in plan.reached]
    return set(Donor.objects.filter(pk__in=pks).values_list("given_name", flat=True))


def test_each_reason_leaves_out_whom_it_is_about(donor_cast: DonorCast) -> None:
    moment, cohort = clock.now(), donor_cast.cohort
    Donor.objects.filter(pk__in=[donor_cast.suman.pk, donor_cast.rakesh.pk]).update(
        stopped_at=moment
    )

    def donor(name: str, **fields: Any) -> Donor:
        return make_donor(f"{name} Singh", cohort=cohort, **fields)

    donor("Far", district="REW")
    donor("Other", district="PKL", blood_group="AB+")
    donor("Marked", district="PKL", blood_group="B+", phone="+919870077777")
    NumberMark.objects.create(
        channel="sms", address="+919870077777", kind="invalid", until=moment + timedelta(days=1)
    )
    fits = {"district": "PKL", "blood_group": "B+"}
    donor("Later", not_before=clock.day_of(moment) + timedelta(days=1), **fits)
    donor("Lately", last_asked_at=moment - timedelta(days=29), **fits)
    donor("Unwilling", last_asked_at=moment - timedelta(days=31), **fits)
    consent_to(donor("Willing", last_asked_at=moment - timedelta(days=31), **fits))
    consent_to(donor("Withdrawn", **fits), act="withdrawn")
    make_pledge(donor("Pledged", **fits), donor_cast.bank, donor_cast.policy)
    other = make_campaign(make_cohort("Another"), by=donor_cast.priya)
    make_invitation(other, donor("Invited", **fits), status="delivered")
    numbers.opt_out(channel="sms", address="+919870088888", source="office")
    donor("Refused", phones=("+919870055555", "+919870088888"), **fits)
    make_donor("Stranger Singh", **fits)
    plan = plan_of(donor_cast, districts=["PKL"], blood_groups=["B+"])
    assert reached(plan) == {"Imran", "Willing"}
    assert plan.left_out == {
        "stopped": 4,
        "district": 1,
        "blood_group": 1,
        "no_number": 1,
        "later": 1,
        "asked_recently": 1,
        "no_consent": 1,
        "pledged": 1,
        "invited_already": 1,
    }
    assert set(plan.left_out) <= set(planning.LEFT_OUT)


def test_an_erased_donor_is_nobody(donor_cast: DonorCast) -> None:
    Donor.objects.filter(pk=donor_cast.imran.pk).update(
        erased_at=clock.now(), name="", given_name="", year_of_birth=None, district=None,
        blood_group="", recovered_on=None,
    )  # fmt: skip
    plan = plan_of(donor_cast)
    assert plan.left_out == {"erased": 1}


def test_the_first_number_that_is_good_is_used(donor_cast: DonorCast) -> None:
    donor_cast.imran.phones.filter(position=1).update(wrong_at=clock.now())
    (imran,) = [one for one in plan_of(donor_cast).reached if one.donor == donor_cast.imran.pk]
    assert imran.phone == "+919870022222"


def test_two_on_one_phone_are_two_people_on_one_number(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    told = planning.told_of(row, planning.plan(row), clock.now())
    assert (told["people"], told["messages"], told["numbers"]) == (3, 3, 2)


def test_what_is_counted_is_what_is_sent(donor_cast: DonorCast, settings: Any) -> None:
    settings.SMS_SEGMENT_PAISE = 25
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    planned = planning.plan(row)
    told = planning.told_of(row, planned, clock.now())
    words = templates.newest("plasma_appeal")["sms"]
    sent = 0
    for donor in (donor_cast.suman, donor_cast.rakesh, donor_cast.imran):
        values = {"name": donor.given_name, "donor_link": links.sample()}
        sent += segments_of(templates.render(words, values, donor.language)[1])
    assert told["segments"] == planned.segments == sent
    assert told["cost_paise"] == sent * 25


def test_planning_takes_the_same_statements_for_many(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)

    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            planning.plan(row)
        return len(caught.captured_queries)

    statements()
    few = statements()
    for number in range(30):
        make_donor(f"Donor{number} Singh", cohort=donor_cast.cohort)
    assert statements() == few


def test_writing_a_plan_down_twice_invites_nobody_twice(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    planned = planning.plan(row)
    assert planning.write_down(row, planned) == 3
    assert planning.write_down(row, planned) == 0
    assert Invitation.objects.count() == 3
    assert Campaign.objects.get().funnel.count() == 1


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("key", TEMPLATES)
def test_an_appeal_is_short_and_says_nothing_of_an_illness(key: str, language: str) -> None:
    words = templates.newest(key)["sms"]
    assert words.klass == "appeal"
    _subject, body = templates.render(words, placeholders.longest_values(key), language)
    assert segments_of(body) <= 2
    assert language == "hi" or is_gsm(body)
    told = f"{words.body['en']} {words.body['hi']}".lower()
    for word in WORDS_OF_ILLNESS.split():
        assert word not in told


def test_a_link_is_as_long_as_the_one_that_was_counted_with() -> None:
    assert len(links.url_of(10**9)) <= len(links.sample())
    assert FAMILY_PHONE not in links.sample()
