"""Several items at once: each acted on once, each refusal told beside its item."""

import re

import pytest
from django.test import Client

from eoffice.models import Holding, Item, Movement
from eoffice.services import moving, notes
from eoffice.services.moving import Sent
from tests.desks import Branch, days_from_now, diarised, filed, make_branch
from tests.people import sign_in_staff


@pytest.fixture
def seema(client: Client, branch: Branch) -> Client:
    return sign_in_staff(client, branch.seema)


def at(branch: Branch, act: str) -> str:
    return f"/eoffice/{branch.assistant.post.code}/together/{act}/"


def key_on(client: Client, address: str, pks: list[int]) -> str:
    page = client.get(address, {"item": pks}).content.decode()
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def desk_of(pk: int) -> int:
    return Holding.objects.open().get(item=pk).desk_id


def test_marked_together_and_sent_twice_marked_once(branch: Branch, seema: Client) -> None:
    pks = [diarised(branch).pk for _number in range(3)]
    address = at(branch, "mark")
    form = {"item": pks, "key": key_on(seema, address, pks), "words": "For orders"}
    form["to"] = f"{branch.officer.post.code} · {branch.officer}"
    answer = seema.post(address, form)
    assert [item.pk for item in answer.context["done"]] == pks
    assert {desk_of(pk) for pk in pks} == {branch.officer.pk}
    moves = Movement.objects.filter(act="marked").count()
    again = seema.post(address, form)
    assert [item.pk for item in again.context["done"]] == pks
    assert Movement.objects.filter(act="marked").count() == moves == 3


def test_what_has_gone_is_told_beside_its_number(branch: Branch, seema: Client) -> None:
    here, gone = diarised(branch), diarised(branch)
    moving.mark(
        item=gone.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    address, pks = at(branch, "park"), [here.pk, gone.pk]
    form = {"item": pks, "key": key_on(seema, address, pks), "words": "Report awaited"}
    answer = seema.post(address, {**form, "until": days_from_now(5).isoformat()})
    assert [item.pk for item in answer.context["done"]] == [here.pk]
    assert [one.item.pk for one in answer.context["refused"]] == [gone.pk]
    assert str(branch.officer) in answer.context["refused"][0].refused
    assert Holding.objects.open().get(item=here.pk).parked_until == days_from_now(5)
    # What was refused stays chosen, under another key.
    assert [item.pk for item in answer.context["items"]] == [gone.pk]
    assert answer.context["form"].initial["key"] != form["key"]


def test_closing_lists_every_blocker_and_closes_the_rest(branch: Branch) -> None:
    receipt, file = diarised(branch), filed(branch)
    for one in (receipt, file):
        moving.mark(
            item=one.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
    notes.write(file=file, desk=branch.officer, by=branch.ramesh, text="Half", version=None)
    ramesh = sign_in_staff(Client(), branch.ramesh)
    address = f"/eoffice/{branch.officer.post.code}/together/close/"
    pks = [receipt.pk, file.pk]
    form = {"item": pks, "key": key_on(ramesh, address, pks), "words": "Nothing more to do"}
    answer = ramesh.post(address, form)
    assert Item.objects.get(pk=receipt.pk).status == "closed"
    assert Item.objects.get(pk=file.pk).status == "open"
    assert len(answer.context["refused"][0].blockers) == 1


def test_other_words_under_a_used_key_do_nothing(branch: Branch, seema: Client) -> None:
    receipt = diarised(branch)
    address, day = at(branch, "park"), days_from_now(5).isoformat()
    key = key_on(seema, address, [receipt.pk])
    seema.post(address, {"item": receipt.pk, "key": key, "words": "First", "until": day})
    answer = seema.post(address, {"item": receipt.pk, "key": key, "words": "Other", "until": day})
    assert len(answer.context["refused"]) == 1
    assert Holding.objects.open().get(item=receipt.pk).parked_words == "First"


@pytest.mark.parametrize("to", ["", "NO-SUCH", "NO-SUCH · Nobody"])
def test_a_desk_that_does_not_exist(branch: Branch, seema: Client, to: str) -> None:
    receipt = diarised(branch)
    address = at(branch, "mark")
    key = key_on(seema, address, [receipt.pk])
    answer = seema.post(address, {"item": receipt.pk, "key": key, "to": to, "words": "Kept words"})
    assert answer.context["form"].errors["to"]
    assert "Kept words" in answer.content.decode()
    assert desk_of(receipt.pk) == branch.assistant.pk


def test_what_one_may_not_see_is_left_out(branch: Branch, seema: Client) -> None:
    other = diarised(make_branch("LND", "HOM"), subject="Elsewhere and secret")
    address = at(branch, "park")
    page = seema.get(address, {"item": [other.pk, "x", "9" * 30]})
    assert page.context["items"] == []
    day = days_from_now(5).isoformat()
    form = {"item": other.pk, "key": "k" * 24, "words": "Mine now", "until": day}
    answer = seema.post(address, form)
    assert answer.context["done"] == answer.context["refused"] == []
    assert "Elsewhere and secret" not in answer.content.decode()


def test_no_other_act(branch: Branch, seema: Client) -> None:
    assert seema.get(at(branch, "burn")).status_code == 404
