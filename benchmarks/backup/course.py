"""The course: a State's rows are backed up, and restored into an empty place, by the commands."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from appointments.models import Request
from benchmarks.booking.cases import analyse
from benchmarks.eoffice.course import Course as Files
from benchmarks.pages.state import diaries
from benchmarks.surroundings import ROOT, empty, with_path
from eoffice.models import Movement
from esachivalaya.backups import encryption

# A part of the e-Office, for trying.
PART = float(os.environ.get("BENCH_BACKUP_PART", "1"))


class Course:
    """One run; the restore compares all rows and walks every chain before it says so."""

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        Files().reported(PART)
        # As autovacuum does; else each of a million keys is looked for as among a few offices.
        analyse()
        diaries()
        analyse()
        figures: dict[str, Any] = {
            "requests": Request.objects.count(),
            "movements": Movement.objects.count(),
        }
        with tempfile.TemporaryDirectory(prefix="esachivalaya-bench-") as name:
            folder = Path(name)
            key = folder / "backup.key"
            public = encryption.new_identity(key)
            told, figures["backup_s"] = timed("backup", folder / "archives", "--to", public)
            archive = Path(told.splitlines()[0])
            figures["archive_mb"] = round(archive.stat().st_size / 1e6, 1)
            with empty("restored") as there:
                place = {
                    name: with_path(os.environ[name], there)
                    for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
                }
                _told, figures["restore_s"] = timed(
                    "restore", archive, "--identity", key, DATA_DIR=str(folder / "new"), **place
                )
        return {**figures, "seconds": round(time.monotonic() - began)}


def timed(*command: object, **environment: str) -> tuple[str, float]:
    """Run one of the portal's commands; return what it said and its seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, command)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout, round(time.monotonic() - began, 1)
