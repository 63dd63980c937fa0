"""The two records that are compared: what was asked for, and what the provider took."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Asked:
    """What the generator asked for: number and words, with the moment after its commit."""

    committed: dict[tuple[str, str], float] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """One message that the provider took."""

    at: float
    what: tuple[str, str]
    # The address by which the portal is told of it: each row of the outbox has its own.
    row: str = ""


class Taker:
    """The provider's record, read as it grows."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "accepted.jsonl"
        self._read = 0
        self.taken: list[Taken] = []

    def look(self) -> int:
        """Read what was added and return how many different messages there are."""
        with self._path.open("rb") as record:
            record.seek(self._read)
            whole, _mark, _rest = record.read().rpartition(b"\n")
        self._read += len(whole) + 1 if whole else 0
        for line in whole.splitlines():
            one = json.loads(line)
            self.taken.append(Taken(one["at"], (one["to"], one["body"]), one.get("row", "")))
        return len({one.what for one in self.taken})


def compared(asked: Asked, taken: Iterable[Taken]) -> dict[str, int]:
    """Hold the two records against each other."""
    times = Counter(one.what for one in taken)
    return {
        "asked": len(asked.committed),
        "accepted": sum(times.values()),
        "lost": len(asked.committed.keys() - times.keys()),
        "duplicates": sum(count - 1 for count in times.values()),
        "never_asked": len(times.keys() - asked.committed.keys()),
    }


def rate(
    taken: Sequence[Taken], *, share: float, asked: int, away: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Return how many were taken per second outside the outages, and how long those lasted.

    From the first to the moment at which ``share`` of all had been taken: the last few are those
    that killed workers held, which wait for their lease to end whatever the rate is.
    """
    moments = sorted(one.at for one in taken)
    last = moments[max(int(asked * share) - 1, 0)]
    inside = [at for at in moments if at <= last and not _within(at, away)]
    outage = sum(max(min(end, last) - max(start, moments[0]), 0.0) for start, end in away)
    seconds = last - moments[0] - outage
    return (len(inside) / seconds if seconds > 0 else 0.0), outage


def most_in_a_second(taken: Sequence[Taken]) -> int:
    """Return the most that were taken within any one second."""
    moments = sorted(one.at for one in taken)
    most = start = 0
    for end, at in enumerate(moments):
        while at - moments[start] >= 1.0:
            start += 1
        most = max(most, end - start + 1)
    return most


def _within(at: float, away: Sequence[tuple[float, float]]) -> bool:
    return any(start <= at <= end for start, end in away)
