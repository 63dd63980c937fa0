"""Bar and line charts drawn on the server as SVG shapes, so that no page needs a script for them.

Only places and sizes are computed here; templates/components/chart.html draws them and always
prints the same figures as a table beneath.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["bar", "line"]

# As wide as a small phone shows, so that its words are read at their own size.
WIDTH = 340
ROW = 40
LINE_HEIGHT = 220
EDGE = 26


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure: its label, its value as text, and where it is drawn.

    ``named`` is false where a line's labels would run into each other; the table has them all.
    """

    label: str
    text: str
    x: str
    y: str
    width: str
    named: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart ready to be drawn; `points` is the way of the line and `base` its zero."""

    kind: Kind
    width: int
    height: int
    marks: tuple[Mark, ...]
    points: str
    base: str


def bar_chart(rows: Sequence[tuple[str, float, str]]) -> Chart:
    """Lay out (label, value, text) as horizontal bars; labels stand above their bar."""
    largest = max((value for _, value, _ in rows), default=0) or 1
    marks = tuple(
        Mark(label, text, "0", str(index * ROW), f"{value / largest * (WIDTH - 80):g}")
        for index, (label, value, text) in enumerate(rows)
    )
    return Chart("bar", WIDTH, max(ROW * len(rows), ROW), marks, "", "0")


def line_chart(rows: Sequence[tuple[str, float, str]]) -> Chart:
    """Lay out (label, value, text) from left to right, zero at the bottom."""
    largest = max((value for _, value, _ in rows), default=0) or 1
    step = (WIDTH - 2 * EDGE) / max(len(rows) - 1, 1)
    every = -(-len(rows) // 7) or 1
    plot = LINE_HEIGHT - 3 * EDGE
    marks = tuple(
        Mark(
            label,
            text,
            f"{EDGE + index * step:.1f}",
            f"{EDGE + plot - value / largest * plot:.1f}",
            "0",
            index % every == 0,
        )
        for index, (label, value, text) in enumerate(rows)
    )
    points = " ".join(f"{mark.x},{mark.y}" for mark in marks)
    return Chart("line", WIDTH, LINE_HEIGHT, marks, points, str(EDGE + plot))
