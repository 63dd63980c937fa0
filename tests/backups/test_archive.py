"""An archive says what is in it, and one that was touched says what is not right with it."""

import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.base import CommandError
from pyrage import x25519

from esachivalaya.backups import encryption, keys, restoring
from esachivalaya.backups.archive import MANIFEST, SIGNATURE, Archive, Manifest, Writer

PARTS = {"database/000000": b"rows " * 4000, "papers/ab/abc.pdf": b"%PDF-1.7 words"}
NOTHING_DONE = "Nothing was restored; take another."


def manifest() -> Manifest:
    return Manifest(
        made_at="2026-11-22T06:00:00+00:00",
        snapshot_at="2026-11-22T06:00:00+00:00",
        server="18.6",
        owner_role="owner",
        portal_role="portal",
        tables={"audit_entry": 3},
        rights={},
        migrations=["audit.0001_initial"],
        erased_meanwhile=[],
        keys_to_keep=dict(keys.KEYS),
        nonce="0123",
        secret_key_proof=keys.proof_of_secret_key("0123"),
    )


def written(path: Path, to: list[x25519.Recipient] | None = None) -> Path:
    with path.open("wb") as file, encryption.writing(file, to or []) as clear:
        writer = Writer(clear)
        for name, content in PARTS.items():
            writer.add(name, io.BytesIO(content), len(content))
        writer.finish(manifest())
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return written(tmp_path / "a.tar")


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """The archive once more, as whoever has it in hand could write it."""
    with tarfile.open(path) as tar:
        members = {entry.name: tar.extractfile(entry).read() for entry in tar}
    change(members)
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def refusal(path: Path, key: x25519.Identity | None = None) -> str:
    with pytest.raises(CommandError) as told:
        Archive(path, key).check()
    return str(told.value)


def is_refused(path: Path) -> bool:
    """Whether it is damaged, or at least not signed by us."""
    try:
        _told, signed = Archive(path, None).check()
    except CommandError:
        return True
    return not signed


def test_a_whole_archive_gives_back_what_was_put_in(archive: Path) -> None:
    told, signed = Archive(archive, None).check()
    assert signed
    assert told.tables == {"audit_entry": 3}
    assert {part.name: part.size for part in told.parts} == {
        name: len(content) for name, content in PARTS.items()
    }
    found = {name: content.read() for name, content in Archive(archive, None).parts()}
    assert {name: found[name] for name in PARTS} == PARTS


@pytest.mark.parametrize("name", PARTS)
def test_a_changed_part_is_named(archive: Path, name: str) -> None:
    rewritten(archive, lambda members: members.update({name: members[name][:-1] + b"?"}))
    assert refusal(archive) == (
        f"The archive a.tar is damaged: the part {name} is not what was written. {NOTHING_DONE}"
    )


def test_a_part_that_is_missing_or_was_added_is_named(archive: Path) -> None:
    rewritten(archive, lambda members: members.update({"papers/own.pdf": b"mine"}))
    assert "the part papers/own.pdf was added to it" in refusal(archive)
    rewritten(archive, lambda members: [members.pop(n) for n in ("papers/own.pdf", *PARTS)])
    assert "the part database/000000 is missing" in refusal(archive)


def test_every_archive_that_was_cut_off_is_refused(archive: Path) -> None:
    whole = archive.read_bytes()
    # The last kilobytes are filling.
    for length in range(0, whole.rindex(SIGNATURE.encode()) + 512, 512):
        archive.write_bytes(whole[:length])
        assert "is damaged" in refusal(archive), length


def test_every_flipped_bit_of_what_counts_is_found(archive: Path) -> None:
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        places = [
            (entry.offset_data, entry.offset_data + entry.size)
            for entry in tar
            if entry.name != SIGNATURE
        ]
    for start, end in places:
        for place in {start, (start + end) // 2, end - 1}:
            text = bytearray(whole)
            text[place] ^= 1
            archive.write_bytes(text)
            assert is_refused(archive), place


def test_a_manifest_that_somebody_made_himself_is_not_ours(archive: Path) -> None:
    def forge(members: dict[str, bytes]) -> None:
        told = json.loads(members[MANIFEST])
        members[MANIFEST] = json.dumps({**told, "tables": {}}).encode()

    rewritten(archive, forge)
    _told, signed = Archive(archive, None).check()
    assert not signed


def test_a_file_that_is_no_archive_is_told_so(tmp_path: Path) -> None:
    other = tmp_path / "letter.txt"
    other.write_text("Namaste\n" * 2000)
    assert "is damaged: it breaks off or cannot be read" in refusal(other)
    assert "No such file" in refusal(tmp_path / "nothing.tar")


def test_an_archive_of_another_portal_is_refused() -> None:
    own = manifest()
    own.portal_role = settings.DATABASE_APP_ROLE
    restoring._refuse_another_portal(own)
    own.migrations = [*own.migrations, "audit.0999_of_next_year"]
    with pytest.raises(CommandError, match="it knows audit"):
        restoring._refuse_another_portal(own)
    with pytest.raises(CommandError, match="its rights to the role portal"):
        restoring._refuse_another_portal(manifest())


def test_an_encrypted_archive_opens_with_its_key_alone(tmp_path: Path) -> None:
    key = x25519.Identity.generate()
    path = written(tmp_path / "a.tar.age", [key.to_public()])
    assert not any(content in path.read_bytes() for content in PARTS.values())
    assert MANIFEST.encode() not in path.read_bytes()
    told, signed = Archive(path, key).check()
    assert signed
    assert len(told.parts) == len(PARTS)
    assert refusal(path) == "This archive is encrypted: name its private key with --identity."
    assert refusal(path, x25519.Identity.generate()) == (
        "This private key is not one of this archive."
    )


def test_an_encrypted_archive_that_was_touched_is_refused(tmp_path: Path) -> None:
    key = x25519.Identity.generate()
    path = written(tmp_path / "a.tar.age", [key.to_public()])
    whole = path.read_bytes()
    for length in (len(whole) - 1, len(whole) // 2, 300, 30):
        path.write_bytes(whole[:length])
        assert "damaged" in refusal(path, key), length
    for place in (len(whole) - 1, len(whole) // 2, 300):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "damaged" in refusal(path, key), place


def test_a_disk_that_takes_no_more_is_an_error_and_not_an_archive() -> None:
    key = x25519.Identity.generate()

    def fill() -> None:
        with (
            Path("/dev/full").open("wb", buffering=0) as full,
            encryption.writing(full, [key.to_public()]) as clear,
        ):
            for _turn in range(64):
                clear.write(os.urandom(65536))

    with pytest.raises(OSError, match="No space left"):
        fill()
