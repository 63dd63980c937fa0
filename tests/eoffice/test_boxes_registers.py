"""Registers tell what was diarised, opened and moved, and nothing that one may not see."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eoffice.models import Item
from eoffice.services import access, moving
from eoffice.services.moving import Sent
from tests.desks import Branch, days_from_now, diarised, filed, make_branch
from tests.people import sign_in_staff


@pytest.fixture
def ramesh(client: Client, branch: Branch) -> Client:
    return sign_in_staff(client, branch.ramesh)


def at(branch: Branch) -> str:
    return f"/eoffice/{branch.officer.post.code}/registers/"


def test_three_registers(branch: Branch, ramesh: Client) -> None:
    receipt, file = diarised(branch, letter_number="L-77"), filed(branch, old_number="LR/7/96")
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    diary = ramesh.get(at(branch)).content.decode()
    assert receipt.item.number in diary
    assert "L-77" in diary
    assert file.item.number not in diary
    files = ramesh.get(at(branch), {"register": "files"}).content.decode()
    assert file.item.number in files
    assert "LR/7/96" in files
    moves = ramesh.get(at(branch), {"register": "movements"}).content.decode()
    assert file.item.number in moves
    assert receipt.item.number not in moves


def test_the_days_asked_for(branch: Branch, ramesh: Client) -> None:
    receipt = diarised(branch)
    asked = {"first": days_from_now(-9).isoformat(), "last": days_from_now(-1).isoformat()}
    assert receipt.item.number not in ramesh.get(at(branch), asked).content.decode()
    asked = {"first": "nonsense", "last": days_from_now(0).isoformat()}
    assert receipt.item.number in ramesh.get(at(branch), asked).content.decode()


def test_what_one_may_not_see_stands_in_none(branch: Branch, ramesh: Client) -> None:
    hidden = diarised(branch, subject="A quiet matter")
    Item.objects.filter(pk=hidden.pk).update(classification=3)
    access.rewrite(Item.objects.get(pk=hidden.pk))
    diarised(make_branch("LND", "HOM"), subject="Of another department")
    for register in ("diary", "files", "movements"):
        page = ramesh.get(at(branch), {"register": register}).content.decode()
        assert "A quiet matter" not in page
        assert "Of another department" not in page


@pytest.mark.parametrize("register", ["diary", "files", "movements"])
def test_queries_do_not_grow(branch: Branch, ramesh: Client, register: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert ramesh.get(at(branch), {"register": register}).status_code == 200
        return len(caught)

    def more() -> None:
        for one in (diarised(branch), filed(branch)):
            moving.mark(
                item=one.item,
                desk=branch.assistant,
                to=branch.officer,
                by=branch.seema,
                sent=Sent(),
            )

    more()
    queries()
    few = queries()
    for _number in range(5):
        more()
    assert queries() == few
