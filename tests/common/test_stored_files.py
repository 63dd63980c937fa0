"""One copy per content: shared by all that refer to it, gone with the last of them."""

import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import translation

from appointments import drafts, papers
from appointments.models import Attachment, Draft
from esachivalaya.common import clock, stored_files
from esachivalaya.common.models import StoredFile
from officials.models import Post
from tests.papers import paper, pdf, picture
from tests.people import make_post
from tests.races import Outcome


def draft_of(post: Post, number: int) -> Draft:
    return Draft.objects.create(owner_digest=f"{number:064}", post=post)


def age_file(name: str, by: timedelta) -> None:
    past = (clock.now() - by).timestamp()
    os.utime(default_storage.path(name), (past, past))


@pytest.mark.django_db
def test_the_same_content_is_kept_once_whoever_adds_it() -> None:
    post, content = make_post(), pdf(label="one copy")
    for number in (1, 2):
        papers.add_to_draft(draft=draft_of(post, number), paper=paper(content))
    stored = StoredFile.objects.get()
    assert Attachment.objects.filter(stored=stored).count() == 2
    with stored.file.open("rb") as kept:
        assert kept.read() == content
    assert stored.file.name.startswith(f"{stored.sha256[:2]}/{stored.sha256}-")
    assert "map" not in str(stored.file.name)


@pytest.mark.django_db
def test_a_file_is_kept_only_in_the_transaction_that_refers_to_it(
    transactional_db: None,
) -> None:
    with pytest.raises(RuntimeError):
        stored_files.keep(paper(pdf()))


@pytest.mark.django_db
def test_a_scanned_copy_says_when_and_by_what() -> None:
    stored = stored_files.keep(paper(pdf(label="scanned")))
    assert stored.checked_at is None
    stored_files.keep(paper(pdf(label="scanned"), scanner="clamav"))
    stored.refresh_from_db()
    assert stored.checked_by == "clamav"
    assert stored.checked_at is not None


def test_two_same_uploads_at_once_make_one_file(
    race: Callable[..., list[Outcome]],
) -> None:
    post, content = make_post(), pdf(label="at once")
    jobs = [
        partial(papers.add_to_draft, draft=draft_of(post, number), paper=paper(content))
        for number in range(4)
    ]
    outcomes = race(*jobs)
    assert all(one.ok for one in outcomes), [one.error for one in outcomes]
    stored = StoredFile.objects.get()
    # The folder is shared by all contents whose digest begins alike.
    kept = default_storage.listdir(stored.sha256[:2])[1]
    same = [name for name in kept if name.startswith(stored.sha256)]
    assert same == [stored.file.name.split("/")[1]]


def test_the_file_goes_with_the_last_that_refers_to_it(transactional_db: None) -> None:
    post, content = make_post(), pdf(label="the last")
    first, second = draft_of(post, 1), draft_of(post, 2)
    for draft in (first, second):
        papers.add_to_draft(draft=draft, paper=paper(content))
    stored = StoredFile.objects.get()
    name = str(stored.file.name)
    default_storage.save(stored.picture_name(1), ContentFile(b"RIFF"))
    papers.remove_from_draft(draft=first, position=1)
    papers.remove_from_draft(draft=first, position=1)
    assert default_storage.exists(name)
    papers.remove_from_draft(draft=second, position=1)
    assert not StoredFile.objects.exists()
    assert not default_storage.exists(name)
    assert not default_storage.exists(stored.picture_name(1))


def test_a_removal_that_is_undone_keeps_the_file(transactional_db: None) -> None:
    draft = draft_of(make_post(), 1)
    papers.add_to_draft(draft=draft, paper=paper(pdf(label="undone")))
    with transaction.atomic():
        papers.remove_from_draft(draft=draft, position=1)
        transaction.set_rollback(True)
    assert default_storage.exists(str(StoredFile.objects.get().file.name))


@pytest.mark.parametrize("_round", range(5))
def test_removed_while_another_adds_the_same_the_file_is_there(
    race: Callable[..., list[Outcome]], _round: int
) -> None:
    post, content = make_post(), pdf(label="both")
    leaving, coming = draft_of(post, 1), draft_of(post, 2)
    papers.add_to_draft(draft=leaving, paper=paper(content))
    outcomes = race(
        lambda: papers.remove_from_draft(draft=leaving, position=1),
        lambda: papers.add_to_draft(draft=coming, paper=paper(content)),
        stored_files.remove_old,
    )
    assert all(one.ok for one in outcomes), [one.error for one in outcomes]
    stored = coming.attachments.select_related("stored").get().stored
    with stored.file.open("rb") as kept:
        assert kept.read() == content


def test_what_somebody_just_takes_up_is_passed_over(
    transactional_db: None, owner_connection: object
) -> None:
    draft = draft_of(make_post(), 1)
    papers.add_to_draft(draft=draft, paper=paper(pdf(label="taken up")))
    stored = StoredFile.objects.get()
    Attachment.objects.all().delete()
    with owner_connection.cursor() as cursor:  # type: ignore[attr-defined]
        owner_connection.autocommit = False  # type: ignore[attr-defined]
        cursor.execute("SELECT 1 FROM common_storedfile FOR KEY SHARE")
        assert stored_files.forget(stored.pk) == 0
        owner_connection.rollback()  # type: ignore[attr-defined]
    assert stored_files.remove_old() == 1


def test_old_drafts_take_their_papers_with_them(transactional_db: None) -> None:
    draft = draft_of(make_post(), 1)
    papers.add_to_draft(draft=draft, paper=paper(pdf(label="old")))
    Draft.objects.update(changed_at=clock.now() - timedelta(days=3))
    assert drafts.remove_old() == 1
    assert not StoredFile.objects.exists()


def test_a_file_without_a_row_goes_after_a_day_and_nothing_else(transactional_db: None) -> None:
    draft = draft_of(make_post(), 1)
    papers.add_to_draft(draft=draft, paper=paper(pdf(label="kept")))
    kept = StoredFile.objects.get()
    folder = kept.sha256[:2]
    picture_name = default_storage.save(kept.picture_name(2), ContentFile(b"RIFF"))
    old = default_storage.save(f"{folder}/old.pdf", ContentFile(b"x"))
    its_picture = default_storage.save(f"{folder}/old.pdf.1.webp", ContentFile(b"x"))
    young = default_storage.save(f"{folder}/young.pdf", ContentFile(b"x"))
    for name in (str(kept.file.name), picture_name, old, its_picture):
        age_file(name, timedelta(days=2))
    stored_files.tidy_folder(folder)
    names = (str(kept.file.name), picture_name, young, old, its_picture)
    assert [default_storage.exists(name) for name in names] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("content", "pages", "facts"),
    [
        (pdf(3), 3, "PDF, 3 pages, "),
        (pdf(1), 1, "PDF, 1 page, "),
        (pdf(1), None, "PDF, "),
        (picture(), 1, "JPEG, "),
    ],
)
def test_a_paper_says_what_it_is_and_how_much(
    content: bytes, pages: int | None, facts: str
) -> None:
    kind = paper(content).content_type
    with translation.override("en"):
        told = StoredFile(content_type=kind, size=240 * 1024, pages=pages).facts
    assert told.replace("\xa0", " ") == f"{facts}240.0 KB"
