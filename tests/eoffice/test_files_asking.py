"""Asking other desks while the file stays: who sees what, until when, and what becomes of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from eoffice import verification
from eoffice.models import Correspondence, File, Holding, Movement, Note, Opening, Question
from eoffice.permissions import sits_at
from eoffice.services import asking, closing, filing, moving
from eoffice.services.asking import Wanted
from eoffice.services.moving import Sent
from eoffice.services.openings import NotSeen
from eoffice.services.refusals import Blocked, Refused
from eoffice.tasks import close_questions
from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from tests.desks import Branch, days_from_now, diarised, filed, make_branch, noted
from tests.people import sign_in_staff

pytestmark = pytest.mark.django_db


def at(user: User) -> Client:
    return sign_in_staff(Client(headers={"Accept-Language": "en"}), user)


def page(name: str, desk: Any, *args: Any) -> str:
    return reverse(f"eoffice:{name}", args=[desk.post.code, *args])


@pytest.fixture
def law(branch: Branch) -> Branch:
    return make_branch("LEG", "LAW")


@pytest.fixture
def file(branch: Branch) -> File:
    return filed(branch)


def paper_in(branch: Branch, file: File, subject: str = "The chosen paper") -> Correspondence:
    receipt = diarised(branch, subject=subject)
    return filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)


def asked(branch: Branch, file: File, *to: Any, **wanted: Any) -> list[Question]:
    told = {"words": "Is this within the Act?", "until": days_from_now(7), **wanted}
    return asking.ask(
        file=file, desk=branch.assistant, by=branch.seema, to=to, wanted=Wanted(**told)
    )


def over(question: Question) -> None:
    """Let the closing date of ``question`` have passed."""
    earlier = clock.now() - timedelta(minutes=1)
    Question.objects.filter(pk=question.pk).update(closes_at=earlier)


def test_the_file_stays_and_the_ledger_tells(branch: Branch, law: Branch, file: File) -> None:
    (question,) = asked(branch, file, law.officer)
    assert Holding.objects.open().get(item=file.pk).desk == branch.assistant
    entry = Movement.objects.filter(item=file.pk).latest("seq")
    assert (entry.act, entry.to_desk) == ("asked", law.officer)
    assert str(question.words) not in entry.payload
    assert list(verification.findings()) == []
    told = Message.objects.filter(template__key="desk_asked")
    assert {message.to for message in told} == {law.ramesh.phone, law.ramesh.email}
    assert not [one for one in told if file.item.number in one.body or "Roads" in one.body]


class TestWhatTheAskedDeskSees:
    def test_the_question_and_the_chosen_papers_alone(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        chosen, other = paper_in(branch, file), paper_in(branch, file, "The other paper")
        (question,) = asked(branch, file, law.officer, papers=(chosen,))
        ramesh = at(law.ramesh)
        shown = ramesh.get(page("question", law.officer, question.pk)).content.decode()
        assert "Is this within the Act?" in shown
        assert "The chosen paper" in shown
        for hidden in ("The other paper", file.item.number, "Roads of Rewari district"):
            assert hidden not in shown
        assert Opening.objects.filter(item=file.pk, desk=law.officer).count() == 1
        listed = ramesh.get(page("questions", law.officer)).content.decode()
        assert file.item.number not in listed
        # Neither the file, nor its papers at the file's own address, nor the other paper here.
        assert ramesh.get(page("file", law.officer, file.pk)).status_code == 404
        for number in (chosen.pk, other.pk):
            assert (
                ramesh.get(page("file-paper", law.officer, file.pk, number, 1)).status_code == 404
            )
        beside = page("question-paper", law.officer, question.pk, other.pk, 1)
        assert ramesh.get(beside).status_code == 404

    def test_another_desk_sees_nothing_of_it(self, branch: Branch, law: Branch, file: File) -> None:
        (question,) = asked(branch, file, law.officer)
        usha = at(law.usha)
        assert usha.get(page("question", law.under_secretary, question.pk)).status_code == 404
        assert usha.get(page("question", law.officer, question.pk)).status_code == 404
        told = {"words": "Not mine to say"}
        assert usha.post(page("question", law.officer, question.pk), told).status_code == 404

    @pytest.mark.parametrize("end", ["answered", "withdrawn", "silent", "date"])
    def test_access_ends(self, branch: Branch, law: Branch, file: File, end: str) -> None:
        paper = paper_in(branch, file)
        (question,) = asked(branch, file, law.officer, papers=(paper,))
        seat = sits_at(law.ramesh, law.officer)
        assert seat is not None
        if end == "answered":
            asking.answer(question=question, desk=law.officer, by=law.ramesh, words="It is.")
        elif end == "withdrawn":
            asking.withdraw(question=question, desk=branch.assistant, by=branch.seema)
        else:
            over(question)
            if end == "silent":
                asking.close_due()
        ramesh = at(law.ramesh)
        assert ramesh.get(page("question", law.officer, question.pk)).status_code == 404
        address = page("question-paper", law.officer, question.pk, paper.pk, 1)
        assert ramesh.get(address).status_code == 404
        with pytest.raises(NotSeen):
            asking.opened(question=question, seat=seat, what="question")
        assert not Opening.objects.filter(item=file.pk, desk=law.officer).exists()

    def test_a_confidential_question_is_for_the_officer(self, branch: Branch, law: Branch) -> None:
        file = filed(branch, classification=3)
        (question,) = asked(branch, file, law.officer)
        from tests.people import give_charge, make_staff

        clerk = make_staff("clerk.of.law")
        give_charge(clerk, law.officer.post, kind="staff")
        address = page("question", law.officer, question.pk)
        assert at(clerk).get(address).status_code == 404
        assert at(law.ramesh).get(address).status_code == 200
        with pytest.raises(PermissionDenied):
            asking.answer(question=question, desk=law.officer, by=clerk, words="It is.")

    def test_nobody_is_asked_of_a_confidential_file_where_no_officer_sits(
        self, branch: Branch, law: Branch
    ) -> None:
        law.officer.post.charges.update(ends_at=clock.now() - timedelta(days=1))
        with pytest.raises(Refused) as refused:
            asked(branch, filed(branch, classification=3), law.officer)
        assert refused.value.rule == "confidential"


class TestTheAnswer:
    def test_it_lands_sealed_in_the_noting_wherever_the_file_lies(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        noted(file, branch.assistant, branch.seema, "Law may be asked.")
        (question,) = asked(branch, file, law.officer)
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        note = asking.answer(
            question=question, desk=law.officer, by=law.ramesh, words="It is within the Act."
        )
        assert (note.number, note.status, note.desk) == (2, "sealed", law.officer)
        assert list(verification.findings()) == []
        with pytest.raises(IntegrityError), transaction.atomic():
            Note.objects.filter(pk=note.pk).update(text="It is not.")
        with pytest.raises(IntegrityError), transaction.atomic():
            Question.objects.filter(pk=question.pk).update(answer="It is not.")
        shown = at(branch.ramesh).get(page("file", branch.officer, file.pk)).content.decode()
        assert "It is within the Act." in shown
        assert "Is this within the Act?" in shown
        # The asked desk wrote into the noting, and yet holds and sees nothing of the file.
        assert at(law.ramesh).get(page("file", law.officer, file.pk)).status_code == 404

    def test_by_its_page_and_once(self, branch: Branch, law: Branch, file: File) -> None:
        (question,) = asked(branch, file, law.officer)
        ramesh, address = at(law.ramesh), page("question", law.officer, question.pk)
        assert ramesh.post(address, {"words": " "}).status_code == 422
        assert ramesh.post(address, {"words": "It is."}).status_code == 302
        assert ramesh.post(address, {"words": "It is."}).status_code == 404
        assert Note.objects.count() == 1
        with pytest.raises(Refused) as refused:
            asking.answer(question=question, desk=law.officer, by=law.ramesh, words="Again")
        assert refused.value.rule == "answered"

    def test_too_late_before_the_silence_was_even_recorded(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        (question,) = asked(branch, file, law.officer)
        over(question)
        with pytest.raises(Refused) as refused:
            asking.answer(question=question, desk=law.officer, by=law.ramesh, words="Late")
        assert refused.value.rule == "over"
        assert not Note.objects.exists()


class TestParallelViews:
    def test_silence_is_recorded_and_told_to_who_asked(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        first, second = asked(branch, file, law.officer, law.under_secretary)
        assert first.round == second.round
        asking.answer(question=first, desk=law.officer, by=law.ramesh, words="We agree.")
        Question.objects.open().update(closes_at=clock.now() - timedelta(minutes=1))
        close_questions()
        close_questions()
        second.refresh_from_db()
        first.refresh_from_db()
        assert second.silent_at is not None
        assert first.silent_at is None
        entries = Entry.objects.filter(subject_kind="eoffice.question", act="view_not_received")
        assert [entry.subject_id for entry in entries] == [str(second.pk)]
        told = Message.objects.filter(template__key="desk_silent")
        assert {message.to for message in told} == {branch.seema.phone, branch.seema.email}
        shown = at(branch.seema).get(page("file", branch.assistant, file.pk)).content.decode()
        assert f"No view was received from {law.under_secretary}" in shown
        assert f"No view was received from {law.officer}" not in shown
        with pytest.raises(IntegrityError), transaction.atomic():
            Question.objects.filter(pk=second.pk).update(silent_at=None)

    def test_a_desk_is_reminded_once_before_the_date(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        (question,) = asked(branch, file, law.officer)
        close_questions()
        due = Message.objects.filter(template__key="desk_asked_due")
        assert not due.exists()
        moment = clock.now()
        Question.objects.filter(pk=question.pk).update(
            asked_at=moment - timedelta(days=3), closes_at=moment + timedelta(hours=20)
        )
        close_questions()
        count = due.count()
        assert count
        close_questions()
        assert due.count() == count

    def test_each_desk_once_and_none_that_is_closed(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        for to, rule in (
            ([], "to"),
            ([law.officer, law.officer], "to"),
            ([branch.assistant], "same_desk"),
        ):
            with pytest.raises(Refused) as refused:
                asked(branch, file, *to)
            assert refused.value.rule == rule
        with pytest.raises(Refused) as refused:
            asked(branch, file, law.officer, until=days_from_now(-1))
        assert refused.value.field == "until"
        strange = paper_in(branch, filed(branch))
        with pytest.raises(Refused) as refused:
            asked(branch, file, law.officer, papers=(strange,))
        assert refused.value.rule == "papers"
        assert not Question.objects.exists()


class TestFromTheFilePage:
    def sent(self, client: Client, branch: Branch, file: File, **told: Any) -> Any:
        address = page("ask", branch.assistant, file.pk)
        key = re.search(r'name="key" value="([^"]+)"', client.get(address).content.decode())
        assert key is not None
        wanted = {"key": key[1], "words": "Is this within the Act?", "until": str(days_from_now(3))}
        return client.post(address, wanted | told), client, wanted | told

    def test_one_form_asks_once(self, branch: Branch, law: Branch, file: File) -> None:
        paper = paper_in(branch, file)
        codes = {"to": law.officer.post.code, "to_2": law.under_secretary.post.code}
        answer, client, told = self.sent(
            at(branch.seema), branch, file, papers=[str(paper.pk)], **codes
        )
        assert answer.status_code == 302
        assert client.post(page("ask", branch.assistant, file.pk), told).status_code == 302
        rows = list(Question.objects.order_by("pk"))
        assert [row.to_desk for row in rows] == [law.officer, law.under_secretary]
        assert [list(row.papers.all()) for row in rows] == [[paper], [paper]]

    def test_a_form_that_does_not_fit_keeps_what_was_typed(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        answer, *_rest = self.sent(at(branch.seema), branch, file, to="NOBODY-HERE")
        assert answer.status_code == 422
        assert "Is this within the Act?" in answer.content.decode()

    def test_a_file_that_left_is_not_asked_about(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        seema = at(branch.seema)
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        assert seema.get(page("ask", branch.assistant, file.pk)).status_code == 409
        told = {"key": "k" * 20, "words": "Is it so?", "until": str(days_from_now(3))}
        sent = {**told, "to": law.officer.post.code}
        answer = seema.post(page("ask", branch.assistant, file.pk), sent)
        assert answer.status_code == 409
        assert "Is it so?" in answer.content.decode()

    def test_strangers_find_nothing(self, branch: Branch, law: Branch, file: File) -> None:
        (question,) = asked(branch, file, law.officer)
        ramesh = at(law.ramesh)
        assert ramesh.get(page("ask", law.officer, file.pk)).status_code == 404
        take_back = page("question-withdraw", law.officer, file.pk, question.pk)
        assert ramesh.post(take_back).status_code == 404
        own = page("question-withdraw", branch.assistant, file.pk, question.pk)
        assert at(branch.seema).get(own).status_code == 405
        assert at(branch.seema).post(own).status_code == 302
        assert at(branch.seema).post(own).status_code == 409
        question.refresh_from_db()
        assert question.withdrawn_at is not None

    def test_an_open_question_keeps_the_file_open(
        self, branch: Branch, law: Branch, file: File
    ) -> None:
        (question,) = asked(branch, file, law.officer)
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        given = {"item": file.item, "desk": branch.officer, "by": branch.ramesh}
        with pytest.raises(Blocked):
            closing.close(**given, words="Disposed of")
        # Who has the file now may take it back as well.
        asking.withdraw(question=question, desk=branch.officer, by=branch.ramesh)
        closing.close(**given, words="Disposed of")


def test_the_pages_ask_the_database_no_more_for_more_questions(
    branch: Branch, law: Branch, file: File
) -> None:
    seema, ramesh = at(branch.seema), at(law.ramesh)

    def counts() -> list[int]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        found = []
        for client, address in (
            (seema, page("file", branch.assistant, file.pk)),
            (seema, page("questions", branch.assistant)),
            (ramesh, page("questions", law.officer)),
        ):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    asked(branch, file, law.officer)
    before = counts()
    for _number in range(3):
        asked(branch, file, law.officer, law.under_secretary)
    assert counts() == before
