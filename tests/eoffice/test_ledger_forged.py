"""Verification names what the owner of the tables could bend while every digest stays right."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from eoffice.models import Approval, Draft, Movement, Question
from eoffice.services import asking, drafts, issuing, ledger
from eoffice.services.asking import Wanted
from eoffice.services.ledger import hash_of
from eoffice.services.locking import locked
from esachivalaya.common import clock
from tests.desks import Branch, days_from_now, filed, make_branch, make_correspondent
from tests.drafting import approved, put_up
from tests.eoffice.test_verify_letters import as_owner, problems

pytestmark = pytest.mark.django_db


def voided(branch: Branch) -> tuple[Draft, Approval]:
    """A draft that was approved and then written anew."""
    draft = approved(branch)
    given = {"desk": branch.officer, "by": branch.ramesh, "version": draft.version}
    drafts.edit(draft=draft, subject="Repair", body="By June.", **given)
    return draft, Approval.objects.get(version__draft=draft)


class TestVoidApprovals:
    def test_the_database_gives_none_its_force_back(self, branch: Branch) -> None:
        _draft, approval = voided(branch)
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(voided_at=None)
        approved(branch)
        assert problems() == []

    @pytest.mark.parametrize("moment", ["NULL", "voided_at - interval '1 hour'"])
    def test_one_that_is_not_void_as_entered_is_named(
        self, transactional_db: None, owner_connection: Any, moment: str
    ) -> None:
        draft, approval = voided(make_branch())
        change = f"UPDATE eoffice_approval SET voided_at = {moment}"
        as_owner(owner_connection, "eoffice_approval", change)
        told = f"approval {approval.pk} is not void as it was entered"
        assert problems() == [(draft.file_id, told)]

    def test_one_that_no_entry_voids_is_named(self, branch: Branch) -> None:
        voided(branch)
        draft = approved(branch)
        rows = Approval.objects.filter(version__draft=draft)
        rows.update(voided_at=clock.now())
        told = f"approval {rows.get().pk} is voided by no entry"
        assert problems() == [(draft.file_id, told)]

    def test_one_that_states_an_old_date_is_named_all_the_same(self, branch: Branch) -> None:
        approved(branch)
        other = put_up(branch)
        false = Approval.objects.create(
            version=drafts.latest_of(other),
            desk=branch.officer,
            by=branch.ramesh,
            at=clock.now() - timedelta(days=30),
        )
        assert problems() == [(other.file_id, f"approval {false.pk} is given by no entry")]


@pytest.mark.parametrize(
    "more",
    [
        {"version": "x"},
        {"version": 10**30},
        {"version": [1]},
        {"words": None},
        {"voids": ["x"]},
        {"notes": [{"note": "x", "sha256": "y"}]},
        {"notes": 7},
        {"card": {"card": "x", "sha256": "y"}},
        [],
    ],
)
@pytest.mark.parametrize("rehashed", [False, True])
def test_an_entry_that_nobody_could_write_is_named_and_stops_nothing(
    transactional_db: None, owner_connection: Any, more: Any, rehashed: bool
) -> None:
    branch = make_branch()
    approved(branch)
    draft = approved(branch)
    row = Movement.objects.filter(item=draft.file_id).latest("seq")
    told = json.loads(row.payload)
    told["more"] = {**told["more"], **more} if isinstance(more, dict) else more
    payload = json.dumps(told)
    now = hash_of(row.previous, payload) if rehashed else row.hash
    change = "UPDATE eoffice_movement SET payload = %s, hash = %s WHERE id = %s"
    as_owner(owner_connection, "eoffice_movement", change, payload, now, row.pk)
    problem = "what it fixed cannot be read" if rehashed else "it was changed after it was written"
    assert problems()[0] == (draft.file_id, problem)
    with pytest.raises(CommandError, match=problem):
        call_command("verify_ledger")


def test_words_that_moved_from_the_text_into_the_subject_are_named(
    transactional_db: None, owner_connection: Any
) -> None:
    draft = put_up(make_branch(), body="It is refused.\nThe road waits.")
    assert problems() == []
    change = "UPDATE eoffice_draftversion SET subject = %s, body = %s"
    subject = "Repair of the road to Bawal\nIt is refused."
    as_owner(owner_connection, "eoffice_draftversion", change, subject, "The road waits.")
    told = "the subject of version 1 of the draft has more than one line"
    assert problems() == [(draft.file_id, told)]


class TestParticulars:
    """What an approved letter is beside its words: no row of it is sealed, each entry tells it."""

    CHANGES = (
        ("form", "order", "the form"),
        ("language", "hi", "the language"),
        ("letterhead", "Government of nowhere", "the letterhead"),
    )

    def issued(self, branch: Branch) -> Draft:
        draft = approved(branch)
        given = {"desk": branch.officer, "by": branch.ramesh, "version": draft.version}
        issuing.issue(draft=draft, unsigned=True, **given)
        return draft

    @pytest.mark.parametrize(("column", "value", "what"), CHANGES)
    @pytest.mark.parametrize("far", ["approved", "issued"])
    def test_what_was_changed_afterwards_is_named(
        self, branch: Branch, column: str, value: str, what: str, far: str
    ) -> None:
        draft = approved(branch) if far == "approved" else self.issued(branch)
        assert problems() == []
        Draft.objects.filter(pk=draft.pk).update(**{column: value})
        assert problems() == [(draft.file_id, f"{what} is not what was approved")]

    def test_another_signatory_is_named(self, branch: Branch) -> None:
        draft = approved(branch)
        Draft.objects.filter(pk=draft.pk).update(signatory=branch.under_secretary)
        assert problems() == [(draft.file_id, "the signatory is not what was approved")]

    @pytest.mark.parametrize("far", ["approved", "issued"])
    def test_other_readers_are_named(self, branch: Branch, far: str) -> None:
        draft = approved(branch) if far == "approved" else self.issued(branch)
        other = make_correspondent(branch.section, "Balwant Singh")
        reader = draft.addressees.get()
        reader.correspondent = other
        reader.save()
        assert problems() == [(draft.file_id, "who reads the letter is not what was approved")]
        reader.copy = True
        reader.save()
        assert problems() == [(draft.file_id, "who reads the letter is not what was approved")]

    def test_what_is_only_put_up_or_void_may_change(self, branch: Branch) -> None:
        draft, _approval = voided(branch)
        other = put_up(branch)
        Draft.objects.filter(pk__in=[draft.pk, other.pk]).update(form="order")
        assert problems() == []


class TestQuestions:
    def asked(self, branch: Branch) -> Question:
        (question,) = asking.ask(
            file=filed(branch),
            desk=branch.assistant,
            by=branch.seema,
            to=[branch.under_secretary],
            wanted=Wanted("May the patwari be heard?", days_from_now(3)),
        )
        return question

    def test_a_shortened_closing_date_is_named(self, branch: Branch) -> None:
        question = self.asked(branch)
        assert problems() == []
        Question.objects.update(closes_at=question.closes_at - timedelta(days=1))
        told = f"question {question.pk} has another closing date"
        assert problems() == [(question.item_id, told)]

    @pytest.mark.parametrize("column", ["to_desk", "from_desk"])
    def test_a_question_of_other_desks_is_named(self, branch: Branch, column: str) -> None:
        question = self.asked(branch)
        Question.objects.update(**{column: branch.officer})
        told = f"question {question.pk} is not what was asked"
        assert problems() == [(question.item_id, told)]

    def test_a_silence_before_the_closing_date_is_named(self, branch: Branch) -> None:
        question, moment = self.asked(branch), clock.now()
        Question.objects.update(silent_at=moment)
        item = locked([question.item_id])[question.item_id]
        more = {"question": question.pk, "round": 1}
        ledger.append_silence(item, at=moment, to_desk=question.to_desk, more=more)
        told = f"question {question.pk} was not silent as it was entered"
        assert problems() == [(question.item_id, told)]

    def test_a_silence_that_states_an_old_date_is_named_all_the_same(self, branch: Branch) -> None:
        self.test_a_silence_before_the_closing_date_is_named(branch)
        other = self.asked(branch)
        Question.objects.filter(pk=other.pk).update(silent_at=clock.now() - timedelta(days=30))
        assert (other.item_id, f"question {other.pk} is ended by no entry") in problems()
