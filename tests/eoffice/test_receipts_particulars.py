"""What of a receipt may be changed is changed where it lies, and recorded; the rest never."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client

from eoffice.models import Classification, Item, Movement, Receipt
from eoffice.services import particulars
from eoffice.services.refusals import Refused
from officials.models import Charge
from tests.desks import Branch, days_from_now, diarised, make_branch
from tests.eoffice.test_receipts_page import at_work, do, page, send, told
from tests.office import content


@pytest.fixture
def seema(branch: Branch) -> Client:
    return at_work(branch.seema)


def form(receipt: Receipt, **fields: Any) -> dict[str, Any]:
    row = Receipt.objects.select_related("item").get(pk=receipt.pk)
    now = {
        "category": row.category,
        "priority": row.item.priority,
        "classification": row.item.classification,
    }
    if row.item.due_on:
        now["due_on"] = row.item.due_on.isoformat()
    return {**now, **fields}


def acts(receipt: Receipt) -> list[str]:
    rows = Movement.objects.filter(item=receipt.pk).order_by("seq")
    return [str(one.act) for one in rows][1:]


def test_each_change_is_an_entry_with_what_it_was(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    day = days_from_now(5)
    wanted = form(receipt, category="court", vip="on", priority=3, due_on=day.isoformat())
    answer = do(
        seema, branch.assistant, receipt, "particulars", **wanted, words="Court has written"
    )
    assert answer.status_code == 303
    row = Receipt.objects.select_related("item").get(pk=receipt.pk)
    assert (row.category, row.vip, row.item.priority, row.item.due_on) == ("court", True, 3, day)
    assert acts(receipt) == ["priority", "due", "particulars"]
    last = Movement.objects.filter(item=receipt.pk).latest("seq")
    assert json.loads(last.payload)["more"] == {
        "category": ["letter", "court"],
        "vip": [False, True],
    }
    shown = content(seema.get(page(branch.assistant, receipt)))
    for words in ("Category: Letter → Court case", "Priority: Ordinary → Most immediate"):
        assert words in shown
    assert "VIP reference: no → yes" in shown
    assert "Court has written" in shown


def test_the_same_again_is_no_entry(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    answer = do(seema, branch.assistant, receipt, "particulars", **form(receipt))
    assert answer.status_code == 422
    assert "Nothing was changed." in told(answer)
    assert acts(receipt) == []


def test_the_classification_is_the_officers(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    send(branch, receipt)
    ramesh = at_work(branch.ramesh)
    wanted = form(receipt, classification=Classification.RESTRICTED)
    without = do(ramesh, branch.officer, receipt, "particulars", **wanted)
    assert "Write why the classification changes." in told(without)
    do(ramesh, branch.officer, receipt, "particulars", **wanted, words="Names a witness")
    item = Item.objects.get(pk=receipt.pk)
    assert item.classification == Classification.RESTRICTED
    assert acts(receipt)[-1] == "classification"


def test_staff_do_not_classify_whatever_they_send(branch: Branch) -> None:
    receipt = diarised(branch)
    Charge.objects.filter(user=branch.seema).update(kind=Charge.Kind.STAFF)
    seema = at_work(branch.seema)
    shown = content(seema.get(page(branch.assistant, receipt)))
    assert "particulars_classification" not in shown
    wanted = form(receipt, classification=2, priority=2)
    do(seema, branch.assistant, receipt, "particulars", **wanted, words="x")
    item = Item.objects.get(pk=receipt.pk)
    assert (item.classification, item.priority) == (1, 2)


def test_one_refusal_changes_nothing(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    wanted = form(receipt, priority=3, category="court", due_on=days_from_now(-1).isoformat())
    answer = do(seema, branch.assistant, receipt, "particulars", **wanted)
    assert answer.status_code == 422
    assert "The due date has passed." in told(answer)
    row = Receipt.objects.select_related("item").get(pk=receipt.pk)
    assert (row.category, row.item.priority) == ("letter", 1)
    assert acts(receipt) == []


def test_run_through_is_the_chief_ministers_offices(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    answer = do(seema, branch.assistant, receipt, "particulars", **form(receipt, priority=5))
    assert answer.status_code == 422
    assert Item.objects.get(pk=receipt.pk).priority == 1


def test_only_where_it_lies(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    send(branch, receipt)
    assert "particulars_category" not in content(seema.get(page(branch.assistant, receipt)))
    wanted = form(receipt, priority=3)
    assert do(seema, branch.assistant, receipt, "particulars", **wanted).status_code == 409
    other = make_branch("LAND")
    stranger = at_work(other.seema)
    assert do(stranger, other.assistant, receipt, "particulars", **wanted).status_code == 404
    assert Item.objects.get(pk=receipt.pk).priority == 1


def test_not_once_it_is_closed(branch: Branch) -> None:
    receipt = diarised(branch)
    wanted = particulars.Particulars("court", False, 1, 1, None)
    Item.objects.filter(pk=receipt.pk).update(status="in_file")
    with pytest.raises(Refused):
        particulars.change(
            receipt=receipt, desk=branch.assistant, by=branch.seema, wanted=wanted, words=""
        )


@pytest.mark.parametrize(
    "change", ["received_on = '2020-01-01'", "delivery_mode = 'fax'", "letter_number = 'X'"]
)
def test_how_and_when_it_came_is_changed_by_nobody(branch: Branch, change: str) -> None:
    receipt = diarised(branch)
    statement = f"UPDATE eoffice_receipt SET {change} WHERE item_id = %s"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [receipt.pk])
    receipt.refresh_from_db()
    assert receipt.delivery_mode == "post"
