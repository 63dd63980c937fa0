"""Known vulnerabilities of what is pinned, asked of an index by pip-audit. Runs inside `.venv`.

Where no index answers, that is said and nothing fails: it is then not known, which is not "none".
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from lib import places

NOT_ASKED = "NOT CHECKED: no index that knows of vulnerabilities can be reached from here"
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.IGNORECASE | re.MULTILINE)


def main() -> int:
    pinned = sorted(
        {
            f"{name}=={version}"
            for file in ("requirements.txt", "requirements-dev.txt")
            for name, version in PIN.findall((places.ROOT / file).read_text(encoding="utf-8"))
        }
    )
    # One question first: an index that does not answer it is not asked a hundred more.
    probe = [pin for pin in pinned if pin.lower().startswith("django==")]
    if not _answered(asked(probe)):
        print(f"{NOT_ASKED}.")
        return 0
    told = asked(pinned)
    vulnerable = [one for one in told if one.get("vulns")]
    for one in vulnerable:
        for flaw in one["vulns"]:
            mended = ", ".join(flaw.get("fix_versions", [])) or "nowhere yet"
            print(f"{one['name']} {one['version']}: {flaw['id']}, mended in {mended}")
    print(f"{len(_answered(told))} of {len(pinned)} packages checked.")
    return 1 if vulnerable else 0


def asked(pins: list[str]) -> list[dict[str, Any]]:
    """What the index says of each; nothing when it cannot be reached."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, report = Path(folder) / "pinned.txt", Path(folder) / "report.json"
        wanted.write_text("\n".join(pins) + "\n", encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--timeout", "10",
             "--progress-spinner", "off", "-r", str(wanted), "-f", "json", "-o", str(report)],
            cwd=places.ROOT,
            capture_output=True,
            text=True,
        )  # fmt: skip
        try:
            found: list[dict[str, Any]] = json.loads(report.read_text())["dependencies"]
        except (OSError, ValueError, KeyError):
            return []
        return found


def _answered(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in told if "skip_reason" not in one]


if __name__ == "__main__":
    sys.exit(main())
