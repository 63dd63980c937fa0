"""Making a backup: one moment of the database, and the papers and seals that this moment names.

The database is read in one snapshot. Papers never change once they are kept, so those the snapshot
names are copied after it; one that is erased meanwhile stays out, as whoever asked for that may
expect. Seals of later days stay out too: they would speak of rows that the snapshot does not have.
What Redis holds (queues, counters) is made anew by the sweeps and is in no backup.
"""

import fcntl
import io
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import CommandError
from django.db import connection, transaction
from psycopg2 import sql
from pyrage import x25519

from esachivalaya.audit import seal_store
from esachivalaya.backups import dumps, encryption, keys, rights
from esachivalaya.backups.archive import Manifest, Writer

NAME = re.compile(r"^esachivalaya-(\d{8}T\d{6}Z)\.tar(\.age)?$")
STAMP = "%Y%m%dT%H%M%SZ"
DRAFT = ".part"


@dataclass
class Backup:
    """What was made, and what is wrong with what it was made from."""

    path: Path
    manifest: Manifest
    seconds: float
    # Papers and seals that the database names and that are gone, or papers that are not what they
    # were.
    lost: list[str] = field(default_factory=list)


def make(folder: Path, to: list[x25519.Recipient]) -> Backup:
    """Write one archive into ``folder``: under its name only once it is whole and on the disk."""
    began = time.monotonic()
    with _alone(folder):
        now = datetime.now(UTC)
        path = folder / f"esachivalaya-{now.strftime(STAMP)}.tar{'.age' if to else ''}"
        draft = path.with_name(path.name + DRAFT)
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                with encryption.writing(file, to) as clear:
                    manifest, lost = _write(clear, now)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync(folder)
    return Backup(path, manifest, time.monotonic() - began, lost)


def remove_older(folder: Path, days: int, *, than: Path) -> list[Path]:
    """Remove the archives made more than ``days`` before ``than``, which stays."""
    limit = _made(than) - timedelta(days=days)
    old = [file for file in sorted(folder.iterdir()) if NAME.match(file.name)]
    gone = [file for file in old if file != than and _made(file) < limit]
    for file in gone:
        file.unlink()
    return gone


def _made(path: Path) -> datetime:
    found = NAME.match(path.name)
    if found is None:
        raise ValueError(path.name)
    return datetime.strptime(found[1], STAMP).replace(tzinfo=UTC)


def _write(clear: BinaryIO, now: datetime) -> tuple[Manifest, list[str]]:
    writer = Writer(clear)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        facts, papers, days = _seen(cursor)
        for number, piece in enumerate(dumps.dump(facts.pop("snapshot"))):
            writer.add(f"database/{number:06}", io.BytesIO(piece), len(piece))
    erased, lost = _add_papers(writer, papers)
    lost += _add_seals(writer, days)
    nonce = secrets.token_hex(16)
    manifest = Manifest(
        made_at=now.isoformat(),
        owner_role=connection.settings_dict["USER"],
        portal_role=settings.DATABASE_APP_ROLE,
        erased_meanwhile=erased,
        keys_to_keep=dict(keys.KEYS),
        nonce=nonce,
        secret_key_proof=keys.proof_of_secret_key(nonce),
        **facts,
    )
    writer.finish(manifest)
    return manifest, lost


def _seen(cursor: Any) -> tuple[dict[str, Any], list[tuple[str, str]], list[str]]:
    """Read what the manifest says of the snapshot, the papers it names, and the days sealed."""
    cursor.execute("SELECT pg_export_snapshot(), now(), current_setting('server_version')")
    snapshot, at, server = cursor.fetchone()
    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
    facts = {
        "snapshot": snapshot,
        "snapshot_at": at.isoformat(),
        "server": server,
        "migrations": [name for (name,) in cursor.fetchall()],
        "tables": rows_of_tables(cursor),
        "rights": rights.held(cursor),
    }
    cursor.execute("SELECT file, sha256 FROM common_storedfile ORDER BY file")
    papers = cursor.fetchall()
    cursor.execute("SELECT day::text FROM audit_anchor ORDER BY day")
    return facts, papers, [day for (day,) in cursor.fetchall()]


def rows_of_tables(cursor: Any) -> dict[str, int]:
    """Count the rows of every table of the portal."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    found = {}
    for (name,) in cursor.fetchall():
        ask = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(name))
        cursor.execute(ask.as_string(cursor.connection))
        found[name] = cursor.fetchone()[0]
    return found


def _add_papers(writer: Writer, papers: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    erased: list[str] = []
    lost: list[str] = []
    for name, sha256 in papers:
        try:
            with default_storage.open(name, "rb") as paper:
                if writer.add(f"papers/{name}", paper, paper.size).sha256 != sha256:
                    lost.append(name)
        except FileNotFoundError:
            (lost if _still_wanted(name) else erased).append(name)
    return erased, lost


def _add_seals(writer: Writer, days: list[str]) -> list[str]:
    """Add the seals of ``days`` and return those that are gone."""
    lost = []
    for day in days:
        name = f"{day}.json"
        try:
            seal = seal_store.read(name)
        except FileNotFoundError:
            lost.append(f"anchors/{name}")
            continue
        writer.add(f"anchors/{name}", io.BytesIO(seal), len(seal))
    return lost


def _still_wanted(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM common_storedfile WHERE file = %s)", [name])
        return bool(cursor.fetchone()[0])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time into one folder; what a killed one left half-written is removed."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise CommandError(f"{folder}: {problem.strerror}.") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in folder.glob(f"esachivalaya-*{DRAFT}"):
            left.unlink()
        yield
    except BlockingIOError:
        raise CommandError(f"Another backup into {folder} is under way.") from None
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    """The new name outlives a power cut as the content does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
