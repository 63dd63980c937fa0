"""Papers and seals in an S3-compatible store: as in a folder, and read by every node."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from appointments.models import Request
from esachivalaya.audit import anchors, seal_store, services, verification
from esachivalaya.common import clock, paper_reader, scans, stored_files
from esachivalaya.common.models import StoredFile
from esachivalaya.common.stored_files import StoreAway
from esachivalaya.notifications.models import Message
from esachivalaya.watching import figures, judging
from tests.backups.test_drill import Empty, backed_up, content
from tests.object_stores import BUCKET, Store, free_port
from tests.papers import attach, letter, paper, pdf, picture
from tests.people import Cast, make_district, sign_in_staff
from tests.scale.conftest import OfThePortal

MB = 1024 * 1024
EVERYBODY = "AllUsers"


@transaction.atomic
def kept(content: bytes) -> StoredFile:
    return stored_files.keep(paper(content))


@pytest.mark.django_db
def test_what_is_kept_is_read_as_it_was_and_stands_once(in_store: OfThePortal) -> None:
    made = pdf(label="a map")
    first, second = kept(made), kept(made)
    assert first == second
    with first.file.open("rb") as file:
        assert file.read() == made
        assert file.size == len(made)
    assert in_store.names() == [f"papers/{first.file.name}"]


@pytest.mark.django_db
def test_nothing_in_the_store_is_anybody_else_s(in_store: OfThePortal) -> None:
    stored = kept(pdf())
    with pytest.raises(ValueError, match="not accessible via a URL"):
        default_storage.url(str(stored.file.name))
    key = f"{in_store.prefix}/{in_store.names()[0]}"
    grants = in_store.store.client().get_object_acl(Bucket=BUCKET, Key=key)["Grants"]
    assert grants
    assert not [one for one in grants if EVERYBODY in one["Grantee"].get("URI", "")]


@pytest.mark.django_db
def test_a_paper_goes_out_through_the_portal_s_own_check(
    in_store: OfThePortal, client: Client, cast: Cast, asked: Request
) -> None:
    sheets = letter(2)
    attach(asked, content=sheets, name="नक्शा.pdf", pages=2)
    where = reverse("admin:appointments_request_paper", args=[asked.reference, 1])
    assert client.get(where).status_code == 302
    sign_in_staff(client, cast.suresh)
    answer = client.get(where)
    assert b"".join(answer.streaming_content) == sheets
    assert answer["Content-Disposition"].startswith("attachment")
    assert int(answer["Content-Length"]) == StoredFile.objects.get().size
    shown = client.get(
        reverse("admin:appointments_request_paper_picture", args=[asked.reference, 1, 2])
    )
    with Image.open(io.BytesIO(shown.content)) as drawn:
        assert drawn.format == "WEBP"
    assert sum(key.endswith(".pdf.2.webp") for key in in_store.names()) == 1
    default_storage.delete(str(StoredFile.objects.get().file.name))
    assert client.get(where).status_code == 404
    answer.close()


@pytest.mark.django_db
def test_a_scan_of_many_megabytes_is_kept_whole_and_drawn(in_store: OfThePortal) -> None:
    grey = Image.effect_noise((3000, 3000), 60)
    out = io.BytesIO()
    grey.save(out, "PDF", quality=95)
    upload = TemporaryUploadedFile("letter.pdf", "application/pdf", len(out.getvalue()), None)
    upload.write(out.getvalue())
    upload.seek(0)
    with upload:
        scan = scans.checked(upload)
    assert scan.size > 2 * MB
    with scan.file, transaction.atomic():
        stored = stored_files.keep(scan)
    with stored.file.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == stored.sha256
    assert paper_reader.picture_of(stored, 1)


@pytest.mark.django_db(transaction=True)
def test_what_nothing_refers_to_goes_from_the_store(in_store: OfThePortal) -> None:
    stored = kept(picture())
    assert paper_reader.picture_of(stored, 1)
    assert len(in_store.names()) == 2
    assert stored_files.remove_old() == 1
    assert in_store.names() == []


@pytest.mark.django_db(transaction=True)
def test_two_nodes_tidy_one_folder_at_once(
    in_store: OfThePortal, race: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_files, "UNCLAIMED", timedelta(0))
    for number in range(30):
        default_storage.save(f"ab/{number}.pdf", ContentFile(b"x"))
    tidy = [lambda: stored_files.tidy_folder("ab")] * 2
    assert all(outcome.ok for outcome in race(*tidy))
    assert in_store.names() == []


@pytest.mark.django_db
def test_while_the_store_is_away_nothing_is_half_kept_and_the_page_says_so(
    settings: Any, client: Client, cast: Cast, asked: Request
) -> None:
    attach(asked)
    where = reverse("admin:appointments_request_paper", args=[asked.reference, 1])
    settings.STORAGES = {**settings.STORAGES, **Store(free_port()).storages("gone")}
    sign_in_staff(client, cast.suresh)
    client.raise_request_exception = False
    answer = client.get(where)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    before = StoredFile.objects.count()
    with pytest.raises(StoreAway):
        kept(pdf(label="lost"))
    assert StoredFile.objects.count() == before


# --- seals


@pytest.fixture
def own_key(settings: Any) -> None:
    settings.AUDIT_ANCHOR_KEY = "a key that the database does not know"


def act(name: str) -> None:
    with transaction.atomic():
        services.record(make_district("REW"), name, at=clock.now(), data={"name": name})


@pytest.mark.usefixtures("own_key")
@pytest.mark.django_db(transaction=True)
def test_each_seal_names_the_one_before_whichever_node_made_that(
    in_store: OfThePortal, settings: Any, tmp_path: Path, owner_connection: Any
) -> None:
    act("made")
    settings.DATA_DIR = tmp_path / "node-a"
    first = anchors.seal_the_day()
    assert first is not None
    yesterday = first.day - timedelta(days=1)
    _a_day_earlier(first, yesterday, owner_connection)
    settings.DATA_DIR = tmp_path / "node-b"
    second = anchors.seal_the_day()
    assert second is not None
    assert second.previous == anchors.sign(
        anchors._content(yesterday, first.heads, first.count, first.root, first.previous)
    )
    assert verification.findings() is not None
    assert [str(finding) for finding in verification.findings()] == []
    assert sorted(in_store.names()) == [
        f"anchors/{seal_store.name_of(day)}" for day in (yesterday, first.day)
    ]
    assert not any(tmp_path.rglob("*.json"))


def _a_day_earlier(seal: anchors.Seal, day: Any, owner: Any) -> None:
    """Move the seal that was made just now to the day before."""
    seal_store.remove(seal_store.name_of(seal.day))
    moved = anchors.sign(anchors._content(day, seal.heads, seal.count, seal.root, seal.previous))
    anchors._write(anchors.Seal(day, seal.heads, seal.count, seal.root, seal.previous, moved))
    with owner.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_anchor DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_anchor SET day = %s", [day])
        cursor.execute("ALTER TABLE audit_anchor ENABLE TRIGGER USER")


def test_a_seal_is_never_written_over(in_store: OfThePortal) -> None:
    seal_store.write("2026-01-01.json", b"{}")
    with pytest.raises(FileExistsError):
        seal_store.write("2026-01-01.json", b"{1}")
    # Not even by who looked a moment before it was there.
    with pytest.raises(FileExistsError):
        storages["seals"]._save("2026-01-01.json", ContentFile(b"{2}"))
    assert seal_store.read("2026-01-01.json") == b"{}"


# --- backups


@pytest.mark.django_db(transaction=True)
def test_a_portal_in_a_folder_is_restored_into_a_store(
    lived_in: Any, empty_place: Empty, tmp_path: Path, store: Store
) -> None:
    archive = backed_up(lived_in, tmp_path / "archives")
    there = empty_place()
    more = {"STORAGES": {**portal.STORAGES, **store.storages("restored")}}
    told = there.run("restore", archive, **more)
    assert told.returncode == 0, told.stderr
    assert content(there) == content(lived_in)
    assert len(store.keys("restored/papers")) == 2
    assert len(store.keys("restored/anchors")) == 1
    assert there.files() == []
    # And backed up again from there, it is the same.
    again = there.run("backup", tmp_path / "again", "--in-clear", **more)
    assert again.returncode == 0, again.stderr
    assert "2 papers, 1 seals" in again.stdout + again.stderr
    assert Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_in_a_store_is_restored_over(
    lived_in: Any, empty_place: Empty, tmp_path: Path, store: Store
) -> None:
    archive = backed_up(lived_in, tmp_path / "archives")
    taken = store.storages("taken")
    store.client().put_object(Bucket=BUCKET, Key="taken/anchors/x.json", Body=b"{}")
    told = empty_place().run("restore", archive, STORAGES={**portal.STORAGES, **taken})
    assert told.returncode == 1
    assert "nothing is written over" in told.stderr


# --- how it is watched


def room(told: figures.Told) -> judging.Finding:
    return next(one for one in judging.findings(told) if one.key == "room")


@pytest.mark.django_db
def test_the_operator_s_page_tells_of_the_store(in_store: OfThePortal, settings: Any) -> None:
    told = figures.read()
    assert told[figures.PAPERS_UP].value == 1
    assert figures.FREE not in told.figures
    assert room(told).level == "done"
    settings.STORAGES = {**settings.STORAGES, **Store(free_port()).storages("gone")}
    told = figures.read()
    assert told[figures.PAPERS_UP].value == 0
    assert room(told).level == "breach"
