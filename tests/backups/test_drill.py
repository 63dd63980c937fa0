"""The drill: a portal is restored into an empty place by the commands, and is the one it was."""

import hashlib
import re
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management.base import CommandError
from django.db import connection, transaction

from esachivalaya.audit import services
from esachivalaya.backups import dumps, encryption
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from tests.backups.conftest import SECRETS, Place
from tests.people import make_district

ROWS = "SELECT count(*) AS rows, md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
SEQUENCES = """
SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1
"""
CLOSED = """
SELECT tgname, tgrelid::regclass::text AS of FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""
BY_DEFAULT = """
SELECT defaclrole::regrole::text, defaclnamespace, defaclobjtype::text, defaclacl::text
  FROM pg_default_acl ORDER BY 1, 2, 3
"""
# Every session in this database but the one that asks, and whether it waits for a lock.
SESSIONS = """
SELECT wait_event_type = 'Lock' AS waits FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
WAITING = {"waits": True}
Empty = Callable[[], Place]


def backed_up(place: Place, folder: Path, *options: object, apart: bool = False) -> Path:
    """The archive that one of the portal's commands makes, in this process or in its own."""
    run = place.command if apart else place.run
    told = run("backup", folder, *(options or ("--in-clear",)))
    assert told.returncode == 0, told.stderr
    return Path(told.stdout.splitlines()[0])


def content(place: Place) -> dict[str, Any]:
    return {table: place.asked(ROWS.format(table)) for table in place.tables()}


def digests(place: Place) -> dict[str, str]:
    return {
        name: hashlib.sha256((place.folder / name).read_bytes()).hexdigest()
        for name in place.files()
    }


def test_a_restored_portal_is_the_one_that_was_backed_up(
    lived_in: Place, empty_place: Empty, tmp_path: Path
) -> None:
    key = tmp_path / "backup.key"
    public = encryption.new_identity(key)
    archive = backed_up(lived_in, tmp_path / "archives", "--to", public, apart=True)
    there = empty_place()
    told = there.command("restore", archive, "--identity", key)
    assert told.returncode == 0, told.stderr
    assert re.search(r"All [1-9]\d* entries are as they were written\.", told.stdout)
    assert re.search(r"All [1-9]\d* movements are as they were written: ", told.stdout)
    waited = Message.objects.filter(status=Message.Status.QUEUED).count()
    assert waited > 0
    assert f"{waited} messages waited in that moment" in told.stdout
    was = content(lived_in)
    assert content(there) == was
    assert len(was) > 100
    assert digests(there) == digests(lived_in)
    assert len(digests(there)) == 3
    assert there.asked(SEQUENCES) == lived_in.asked(SEQUENCES)
    assert there.asked(CLOSED) == lived_in.asked(CLOSED)


def test_what_was_append_only_is_so_again(
    lived_in: Place, empty_place: Empty, tmp_path: Path
) -> None:
    """New tables are given every right by default; a dump does not say what was taken away."""
    archive = backed_up(lived_in, tmp_path / "archives")
    there = empty_place()
    assert there.run("restore", archive).returncode == 0
    with there.link() as owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    with there.link(portal_role=True) as link, link.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("UPDATE audit_entry SET act = 'forged'")
    # And what is made from now on is the portal's to write, as before.
    with there.link() as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE later (id int)")
    with there.link(portal_role=True) as link, link.cursor() as cursor:
        cursor.execute("INSERT INTO later VALUES (1)")


def test_a_backup_shows_one_moment_of_a_portal_at_work(
    lived_in: Place, empty_place: Empty, tmp_path: Path
) -> None:
    with at_work() as written:
        archive = backed_up(lived_in, tmp_path / "archives", apart=True)
    there = empty_place()
    told = there.run("restore", archive)
    assert told.returncode == 0, told.stderr
    acts = "SELECT count(*) AS n FROM audit_entry WHERE act = 'renamed'"
    seen = there.asked(acts)[0]["n"]
    assert 0 < seen < written[-1]


@contextmanager
def at_work() -> Iterator[list[int]]:
    """Acts that are recorded all the time, from before the block begins until it has ended."""
    district = make_district("GGM")
    written: list[int] = [0]
    begun, over = threading.Event(), threading.Event()

    def act() -> None:
        try:
            while not over.is_set():
                with transaction.atomic():
                    services.record(district, "renamed", at=clock.now(), data={"name": "x"})
                written[0] += 1
                begun.set()
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    begun.wait(20)
    try:
        yield written
    finally:
        over.set()
        thread.join()


def test_a_later_seal_stays_out_since_it_speaks_of_rows_that_are_not_there(
    lived_in: Place, empty_place: Empty, tmp_path: Path
) -> None:
    later = lived_in.folder / "anchors" / "2999-01-01.json"
    later.write_text("{}")
    archive = backed_up(lived_in, tmp_path / "archives")
    later.unlink()
    there = empty_place()
    told = there.run("restore", archive)
    assert told.returncode == 0, told.stderr
    assert digests(there) == digests(lived_in)


