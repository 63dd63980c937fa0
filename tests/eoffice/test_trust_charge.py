"""The charge report: everything that lies there, signed by both; nothing of any file changes."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from eoffice import verification
from eoffice.models import ChargeReport, Classification, Holding, Movement, Note
from eoffice.services import charge_reports, moving, notes
from eoffice.services.moving import Sent
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from officials.models import Charge
from tests.desks import Branch, diarised, filed, make_branch
from tests.people import give_charge, make_staff, make_superuser, sign_in_staff


@pytest.fixture
def successor(branch: Branch) -> User:
    """Kavita comes to the assistant's desk tomorrow."""
    kavita = make_staff("kavita.successor")
    end = clock.now() + timedelta(days=1)
    Charge.objects.of(branch.seema).update(ends_at=end)
    give_charge(kavita, branch.assistant.post, starts_at=end)
    return kavita


def transfer(branch: Branch, successor: User) -> None:
    """Tomorrow has come: Seema has left and Kavita is there."""
    moment = clock.now()
    Charge.objects.filter(user=branch.seema).update(ends_at=moment)
    Charge.objects.filter(user=successor).update(starts_at=moment)


def address_of(branch: Branch, report: ChargeReport | None = None) -> str:
    found = f"/eoffice/{branch.assistant.post.code}/charge-report/"
    return f"{found}{report.pk}/" if report else found


def shift(pk: int, days: int) -> None:
    stay = Holding.objects.open().get(item=pk)
    stay.since -= timedelta(days=days)
    stay.save(update_fields=["since"])


def test_it_lists_what_lies_there_with_its_age_and_changes_no_ledger(
    branch: Branch, successor: User
) -> None:
    file, receipt = filed(branch), diarised(branch)
    secret = filed(branch, subject="Inquiry", classification=Classification.CONFIDENTIAL)
    gone = filed(branch)
    moving.mark(
        item=gone.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    shift(file.pk, 9)
    note = notes.write(
        file=file, desk=branch.assistant, by=branch.seema, text="Mine alone.", version=None
    )
    before = list(Movement.objects.order_by("pk").values())
    report = charge_reports.hand_over(desk=branch.assistant, by=branch.seema, to=successor)
    assert [(row["number"], row["age"]) for row in report.rows] == [
        (file.item.number, 9),
        (receipt.item.number, 0),
        (secret.item.number, 0),
    ]
    told = json.dumps(report.rows)
    assert "Inquiry" not in told
    assert "Mine alone." not in told
    transfer(branch, successor)
    assert list(Movement.objects.order_by("pk").values()) == before
    assert list(verification.findings()) == []
    assert Holding.objects.at(branch.assistant.pk).count() == 3
    # The yellow note stays its writer's: the successor begins one of their own.
    own = notes.write(file=file, desk=branch.assistant, by=successor, text="New.", version=None)
    note.refresh_from_db()
    assert (note.text, note.status, own.pk != note.pk) == ("Mine alone.", Note.Status.YELLOW, True)


def test_both_sign_and_the_second_signature_changes_nothing(
    branch: Branch, successor: User
) -> None:
    filed(branch)
    report = charge_reports.hand_over(desk=branch.assistant, by=branch.seema, to=successor)
    with pytest.raises(PermissionDenied):
        # Not yet at the desk.
        charge_reports.sign(report=report, by=successor)
    transfer(branch, successor)
    # Who left may sign after the charge ended.
    first = charge_reports.sign(report=report, by=branch.seema).leaver_signed_at
    assert charge_reports.sign(report=report, by=branch.seema).leaver_signed_at == first
    assert charge_reports.sign(report=report, by=successor).successor_signed_at is not None
    with pytest.raises(PermissionDenied):
        charge_reports.sign(report=report, by=branch.ramesh)


def test_who_takes_over_makes_it_when_the_other_did_not(branch: Branch, successor: User) -> None:
    filed(branch)
    transfer(branch, successor)
    report = charge_reports.take_over(desk=branch.assistant, by=successor)
    assert (report.leaver, report.successor) == (branch.seema, successor)
    with pytest.raises(PermissionDenied):
        charge_reports.hand_over(desk=branch.assistant, by=branch.seema, to=successor)


def test_it_goes_to_nobody_without_a_charge_of_the_post(branch: Branch) -> None:
    with pytest.raises(Refused):
        charge_reports.hand_over(desk=branch.assistant, by=branch.seema, to=branch.ramesh)
    with pytest.raises(Refused):
        charge_reports.take_over(desk=branch.assistant, by=branch.seema)
    report = charge_reports.hand_over(desk=branch.assistant, by=branch.seema, to=None)
    assert (report.successor, report.rows) == (None, [])


def test_from_the_page_to_both_signatures(
    branch: Branch, successor: User, client: Client, django_assert_max_num_queries: Any
) -> None:
    file = filed(branch)
    sign_in_staff(client, branch.seema)
    page = client.get(address_of(branch))
    assert str(successor) in page.content.decode()
    assert client.post(address_of(branch), {}).status_code == 422
    assert client.post(address_of(branch), {"whose": "999999"}).status_code == 422
    client.post(address_of(branch), {"whose": str(successor.pk)})
    report = ChargeReport.objects.get()
    with django_assert_max_num_queries(12):
        text = client.get(address_of(branch, report)).content.decode()
    assert file.item.number in text
    transfer(branch, successor)
    assert client.get(address_of(branch)).status_code == 200
    client.post(address_of(branch, report))
    sign_in_staff(client, successor)
    client.post(address_of(branch, report))
    report.refresh_from_db()
    assert report.leaver_signed_at
    assert report.successor_signed_at


def test_nobody_else_finds_it(branch: Branch, successor: User, client: Client) -> None:
    report = charge_reports.hand_over(desk=branch.assistant, by=branch.seema, to=successor)
    clerk = make_staff("clerk.charge")
    give_charge(clerk, branch.assistant.post, Charge.Kind.STAFF)
    other = make_branch("ACC", "HOM")
    for user in (other.ramesh, branch.ramesh, make_superuser()):
        sign_in_staff(client, user)
        for address in (address_of(branch), address_of(branch, report)):
            assert client.get(address).status_code == 404
            assert client.post(address, {"whose": "nobody"}).status_code == 404
    sign_in_staff(client, clerk)
    assert client.get(address_of(branch, report)).status_code == 404
    assert client.post(address_of(branch), {"whose": "nobody"}).status_code == 404
    assert client.delete(address_of(branch)).status_code == 405
    elsewhere = f"/eoffice/{other.assistant.post.code}/charge-report/{report.pk}/"
    assert sign_in_staff(client, branch.seema).get(elsewhere).status_code == 404
