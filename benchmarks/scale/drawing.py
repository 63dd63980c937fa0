"""The curve as a picture: how full each station is, the more bookings come in an hour."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.scale.state import Seen

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 116, 24, 48
# Up to so full; what stands above leaves the picture.
MOST = 1.3
COLOURS = {"sms": "#b3261e", "web": "#1d4ed8", "database": "#15803d", "worker": "#7c3aed"}
NAMES = {"sms": "SMS account", "web": "web", "database": "database", "worker": "workers"}


def draw(path: Path, limited: Sequence[Seen], wide: Sequence[Seen]) -> None:
    """Write the picture: the SMS account as it was ``limited``, all else from the ``wide`` run."""
    end = wide[-1].bookings
    lines = [_line(name, wide, end) for name in ("web", "database", "worker")]
    lines.append(_line("sms", limited, end))
    full = _y(1.0)
    marks = [
        f'<text x="{LEFT - 8}" y="{_y(part) + 4:.0f}" text-anchor="end">{part:.0%}</text>'
        for part in (0, 0.25, 0.5, 0.75, 1.0, 1.25)
    ]
    marks += [
        f'<text x="{_x(load, end):.0f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
        f"{load // 1000}</text>"
        for load in range(0, end + 1, max(end // 5, 1))
    ]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="How full each station is" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#555"/>\n'
        f'<path d="M{LEFT} {full:.0f}H{WIDTH - RIGHT}" stroke="#555" stroke-dasharray="4 4"/>\n'
        + "\n".join([*marks, *lines])
        + f'\n<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">'
        "thousand bookings an hour</text>\n</svg>\n",
        encoding="utf-8",
    )


def _line(name: str, found: Sequence[Seen], end: int) -> str:
    """One station: its line as far as it stays in the picture, its name where that ends."""
    points = [(0, 0.0)] if name == "sms" else []
    points += [(seen.bookings, seen.used[name]) for seen in found if seen.used[name] <= MOST]
    way = " ".join(f"{_x(load, end):.1f},{_y(part):.1f}" for load, part in points)
    last, part = points[-1]
    return (
        f'<polyline points="{way}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>\n'
        f'<text x="{_x(last, end) + 6:.0f}" y="{_y(part) + 4:.0f}" fill="{COLOURS[name]}">'
        f"{NAMES[name]}</text>"
    )


def _x(load: int, end: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * load / end


def _y(part: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part / MOST
