"""What goes into an archive, what stays out, and where archives are kept."""

import io
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from esachivalaya.backups import dumps, encryption, keys, making
from esachivalaya.backups.archive import Writer
from esachivalaya.common.models import StoredFile
from tests.architecture.test_docker_compose import SECRET
from tests.architecture.test_settings import NAMES
from tests.backups.conftest import SECRETS, Place


def test_no_key_is_in_an_archive(lived_in: Place, tmp_path: Path) -> None:
    told = lived_in.run("backup", tmp_path / "archives", "--in-clear")
    assert told.returncode == 0, told.stderr
    archive = Path(told.stdout.splitlines()[0])
    with tarfile.open(archive) as tar:
        parts = {entry.name: tar.extractfile(entry).read() for entry in tar}
    dump = b"".join(parts[name] for name in sorted(parts) if name.startswith("database/"))
    # What is compressed in there, in words.
    parts["database"] = subprocess.run(
        [dumps.program("pg_restore"), "--file=-"], input=dump, capture_output=True, check=True
    ).stdout
    assert b"CREATE TABLE public.audit_entry" in parts["database"]
    passwords = {
        "owner": portal.OWNER_DATABASE["PASSWORD"],
        "portal": portal.DATABASE["PASSWORD"],
        "redis": portal.REDIS_URL.partition("@")[0].rpartition(":")[2],
    }
    for name, secret in {**SECRETS, **passwords}.items():
        assert len(secret) > 10, name
        for part, text in parts.items():
            assert secret.encode() not in text, (name, part)


@pytest.mark.parametrize("name", [name for name in NAMES if SECRET.search(name)])
def test_every_key_is_listed_by_name(name: str) -> None:
    addresses = {"PUBLIC_URL", "TWILIO_API_URL", "JITSI_URL"}
    assert name in keys.KEYS or name in addresses


def test_an_archive_is_encrypted_unless_one_says_otherwise(lived_in: Place, tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    told = lived_in.run("backup", folder)
    assert told.returncode == 1
    assert "or say --in-clear" in told.stderr
    assert not folder.exists()
    public = encryption.new_identity(tmp_path / "key")
    told = lived_in.run("backup", folder, BACKUP_RECIPIENTS=[public])
    assert told.returncode == 0, told.stderr
    (archive,) = folder.glob("*.tar.age")
    assert archive.read_bytes().startswith(encryption.MAGIC)
    assert archive.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    told = lived_in.run("restore", "--check", archive, "--identity", tmp_path / "key")
    assert "is whole" in told.stdout


def test_a_key_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="that begin with age1"):
        call_command("backup", str(tmp_path), to=["ssh-rsa AAAA"])


def test_a_private_key_is_never_written_over(tmp_path: Path) -> None:
    key = tmp_path / "key"
    encryption.new_identity(key)
    before = key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="exists"):
        call_command("backup", new_key=key)
    assert key.read_bytes() == before


def test_a_lost_paper_is_told_and_does_not_prevent_a_backup(
    lived_in: Place, tmp_path: Path
) -> None:
    lost = StoredFile.objects.order_by("file").values_list("file", flat=True)[0]
    default_storage.delete(lost)
    told = lived_in.run("backup", tmp_path / "archives", "--in-clear")
    assert told.returncode == 1
    assert "1 papers or seals were lost before it" in told.stderr
    assert lost in told.stderr
    assert len(list((tmp_path / "archives").glob("*.tar"))) == 1


def test_a_lost_seal_is_told_and_no_archive_that_has_it_is_removed(
    lived_in: Place, tmp_path: Path
) -> None:
    earlier = tmp_path / "archives" / "esachivalaya-20200101T000000Z.tar"
    earlier.parent.mkdir()
    earlier.write_bytes(b"")
    backup = ("backup", tmp_path / "archives", "--in-clear", "--keep-days", "30")
    (seal,) = (lived_in.folder / "anchors").glob("*.json")
    seal.rename(tmp_path / seal.name)
    told = lived_in.run(*backup)
    assert told.returncode == 1
    assert "1 papers or seals were lost before it" in told.stderr
    assert f"anchors/{seal.name}" in told.stderr
    assert len(list(earlier.parent.glob("*.tar"))) == 2
    (tmp_path / seal.name).rename(seal)
    assert lived_in.run(*backup).returncode == 0
    assert not earlier.exists()


def test_a_paper_that_is_not_what_it_was_is_told(lived_in: Place) -> None:
    name = str(StoredFile.objects.get(content_type="application/pdf").file)
    path = lived_in.folder / "papers" / name
    path.write_bytes(path.read_bytes() + b"?")
    papers = list(StoredFile.objects.values_list("file", "sha256"))
    assert making._add_papers(Writer(io.BytesIO()), papers) == ([], [name])


def test_a_paper_that_was_erased_meanwhile_stays_out(lived_in: Place) -> None:
    papers = list(StoredFile.objects.order_by("file").values_list("file", "sha256"))
    (gone, _digest), *_others = papers
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM common_storedfile WHERE file = %s", [gone])
    default_storage.delete(gone)
    assert making._add_papers(Writer(io.BytesIO()), papers) == ([gone], [])


def test_only_archives_that_are_old_enough_are_removed(tmp_path: Path) -> None:
    def archive(day: int, ending: str = ".tar.age") -> Path:
        made = datetime(2026, 11, day, 6, tzinfo=UTC)
        path = tmp_path / f"esachivalaya-{made.strftime(making.STAMP)}{ending}"
        path.write_bytes(b"")
        return path

    old, edge, newest = archive(1, ".tar"), archive(15), archive(22)
    own = tmp_path / "esachivalaya-plans-of-2019.tar"
    own.write_bytes(b"")
    assert making.remove_older(tmp_path, 7, than=newest) == [old]
    assert sorted(tmp_path.iterdir()) == sorted([edge, newest, own])


def test_two_backups_into_one_folder_do_not_meet(tmp_path: Path) -> None:
    left = tmp_path / "esachivalaya-20200101T000000Z.tar.part"
    left.write_bytes(b"of one that was killed")
    with making._alone(tmp_path):
        assert not left.exists()
        with pytest.raises(CommandError, match="is under way"), making._alone(tmp_path):
            raise AssertionError
