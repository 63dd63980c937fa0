"""What goes wrong, when, and how it is done: each from the seed, each to the running processes."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.disk import Disk
from benchmarks.chaos.stack import Stack

KINDS = (
    "kill_web",
    "kill_worker",
    "kill_beat",
    "kill_postgres",
    "kill_valkey",
    "empty_valkey",
    "restart_postgres",
    "full_disk",
    "moved_clock",
)
# Nothing goes wrong before the portal has warmed up.
FIRST_AT = 0.04
DISK_SECONDS = (4.0, 10.0)
CLOCK_SECONDS = (6.0, 15.0)
# Seconds by which a worker's clock is wrong: a battery, a zone, a date.
CLOCKS = (-86_400, -19_800, -600, 2_220, 19_800, 259_200)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong at its moment, for so long where it does not end by itself."""

    at: float
    kind: str
    seconds: float = 0.0
    offset: int = 0


def plan(seed: int, count: int, seconds: float) -> list[Fault]:
    """Return so many faults at random moments; each kind comes before any comes once more."""
    chance = random.Random(seed)  # noqa: S311 - moments that can be repeated, no secret
    kinds: list[str] = []
    while len(kinds) < count:
        kinds += chance.sample(KINDS, len(KINDS))
    moments = sorted(chance.uniform(FIRST_AT * seconds, seconds) for _ in range(count))
    return [_fault(at, kind, chance) for at, kind in zip(moments, kinds[:count], strict=True)]


def _fault(at: float, kind: str, chance: random.Random) -> Fault:
    if kind == "full_disk":
        return Fault(at, kind, chance.uniform(*DISK_SECONDS))
    if kind == "moved_clock":
        return Fault(at, kind, chance.uniform(*CLOCK_SECONDS), chance.choice(CLOCKS))
    return Fault(at, kind)


class Striker:
    """Does the faults; those that last end beside the ones that follow."""

    def __init__(self, stack: Stack, disk: Disk, clock: Path) -> None:
        self._stack, self._disk, self._clock = stack, disk, clock
        self._lasting: list[threading.Thread] = []

    def strike(self, fault: Fault) -> None:
        """Let ``fault`` happen now."""
        match fault.kind:
            case "kill_web" | "kill_worker" | "kill_beat":
                self._stack.kill(fault.kind.removeprefix("kill_"))
            case "kill_postgres":
                self._stack.kill_postgres()
            case "kill_valkey":
                self._stack.kill_valkey()
            case "empty_valkey":
                self._stack.empty_valkey()
            case "restart_postgres":
                self._stack.restart_postgres()
            case "full_disk" | "moved_clock":
                lasting = threading.Thread(target=self._last, args=[fault])
                lasting.start()
                self._lasting.append(lasting)

    def wait(self) -> None:
        """Return when what lasts has ended."""
        for one in self._lasting:
            one.join()

    def _last(self, fault: Fault) -> None:
        wrong = self._disk.full() if fault.kind == "full_disk" else self._moved(fault.offset)
        with wrong:
            time.sleep(fault.seconds)

    @contextmanager
    def _moved(self, offset: int) -> Iterator[None]:
        set_clock(self._clock, offset)
        try:
            yield
        finally:
            set_clock(self._clock, 0)


def set_clock(file: Path, offset: int) -> None:
    """Tell the processes that look into ``file`` by how many seconds their clock is wrong."""
    new = file.with_suffix(".new")
    new.write_text(f"{offset:+d}\n")
    new.replace(file)