@pytest.mark.parametrize("what", ["database", "papers", "seals"])
def test_nothing_is_restored_into_a_place_that_is_not_empty(
    lived_in: Place, empty_place: Empty, tmp_path: Path, what: str
) -> None:
    archive = backed_up(lived_in, tmp_path / "archives")
    there = empty_place()
    if what == "database":
        with there.link() as link, link.cursor() as cursor:
            cursor.execute("CREATE TABLE somebodys (id int)")
    else:
        own = there.folder / ("papers/ab/abc.pdf" if what == "papers" else "anchors/x.json")
        own.parent.mkdir(parents=True)
        own.write_bytes(b"somebody's")
    before = there.tables(), there.files()
    told = there.run("restore", archive)
    assert told.returncode == 1
    assert "nothing is written over" in told.stderr.replace("\n", " ")
    assert "Traceback" not in told.stderr
    assert (there.tables(), there.files()) == before


def test_a_damaged_archive_leaves_the_place_empty(
    lived_in: Place, empty_place: Empty, tmp_path: Path
) -> None:
    archive = backed_up(lived_in, tmp_path / "archives")
    text = bytearray(archive.read_bytes())
    text[5000] ^= 1
    archive.write_bytes(text)
    there = empty_place()
    told = there.run("restore", archive)
    assert told.returncode == 1
    assert told.stderr == (
        f"CommandError: The archive {archive.name} is damaged: the part database/000000 is not "
        "what was written. Nothing was restored; take another."
    )
    assert (there.tables(), there.files()) == ([], [])


def test_a_restore_that_fails_half_way_takes_back_what_it_wrote(
    lived_in: Place, empty_place: Empty, tmp_path: Path
) -> None:
    """A dump that PostgreSQL cannot load, in an archive that is otherwise whole."""
    archive = backed_up(lived_in, tmp_path / "archives")
    there = empty_place()
    with there.link() as link, link.cursor() as cursor:
        # A function of the same name: no table is in the way, and the load trips over it.
        cursor.execute(
            "CREATE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN NEW; END'"
        )
    told = there.run("restore", archive)
    assert told.returncode == 1
    assert 'function "portal_refuse_change" already exists' in told.stderr
    assert (there.tables(), there.files()) == ([], [])
    # The defaults that were lifted for the load are there again.
    with there.link() as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE later (id int)")
    with there.link(portal_role=True) as link, link.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM later")


def test_a_restore_that_is_killed_leaves_the_rights_by_default_as_they_were(
    lived_in: Place, empty_place: Empty, tmp_path: Path
) -> None:
    """Killed while it loads the dump: nothing is left to it that could be put right."""
    archive = backed_up(lived_in, tmp_path / "archives")
    there = empty_place()
    before = there.asked(BY_DEFAULT)
    assert before
    blocker = there.link()
    with blocker.cursor() as cursor:
        # Nobody sees it, and the load waits for it before its first table.
        cursor.execute(
            "CREATE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN NEW; END'"
        )
    with there.started("restore", archive) as restoring:
        try:
            until(lambda: WAITING in there.asked(SESSIONS), restoring)
        finally:
            restoring.kill()
            blocker.close()
    until(lambda: not there.asked(SESSIONS))
    assert (there.asked(BY_DEFAULT), there.tables()) == (before, [])
    # What stands in the way is taken away by hand, and the restore is done once more.
    shutil.rmtree(there.folder)
    told = there.run("restore", archive)
    assert told.returncode == 0, told.stderr
    assert there.asked(BY_DEFAULT) == before
    assert content(there) == content(lived_in)


def test_a_dump_that_ends_too_soon_is_not_half_loaded(
    lived_in: Place, empty_place: Empty, tmp_path: Path
) -> None:
    """Every statement that psql was told was good: only pg_restore knows that more should come."""
    archive = backed_up(lived_in, tmp_path / "archives")
    with tarfile.open(archive) as parts:
        dump = parts.extractfile("database/000000").read()  # type: ignore[union-attr]
    there = empty_place()
    with there.inside(), pytest.raises(CommandError, match="pg_restore: "):
        dumps.load([dump[: len(dump) // 2], dump[len(dump) // 2 : -40_000]], before="", after="")
    assert there.tables() == []
    with there.inside():
        dumps.load([dump], before="", after="")
    assert len(there.tables()) > 100


def until(true: Callable[[], bool], restoring: "subprocess.Popen[str] | None" = None) -> None:
    """Look until it is so; a restore that ended by itself will never make it so."""
    deadline = time.monotonic() + 60
    while not true():
        if restoring and restoring.poll() is not None:
            raise AssertionError(restoring.communicate()[1])
        if time.monotonic() > deadline:
            raise TimeoutError


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_the_keys_must_be_those_that_were_kept(
    lived_in: Place, empty_place: Empty, tmp_path: Path, name: str
) -> None:
    archive = backed_up(lived_in, tmp_path / "archives")
    there = empty_place()
    told = there.run("restore", archive, **{name: "another-key-" * 6})
    assert told.returncode == 1
    assert name in told.stderr
    assert (there.tables(), there.files()) == ([], [])
    told = there.run("restore", archive, "--keys-lost", **{name: "another-key-" * 6})
    assert told.returncode == 0, told.stderr
    assert content(there) == content(lived_in)
