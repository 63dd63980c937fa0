"""What is done with drafts, letters and cards stands in the file's chain, with its digests."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from eoffice import verification
from eoffice.models import Approval, Dispatch, Draft, Issue, Movement, Question
from eoffice.services import asking, deciding, dispatching, drafts, issuing, letter_entries, moving
from eoffice.services.cards import CARD, digest_from
from eoffice.services.deciding import CardWords
from eoffice.services.moving import Sent
from esachivalaya.common import clock
from tests.desks import (
    Branch,
    diarised,
    filed,
    make_branch,
    make_correspondent,
    make_desk,
)
from tests.drafting import approved, drafted, put_up
from tests.people import make_staff, sign_in_staff
from tests.questions import asked_until

pytestmark = pytest.mark.django_db
WORDS = hashlib.sha256(
    b"Repair of the road to Bawal\nThe road will be repaired by May."
).hexdigest()


def entries(file_pk: int, *acts: str) -> list[tuple[str, Any]]:
    """The entries of these acts in a file's chain, with what else each of them fixed."""
    rows = Movement.objects.filter(item=file_pk, act__in=acts).order_by("seq")
    return [(row.act, json.loads(row.payload)["more"]) for row in rows]


def entry(file_pk: int, act: str) -> Any:
    ((_act, more),) = entries(file_pk, act)
    return more


def issued(branch: Branch) -> Issue:
    draft = approved(branch)
    return issuing.issue(
        draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version, unsigned=True
    )


def sent(branch: Branch, issue: Issue, **more: Any) -> Dispatch:
    return dispatching.send(
        issue=issue,
        addressee=issue.draft.addressees.get(),
        desk=branch.officer,
        by=branch.ramesh,
        unsigned=True,
        **{"mode": "post", **more},
    )


class TestDrafts:
    def test_what_is_put_up_is_fixed_to_the_word(self, branch: Branch) -> None:
        draft = put_up(branch)
        told = entry(draft.file_id, "draft_put_up")
        reader = draft.addressees.get().correspondent_id
        assert (told["draft"], told["number"], told["words"]) == (draft.pk, 1, WORDS)
        assert (told["to"], told["copies"]) == ([reader], [])

    def test_an_approval_names_the_version_it_approves(self, branch: Branch) -> None:
        draft = approved(branch)
        told = entry(draft.file_id, "draft_approved")
        approval = drafts.approval_of(draft)
        assert approval is not None
        assert (told["approval"], told["version"]) == (approval.pk, approval.version_id)
        assert told["words"] == WORDS
        row = Movement.objects.get(item=draft.file_id, act="draft_approved")
        assert (row.by, row.from_desk, row.at) == (branch.ramesh, branch.officer, approval.at)

    def test_a_returned_draft_says_in_the_chain_what_is_to_be_mended(self, branch: Branch) -> None:
        draft = put_up(branch)
        drafts.give_back(
            draft=draft,
            desk=branch.officer,
            by=branch.ramesh,
            version=draft.version,
            words="Name the rule",
        )
        row = Movement.objects.get(item=draft.file_id, act="draft_returned")
        assert row.words == "Name the rule"
        assert json.loads(row.payload)["more"]["words"] == WORDS

    def test_an_edit_that_voids_an_approval_is_entered_with_the_new_words(
        self, branch: Branch
    ) -> None:
        draft = approved(branch)
        given = {"desk": branch.officer, "by": branch.ramesh}
        changed = drafts.edit(
            draft=draft,
            version=draft.version,
            subject="Repair of the road",
            body="It will be repaired by June.",
            **given,
        )
        told = entry(draft.file_id, "approval_voided")
        assert told["voids"] == [Approval.objects.get().pk]
        words = letter_entries.words_digest("Repair of the road", "It will be repaired by June.")
        assert (told["number"], told["words"]) == (2, words)
        # Nothing was approved any more: a further edit voids nothing.
        drafts.edit(
            draft=changed, version=changed.version, subject="Repair", body="By June.", **given
        )
        assert len(entries(draft.file_id, "approval_voided")) == 1

    def test_another_reader_voids_it_in_the_chain_too(self, branch: Branch) -> None:
        draft = approved(branch)
        other = make_correspondent(branch.section, "Balwant Singh")
        drafts.address(
            draft=draft,
            desk=branch.officer,
            by=branch.ramesh,
            version=draft.version,
            to=(other,),
        )
        assert entry(draft.file_id, "approval_voided")["to"] == [other.pk]

    def test_what_is_refused_enters_nothing(self, branch: Branch) -> None:
        draft = drafted(branch, to=())
        with pytest.raises(Exception, match="no_addressee"):
            drafts.put_up(
                draft=draft, desk=branch.assistant, by=branch.seema, version=draft.version
            )
        assert not entries(draft.file_id, "draft_put_up")


