"""Charge reports come by themselves when a charge passes, once for each passing."""

from datetime import timedelta

import pytest
from django.test import Client

from eoffice.models import ChargeReport, Movement
from eoffice.services import charge_reports, charges_passing
from eoffice.tasks import report_charges
from esachivalaya.accounts.models import Role, User
from esachivalaya.common import clock
from officials.models import Charge
from officials.services import appoint, relieve
from tests.desks import Branch, diarised, filed
from tests.people import give_charge, make_post, make_staff, sign_in_staff


@pytest.fixture
def gurpreet(db: None) -> User:
    return make_staff("gurpreet.appoints", roles=(Role.Name.APPOINTING,))


def charge_of(branch: Branch) -> Charge:
    return Charge.objects.get(user=branch.seema, post=branch.assistant.post)


def told() -> list[tuple[User, User | None]]:
    return [(row.leaver, row.successor) for row in ChargeReport.objects.order_by("pk")]


def test_whoever_is_relieved_leaves_a_report_and_whoever_comes_takes_one_over(
    branch: Branch, gurpreet: User
) -> None:
    file = filed(branch)
    before = Movement.objects.count()
    relieve(charge=charge_of(branch), by=gurpreet)
    assert told() == [(branch.seema, None)]
    assert [row["number"] for row in ChargeReport.objects.get().rows] == [file.item.number]
    kavita = make_staff("kavita.comes")
    appoint(post=branch.assistant.post, user=kavita, by=gurpreet)
    assert told() == [(branch.seema, None), (branch.seema, kavita)]
    assert Movement.objects.count() == before
    # Both sign what was made by itself, the one who left without a charge.
    report = ChargeReport.objects.latest("pk")
    charge_reports.sign(report=report, by=branch.seema)
    assert charge_reports.sign(report=report, by=kavita).successor_signed_at is not None


def test_a_successor_who_was_named_before_has_the_one_report(
    branch: Branch, gurpreet: User
) -> None:
    kavita = make_staff("kavita.named")
    soon = clock.now() + timedelta(minutes=5)
    charge = relieve(charge=charge_of(branch), ends_at=soon, by=gurpreet)
    next_one = appoint(post=branch.assistant.post, user=kavita, starts_at=soon, by=gurpreet)
    report_charges()
    # Nothing has passed yet.
    assert told() == []
    moment = clock.now()
    Charge.objects.filter(pk=charge.pk).update(ends_at=moment)
    Charge.objects.filter(pk=next_one.pk).update(starts_at=moment)
    for _turn in range(2):
        report_charges()
    assert told() == [(branch.seema, kavita)]


def test_link_officers_and_posts_without_a_desk_have_none(branch: Branch, gurpreet: User) -> None:
    link = give_charge(branch.ramesh, branch.assistant.post, Charge.Kind.LINK_OFFICER)
    relieve(charge=link, by=gurpreet)
    other = make_staff("nobody.else")
    relieve(charge=appoint(post=make_post("DC-REW"), user=other, by=gurpreet), by=gurpreet)
    assert told() == []


def test_what_waits_for_a_signature_stands_on_the_first_page(
    branch: Branch, gurpreet: User, client: Client
) -> None:
    diarised(branch)
    relieve(charge=charge_of(branch), by=gurpreet)
    report = ChargeReport.objects.get()
    address = f"/eoffice/{branch.assistant.post.code}/charge-report/{report.pk}/"
    sign_in_staff(client, branch.seema)
    assert address in client.get("/eoffice/").content.decode()
    assert client.post(address).status_code == 302
    assert address not in client.get("/eoffice/").content.decode()
    assert charges_passing.waiting_for(branch.seema) == []
