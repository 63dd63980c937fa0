"""Registers as files: what the page shows and no more, recorded, no formula, read in pieces."""

import csv
import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from eoffice.models import Item
from eoffice.permissions import seat_at
from eoffice.services import access, registers
from eoffice.services.registers import REGISTERS, Days
from eoffice.views import boxes_registers
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from officials.models import Charge
from tests.desks import Branch, days_from_now, diarised, filed, make_branch, make_correspondent
from tests.office import content, queries
from tests.people import sign_in_staff


@pytest.fixture
def ramesh(client: Client, branch: Branch) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, branch.ramesh)


def at(branch: Branch, rest: str = "") -> str:
    return f"/eoffice/{branch.officer.post.code}/registers/{rest}"


def taken(client: Client, branch: Branch, kind: str = "csv", **asked: str) -> bytes:
    answer = client.post(at(branch, f"{kind}/"), asked)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content)


def rows_of(found: bytes) -> list[list[str]]:
    assert found.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(found.decode("utf-8-sig"))))


def days() -> Days:
    return Days(days_from_now(-30), days_from_now(0))


def test_the_diary_as_csv(branch: Branch, ramesh: Client) -> None:
    receipt = diarised(branch, subject="=HYPERLINK(1)", letter_number="L-77")
    head, row = rows_of(taken(ramesh, branch))
    told = dict(zip(head, row, strict=True))
    assert told["Diary or file number"] == receipt.item.number
    assert told["Letter"] == "L-77"
    assert told["Subject"] == "'=HYPERLINK(1)"
    assert told["Received on"] == days_from_now(0).isoformat()
    assert told["Lies at"] == str(branch.assistant)
    assert told["Classification"] == "Normal"


@pytest.mark.parametrize("register", list(REGISTERS))
def test_each_register_as_xlsx(branch: Branch, ramesh: Client, register: str) -> None:
    diarised(branch, subject="=1+1")
    filed(branch, subject="=1+1")
    found = taken(ramesh, branch, "xlsx", register=register)
    with zipfile.ZipFile(io.BytesIO(found)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    for column in REGISTERS[register].columns:
        assert f">{column.words}<" in sheet
    assert "<f>" not in sheet
    assert (">=1+1<" in sheet) == (register in ("diary", "files"))


def test_what_one_may_not_see_stands_in_no_file(branch: Branch, ramesh: Client) -> None:
    hidden = diarised(branch, subject="A quiet matter")
    Item.objects.filter(pk=hidden.pk).update(classification=3)
    access.rewrite(Item.objects.get(pk=hidden.pk))
    diarised(make_branch("LND", "HOM"), subject="Of another department")
    for register in REGISTERS:
        found = taken(ramesh, branch, register=register).decode()
        assert "A quiet matter" not in found
        assert "Of another department" not in found
        page = content(ramesh.get(at(branch, "print/"), {"register": register}))
        assert "A quiet matter" not in page


def test_taking_one_out_is_recorded(branch: Branch, ramesh: Client) -> None:
    diarised(branch)
    taken(ramesh, branch)
    entry = Entry.objects.filter(act=registers.DOWNLOADED).latest("id")
    assert entry.actor_id == branch.ramesh.pk
    assert entry.post_code == branch.officer.post.code


def test_looking_at_the_address_of_a_file_takes_nothing(branch: Branch, ramesh: Client) -> None:
    assert ramesh.get(at(branch, "csv/")).status_code == 405
    assert ramesh.post(at(branch, "exe/")).status_code == 404
    stranger = sign_in_staff(Client(), make_branch("LND").seema)
    for answer in (stranger.post(at(branch, "csv/")), stranger.get(at(branch, "print/"))):
        assert answer.status_code == 404
    assert not Entry.objects.filter(act=registers.DOWNLOADED).exists()


def test_a_register_is_read_in_pieces(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "PIECE", 2)
    numbers = [diarised(branch).item.number for _number in range(5)]
    seat = seat_at(branch.ramesh, branch.officer.post.code)
    assert seat is not None
    last = registers.note_download(REGISTERS["diary"], seat, days(), kind="csv")
    # What comes while it is read belongs to the next one.
    diarised(branch)
    found = registers.cells_of(REGISTERS["diary"], seat, days(), last=last)
    assert [row[0] for row in found] == numbers


def test_it_ends_with_the_charge(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "PIECE", 1)
    for _number in range(3):
        diarised(branch)
    seat = seat_at(branch.ramesh, branch.officer.post.code)
    assert seat is not None
    found = registers.cells_of(REGISTERS["diary"], seat, days(), last=10**9)
    next(found)
    Charge.objects.filter(user=branch.ramesh).update(ends_at=clock.now())
    assert list(found) == []


def test_the_print_has_it_in_one_piece(
    branch: Branch, ramesh: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = make_correspondent(branch.section)
    numbers = [diarised(branch, correspondent=sender).item.number for _number in range(3)]
    monkeypatch.setattr(boxes_registers, "SHOWN", 2)
    assert numbers[2] not in content(ramesh.get(at(branch)))
    page = content(ramesh.get(at(branch, "print/")))
    assert all(number in page for number in numbers)
    assert "These are not all rows" not in page
    monkeypatch.setattr(boxes_registers, "MOST_PRINTED", 2)
    assert "These are not all rows" in content(ramesh.get(at(branch, "print/")))


def test_the_print_asks_as_much_for_many_rows_as_for_few(branch: Branch, ramesh: Client) -> None:
    def asked() -> int:
        return len(queries(ramesh, at(branch, "print/")))

    diarised(branch)
    asked()
    few = asked()
    for _number in range(4):
        diarised(branch)
    assert asked() == few


def test_dispatch_register_without_letters_is_empty(branch: Branch, ramesh: Client) -> None:
    answer: Any = ramesh.get(at(branch), {"register": "dispatch"})
    assert "Nothing in these days" in content(answer)