class TestLetters:
    def test_a_sending_fixes_the_bytes_and_the_address_but_tells_no_address(
        self, branch: Branch
    ) -> None:
        issue = issued(branch)
        row = sent(branch, issue, tracking="EH123456789IN")
        told = entry(issue.draft.file_id, "sent")
        assert told["sha256"] == issue.sha256 == issue.stored.sha256
        assert (told["number"], told["letter"]) == (row.number, issue.number)
        assert told["address_sha256"] == hashlib.sha256(row.to_address.encode()).hexdigest()
        assert told["tracking"] == "EH123456789IN"
        payload = Movement.objects.get(item=issue.draft.file_id, act="sent").payload
        assert "Model Town" not in payload
        assert "Asha" not in payload

    def test_what_came_back_and_went_again_stands_entry_by_entry(self, branch: Branch) -> None:
        issue = issued(branch)
        row = sent(branch, issue)
        given = {"desk": branch.officer, "by": branch.ramesh}
        back = dispatching.came_back(
            dispatch=row, version=row.version, words="Addressee has moved", **given
        )
        again = dispatching.send_again(dispatch=back, mode="hand", **given)
        dispatching.delivered(dispatch=again, version=again.version, proof="R-7", **given)
        rows = entries(issue.draft.file_id, "sent", "came_back", "sent_again", "delivered")
        assert [act for act, _more in rows] == ["sent", "came_back", "sent_again", "delivered"]
        assert rows[2][1]["again_of"] == row.pk
        assert rows[3][1]["proof"] == "R-7"
        why = Movement.objects.get(item=issue.draft.file_id, act="came_back").words
        assert why == "Addressee has moved"
        assert not list(verification.findings())

    def test_the_registry_enters_what_it_sends_and_what_it_gives_back(self, branch: Branch) -> None:
        clerk = make_staff("registry.ledger")
        unit = make_desk("REG-9", branch.section, 10, clerk, registry=True)
        issue = issued(branch)
        row = sent(branch, issue, registry=unit)
        handed = Movement.objects.get(item=issue.draft.file_id, act="with_registry")
        assert handed.to_desk == unit
        dispatching.cancel(
            dispatch=row, desk=unit, by=clerk, version=row.version, words="No envelope"
        )
        second = sent(branch, issue, registry=unit)
        dispatching.send_waiting(dispatch=second, desk=unit, by=clerk, version=second.version)
        acts = ("with_registry", "not_sent", "sent")
        rows = entries(issue.draft.file_id, *acts)
        assert [act for act, _more in rows] == [
            "with_registry",
            "not_sent",
            "with_registry",
            "sent",
        ]
        last = Movement.objects.get(item=issue.draft.file_id, act="sent")
        assert (last.from_desk, last.by) == (unit, clerk)
        assert not list(verification.findings())


class TestCards:
    def test_the_entry_that_sends_a_card_up_has_its_digest(self, branch: Branch) -> None:
        file = filed(branch)
        card = deciding.fill_card(
            file=file,
            desk=branch.assistant,
            by=branch.seema,
            told=CardWords("Whether to repair the road", money="12 lakh"),
            version=None,
        )
        at = {"desk": branch.assistant, "by": branch.seema}
        moving.mark(item=file.item, to=branch.officer, sent=Sent(), **at)
        told = entry(file.pk, "marked")["card"]
        assert told == {"card": card.pk, "sha256": digest_from([getattr(card, n) for n in CARD])}

    def test_what_goes_without_a_card_says_nothing_of_one(self, branch: Branch) -> None:
        receipt = diarised(branch)
        at = {"desk": branch.assistant, "by": branch.seema}
        moving.mark(item=receipt.item, to=branch.officer, sent=Sent(), **at)
        assert "card" not in entry(receipt.pk, "marked")


class TestSilence:
    def silent(self, branch: Branch) -> Question:
        law = make_branch("LAW", "HOM")
        question = asked_until(
            clock.now() - timedelta(minutes=1),
            file=filed(branch),
            desk=branch.assistant,
            by=branch.seema,
            to=law.officer,
        )
        asking.close_due()
        asking.close_due()
        question.refresh_from_db()
        return question

    def test_a_silence_is_an_entry_of_nobody_once(self, branch: Branch) -> None:
        question = self.silent(branch)
        row = Movement.objects.get(item=question.item_id, act="silent")
        assert (row.by, row.from_desk, row.charge_kind) == (None, None, "")
        assert (row.to_desk, row.at) == (question.to_desk, question.silent_at)
        assert json.loads(row.payload)["more"]["question"] == question.pk
        assert not list(verification.findings())

    def test_the_page_of_movements_says_that_the_portal_noted_it(self, branch: Branch) -> None:
        question = self.silent(branch)
        client = sign_in_staff(Client(headers={"Accept-Language": "en"}), branch.seema)
        where = [branch.assistant.post.code, question.item_id]
        shown = client.get(reverse("eoffice:file-history", args=where)).content.decode()
        assert "No view came from the asked desk" in shown
        assert "the portal" in shown
        assert ">None<" not in shown

    @pytest.mark.parametrize("change", [{"by": None}, {"from_desk": None}, {"charge_kind": ""}])
    def test_every_other_entry_is_somebodys_at_a_desk(
        self, branch: Branch, change: dict[str, object]
    ) -> None:
        file = filed(branch)
        row = Movement.objects.get(item=file.pk)
        row.pk, row.seq = None, 2
        for name, value in change.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError, match="movement_by_somebody"), transaction.atomic():
            row.save(force_insert=True)

    def test_a_silence_is_that_of_a_desk(self, branch: Branch) -> None:
        row = Movement.objects.get(item=self.silent(branch).item_id, act="silent")
        row.pk, row.seq, row.to_desk = None, row.seq + 1, None
        with pytest.raises(IntegrityError, match="movement_by_somebody"), transaction.atomic():
            row.save(force_insert=True)


def test_the_page_of_movements_names_version_letter_and_dispatch(branch: Branch) -> None:
    issue = issued(branch)
    row = sent(branch, issue)
    client = sign_in_staff(Client(headers={"Accept-Language": "en"}), branch.ramesh)
    where = [branch.officer.post.code, issue.draft.file_id]
    shown = client.get(reverse("eoffice:file-history", args=where)).content.decode()
    for words in ("Draft 1, version 1", f"Letter {issue.number}", f"Dispatch number {row.number}"):
        assert words in shown
    assert Draft.objects.get().status == Draft.Status.DISPATCHED
