"""Search finds Hindi and English words and numbers, and nothing that one may not see."""

import pytest

from eoffice.permissions import Seat, seat_at
from eoffice.services import searching
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
