"""What many visitors ask for and costs much to make: made once, and kept for some seconds.

Kept in the process that made it: no cache has to live, and a page never fails for want of one. Only
for what is the same for everybody; nothing is decided by it.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class _Entry(Generic[Made]):
    """One thing that is kept, and the lock of whoever makes it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: tuple[float, Made] | None = None

    def younger_than(self, seconds: float) -> bool:
        return self.made is not None and time.monotonic() - self.made[0] < seconds


class Kept(Generic[Made]):
    """Keeps at most ``most`` things, each for ``seconds``.

    However many ask at once, one makes it. Until it is there the others are given what was kept
    before, as long as that is not twice as old; so nothing is older than two times ``seconds``.
    """

    def __init__(self, *, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._guard = threading.Lock()
        self._entries: dict[Hashable, _Entry[Made]] = {}

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` returned for ``key`` a few seconds ago, or returns now."""
        entry = self._entry(key)
        if entry.made and entry.younger_than(self._seconds):
            return entry.made[1]
        # Who finds somebody making it takes what there is, or waits where there is nothing.
        wait = not entry.younger_than(2 * self._seconds)
        if not entry.lock.acquire(blocking=wait) and entry.made:
            return entry.made[1]
        try:
            if not entry.made or not entry.younger_than(self._seconds):
                began = time.monotonic()
                entry.made = (began, make())
            return entry.made[1]
        finally:
            entry.lock.release()

    def forget(self) -> None:
        """Make everything anew for whoever asks next."""
        with self._guard:
            self._entries = {}

    def _entry(self, key: Hashable) -> _Entry[Made]:
        with self._guard:
            entry = self._entries.get(key)
            if entry is None:
                if len(self._entries) >= self._most:
                    self._entries = {}
                entry = self._entries[key] = _Entry()
            return entry
