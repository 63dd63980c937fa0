"""Where things stand in a checkout."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RUN = ROOT / ".run"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def run_folder() -> Path:
    """The folder of everything that runs: git-ignored and closed to other users.

    PostgreSQL refuses to run as root and is then started as an unprivileged user, who has to be
    able to pass through, though not to list; secrets inside are readable by their owner only.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    RUN.mkdir(mode=mode, exist_ok=True)
    if RUN.stat().st_uid == os.geteuid():
        RUN.chmod(mode)
    return RUN


def checkout_id() -> str:
    """A short name that no other checkout on this machine has."""
    return hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:12]
