"""Where the seals stand: a folder of this machine, or the store that papers are kept in.

A seal is there whole or not at all, and never written over. With several workers on several nodes
all read what any of them wrote, so that each seal names the one before it whoever made that.
"""

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

NAME = re.compile(r"^(\d{4}-\d{2}-\d{2})\.json$")


class Folder(FileSystemStorage):
    """``DATA_DIR/anchors``."""

    @property
    def base_location(self) -> str:
        return str(folder())

    @property
    def location(self) -> str:
        return str(folder())

    def _save(self, name: str, content: "File[bytes]") -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        # A link to a finished file fails when there is one of that name.
        draft = path.with_suffix(f".{os.getpid()}.draft")
        with draft.open("wb") as file:
            for piece in content.chunks():
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o440)
        try:
            path.hardlink_to(draft)
        finally:
            draft.unlink()
        return name


def folder() -> Path:
    """Return where seals stand unless UPLOADS_URL names a store."""
    return Path(settings.DATA_DIR) / "anchors"


def is_name(name: str) -> bool:
    """Say whether a seal can be called so."""
    return NAME.match(name) is not None


def names() -> Iterator[str]:
    """Return the names of all seals, oldest first."""
    yield from sorted(name for name in everything() if is_name(name))


def everything() -> list[str]:
    """Return what stands there, seals or not."""
    try:
        folders, files = _store().listdir("")
    except FileNotFoundError:
        return []
    return [*files, *folders]


def read(name: str) -> bytes:
    """Return the content of one seal; FileNotFoundError when it is not there."""
    with _store().open(name, "rb") as file:
        return bytes(file.read())


def write(name: str, content: bytes) -> None:
    """Write one seal; FileExistsError when there is one of that name."""
    store = _store()
    if store.exists(name):
        raise FileExistsError(name)
    store._save(name, ContentFile(content))  # type: ignore[attr-defined]  # noqa: SLF001 - under this name or not at all


def remove(name: str) -> None:
    """Take back what a restore wrote that then failed."""
    _store().delete(name)


def name_of(day: date) -> str:
    """Return what the seal of ``day`` is called."""
    return f"{day.isoformat()}.json"


def _store() -> Storage:
    return storages["seals"]
