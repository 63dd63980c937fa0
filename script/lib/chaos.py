"""Faults at random moments under a steady load; see docs/benchmarks.md."""

import argparse
import os

from lib import benching
from lib.plain import Plain


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if options.kills < 1 or options.minutes <= 0:
        raise Plain("Give one kill or more, and some minutes for them.")
    for name in ("seed", "kills", "minutes"):
        os.environ[f"CHAOS_{name.upper()}"] = str(getattr(options, name))
    return benching.main([benching.CHAOS])


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=20200721, help="what goes wrong, and when")
    parser.add_argument("--kills", type=int, default=20, help="how many times something goes wrong")
    parser.add_argument("--minutes", type=float, default=4, help="within how many minutes")
    return parser.parse_args(arguments)
