"""Who opened what: each opening is kept, the first is the reading, and officers read the log."""

from datetime import timedelta

import pytest
from django.test import Client

from eoffice.models import Classification, Holding, Opening
from eoffice.permissions import seat_at
from eoffice.services import moving, openings
from eoffice.services.moving import Sent
from eoffice.services.refusals import Refused
from esachivalaya.common import clock
from officials.models import Charge
from tests.desks import Branch, filed, make_branch
from tests.people import give_charge, make_staff, make_superuser, sign_in_staff


def seat_of(user: object, desk: object) -> object:
    return seat_at(user, desk.post.code)  # type: ignore[attr-defined]


def open_it(branch: Branch, file: object, user: object, desk: object) -> Opening:
    return openings.opened(
        item=file.item,  # type: ignore[attr-defined]
        seat=seat_of(user, desk),  # type: ignore[arg-type]
        what=openings.NOTING,
    )


def test_each_opening_is_kept_and_the_first_is_the_reading(branch: Branch) -> None:
    file = filed(branch)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    # The sender looks again: kept, and no reading by the desk that holds it.
    open_it(branch, file, branch.seema, branch.assistant)
    assert Holding.objects.open().get(item=file.pk).read_at is None
    for _turn in range(2):
        open_it(branch, file, branch.ramesh, branch.officer)
    assert Holding.objects.open().get(item=file.pk).read_at is not None
    kept = Opening.objects.filter(item=file.pk).order_by("pk")
    assert [(row.desk, row.by, row.what) for row in kept] == [
        (branch.assistant, branch.seema, "noting"),
        (branch.officer, branch.ramesh, "noting"),
        (branch.officer, branch.ramesh, "noting"),
    ]
    with pytest.raises(Refused):
        moving.pull_back(item=file.item, desk=branch.assistant, by=branch.seema)


def test_what_may_not_be_seen_is_not_opened_and_nothing_is_kept(branch: Branch) -> None:
    file = filed(branch)
    other = make_branch("ACC", "HOM")
    with pytest.raises(openings.NotSeen):
        open_it(other, file, other.ramesh, other.officer)
    assert not Opening.objects.exists()


def test_an_officer_reads_the_log(branch: Branch, client: Client) -> None:
    file = filed(branch)
    open_it(branch, file, branch.seema, branch.assistant)
    sign_in_staff(client, branch.ramesh)
    page = client.get(f"/eoffice/{branch.officer.post.code}/openings/{file.pk}/")
    assert page.status_code == 200
    assert str(branch.seema) in page.content.decode()
    assert client.post(page.request["PATH_INFO"]).status_code == 405


def test_staff_of_the_office_strangers_and_superusers_do_not(
    branch: Branch, client: Client
) -> None:
    file = filed(branch)
    address = f"/eoffice/{branch.officer.post.code}/openings/{file.pk}/"
    clerk = make_staff("clerk.log")
    give_charge(clerk, branch.officer.post, Charge.Kind.STAFF)
    other = make_branch("ACC", "HOM")
    for user in (clerk, other.ramesh, make_superuser()):
        assert sign_in_staff(client, user).get(address).status_code == 404
    # At one's own desk, an item that is not seen there.
    sign_in_staff(client, other.ramesh)
    theirs = f"/eoffice/{other.officer.post.code}/openings/{file.pk}/"
    assert client.get(theirs).status_code == 404
    assert not openings.log_of(
        item=file.item,
        seat=seat_of(other.ramesh, other.officer),  # type: ignore[arg-type]
    ).exists()


def test_the_log_ends_with_the_charge(branch: Branch, client: Client) -> None:
    file = filed(branch, classification=Classification.NORMAL)
    address = f"/eoffice/{branch.officer.post.code}/openings/{file.pk}/"
    sign_in_staff(client, branch.ramesh)
    assert client.get(address).status_code == 200
    Charge.objects.of(branch.ramesh).update(ends_at=clock.now() - timedelta(seconds=1))
    assert client.get(address).status_code == 404
