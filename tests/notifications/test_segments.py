"""The segments of an SMS, as networks count them."""

import pytest

from esachivalaya.notifications.segments import segments_of


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("न" * 70, 1),
        ("न" * 71, 2),
        ("न" * 134, 2),
        ("न" * 135, 3),
        ("€" * 80, 1),
        ("€" * 80 + "a", 2),
        ("a" * 159 + "न", 3),
        ("😀" * 35, 1),
        ("😀" * 35 + "a", 2),
    ],
)
def test_segments_are_counted_as_networks_do(text: str, segments: int) -> None:
    assert segments_of(text) == segments


def test_a_character_of_two_places_is_not_cut_in_half() -> None:
    # 152 places, then one of two: it opens the second segment, whose rest holds 151.
    assert segments_of("a" * 152 + "€" + "a" * 151) == 2
    assert segments_of("a" * 152 + "€" + "a" * 152) == 3
