"""Races about questions and decisions, with real threads and connections.

Source: domain rules of e-Office, invariants 1, 2 and "parallel views with a closing date".
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import close_old_connections, transaction

from eoffice import verification
from eoffice.models import File, Holding, Movement, Note, Question
from eoffice.services import asking, closing, deciding, moving, notes
from eoffice.services.asking import Wanted
from eoffice.services.deciding import Decided
from eoffice.services.locking import locked
from eoffice.services.moving import Sent
from eoffice.services.refusals import Blocked, Elsewhere, Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from officials.models import Charge
from tests.desks import Branch, days_from_now, filed, make_branch
from tests.eoffice.test_races import until_somebody_waits
from tests.people import give_charge, make_staff
from tests.questions import asked_until

pytestmark = pytest.mark.django_db(transaction=True)
Race = Callable[..., list[Any]]


@pytest.fixture
def branch(transactional_db: None) -> Branch:
    close_old_connections()
    return make_branch()


@pytest.fixture
def law(branch: Branch) -> Branch:
    return make_branch("LEG", "LAW")


def errors(outcomes: list[Any]) -> Counter[str]:
    return Counter("ok" if one.ok else type(one.error).__name__ for one in outcomes)


def asked(branch: Branch, law: Branch) -> tuple[File, Question]:
    file = filed(branch)
    wanted = Wanted(words="Is this within the Act?", until=days_from_now(7))
    given = {"file": file, "desk": branch.assistant, "by": branch.seema}
    return file, asking.ask(**given, to=[law.officer], wanted=wanted)[0]


def answering(question: Question, law: Branch, by: Any, words: str) -> Callable[[], Note]:
    return lambda: asking.answer(question=question, desk=law.officer, by=by, words=words)


def whole(file: File) -> None:
    """The numbers of the notes have no gap, and everything sealed is in the ledger."""
    rows = Note.objects.filter(file=file, number__isnull=False)
    numbers = list(rows.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert list(verification.findings()) == []


def test_two_answers_of_one_question_are_one(branch: Branch, law: Branch, race: Race) -> None:
    file, question = asked(branch, law)
    clerk = make_staff("law.clerk")
    give_charge(clerk, law.officer.post, kind="staff")
    outcomes = race(
        *[answering(question, law, law.ramesh, f"Yes, {n}") for n in range(3)],
        *[answering(question, law, clerk, f"No, {n}") for n in range(3)],
    )
    assert errors(outcomes) == {"ok": 1, "Refused": 5}
    assert {one.error.rule for one in outcomes if not one.ok} == {"answered"}
    note = next(one.value for one in outcomes if one.ok)
    question.refresh_from_db()
    assert (question.answer, question.note) == (note.text, note)
    assert Movement.objects.filter(item=file.pk, act="answered").count() == 1
    whole(file)


@pytest.mark.parametrize("_again", range(4))
def test_the_closing_date_meets_a_late_view(
    branch: Branch, law: Branch, race: Race, _again: int
) -> None:
    file = filed(branch)
    given = {"file": file, "desk": branch.assistant, "by": branch.seema}
    # It closes just as the answer comes.
    soon = clock.now() + timedelta(milliseconds=60)
    question = asked_until(soon, to=law.officer, **given)
    answered, closed, again = race(
        answering(question, law, law.ramesh, "It is."), asking.close_due, asking.close_due
    )
    assert closed.ok, closed.error
    assert again.ok, again.error
    asking.close_due()
    question.refresh_from_db()
    recorded = Entry.objects.filter(subject_kind="eoffice.question", act="view_not_received")
    if answered.ok:
        assert question.answered_at is not None
        assert question.silent_at is None
        assert not recorded.exists()
    else:
        assert isinstance(answered.error, Refused)
        assert answered.error.rule == "over"
        assert not Note.objects.exists()
        assert recorded.count() == 1
    whole(file)


def test_a_silence_is_entered_when_its_turn_came(branch: Branch, law: Branch, race: Race) -> None:
    """Who waits for the file enters nothing at a moment before what went before."""
    given = {"file": filed(branch), "desk": branch.assistant, "by": branch.seema}
    question = asked_until(clock.now() - timedelta(minutes=1), to=law.officer, **given)
    begun = threading.Event()

    def hold() -> datetime:
        with transaction.atomic():
            locked([question.item_id])
            begun.set()
            until_somebody_waits()
            return clock.now()

    def close() -> int:
        assert begun.wait(30)
        return asking.close_due()

    held, closed = race(hold, close)
    assert closed.value == 1
    row = Movement.objects.get(item=question.item_id, act="silent")
    assert row.at >= held.value


def test_an_answer_meets_the_withdrawal(branch: Branch, law: Branch, race: Race) -> None:
    file, question = asked(branch, law)
    outcomes = race(
        answering(question, law, law.ramesh, "It is."),
        lambda: asking.withdraw(question=question, desk=branch.assistant, by=branch.seema),
    )
    assert errors(outcomes) == {"ok": 1, "Refused": 1}
    question.refresh_from_db()
    assert (question.answered_at is None) != (question.withdrawn_at is None)
    whole(file)


def test_an_answer_meets_the_sending_of_the_file(branch: Branch, law: Branch, race: Race) -> None:
    file, question = asked(branch, law)
    note = notes.write(
        file=file, desk=branch.assistant, by=branch.seema, text="Put up.", version=None
    )
    notes.make_green(note=note, by=branch.seema, version=note.version)
    outcomes = race(
        answering(question, law, law.ramesh, "It is."),
        lambda: moving.mark(
            item=file.item,
            desk=branch.assistant,
            to=branch.officer,
            by=branch.seema,
            sent=Sent(),
        ),
    )
    assert errors(outcomes) == {"ok": 2}
    whole(file)


def test_a_file_is_not_closed_over_a_question_asked_at_that_moment(
    branch: Branch, law: Branch, race: Race
) -> None:
    file = filed(branch)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    given = {"desk": branch.officer, "by": branch.ramesh}
    wanted = Wanted(words="Is this within the Act?", until=days_from_now(7))
    closed, put = race(
        lambda: closing.close(item=file.item, words="Nothing more to be done", **given),
        lambda: asking.ask(file=file, to=[law.officer], wanted=wanted, **given),
    )
    assert closed.ok != put.ok
    assert isinstance((put if closed.ok else closed).error, Blocked | Elsewhere)
    whole(file)


def test_two_decisions_at_once_are_one(branch: Branch, race: Race) -> None:
    file = filed(branch)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    acting = make_staff("link.officer")
    give_charge(acting, branch.officer.post, kind="link_officer")
    stay = Holding.objects.open().get(item=file.pk).pk

    def deciding_by(user: Any, decision: str) -> Callable[[], Movement]:
        told = Decided(decision=decision, words="Said so.", stay=stay)
        return lambda: deciding.decide(file=file, desk=branch.officer, by=user, told=told)

    outcomes = race(
        deciding_by(branch.ramesh, "approved"),
        deciding_by(acting, "returned"),
        deciding_by(branch.ramesh, "discuss"),
    )
    assert errors(outcomes) == {"ok": 1, "Elsewhere": 2}
    assert Note.objects.filter(status="sealed").count() == 1
    # Of those who came too late nothing is left, not even a yellow note.
    assert Note.objects.count() == 1
    whole(file)


@pytest.mark.parametrize("act", ["note", "answer", "decision"])
def test_nothing_is_written_after_the_end_of_a_charge(
    branch: Branch, law: Branch, race: Race, act: str
) -> None:
    """Whoever is being relieved waits, and then finds that they sit there no more."""
    file, question = asked(branch, law)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    stay = Holding.objects.open().get(item=file.pk).pk
    decided = Decided(decision="approved", words="", stay=stay)
    user = law.ramesh if act == "answer" else branch.ramesh
    charge = Charge.objects.of(user).get()
    ended, begun = threading.Event(), threading.Event()

    def relieve() -> None:
        with transaction.atomic():
            Charge.objects.filter(pk=charge.pk).update(ends_at=clock.now())
            ended.set()
            assert begun.wait(30)
            until_somebody_waits()

    def write() -> object:
        assert ended.wait(30)
        begun.set()
        if act == "answer":
            return answering(question, law, user, "It is.")()
        given = {"file": file, "desk": branch.officer, "by": user}
        if act == "note":
            return notes.write(text="Late", version=None, **given)
        return deciding.decide(told=decided, **given)

    relieved, written = race(relieve, write)
    assert relieved.ok
    assert isinstance(written.error, PermissionDenied | Refused)
    assert not Note.objects.exists()
    assert Holding.objects.open().get(item=file.pk).desk == branch.officer
