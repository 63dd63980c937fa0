"""Run one benchmark on a database of its own; the last line printed is one JSON object."""

import importlib
import json
import signal
import sys
from types import FrameType

import django
from django.db import connections

from benchmarks import surroundings


def main(name: str) -> int:
    signal.signal(signal.SIGTERM, _leave)
    with surroundings.fresh():
        django.setup()
        try:
            figures = importlib.import_module(f"benchmarks.{name}").run()
        finally:
            connections.close_all()
    print(json.dumps(figures))
    return 0


def _leave(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM unwinds like Ctrl-C, so that what was started is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
