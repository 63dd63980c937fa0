"""Bringing a backup back: into an empty place only, and nothing is believed unread.

First the whole archive is read and held against its manifest; then papers and seals are written,
then the database in one transaction. When anything fails on the way, what was written is taken back
and the place is as empty as before.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from esachivalaya.audit import seal_store
from esachivalaya.backups import dumps, keys, rights
from esachivalaya.backups.archive import PIECE, Archive, Manifest
from esachivalaya.backups.making import rows_of_tables

Say = Callable[[str], object]
IN_THE_WAY = """
SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE nspname = 'public' AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY relname LIMIT 1
"""


@dataclass(frozen=True)
class Restored:
    manifest: Manifest
    seconds: float


def restore(archive: Archive, *, keys_lost: bool, say: Say) -> Restored:
    """Restore and hold what is there against what the archive says; CommandError otherwise."""
    began = time.monotonic()
    refuse_what_is_not_empty()
    say("Reading the archive …")
    manifest, signed = archive.check()
    refuse_other_keys(manifest, signed=signed, keys_lost=keys_lost)
    _refuse_another_portal(manifest)
    say(f"Writing {len(manifest.named('papers'))} papers and the seals …")
    written: list[Callable[[], None]] = []
    try:
        _write_files(archive, written)
        say("Writing the database …")
        before, after = rights.by_default()
        dumps.load(_of_the_database(archive), before=before, after=after)
    except BaseException:
        for take_back in written:
            take_back()
        raise
    connection.close()
    say("Comparing …")
    _compare_tables(manifest)
    _compare_papers(manifest)
    _bring_up_to_date()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Restored(manifest, time.monotonic() - began)


def refuse_what_is_not_empty() -> None:
    """Nothing is ever written over: not a table, not a paper, not a seal."""
    with connection.cursor() as cursor:
        cursor.execute(IN_THE_WAY)
        row = cursor.fetchone()
    name = connection.settings_dict["NAME"]
    if row:
        raise CommandError(
            f"The database {name} is not empty (it has {row[0]}). Restore into a new one: nothing "
            "is written over."
        )
    if paper := next(_kept(""), None):
        raise CommandError(
            f"The place of the papers is not empty (it has {paper}). Name an empty place: "
            "nothing is written over."
        )
    if seal := next(iter(seal_store.everything()), None):
        raise CommandError(f"The seal {seal} is there already: nothing is written over.")


def refuse_other_keys(manifest: Manifest, *, signed: bool, keys_lost: bool) -> None:
    """Without the keys the record cannot be checked, and PINs and links open nothing."""
    if keys_lost:
        return
    if not signed:
        raise CommandError(
            "AUDIT_ANCHOR_KEY here is not the one that signed this archive: give the key that was "
            "kept, or the archive is not from this portal. With --keys-lost it is restored all the "
            "same, and its seals can no longer be checked."
        )
    if not keys.same(manifest.secret_key_proof, keys.proof_of_secret_key(manifest.nonce)):
        raise CommandError(
            "SECRET_KEY here is not that of the portal which made this archive: give the key that "
            "was kept. With --keys-lost it is restored all the same; PINs and links given to "
            "people then open nothing."
        )


def _refuse_another_portal(manifest: Manifest) -> None:
    """Older archives are brought to today's tables by `migrate`; newer ones cannot be read."""
    known = MigrationLoader(None).disk_migrations
    names = {*known, *(old for migration in known.values() for old in migration.replaces)}
    apps = {app for app, _name in names}
    for name in manifest.migrations:
        app, _dot, rest = name.partition(".")
        if app in apps and (app, rest) not in names:
            raise CommandError(
                f"The archive was made by another version of the portal (it knows {name}): restore "
                "it with that one."
            )
    if manifest.portal_role != settings.DATABASE_APP_ROLE:
        raise CommandError(
            f"The archive gives its rights to the role {manifest.portal_role}; DATABASE_URL names "
            f"{settings.DATABASE_APP_ROLE}. Use a role of that name."
        )


def _write_files(archive: Archive, written: list[Callable[[], None]]) -> None:
    """Write papers and seals; ``written`` holds how each is taken back."""
    for name, content in archive.parts():
        folder, _slash, rest = name.partition("/")
        if folder == "papers":
            saved = default_storage.save(rest, File(cast("IO[bytes]", content), rest))
            written.append(partial(default_storage.delete, saved))
            if saved != rest:
                raise CommandError(f"{rest} could not be written under its name.")
        elif folder == "anchors":
            if not seal_store.is_name(rest):
                raise CommandError(f"{name} is no seal.")
            seal_store.write(rest, content.read())
            written.append(partial(seal_store.remove, rest))


def _of_the_database(archive: Archive) -> Iterator[bytes]:
    for name, content in archive.parts():
        if name.startswith("database/"):
            yield content.read()


def _bring_up_to_date() -> None:
    """An archive of an earlier version gets the tables of today's."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def _compare_tables(manifest: Manifest) -> None:
    with connection.cursor() as cursor:
        found = rows_of_tables(cursor)
        allowed = rights.held(cursor)
    for table in sorted(manifest.tables.keys() | found.keys()):
        told, there = manifest.tables.get(table, 0), found.get(table, 0)
        if told != there:
            raise CommandError(f"The table {table} has {there} rows; the archive says {told}.")
    for name in sorted(manifest.rights.keys() | allowed.keys()):
        if manifest.rights.get(name) != allowed.get(name):
            raise CommandError(f"The rights of the portal's role on {name} are not those it had.")


def _compare_papers(manifest: Manifest) -> None:
    """Read every paper back from where it is kept now."""
    for part in manifest.named("papers"):
        name = part.name.removeprefix("papers/")
        digest = hashlib.sha256()
        with default_storage.open(name, "rb") as paper:
            while piece := paper.read(PIECE):
                digest.update(piece)
        if not secrets.compare_digest(digest.hexdigest(), part.sha256):
            raise CommandError(f"The paper {name} is not what the archive holds.")


def _kept(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        yield f"{folder}{name}"
    for name in folders:
        yield from _kept(f"{folder}{name}/")
