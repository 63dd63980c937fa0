"""Mobile numbers are understood as people type them."""

import pytest
from django.utils import translation

from esachivalaya.accounts.phones import FOREIGN, LANDLINE, NOT_A_NUMBER, NotAMobile, parse_mobile


@pytest.mark.parametrize(
    "typed",
    [
        "9800000001",
        "09800000001",
        "+91 98000 00001",
        "+91-98000-00001",
        "91 9800000001",
        "0091 98000 00001",
        " (98000) 00001 ",
        "98000\u00a000001",
        "९८००० ००००१",
        "+९१ ९८००० ००००१",
        "９８０００００００１",
    ],
)
def test_every_way_of_writing_an_indian_mobile_means_the_same(typed: str) -> None:
    assert parse_mobile(typed) == "+919800000001"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("+1 202 555 0100", FOREIGN),
        ("+44 7911 123456", FOREIGN),
        ("0172 270 0000", LANDLINE),
        ("1800 180 2128", LANDLINE),
        ("12345", NOT_A_NUMBER),
        ("", NOT_A_NUMBER),
        ("+", NOT_A_NUMBER),
        ("98000 0000l", NOT_A_NUMBER),
        ("call me", NOT_A_NUMBER),
        ("98000 00001 98000 00002", NOT_A_NUMBER),
        ("9800000001\x00", NOT_A_NUMBER),
        ("9" * 10_000, NOT_A_NUMBER),
    ],
)
def test_anything_else_is_answered_with_what_to_do(typed: str, sentence: str) -> None:
    with pytest.raises(NotAMobile) as caught:
        parse_mobile(typed)
    assert caught.value.args[0] == sentence


def test_the_sentences_are_in_both_languages() -> None:
    for sentence in (FOREIGN, LANDLINE, NOT_A_NUMBER):
        with translation.override("hi"):
            hindi = str(sentence)
        with translation.override("en"):
            assert str(sentence) != hindi
