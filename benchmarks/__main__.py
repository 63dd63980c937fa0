"""Run one benchmark on a database of its own; the last line printed is one JSON object.

It exits with 1 when a figure that must be zero is not.
"""

import importlib
import importlib.util
import json
import signal
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

import django
from django.db import connections

from benchmarks import surroundings
from benchmarks.zeros import not_zero


def main(name: str) -> int:
    signal.signal(signal.SIGTERM, _leave)
    # One that stops its services on the way brings its own.
    own = importlib.util.find_spec(f"benchmarks.{name}.apart")
    around = importlib.import_module(own.name) if own else surroundings
    with around.fresh():
        django.setup()
        try:
            # Its course needs models, which are there only now.
            figures = importlib.import_module(f"benchmarks.{name}.course").Course().run()
        finally:
            connections.close_all()
    return tell(figures)


def tell(figures: Mapping[str, Any]) -> int:
    """Print the figures; return what to exit with."""
    print(json.dumps(figures), flush=True)
    wrong = not_zero(figures)
    for name, value in wrong.items():
        print(f"{name} must be 0, and is {value}.", file=sys.stderr)
    return 1 if wrong else 0


def _leave(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM unwinds like Ctrl-C, so that what was started is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
