"""Drafts: versions that stay, approval by an officer, and what voids it."""

import pytest
from django.db import DatabaseError, transaction

from eoffice.models import Approval, Draft, DraftVersion, LetterTemplate
from eoffice.permissions import seat_at
from eoffice.services import differences, drafts, moving
from eoffice.services.moving import Sent
from eoffice.services.refusals import Elsewhere, Refused
from esachivalaya.common.states import Overtaken
from tests.desks import Branch, make_branch
from tests.drafting import approved, drafted, put_up


def test_a_draft_is_put_up_and_approved_by_the_officer(branch: Branch) -> None:
    draft = approved(branch)
    approval = drafts.approval_of(draft)
    assert draft.status == Draft.Status.APPROVED
    assert approval is not None
    assert (approval.version.number, approval.by) == (1, branch.ramesh)


def test_an_assistant_does_not_approve(branch: Branch) -> None:
    draft = drafted(branch)
    row = drafts.put_up(draft=draft, desk=branch.assistant, by=branch.seema, version=draft.version)
    with pytest.raises(Refused) as refused:
        drafts.approve(draft=row, desk=branch.assistant, by=branch.seema, version=row.version)
    assert refused.value.rule == "rank"


def test_the_officers_staff_does_not_approve(branch: Branch) -> None:
    draft = put_up(branch)
    seat = seat_at(branch.ramesh, branch.officer.post.code)
    assert seat is not None
    seat.charge.kind = "staff"
    seat.charge.save()
    with pytest.raises(Refused):
        drafts.approve(draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version)


def test_an_edit_after_the_approval_voids_it(branch: Branch) -> None:
    draft = approved(branch)
    row = drafts.edit(
        draft=draft,
        desk=branch.officer,
        by=branch.ramesh,
        version=draft.version,
        subject="Repair of the road",
        body="Other words.",
    )
    assert row.status == Draft.Status.BEING_WRITTEN
    assert drafts.approval_of(row) is None
    assert Approval.objects.get(version__draft=row).voided_at is not None
    assert [one.number for one in row.versions.all()] == [1, 2]


def test_other_readers_void_the_approval_too(branch: Branch) -> None:
    draft = approved(branch)
    person = draft.addressees.get().correspondent
    row = drafts.address(
        draft=draft,
        desk=branch.officer,
        by=branch.ramesh,
        version=draft.version,
        to=(),
        copies=(person,),
    )
    assert drafts.approval_of(row) is None
    with pytest.raises(Refused) as refused:
        drafts.put_up(draft=row, desk=branch.officer, by=branch.ramesh, version=row.version)
    assert refused.value.rule == "no_addressee"


def test_the_same_words_again_make_no_version(branch: Branch) -> None:
    draft = approved(branch)
    latest = drafts.latest_of(draft)
    row = drafts.edit(
        draft=draft,
        desk=branch.officer,
        by=branch.ramesh,
        version=draft.version,
        subject=latest.subject,
        body=latest.body,
    )
    assert row.status == Draft.Status.APPROVED
    assert drafts.approval_of(row) is not None


def test_a_version_is_never_rewritten(branch: Branch) -> None:
    draft = drafted(branch)
    versions = DraftVersion.objects.filter(draft=draft)
    with pytest.raises(DatabaseError), transaction.atomic():
        versions.update(body="Forged")
    with pytest.raises(DatabaseError), transaction.atomic():
        versions.delete()


def test_a_returned_draft_says_why(branch: Branch) -> None:
    draft = put_up(branch)
    with pytest.raises(Refused):
        drafts.give_back(
            draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version, words=" "
        )
    row = drafts.give_back(
        draft=draft,
        desk=branch.officer,
        by=branch.ramesh,
        version=draft.version,
        words="Name the budget head.",
    )
    assert (row.status, row.words) == (Draft.Status.RETURNED, "Name the budget head.")


def test_who_read_an_older_page_overwrites_nothing(branch: Branch) -> None:
    draft = drafted(branch)
    wanted = {"draft": draft, "desk": branch.assistant, "by": branch.seema, "version": 1}
    drafts.edit(**wanted, subject="First", body="First")
    with pytest.raises(Overtaken):
        drafts.edit(**wanted, subject="Second", body="Second")
    assert drafts.latest_of(draft).body == "First"


def test_only_the_desk_that_has_the_file_writes(branch: Branch) -> None:
    draft = drafted(branch)
    moving.mark(
        item=draft.file.item,
        desk=branch.assistant,
        to=branch.officer,
        by=branch.seema,
        sent=Sent(),
    )
    with pytest.raises(Elsewhere):
        drafts.edit(
            draft=draft,
            desk=branch.assistant,
            by=branch.seema,
            version=draft.version,
            subject="x",
            body="y",
        )


def test_differences_lead_from_the_old_words_to_the_new(branch: Branch) -> None:
    draft = drafted(branch, body="The road will be repaired by May.")
    drafts.edit(
        draft=draft,
        desk=branch.assistant,
        by=branch.seema,
        version=draft.version,
        subject=drafts.latest_of(draft).subject,
        body="The road will be widened and repaired by May.",
    )
    old, new = draft.versions.all()
    pieces = differences.between(old, new)["body"]
    assert "".join(one.text for one in pieces if one.kind != "ins") == old.body
    assert "".join(one.text for one in pieces if one.kind != "del") == new.body
    assert [one.text.strip() for one in pieces if one.kind == "ins"] == ["widened and"]


def test_templates_are_the_departments_own_and_those_of_all(branch: Branch) -> None:
    other = make_branch("LND", "HOM")
    fields = {"form": "letter", "letterhead": "Government of Haryana"}
    ours = branch.section.department
    LetterTemplate.objects.create(department=None, language="hi", name="All", **fields)
    LetterTemplate.objects.create(department=ours, language="en", name="Ours", **fields)
    LetterTemplate.objects.create(
        department=other.section.department, language="hi", name="Theirs", **fields
    )
    assert [one.name for one in drafts.templates_for(ours)] == ["Ours", "All"]
