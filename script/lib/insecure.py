"""Insecure calls as bandit finds them: none, or each with its reason. Runs inside `.venv`.

Most reasons stand where the call is, behind `noqa: S…` (ruff has bandit's rules under the same
numbers); what bandit alone finds has its reason below, and none may outlive its finding.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from lib import places

# Tests speak by assert, run programs and know made-up passwords.
LEFT_OUT = "./.venv,./.run,./tests"
EVERYWHERE: Mapping[str, str] = {
    "B101": "asserts tell the types what the lines before made sure of; nothing is refused by one",
    "B404": "that a module is imported harms nobody: each call is judged by itself",
}
HERE: Mapping[tuple[str, str], str] = {
    ("B105", "esachivalaya/backups/keys.py"): "words about keys, no keys",
    ("B105", "script/lib/checking.py"): "made-up values, for a check of the settings",
    ("B105", "script/lib/postgres.py"): "the name of a method",
    ("B105", "benchmarks/messages/processes.py"): "of the benchmark's own stand-in",
    ("B105", "benchmarks/chaos/course.py"): "of the benchmark's own stand-in",
    ("B106", "esachivalaya/notifications/retention.py"): "an empty word: it removes tokens",
    ("B106", "esachivalaya/notifications/services.py"): "an empty word: not known yet",
    ("B703", "esachivalaya/pages/guides.py"): "guides of our own, with HTML in them switched off",
    ("B311", "benchmarks/eoffice/history.py"): "a made-up history, the same each time",
    ("B311", "esachivalaya/demo/households.py"): "made-up people, the same each time",
}
# Two rules of bandit for one of ruff's.
SAME = {"B703": "S308"}
NOQA = re.compile(r"# noqa: ((?:[A-Z]+\d+[, ]*)+)")


def main() -> int:
    used: set[object] = set()
    problems = [
        f"{name}:{line}: {code} {text}"
        for name, line, code, text, span in found()
        if not _has_a_reason(name, code, span, used)
    ]
    outlived = [f"{what} has a reason and no finding" for what in HERE if what not in used]
    for problem in (*problems, *outlived):
        print(problem)
    return 1 if problems or outlived else 0


def found() -> Iterator[tuple[str, int, str, str, list[int]]]:
    """Name of the file, line, code, words and lines of each finding."""
    told = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-r", ".", "-f", "json", "-x", LEFT_OUT],
        cwd=places.ROOT,
        capture_output=True,
        text=True,
    )
    report: dict[str, Any] = json.loads(told.stdout)
    for error in report["errors"]:
        yield error["filename"], 0, "unread", error["reason"], []
    for one in report["results"]:
        yield (
            str(PurePath(one["filename"])),
            one["line_number"],
            one["test_id"],
            one["issue_text"],
            one["line_range"],
        )


def _has_a_reason(name: str, code: str, span: list[int], used: set[object]) -> bool:
    if code in EVERYWHERE or _ruff_leaves_out(name, code):
        return True
    if (code, name) in HERE:
        used.add((code, name))
        return True
    lines = (places.ROOT / name).read_text(encoding="utf-8").splitlines() if span else []
    # ruff wants the comment at the statement's end, and bandit may end it a line earlier.
    near = lines[span[0] - 1 : span[-1] + 2] if span else []
    return any(
        _of_ruff(code) in re.split(r"[, ]+", mark[1])
        for line in near
        if (mark := NOQA.search(line))
    )


def _ruff_leaves_out(name: str, code: str) -> bool:
    """What pyproject.toml allows a whole folder, such as running programs in script/."""
    lint = tomllib.loads((places.ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    wanted = _of_ruff(code)
    return any(
        (wanted in codes and Path(name).match(pattern.replace("**", "*")))
        or (wanted in codes and pattern.endswith("/**") and name.startswith(pattern[:-2]))
        for pattern, codes in lint["per-file-ignores"].items()
    )


def _of_ruff(code: str) -> str:
    return SAME.get(code, code.replace("B", "S", 1))


if __name__ == "__main__":
    sys.exit(main())
