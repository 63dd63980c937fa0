"""Who uses the processor while the counters work: gunicorn, PostgreSQL, the sender, the load."""

import os
import time
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
BACKENDS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Processor:
    """Processor time of some groups of processes, counted from the first look on.

    A process that began later counts from its beginning; one that ended counts as it was last seen.
    """

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._first: dict[tuple[str, int], float] = {}
        self._last: dict[tuple[str, int], float] = {}
        self._began = 0.0

    def begin(self) -> None:
        """Count from this moment on."""
        self._first, self._last = {}, {}
        self._began = time.monotonic()
        self.look()
        self._first = dict(self._last)

    def look(self) -> None:
        """Note what every process has used by now; to be called about once a second."""
        for name, pids in self._groups().items():
            for pid in pids:
                used = _seconds(pid)
                if used is not None:
                    self._last[name, pid] = used

    def shares(self) -> dict[str, float]:
        """Return the processor time of each group for each second; 1 is one core."""
        took = time.monotonic() - self._began
        return {f"cpu_share_{name}": round(used / took, 3) for name, used in self.seconds().items()}

    def seconds(self) -> dict[str, float]:
        """Return the processor time of each group."""
        self.look()
        found: dict[str, float] = {}
        for (name, pid), used in self._last.items():
            found[name] = found.get(name, 0.0) + used - self._first.get((name, pid), 0.0)
        return found

    def _groups(self) -> dict[str, list[int]]:
        mine = _children(os.getpid())
        masters = [pid for pid in mine if b"gunicorn" in _words(pid)]
        self._cursor.execute(BACKENDS)
        return {
            "workers": [worker for master in masters for worker in _children(master)],
            "postgres": [pid for (pid,) in self._cursor.fetchall()],
            "sender": [pid for pid in mine if b"send_messages" in _words(pid)],
            "load": [os.getpid()],
        }


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return found


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _seconds(pid: int) -> float | None:
    """Return user and system time of one process; None when it is not there, or elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return sum(map(int, fields[11:13])) / TICKS
