"""Run by Python before anything else in a process whose clock is to be wrong.

By how many seconds it is wrong stands in the file CHAOS_CLOCK, which may change at any moment. Only
the clock on the wall is moved; the one that measures how long something takes goes on.
"""

import os
import threading
import time
from pathlib import Path

import time_machine

LOOK_SECONDS = 0.2
_file = Path(os.environ["CHAOS_CLOCK"])
_clock = time_machine.travel(time.time(), tick=True).start()
_wrong_by = 0


def _follow() -> None:
    global _wrong_by
    while True:
        wanted = int(_file.read_text())
        if wanted != _wrong_by:
            _clock.shift(wanted - _wrong_by)
            _wrong_by = wanted
        time.sleep(LOOK_SECONDS)


def _watch() -> None:
    threading.Thread(target=_follow, name="wrong-clock", daemon=True).start()


# A forked child has the clock of its parent, and no thread of its own yet.
os.register_at_fork(after_in_child=_watch)
_watch()
