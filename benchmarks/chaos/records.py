"""What the load was told, kept by the load itself: the portal's database has no part in it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Booked:
    """One booking that was answered by the way to its page."""

    reference: str
    phone: str
    post: int
    # The first moment of the time that was asked for, as text with its zone.
    start: str
    # Digests of the papers whose adding was answered.
    papers: frozenset[str] = frozenset()


@dataclass
class Told:
    """Everything that was acknowledged, and how often nothing was."""

    booked: dict[str, Booked] = field(default_factory=dict)
    # References that an officer confirmed; that were shifted past their due time.
    confirmed: set[str] = field(default_factory=set)
    aged: set[str] = field(default_factory=set)
    # The words beside each movement, which are its own.
    moved: set[str] = field(default_factory=set)
    # Answers by what was asked and what came: 409, 5xx, none.
    answers: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, status: int) -> None:
        """Count one answer; 0 stands for none."""
        kind = "none" if not status else "5xx" if status >= 500 else str(status)
        self.answers[f"{what} {kind}"] += 1

    def most_papers(self) -> int:
        """Return how many papers were acknowledged."""
        return sum(len(one.papers) for one in self.booked.values())
