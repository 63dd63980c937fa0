"""One file that holds a backup: parts, and a manifest that names each with its SHA-256.

A tar, so that any machine can look into it: ``database/`` (what pg_dump said, in pieces),
``papers/``, ``anchors/``, then ``manifest.json`` and its signature. It is written and read as a
stream. The manifest comes last: an archive that was cut off has none.
"""

import hashlib
import io
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol

from django.core.management.base import CommandError
from pyrage import x25519

from esachivalaya.backups import encryption, keys

FORMAT = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
# What holds a backup is not listed among its parts.
OWN = (MANIFEST, SIGNATURE)
PIECE = 4 * 1024 * 1024


@dataclass(frozen=True)
class Part:
    name: str
    size: int
    sha256: str


@dataclass
class Manifest:
    """What an archive says of itself."""

    made_at: str
    # The moment whose state of the database it holds.
    snapshot_at: str
    server: str
    owner_role: str
    portal_role: str
    # Rows of each table, in that moment.
    tables: dict[str, int]
    # What the portal's role may do with each of them.
    rights: dict[str, list[str]]
    migrations: list[str]
    # Papers that were erased while the archive was being written.
    erased_meanwhile: list[str]
    keys_to_keep: dict[str, str]
    nonce: str
    secret_key_proof: str
    parts: list[Part] = field(default_factory=list)
    format: int = FORMAT

    def named(self, folder: str) -> list[Part]:
        return [part for part in self.parts if part.name.startswith(f"{folder}/")]


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Hashing:
    """Reads through to another stream and remembers the digest of what passed."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1, /) -> bytes:
        piece = self._stream.read(size)
        self._digest.update(piece)
        self.size += len(piece)
        return piece

    def to_the_end(self) -> "Hashing":
        while self.read(PIECE):
            continue
        return self

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Writer:
    """Adds parts to an archive, then its manifest."""

    def __init__(self, target: BinaryIO) -> None:
        # Closed by finish(): one that is left before that must not look as if it were whole.
        self._tar = tarfile.open(fileobj=target, mode="w|")  # noqa: SIM115
        self._parts: list[Part] = []

    def add(self, name: str, content: Readable, size: int) -> Part:
        hashing = Hashing(content)
        self._add(name, hashing, size)
        self._parts.append(Part(name, size, hashing.sha256))
        return self._parts[-1]

    def finish(self, manifest: Manifest) -> bytes:
        """Add the manifest and return it as it was written."""
        manifest.parts = self._parts
        text = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
        signed = keys.signature(text).encode()
        self._add(MANIFEST, io.BytesIO(text), len(text))
        self._add(SIGNATURE, io.BytesIO(signed), len(signed))
        self._tar.close()
        return text

    def _add(self, name: str, content: Any, size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size = size
        entry.mode = 0o600
        entry.mtime = int(time.time())
        self._tar.addfile(entry, content)


class Content:
    """One part while it is read."""

    closed = False

    def __init__(
        self, stream: IO[bytes], readable: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._stream = stream
        self._readable = readable

    def read(self, size: int = -1, /) -> bytes:
        with self._readable():
            return self._stream.read(size)

    def seekable(self) -> bool:
        """Archives are read from their beginning to their end."""
        return False


class Archive:
    """A backup that is there, to be read as often as one likes."""

    def __init__(self, path: Path, key: x25519.Identity | None) -> None:
        self.path = path
        self._key = key

    def check(self) -> tuple[Manifest, bool]:
        """Read all of it; return its manifest, and whether our AUDIT_ANCHOR_KEY signed that.

        A part that is missing, one that was added and one that was changed are each a CommandError
        that names it.
        """
        found: dict[str, str] = {}
        own: dict[str, bytes] = {}
        for name, content in self.parts():
            if name in found or name in own:
                raise self._damaged(f"the part {name} stands in it twice")
            if name in OWN:
                own[name] = content.read()
            else:
                found[name] = Hashing(content).to_the_end().sha256
        if set(own) != set(OWN):
            raise self._damaged("its end is missing")
        manifest = self._read(own[MANIFEST])
        told = {part.name: part.sha256 for part in manifest.parts}
        for name in sorted(told.keys() | found.keys()):
            if name not in found:
                raise self._damaged(f"the part {name} is missing")
            if name not in told:
                raise self._damaged(f"the part {name} was added to it")
            if told[name] != found[name]:
                raise self._damaged(f"the part {name} is not what was written")
        signed = own[SIGNATURE].decode(errors="replace")
        return manifest, keys.same(signed, keys.signature(own[MANIFEST]))

    def parts(self) -> Iterator[tuple[str, "Content"]]:
        """Go through all members in their order; each is read before the next is asked for."""
        with self._readable(), self._members() as tar:
            for entry in tar:
                content = tar.extractfile(entry)
                if content is None:
                    raise self._damaged(f"{entry.name} is no file")
                yield entry.name, Content(content, self._readable)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """What cannot be read is damage, unless the file cannot be had at all."""
        try:
            yield
        except (tarfile.TarError, EOFError, OSError) as problem:
            if isinstance(problem, FileNotFoundError | PermissionError | IsADirectoryError):
                raise CommandError(f"{self.path}: {problem.strerror}.") from None
            raise self._damaged("it breaks off or cannot be read") from problem

    @contextmanager
    def _members(self) -> Iterator[tarfile.TarFile]:
        with encryption.reading(self.path, self._key) as clear:
            with tarfile.open(fileobj=clear, mode="r|") as tar:
                yield tar
            # The rest is filling, and a stream that was cut off shows only at its end.
            Hashing(clear).to_the_end()

    def _read(self, text: bytes) -> Manifest:
        try:
            told = json.loads(text)
            if told["format"] != FORMAT:
                raise CommandError(
                    f"The archive {self.path.name} has format {told['format']}; this portal reads "
                    f"format {FORMAT}: use the version of the portal that made it."
                )
            return Manifest(**{**told, "parts": [Part(**part) for part in told["parts"]]})
        except (ValueError, KeyError, TypeError):
            raise self._damaged("its manifest cannot be read") from None

    def _damaged(self, how: str) -> CommandError:
        return CommandError(
            f"The archive {self.path.name} is damaged: {how}. Nothing was restored; take another."
        )
