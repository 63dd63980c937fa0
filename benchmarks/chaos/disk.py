"""The disk of the uploads: a small one of memory of its own that is filled to its last byte.

Only root can mount one. For anybody else the web server is forbidden to make files longer than
nothing: writing fails at the same place, though with another error than that of a full disk.
"""

import contextlib
import errno
import os
import resource
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "64m"
BLOCK = b"\0" * 65_536


class Disk:
    """Where papers are kept."""

    def __init__(self, folder: Path, writers: Callable[[], Iterable[int]]) -> None:
        self._folder, self._writers = folder, writers
        self.kind = "tmpfs" if os.geteuid() == 0 else "file size limit"

    def __enter__(self) -> "Disk":
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.kind == "tmpfs":
            words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs"]
            done = subprocess.run([*words, str(self._folder)], capture_output=True)
            if done.returncode:
                # A container's root that may not mount.
                self.kind = "file size limit"
        return self

    def __exit__(self, *_problem: object) -> None:
        if self.kind == "tmpfs":
            words = ["umount", "--lazy", str(self._folder)]
            subprocess.run(words, check=False)

    @contextmanager
    def full(self) -> Iterator[None]:
        """While this lasts nothing more can be written."""
        with self._filled() if self.kind == "tmpfs" else self._limited():
            yield

    @contextmanager
    def _filled(self) -> Iterator[None]:
        filler = self._folder / "filler"
        try:
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while file.write(BLOCK):
                    continue
            # What was still free below a block.
            with filler.open("ab", buffering=0) as file:
                try:
                    while file.write(b"\0"):
                        continue
                except OSError as problem:
                    if problem.errno != errno.ENOSPC:
                        raise
            yield
        finally:
            filler.unlink(missing_ok=True)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        forbidden = list(self._writers())
        try:
            _limit(forbidden, 0)
            yield
        finally:
            _limit(forbidden, resource.RLIM_INFINITY)


def _limit(pids: Iterable[int], size: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
