"""Verification finds letters and questions that are not what their entries of the ledger fixed."""

from typing import Any

import pytest
from django.test import Client

from eoffice import file_acts, verification
from eoffice.models import Dispatch, Draft, Issue, Note, Opening
from eoffice.services import asking, dispatching, issuing
from eoffice.services.asking import Wanted
from esachivalaya.common.idempotency import new_key
from tests.desks import Branch, days_from_now, filed, make_branch, make_desk
from tests.drafting import approved
from tests.people import make_staff, sign_in_staff


def issued(branch: Branch) -> Issue:
    draft: Draft = approved(branch)
    return issuing.issue(
        draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version, unsigned=True
    )


def test_an_issued_letter_that_was_exchanged_is_named(
    transactional_db: None, owner_connection: Any
) -> None:
    issue = issued(make_branch())
    assert not list(verification.findings())
    with owner_connection.cursor() as cursor:
        cursor.execute("ALTER TABLE eoffice_issue DISABLE TRIGGER USER")
        cursor.execute("UPDATE eoffice_issue SET number = 'A-1/2020/9' WHERE id = %s", [issue.pk])
        cursor.execute("ALTER TABLE eoffice_issue ENABLE TRIGGER USER")
    (found,) = verification.findings()
    assert found.item == issue.draft.file_id
    assert "is not what was issued" in found.problem


def test_a_question_that_was_changed_while_it_is_open_is_named(branch: Branch) -> None:
    other = make_branch("ACC", "HOM")
    file = filed(branch)
    (question,) = asking.ask(
        file=file,
        desk=branch.assistant,
        by=branch.seema,
        to=[other.officer],
        wanted=Wanted("May the patwari be heard?", days_from_now(3)),
    )
    assert not list(verification.findings())
    type(question).objects.filter(pk=question.pk).update(words="Is the road to be repaired?")
    (found,) = verification.findings()
    assert (found.item, found.problem) == (
        file.pk,
        f"question {question.pk} is not what was asked",
    )


def test_the_registry_that_opens_a_letter_stands_in_the_log(branch: Branch, client: Client) -> None:
    clerk = make_staff("registry.log")
    unit = make_desk("REG-7", branch.section, 10, clerk, registry=True)
    issue = issued(branch)
    row: Dispatch = dispatching.send(
        issue=issue,
        addressee=issue.draft.addressees.get(),
        desk=branch.officer,
        by=branch.ramesh,
        mode="post",
        registry=unit,
        unsigned=True,
    )
    sign_in_staff(client, clerk)
    answer = client.get(f"/eoffice/REG-7/dispatch/{row.pk}/letter.pdf")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    (kept,) = Opening.objects.filter(item=issue.draft.file_id, by=clerk)
    assert kept.what == f"letter {row.pk}"


def test_what_another_window_wrote_is_not_signed_unseen(
    branch: Branch, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between keeping the dialog's note and sending the file the other window keeps its own."""
    file = filed(branch)
    lock = file_acts.locked

    def meanwhile(pks: list[int]) -> object:
        Note.objects.filter(file=file.pk, status="yellow").update(text="Half a", version=7)
        return lock(pks)

    monkeypatch.setattr(file_acts, "locked", meanwhile)
    sign_in_staff(client, branch.seema)
    stay = file.item.holdings.get()
    sent = {"stay": stay.pk, "to": branch.officer.post.code, "note": "Submitted please."}
    page = client.post(
        f"/eoffice/{branch.assistant.post.code}/files/{file.pk}/do/mark/",
        {**sent, "key": new_key()},
    )
    assert page.status_code == 409
    assert not Note.objects.filter(file=file.pk, status="sealed").exists()
