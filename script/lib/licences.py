"""The licences of everything the portal is made of, as docs/licences.md. Runs inside `.venv`.

One that is not known, or that would bind the portal itself, is refused: the portal may only come to
depend on it after somebody has read it and added it below.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping

from lib import places

PAGE = places.ROOT / "docs" / "licences.md"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)(?: ; ([^\\]+))?", re.MULTILINE)
# One name for what packages call differently.
NAMES: Mapping[str, str] = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "Apache Software License; BSD License": "Apache-2.0 OR BSD",
}
# What its own record does not say, as read in its source.
READ: Mapping[str, str] = {"pyrage": "MIT"}
# Needed under some systems or versions of Python only, so not installed everywhere.
SOMEWHERE: Mapping[str, str] = {
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "deprecated": "MIT",
    "librt": "MIT",
    "pycparser": "BSD-3-Clause",
}
FREE = {
    "MIT", "MIT-0", "MIT-CMU", "BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0",
    "MPL-2.0", "Unlicense", "ISC", "HPND", "PostgreSQL", "dependency licenses",
}  # fmt: skip
# Used as libraries, unchanged: their users may do with their own work as they like.
LIBRARIES = {"LGPL", "LGPL-3.0-only"}
# Tools that are run beside the portal and are no part of it.
TOOLS = {"GPL-3.0-or-later"}
HEAD = """# Licences

Everything that the portal is made of, with the licence that its makers chose. Written by
`script/licences`; a test holds it against what `requirements*.txt` pin and refuses a licence that
nobody has read yet. The first table is what runs; the second is only for building and testing.
"""
TAIL = """
## Parts that are kept in the repository

| What | Licence | Where |
| --- | --- | --- |
| Bootstrap | MIT | `static/vendor/bootstrap` |
| Bootstrap Icons | MIT | `static/icons` |

Services beside the portal, each a program of its own: PostgreSQL (PostgreSQL), Valkey
(BSD-3-Clause), nginx (BSD-2-Clause), coturn (BSD-3-Clause), Jitsi Meet (Apache-2.0), ClamAV
(GPL-2.0, run apart).
"""


# (name, version) and the condition under which it is needed, if any.
Pins = Mapping[tuple[str, str], str]


def main() -> int:
    text, problems = page()
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != text:
        problems.append("docs/licences.md is not what is pinned: run script/licences.")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def page() -> tuple[str, list[str]]:
    """Return the page as it should be, and what must not be so."""
    licences = _read()
    runs = pinned("requirements.txt")
    builds = {pin: only for pin, only in pinned("requirements-dev.txt").items() if pin not in runs}
    problems = [
        *refused(runs, licences, FREE | LIBRARIES),
        *refused(builds, licences, FREE | LIBRARIES | TOOLS),
    ]
    parts = (HEAD, "\n## What runs\n\n", _table(runs, licences),
             "\n## For building and testing only\n\n", _table(builds, licences), TAIL)  # fmt: skip
    return "".join(parts), problems


def pinned(file: str) -> Pins:
    found = PIN.findall((places.ROOT / file).read_text(encoding="utf-8"))
    return {(name.lower(), version): only.strip() for name, version, only in found}


def _read() -> dict[str, str]:
    told = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--with-system"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for one in json.loads(told.stdout):
        name = re.sub(r"[-_.]+", "-", one["Name"]).lower()
        licence = " ".join(one["License"].split())
        found[name] = READ.get(name, NAMES.get(licence, licence))
    return found


def _table(pins: Pins, licences: Mapping[str, str]) -> str:
    lines = ["| Package | Version | Licence |", "| --- | --- | --- |"]
    for (name, version), only in sorted(pins.items()):
        shown = f"{version} (where {only})" if only else version
        lines.append(f"| {name} | {shown} | {_of(name, only, licences)} |")
    return "\n".join(lines) + "\n"


def refused(pins: Pins, licences: Mapping[str, str], accepted: set[str]) -> list[str]:
    """Name every package whose licence is not among those ``accepted``."""
    told = {name: _of(name, only, licences) for (name, _version), only in pins.items()}
    return [
        f"{name}: nobody has accepted the licence {licence}"
        for name, licence in sorted(told.items())
        if not _is_accepted(licence, accepted)
    ]


def _of(name: str, only: str, licences: Mapping[str, str]) -> str:
    return SOMEWHERE.get(name, "UNKNOWN") if only else licences.get(name, "UNKNOWN")


def _is_accepted(told: str, accepted: set[str]) -> bool:
    """Of alternatives one must be accepted; of what holds together, all."""
    return any(
        all(part.strip() in accepted for part in re.split(r" AND |, ", choice))
        for choice in told.strip("()").split(" OR ")
    )


if __name__ == "__main__":
    sys.exit(main())
