"""Every word a person reads stands in both languages."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def test_every_message_has_its_hindi() -> None:
    told = subprocess.run(
        [sys.executable, "-P", "script/lib/messages.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout + told.stderr
