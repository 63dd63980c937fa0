"""Chaos: which faults come is said by the seed alone, and a worker's clock is moved alone."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.chaos.faults import KINDS, plan, set_clock
from benchmarks.chaos.stack import moved_by
from benchmarks.surroundings import ROOT

LOOKS = """
import datetime, os, threading, time
import time_machine
real = time_machine.escape_hatch.time.time
ends = time.monotonic() + 10
while abs(time.time() - real() + 86400) > 5 and time.monotonic() < ends:
    threading.Event().wait(0.05)
told = [time.time() - real(), datetime.datetime.now().timestamp() - real()]
if (child := os.fork()) == 0:
    os._exit(0 if abs(time.time() - real() + 86400) < 5 else 1)
print(*map(round, told), os.waitpid(child, 0)[1])
"""


def test_the_same_seed_means_the_same_faults_at_the_same_moments() -> None:
    assert plan(7, 20, 240) == plan(7, 20, 240)
    assert plan(7, 20, 240) != plan(8, 20, 240)


def test_every_kind_comes_before_any_comes_once_more() -> None:
    for seed in range(20):
        counts = Counter(one.kind for one in plan(seed, 20, 240))
        assert set(counts) == set(KINDS)
        assert sum(counts.values()) == 20
        assert max(counts.values()) - min(counts.values()) <= 1


def test_moments_are_in_order_and_within_the_time() -> None:
    moments = [one.at for one in plan(7, 50, 100)]
    assert moments == sorted(moments)
    assert 0 < moments[0] <= moments[-1] <= 100


def test_only_the_process_that_is_told_so_has_a_wrong_clock_and_its_children(
    tmp_path: Path,
) -> None:
    clock = tmp_path / "clock"
    set_clock(clock, -86_400)
    done = subprocess.run(
        [sys.executable, "-c", LOOKS],
        env={**os.environ, **moved_by(clock)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["-86400", "-86400", "0"]


@pytest.mark.parametrize("words", [["--kills", "0"], ["--minutes", "0"], ["--minutes", "-1"]])
def test_nothing_to_do_is_told_in_a_sentence(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "script/chaos", *words], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == "Give one kill or more, and some minutes for them.\n"
