"""Words in either script fold to one sound."""

import pytest

from esachivalaya.common.phonetics import sounds, without_dots


@pytest.mark.parametrize(
    ("hindi", "roman"),
    [
        ("उपायुक्त", "upayukt"),
        ("उपायुक्त", "Upaayukta"),
        ("रेवाड़ी", "Rewari"),
        ("पंचकूला", "Panchkula"),
        ("करनाल", "Karnal"),
        ("पलवल", "Palwal"),
        ("मुख्यमंत्री", "mukhyamantri"),
        ("गृह मंत्री", "grih mantri"),
        ("महेंद्रगढ़", "Mahendragarh"),
        ("शिक्षा", "shiksha"),
        ("परिवहन", "parivahan"),
        ("विधायक", "vidhayak"),
        ("कुरुक्षेत्र", "Kurukshetra"),
        ("भिवानी", "Bhiwani"),
        ("फरीदाबाद", "Faridabad"),
        ("झज्जर", "Jhajjar"),
        ("जींद", "Jind"),
        ("चरखी दादरी", "Charkhi Dadri"),
    ],
)
def test_hindi_and_its_usual_roman_spelling_sound_the_same(hindi: str, roman: str) -> None:
    assert sounds(hindi) == sounds(roman)


def test_both_ways_of_writing_a_nasal_sound_the_same() -> None:
    assert sounds("अम्बाला") == sounds("अंबाला") == sounds("Ambala")
    assert sounds("मुख्यमन्त्री") == sounds("मुख्यमंत्री")


def test_a_dot_below_changes_the_sound_and_can_be_left_out() -> None:
    assert sounds("रेवाड़ी") == ["revari"]
    assert sounds(without_dots("रेवाड़ी")) == sounds("रेवाडी") == ["revadi"]


def test_composed_and_decomposed_letters_are_the_same_word() -> None:
    assert sounds("रेवा\u095cी") == sounds("रेवा\u0921\u093cी")


def test_english_misspellings_by_doubled_letters_are_the_same_word() -> None:
    assert sounds("commissioner") == sounds("comissioner") == sounds("commisioner")


def test_signs_digits_and_nonsense_leave_only_letters_and_digits() -> None:
    assert sounds("DC-REW (१२)") == ["dk", "rev", "12"]
    assert sounds("%_'\";--\x00 ।…🙂") == []
    assert all(word.isalnum() and word.isascii() for word in sounds("ß Ω é 日本 ਪੰਜਾਬ ा् ं"))
