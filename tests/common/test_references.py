"""References are safe to read out, and any spelling means the same one."""

from hypothesis import given
from hypothesis import strategies as st

from esachivalaya.common.references import ALPHABET, grouped, new_reference, normalise

DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")


def test_no_character_is_mistaken_for_another() -> None:
    assert not set("01IO") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32


def test_any_spelling_or_grouping_means_the_same_reference() -> None:
    reference = new_reference()
    body = reference[2:]
    for typed in (
        reference,
        grouped(reference),
        reference.lower(),
        f" es-{body[:4]}-{body[4:]} ",
        body,
        reference.translate(DEVANAGARI),
    ):
        assert normalise(typed) == reference


@given(st.integers(2, 9), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(position: int, character: str) -> None:
    reference = new_reference()
    wrong = reference[:position] + character + reference[position + 1 :]
    assert (normalise(wrong) is None) == (wrong != reference)


@given(st.text(max_size=80))
def test_what_is_no_reference_is_none_and_never_an_error(typed: str) -> None:
    found = normalise(typed)
    assert found is None or normalise(grouped(found)) == found


def test_references_do_not_repeat() -> None:
    assert len({new_reference() for _ in range(2000)}) == 2000
