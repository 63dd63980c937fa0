"""Search finds Hindi and English words and numbers, and nothing that one may not see."""

from typing import Any

import pytest
from django.db import connection

from eoffice.permissions import Seat, seat_at
from eoffice.services import searching
from esachivalaya.common.kept import Kept
from tests.desks import Branch, diarised, filed, make_branch, make_correspondent


@pytest.fixture
def seat(branch: Branch) -> Seat:
    found = seat_at(branch.ramesh, branch.officer.post.code)
    assert found is not None
    return found


def numbers(seat: Seat, text: str) -> list[str]:
    return [item.number for item in searching.search(seat, text)]


@pytest.mark.parametrize("text", ["सड़क", "सड़कों की मरम्मत", "bawal", "Bawal सड़क"])
def test_words_of_both_languages(branch: Branch, seat: Seat, text: str) -> None:
    receipt = diarised(branch, subject="बावल (Bawal) की सड़कों की मरम्मत")
    diarised(branch, subject="पेंशन")
    assert numbers(seat, text) == [receipt.item.number]


def test_the_sender_and_the_letters_number(branch: Branch, seat: Seat) -> None:
    sender = make_correspondent(branch.section, "रामफल शर्मा")
    receipt = diarised(branch, correspondent=sender, letter_number="मु.का./१२३/2020")
    diarised(branch)
    assert numbers(seat, "रामफल") == [receipt.item.number]
    assert numbers(seat, "123/2020") == [receipt.item.number]


def test_a_file_by_its_number_and_its_old_one(branch: Branch, seat: Seat) -> None:
    file = filed(branch, old_number="LR/78-B/1996")
    filed(branch)
    assert numbers(seat, "lr 78b") == [file.item.number]
    assert numbers(seat, file.item.number) == [file.item.number]


def test_what_one_may_not_see_is_not_found(branch: Branch, seat: Seat) -> None:
    other = make_branch("LND", "HOM")
    diarised(other, subject="Repair of the canal")
    assert numbers(seat, "canal") == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("asha devi 17", ["17", "devi", "asha"]),
        ("17", ["17"]),
        ("asha - devi", ["devi", "asha"]),
        ("asha , devi", ["devi", "asha"]),
        ("asha -devi 17", ["asha -devi 17"]),
        ('"asha devi" 17', ['"asha devi" 17']),
        ("asha or devi", ["asha or devi"]),
        ("? !", ["? !"]),
    ],
)
def test_rare_words_are_asked_first_and_signs_of_a_search_stay(
    seat: Seat, monkeypatch: pytest.MonkeyPatch, text: str, asked: list[str]
) -> None:
    shares = Kept[dict[str, float]](seconds=60, most=1)
    shares.get(connection.settings_dict["NAME"], lambda: {"asha": 0.8, "devi": 0.5})
    monkeypatch.setattr(searching, "_SHARES", shares)
    assert searching._rarest_first(text) == asked


@pytest.mark.django_db(transaction=True)
def test_which_words_are_common_is_what_the_database_counted(
    branch: Branch, owner_connection: Any
) -> None:
    for subject in ("Repair of the road", "Repair of the canal", "Repair of a bridge"):
        diarised(branch, subject=subject)
    with owner_connection.cursor() as cursor:
        cursor.execute("ANALYZE eoffice_item")
    shares = searching._read_shares()
    assert shares["repair"] == 1
    assert shares["the"] > shares.get("canal", 0)


@pytest.mark.parametrize(
    "text", ["canal road", '"repair of the canal"', "canal -bridge", "canal or bridge", "canal , !"]
)
def test_all_words_must_be_there(branch: Branch, seat: Seat, text: str) -> None:
    receipt = diarised(branch, subject="Repair of the canal and of the road beside it")
    diarised(branch, subject="Repair of the road")
    assert numbers(seat, text) == [receipt.item.number]
    assert numbers(seat, f"{text.split()[0]} bridge") == []
