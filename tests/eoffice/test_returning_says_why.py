"""Nothing goes back without a word of why: in a note that is sealed with it, or beside it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from eoffice.models import File, Holding, Movement, Note
from eoffice.services import deciding, moving, notes
from eoffice.services.deciding import Decided
from eoffice.services.moving import Sent
from eoffice.services.refusals import Refused
from esachivalaya.common.idempotency import new_key
from tests.desks import Branch, days_from_now, diarised, filed, noted
from tests.people import sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(branch: Branch) -> File:
    """A file that the assistant sent up to the Section Officer."""
    file = filed(branch)
    noted(file, branch.assistant, branch.seema)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    return file


def give_back(branch: Branch, item: Any, **sent: Any) -> Movement:
    return moving.give_back(item=item, desk=branch.officer, by=branch.ramesh, sent=Sent(**sent))


def lies_at(pk: int) -> int:
    return Holding.objects.open().get(item=pk).desk_id


@pytest.mark.parametrize("words", ["", "   ", "\n\t", " . "])
def test_without_a_word_it_stays(branch: Branch, file: File, words: str) -> None:
    with pytest.raises(Refused) as refused:
        give_back(branch, file.item, words=words)
    assert (refused.value.rule, refused.value.field) == ("words", "words")
    assert lies_at(file.pk) == branch.officer.pk


@pytest.mark.parametrize("words", ["Discuss", "नियम"])
def test_a_word_beside_it_is_enough(branch: Branch, file: File, words: str) -> None:
    assert give_back(branch, file.item, words=words).words == words
    assert lies_at(file.pk) == branch.assistant.pk


def test_a_signed_note_is_enough_and_is_sealed_with_it(branch: Branch, file: File) -> None:
    note = noted(file, branch.officer, branch.ramesh, "The rule is missing on page 2.")
    row = give_back(branch, file.item)
    note.refresh_from_db()
    assert note.status == Note.Status.SEALED
    assert note.digest in row.payload


def test_a_yellow_note_and_the_notes_of_earlier_stays_say_nothing_of_why(
    branch: Branch, file: File
) -> None:
    notes.write(file=file, desk=branch.officer, by=branch.ramesh, text="Not yet", version=None)
    with pytest.raises(Refused) as refused:
        give_back(branch, file.item)
    assert refused.value.rule == "words"


def test_a_receipt_goes_back_with_words_only(branch: Branch) -> None:
    receipt = diarised(branch)
    at = {"desk": branch.assistant, "by": branch.seema}
    moving.mark(item=receipt.item, to=branch.officer, sent=Sent(), **at)
    with pytest.raises(Refused) as refused:
        give_back(branch, receipt.item, words="no")
    # A receipt has no notes in which it could be written.
    assert str(refused.value.message) == str(moving.UNTOLD_OF_RECEIPT)
    give_back(branch, receipt.item, words="Not of this section")
    assert lies_at(receipt.pk) == branch.assistant.pk


def test_what_was_pulled_back_goes_back_to_who_sent_it_first(branch: Branch, file: File) -> None:
    at = {"item": file.item, "desk": branch.officer, "by": branch.ramesh}
    moving.mark(to=branch.under_secretary, sent=Sent(), **at)
    moving.pull_back(**at)
    give_back(branch, file.item, words="Add the rule")
    assert lies_at(file.pk) == branch.assistant.pk


def test_asking_to_discuss_is_a_word_of_why(branch: Branch, file: File) -> None:
    stay = Holding.objects.open().get(item=file.pk).pk
    deciding.decide(
        file=file,
        desk=branch.officer,
        by=branch.ramesh,
        told=Decided(decision="discuss", words="", stay=stay),
    )
    assert lies_at(file.pk) == branch.assistant.pk


class TestPage:
    def url(self, branch: Branch, file: File) -> str:
        return reverse("eoffice:file-act", args=[branch.officer.post.code, file.pk, "return"])

    def ramesh(self, branch: Branch) -> Client:
        return sign_in_staff(Client(headers={"Accept-Language": "en"}), branch.ramesh)

    def test_refused_with_a_sentence_and_everything_typed(self, branch: Branch, file: File) -> None:
        day = days_from_now(4).isoformat()
        stay = Holding.objects.open().get(item=file.pk).pk
        told = {"stay": stay, "action": "examine", "due_on": day, "words": "  ", "note": " \n"}
        page = self.ramesh(branch).post(self.url(branch, file), told)
        text = page.content.decode()
        assert page.status_code == 422
        assert "Write why it goes back: in a note, or in a few words beside it." in text
        assert page.context["form"]["action"].value() == "examine"
        assert f'value="{day}"' in text
        assert "words" in page.context["form"].errors
        assert lies_at(file.pk) == branch.officer.pk

    @pytest.mark.parametrize("told", [{"words": "Add the rule"}, {"note": "The rule is missing."}])
    def test_either_of_both_sends_it_back(
        self, branch: Branch, file: File, told: dict[str, str]
    ) -> None:
        stay = Holding.objects.open().get(item=file.pk).pk
        page = self.ramesh(branch).post(self.url(branch, file), {"stay": stay, **told})
        assert page.status_code == 302
        assert lies_at(file.pk) == branch.assistant.pk

    def test_a_note_signed_beforehand_needs_no_further_word(
        self, branch: Branch, file: File
    ) -> None:
        noted(file, branch.officer, branch.ramesh, "The rule is missing on page 2.")
        stay = Holding.objects.open().get(item=file.pk).pk
        page = self.ramesh(branch).post(self.url(branch, file), {"stay": stay})
        assert page.status_code == 302
        assert lies_at(file.pk) == branch.assistant.pk


class TestTogether:
    def sent(self, branch: Branch, file: File, **told: Any) -> Any:
        receipt = diarised(branch)
        ramesh = sign_in_staff(Client(headers={"Accept-Language": "en"}), branch.ramesh)
        address = reverse("eoffice:together", args=[branch.officer.post.code, "return"])
        return ramesh.post(address, {"item": [file.pk, receipt.pk], "key": new_key(), **told})

    @pytest.mark.parametrize("words", ["", "  ", "no"])
    def test_without_a_word_of_why_nothing_goes_and_the_choice_stays(
        self, branch: Branch, file: File, words: str
    ) -> None:
        page = self.sent(branch, file, words=words)
        assert page.status_code == 422
        assert "words" in page.context["form"].errors
        assert file.item in page.context["items"]
        assert lies_at(file.pk) == branch.officer.pk

    def test_each_goes_back_to_whence_it_came(self, branch: Branch, file: File) -> None:
        """What lies elsewhere is told beside its number."""
        page = self.sent(branch, file, words="Add the rule")
        assert page.status_code == 200
        assert page.context["done"] == [file.item]
        assert lies_at(file.pk) == branch.assistant.pk
        assert [one.item.kind for one in page.context["refused"]] == ["receipt"]
