"""Programs of Debian that no wheel brings: installed where root may, asked for elsewhere."""

import os
import shutil
import subprocess

from lib import places
from lib.plain import FULL_DISK, Plain


def installs() -> bool:
    """Whether packages can be installed here without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(what: str, *debian_packages: str) -> None:
    """Install these packages, or say in a sentence why that failed."""
    print(f"Installing {what} with apt-get ...", flush=True)
    log = places.run_folder() / "apt.log"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", *debian_packages],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, env=env)
        log.write_text(done.stdout + done.stderr)
        if "No space left" in done.stderr:
            raise Plain(FULL_DISK)
        if done.returncode and step is steps[-1]:
            raise Plain(f"'{' '.join(step)}' failed: see .run/apt.log.")
