"""The lists of a desk: what stands in each, for whom, filtered, ordered, by key, in few queries."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eoffice.models import Holding, Item, Receipt
from eoffice.services import access, boxes, closing, moving
from eoffice.services.moving import Sent
from esachivalaya.common.clock import now
from tests.desks import Branch, days_from_now, diarised, filed, make_branch
from tests.people import give_charge, make_staff, make_superuser, sign_in_staff

LAST: list[str] = []
NAMES = ["", "sent/", "created/", "parked/", "closed/"]


def to_officer(branch: Branch, receipt: Receipt, **sent: object) -> None:
    moving.mark(
        item=receipt.item,
        desk=branch.assistant,
        to=branch.officer,
        by=branch.seema,
        sent=Sent(**sent),  # type: ignore[arg-type]
    )


def at(branch: Branch, box: str = "", desk: str = "assistant") -> str:
    return f"/eoffice/{getattr(branch, desk).post.code}/{box}"


def listed(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return [line.item.number for line in answer.context["box"].lines]


@pytest.fixture
def seema(client: Client, branch: Branch) -> Client:
    return sign_in_staff(client, branch.seema)


@pytest.fixture
def ramesh(branch: Branch) -> Client:
    return sign_in_staff(Client(), branch.ramesh)


def test_an_item_goes_through_the_lists(branch: Branch, seema: Client, ramesh: Client) -> None:
    receipt = diarised(branch, subject="Repair of the canal")
    number = receipt.item.number
    assert listed(seema, at(branch)) == [number]
    assert listed(seema, at(branch, "created/")) == [number]
    to_officer(branch, receipt, action="approval")
    assert listed(seema, at(branch)) == []
    assert listed(seema, at(branch, "sent/")) == [number]
    sent = seema.get(at(branch, "sent/")).context["box"].lines[0]
    assert sent.who == branch.officer
    assert sent.unread
    assert listed(ramesh, at(branch, desk="officer")) == [number]
    given = {"item": receipt.item, "desk": branch.officer, "by": branch.ramesh}
    moving.park(**given, until=days_from_now(3), words="Report awaited")
    assert listed(ramesh, at(branch, desk="officer")) == []
    assert listed(ramesh, at(branch, "parked/", "officer")) == [number]
    moving.take_up(**given)
    closing.close(**given, words="Nothing more is to be done")
    assert listed(ramesh, at(branch, "closed/", "officer")) == [number]
    assert listed(ramesh, at(branch, desk="officer")) == []


def test_a_parked_item_comes_back_on_its_day(branch: Branch, seema: Client) -> None:
    receipt = diarised(branch)
    Holding.objects.filter(item=receipt.pk).update(parked_until=days_from_now(0))
    assert listed(seema, at(branch)) == [receipt.item.number]
    assert listed(seema, at(branch, "parked/")) == []


def test_unread_is_marked_and_a_list_does_not_read(branch: Branch, ramesh: Client) -> None:
    receipt = diarised(branch)
    to_officer(branch, receipt)
    page = ramesh.get(at(branch, desk="officer"))
    assert 'class="eo-unread"' in page.content.decode()
    assert page.context["counts"]["unread"] == 1
    assert Holding.objects.open().get(item=receipt.pk).read_at is None
    moving.read(item=receipt.item, desk=branch.officer)
    page = ramesh.get(at(branch, desk="officer"))
    assert 'class="eo-unread"' not in page.content.decode()
    assert listed(ramesh, at(branch, "?unread=on", "officer")) == []


def test_filters_and_counts(branch: Branch, seema: Client) -> None:
    plain, urgent, late, restricted = (diarised(branch).item for _number in range(4))
    file = filed(branch).item
    Item.objects.filter(pk=urgent.pk).update(priority=4)
    Item.objects.filter(pk=late.pk).update(due_on=days_from_now(-1))
    Item.objects.filter(pk=restricted.pk).update(classification=2)
    assert listed(seema, at(branch, "?priority=3")) == [urgent.number]
    assert listed(seema, at(branch, "?overdue=on")) == [late.number]
    assert listed(seema, at(branch, "?classification=2")) == [restricted.number]
    assert listed(seema, at(branch, "?kind=file")) == [file.number]
    assert listed(seema, at(branch, "?sort=priority"))[0] == urgent.number
    assert listed(seema, at(branch, "?sort=due"))[0] == late.number
    assert listed(seema, at(branch, "?sort=oldest"))[0] == plain.number
    assert len(listed(seema, at(branch, "?kind=nonsense&priority=x"))) == 5
    counts = seema.get(at(branch)).context["counts"]
    assert counts == {
        "inbox": 5,
        "unread": counts["unread"],
        "urgent": 1,
        "overdue": 1,
        "parked": 0,
        "questions": 0,
    }


@pytest.mark.parametrize("sort", ["", "newest", "oldest", "priority", "due"])
@pytest.mark.parametrize("name", boxes.BOXES)
def test_every_row_once_by_key(
    branch: Branch, seema: Client, monkeypatch: pytest.MonkeyPatch, name: str, sort: str
) -> None:
    monkeypatch.setattr(boxes, "SHOWN", 2)
    expected = set()
    given = {"desk": branch.assistant, "by": branch.seema}
    for number in range(5):
        receipt = diarised(branch)
        expected.add(receipt.item.number)
        due = days_from_now(number) if number % 2 else None
        Item.objects.filter(pk=receipt.pk).update(priority=1 + number % 3, due_on=due)
        if name == "sent":
            to_officer(branch, receipt)
        elif name == "parked":
            moving.park(item=receipt.item, until=days_from_now(4), words="Waits", **given)
        elif name == "closed":
            closing.close(item=receipt.item, words="Done with it", **given)
    found: list[str] = []
    token = ""
    box = "" if name == "inbox" else f"{name}/"
    for _page in range(3):
        answer = seema.get(at(branch, box), {"sort": sort, "after": token})
        found += [line.item.number for line in answer.context["box"].lines]
        token = answer.context["box"].page.next
    assert token == ""
    assert sorted(found) == sorted(expected)


def test_at_most_six_queries_whatever_the_size(branch: Branch, seema: Client) -> None:
    def queries(box: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert seema.get(at(branch, box)).status_code == 200
        LAST[:] = [one["sql"][:150] for one in caught]
        return len(caught)

    to_officer(branch, diarised(branch))
    diarised(branch)
    seema.get(at(branch))
    few = {box: queries(box) for box in NAMES}
    for number in range(60):
        receipt = diarised(branch)
        if number % 2:
            to_officer(branch, receipt)
    many = {box: queries(box) for box in NAMES}
    assert many[""] == few[""] <= 6, "\n".join(LAST)
    assert many["created/"] == few["created/"]
    assert many["sent/"] == few["sent/"]
    assert max(many.values()) <= 6


def test_confidential_is_for_the_officer_not_the_staff(branch: Branch, seema: Client) -> None:
    receipt = diarised(branch, subject="A quiet matter")
    Item.objects.filter(pk=receipt.pk).update(classification=3)
    access.rewrite(Item.objects.get(pk=receipt.pk))
    helper = make_staff("helper.one")
    give_charge(helper, branch.assistant.post, "staff")
    theirs = sign_in_staff(Client(), helper)
    assert listed(seema, at(branch)) == [receipt.item.number]
    for box in ("", "created/"):
        page = theirs.get(at(branch, box))
        assert "A quiet matter" not in page.content.decode()
        assert page.context["counts"]["inbox"] == 0


@pytest.mark.parametrize("box", [*NAMES, "search/", "registers/", "together/mark/"])
def test_nobody_elses_desk(branch: Branch, seema: Client, box: str) -> None:
    other = make_branch("LND", "HOM")
    assert seema.get(at(other, box)).status_code == 404
    assert seema.get(f"/eoffice/NO-SUCH-DESK/{box}").status_code == 404
    superuser = sign_in_staff(Client(), make_superuser())
    assert superuser.get(at(branch, box)).status_code == 404
    answer = Client().get(at(branch, box))
    assert answer.status_code == 302
    assert re.search("staff", answer["Location"])


@pytest.mark.parametrize("box", NAMES)
def test_lists_are_only_read(branch: Branch, seema: Client, box: str) -> None:
    assert seema.post(at(branch, box)).status_code == 405


def test_a_charge_that_ended_opens_nothing(branch: Branch, seema: Client) -> None:
    assert seema.get(at(branch)).status_code == 200
    branch.assistant.post.charges.update(ends_at=now() - timedelta(seconds=1))
    assert seema.get(at(branch)).status_code == 404
