"""Bookings per second beside the floor, a rush for few slots, and the size of pages."""

from typing import Any


def run() -> dict[str, Any]:
    """Run everything and return the figures; see docs/benchmarks.md for what each means."""
    from benchmarks.booking.course import Course

    return Course().run()
