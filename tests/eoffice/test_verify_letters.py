"""Verification names drafts, approvals, letters, cards and silences that are not as entered."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from eoffice import verification
from eoffice.models import Approval, DecisionCard, Dispatch, Draft, Issue, Movement, Question
from eoffice.services import asking, deciding, dispatching, drafts, issuing, moving
from eoffice.services.asking import Wanted
from eoffice.services.deciding import CardWords
from eoffice.services.moving import Sent
from esachivalaya.common import clock
from tests.desks import Branch, days_from_now, filed, make_branch
from tests.drafting import approved, put_up
from tests.questions import asked_until
from tests.races import run_at_once

pytestmark = pytest.mark.django_db


def problems() -> list[tuple[int, str]]:
    return [(one.item, one.problem) for one in verification.findings()]


def as_owner(link: Any, table: str, statement: str, *values: Any) -> None:
    """What the owner of the tables could do once the triggers are off."""
    with link.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def sent(branch: Branch) -> Dispatch:
    draft = approved(branch)
    given = {"desk": branch.officer, "by": branch.ramesh}
    issue = issuing.issue(draft=draft, version=draft.version, unsigned=True, **given)
    reader = draft.addressees.get()
    return dispatching.send(issue=issue, addressee=reader, mode="post", unsigned=True, **given)


@pytest.mark.parametrize("column", ["body", "subject"])
def test_words_that_were_changed_after_they_went_up_are_named(
    transactional_db: None, owner_connection: Any, column: str
) -> None:
    draft = put_up(make_branch())
    assert problems() == []
    as_owner(
        owner_connection,
        "eoffice_draftversion",
        f"UPDATE eoffice_draftversion SET {column} = 'It is refused.' WHERE draft_id = %s",
        draft.pk,
    )
    assert problems() == [
        (draft.file_id, "version 1 of the draft is not what it read then"),
    ]


def test_an_approval_in_another_name_is_named(
    transactional_db: None, owner_connection: Any
) -> None:
    branch = make_branch()
    draft = approved(branch)
    as_owner(
        owner_connection,
        "eoffice_approval",
        "UPDATE eoffice_approval SET by_id = %s",
        branch.usha.pk,
    )
    approval = Approval.objects.get()
    assert problems() == [(draft.file_id, f"approval {approval.pk} is not what was given")]
    as_owner(owner_connection, "eoffice_approval", "DELETE FROM eoffice_approval")
    assert problems() == [(draft.file_id, "an approval that it gave is gone")]


def test_an_approval_that_nobody_gave_is_named(branch: Branch) -> None:
    approved(branch)
    other = put_up(branch)
    false = Approval.objects.create(
        version=drafts.latest_of(other), desk=branch.officer, by=branch.ramesh, at=clock.now()
    )
    assert problems() == [(other.file_id, f"approval {false.pk} is given by no entry")]


def test_what_was_approved_before_approvals_were_entered_raises_no_alarm(branch: Branch) -> None:
    old = put_up(branch)
    Approval.objects.create(
        version=drafts.latest_of(old),
        desk=branch.officer,
        by=branch.ramesh,
        at=clock.now() - timedelta(days=30),
    )
    approved(branch)
    assert problems() == []


@pytest.mark.parametrize(
    "change",
    [
        {"to_address": "Somebody else, Hisar"},
        {"number": "999/2020/EST-D"},
        {"mode": "hand"},
        {"tracking": "EH000000000IN"},
        {"status": "delivered", "proof": "R-1"},
        {"sent_at": clock.at(date(2020, 1, 3), time(11))},
        {"sent_by": None},
    ],
)
def test_a_sending_that_is_not_as_entered_is_named(branch: Branch, change: dict[str, Any]) -> None:
    row = sent(branch)
    assert problems() == []
    Dispatch.objects.filter(pk=row.pk).update(**change)
    assert problems() == [(row.issue.draft.file_id, f"sending {row.pk} is not what was entered")]


@pytest.mark.parametrize("days", [0, 30])
def test_a_sending_that_is_entered_nowhere_is_named(branch: Branch, days: int) -> None:
    sent(branch)
    row = sent(branch)
    file = row.issue.draft.file_id
    row.pk, row.number, row._state.adding = None, "5/2020/EST-D", True
    # Whatever moment it states: it was not sent before the letter was issued.
    row.asked_at = row.sent_at = clock.now() - timedelta(days=days)
    row.save(force_insert=True)
    assert problems() == [(file, f"sending {row.pk} is entered nowhere")]


def test_what_went_again_says_after_which_sending(branch: Branch) -> None:
    row = sent(branch)
    given = {"desk": branch.officer, "by": branch.ramesh}
    back = dispatching.came_back(dispatch=row, version=row.version, words="Moved", **given)
    again = dispatching.send_again(dispatch=back, mode="hand", **given)
    assert problems() == []
    Dispatch.objects.filter(pk=again.pk).update(again_of=None)
    file = row.issue.draft.file_id
    assert problems() == [(file, f"sending {again.pk} is not what was entered")]


class TestCards:
    def put_up(self, branch: Branch) -> DecisionCard:
        file = filed(branch)
        at = {"desk": branch.assistant, "by": branch.seema}
        told = CardWords("Whether to repair the road", money="12 lakh")
        card = deciding.fill_card(file=file, told=told, version=None, **at)
        moving.mark(item=file.item, to=branch.officer, sent=Sent(), **at)
        return card

    @pytest.mark.parametrize("column", ["matter", "rule", "options", "money"])
    def test_a_card_that_was_changed_once_it_went_up_is_named(
        self, branch: Branch, column: str
    ) -> None:
        card = self.put_up(branch)
        assert problems() == []
        DecisionCard.objects.filter(pk=card.pk).update(**{column: "12 crore"})
        assert problems() == [(card.file_id, "the decision card is not what went up")]

    def test_a_card_that_is_gone_is_named(self, branch: Branch) -> None:
        card = self.put_up(branch)
        DecisionCard.objects.all().delete()
        assert problems() == [(card.file_id, "a decision card that it sent up is gone")]

    def test_a_card_that_was_slipped_in_afterwards_is_named(self, branch: Branch) -> None:
        card = self.put_up(branch)
        file = filed(branch)
        stay = file.item.holdings.get()
        at = {"desk": branch.assistant, "by": branch.seema}
        moving.mark(item=file.item, to=branch.officer, sent=Sent(), **at)
        card.pk, card.file, card.holding, card._state.adding = None, file, stay, True
        card.save(force_insert=True)
        assert problems() == [(file.pk, f"decision card {card.pk} did not go up with it")]


class TestEndings:
    def asked(self, branch: Branch) -> Question:
        (question,) = asking.ask(
            file=filed(branch),
            desk=branch.assistant,
            by=branch.seema,
            to=[branch.under_secretary],
            wanted=Wanted("May the patwari be heard?", days_from_now(3)),
        )
        return question

    def ended(self, branch: Branch, closes: datetime) -> Question:
        given = {"file": filed(branch), "desk": branch.assistant, "by": branch.seema}
        return asked_until(closes, to=branch.under_secretary, **given)

    def silent(self, branch: Branch) -> Question:
        question = self.ended(branch, clock.now() - timedelta(minutes=1))
        asking.close_due()
        return question

    def test_a_silence_that_is_entered_nowhere_is_named(self, branch: Branch) -> None:
        self.silent(branch)
        other = self.asked(branch)
        assert problems() == []
        Question.objects.filter(pk=other.pk).update(silent_at=clock.now())
        assert problems() == [(other.item_id, f"question {other.pk} is ended by no entry")]

    def test_a_silence_of_the_time_before_raises_no_alarm(self, branch: Branch) -> None:
        moment = clock.now() - timedelta(days=30)
        other = self.ended(branch, moment)
        Question.objects.filter(pk=other.pk).update(silent_at=moment)
        assert problems() == []
        self.silent(branch)
        assert problems() == []

    def test_an_end_that_is_another_than_the_entered_one_is_named(
        self, transactional_db: None, owner_connection: Any
    ) -> None:
        question = self.silent(make_branch())
        as_owner(
            owner_connection,
            "eoffice_question",
            "UPDATE eoffice_question SET withdrawn_at = silent_at, silent_at = NULL",
        )
        assert problems() == [
            (question.item_id, f"question {question.pk} did not end as it stands now")
        ]


class Interrupted(verification.Hashing):
    """A checking during which, once the chains are walked, somebody else goes on working."""

    def __init__(self, meanwhile: Any) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def digests(self, texts: Iterable[str]) -> list[str]:
        found = super().digests(texts)
        if self.meanwhile is not None:
            work, self.meanwhile = self.meanwhile, None
            (outcome,) = run_at_once(work)
            assert outcome.error is None
        return found


def test_what_desks_do_while_it_is_checked_raises_no_alarm(transactional_db: None) -> None:
    branch = make_branch()
    approved(branch)
    draft = put_up(branch)
    given = {"desk": branch.officer, "by": branch.ramesh}

    def approve() -> Draft:
        return drafts.approve(draft=draft, version=draft.version, **given)

    with verification.one_moment():
        found = list(verification.findings(Interrupted(approve)))
    assert Approval.objects.count() == 2
    assert found == []


def test_it_says_how_long_the_hashing_took_of_the_whole(
    branch: Branch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(branch)
    hashing = verification.Hashing()
    assert list(verification.findings(hashing)) == []
    assert 0 < hashing.seconds < 60
    call_command("verify_ledger")
    told = capsys.readouterr().out
    assert f"All {Movement.objects.count()} movements are as they were written" in told
    assert " s, of which " in told
    assert Issue.objects.exists()
