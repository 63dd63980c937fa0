"""The decision card and the decision: one press does all of it, or nothing."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from eoffice.models import Approval, DecisionCard, Draft, File, Holding, Movement, Note
from eoffice.services import deciding, drafts, moving, notes
from eoffice.services.deciding import CardWords, Decided
from eoffice.services.moving import Sent
from eoffice.services.refusals import Elsewhere, Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.states import Overtaken
from tests.desks import Branch, filed, make_branch
from tests.drafting import drafted, put_up
from tests.people import sign_in_staff

pytestmark = pytest.mark.django_db


def at(user: User) -> Client:
    return sign_in_staff(Client(headers={"Accept-Language": "en"}), user)


def page(name: str, desk: Any, *args: Any) -> str:
    return reverse(f"eoffice:{name}", args=[desk.post.code, *args])


def stay(file: File) -> int:
    return Holding.objects.open().get(item=file.pk).pk


def carded(branch: Branch, file: File, matter: str = "Whether to repair the road") -> DecisionCard:
    return deciding.fill_card(
        file=file,
        desk=branch.assistant,
        by=branch.seema,
        told=CardWords(matter, rule="PWD code 2.3", options="Repair\nLeave it", money="12 lakh"),
        version=None,
    )


def sent_up(branch: Branch, file: File) -> None:
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )


def decide(branch: Branch, file: File, decision: str, words: str = "", **told: Any) -> Movement:
    given = {"stay": stay(file), **told}
    with override("en"):
        return deciding.decide(
            file=file,
            desk=branch.officer,
            by=branch.ramesh,
            told=Decided(decision=decision, words=words, **given),
        )


def test_approved_with_the_draft_in_one_press(branch: Branch) -> None:
    draft = drafted(branch)
    drafts.put_up(draft=draft, desk=branch.assistant, by=branch.seema, version=draft.version)
    draft.refresh_from_db()
    carded(branch, draft.file)
    sent_up(branch, draft.file)
    ramesh, address = at(branch.ramesh), page("decision", branch.officer, draft.file_id)
    shown = ramesh.get(address)
    text = shown.content.decode()
    for words in ("Whether to repair the road", "PWD code 2.3", "12 lakh", "by May"):
        assert words in text
    begin = shown.context["form"].initial
    told = {"stay": begin["stay"], "drafts": begin["drafts"], "decision": "approved"}
    answer = ramesh.post(address, {**told, "words": "Go ahead."})
    assert answer.status_code == 302
    note = Note.objects.get()
    assert (note.status, note.text) == ("sealed", "Approved.\nGo ahead.")
    assert Holding.objects.open().get(item=draft.file_id).desk == branch.assistant
    draft.refresh_from_db()
    assert draft.status == Draft.Status.APPROVED
    assert Approval.objects.get().by == branch.ramesh
    card = DecisionCard.objects.get()
    assert (card.decision, card.note) == ("approved", note)
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionCard.objects.update(money="2 lakh")
    # Sent again it finds the file gone, and gives the words back.
    again = ramesh.post(address, {**told, "words": "Once more."})
    assert again.status_code == 409
    assert "Once more." in again.content.decode()


@pytest.mark.parametrize(
    ("decision", "action", "first"),
    [("returned", "", "The file is returned."), ("discuss", "discuss", "Please discuss.")],
)
def test_back_to_who_put_it_up_with_words(
    branch: Branch, decision: str, action: str, first: str
) -> None:
    draft = put_up(branch)
    movement = decide(branch, draft.file, decision, "What does the code say?")
    holding = Holding.objects.open().get(item=draft.file_id)
    assert (holding.desk, holding.came, holding.action) == (branch.assistant, "returned", action)
    assert movement.act == Movement.Act.RETURNED
    assert Note.objects.get().text == f"{first}\nWhat does the code say?"
    draft.refresh_from_db()
    assert draft.status == Draft.Status.PUT_UP


def test_returning_needs_words(branch: Branch) -> None:
    draft = put_up(branch)
    ramesh, address = at(branch.ramesh), page("decision", branch.officer, draft.file_id)
    told = {"stay": stay(draft.file), "decision": "returned", "words": ""}
    answer = ramesh.post(address, told)
    assert answer.status_code == 422
    assert "words" in answer.context["form"].errors
    assert ramesh.post(address, {**told, "decision": "burn"}).status_code == 422
    assert not Note.objects.exists()


@pytest.mark.parametrize("shown", ["none", "older"])
def test_a_draft_that_was_not_shown_so_is_not_approved(branch: Branch, shown: str) -> None:
    draft = put_up(branch)
    drafts_shown = {} if shown == "none" else {draft.pk: draft.version - 1}
    with pytest.raises(Overtaken):
        decide(branch, draft.file, "approved", drafts=drafts_shown)
    # Nothing of it happened: no note, no movement, no approval.
    assert not Note.objects.exists()
    assert Holding.objects.open().get(item=draft.file_id).desk == branch.officer
    draft.refresh_from_db()
    assert draft.status == Draft.Status.PUT_UP


def test_the_yellow_note_goes_into_the_decision(branch: Branch) -> None:
    file = filed(branch)
    sent_up(branch, file)
    notes.write(file=file, desk=branch.officer, by=branch.ramesh, text="Half", version=None)
    address = page("decision", branch.officer, file.pk)
    begin = at(branch.ramesh).get(address).context["form"].initial
    assert begin["words"] == "Half"
    told = {name: value for name, value in begin.items() if value is not None}
    sent = {**told, "decision": "approved", "words": "Half and whole"}
    assert at(branch.ramesh).post(address, sent).status_code == 302
    assert Note.objects.get().text == "Approved.\nHalf and whole"


class TestWhoDecides:
    def test_no_assistant_and_no_file_that_nobody_put_up(self, branch: Branch) -> None:
        file = filed(branch)
        told = Decided(decision="approved", words="", stay=stay(file))
        with pytest.raises(Refused) as refused:
            deciding.decide(file=file, desk=branch.assistant, by=branch.seema, told=told)
        assert refused.value.rule == "rank"
        own = filed(branch)
        moving.mark(
            item=own.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        Holding.objects.open().filter(item=own.pk).update(from_desk=None)
        with pytest.raises(Refused) as refused:
            decide(branch, own, "approved")
        assert refused.value.rule == "from_nobody"
        # The page says so by offering no decision.
        shown = at(branch.seema).get(page("decision", branch.assistant, file.pk))
        assert not shown.context["may_decide"]

    def test_a_stay_that_is_over_decides_nothing(self, branch: Branch) -> None:
        file = filed(branch)
        sent_up(branch, file)
        old = stay(file)
        moving.give_back(
            item=file.item, desk=branch.officer, by=branch.ramesh, sent=Sent(words="Add the rule")
        )
        sent_up(branch, file)
        with pytest.raises(Elsewhere):
            decide(branch, file, "approved", stay=old)

    def test_strangers_find_nothing(self, branch: Branch) -> None:
        file, other = filed(branch), make_branch("LEG", "LAW")
        ramesh = at(other.ramesh)
        for name in ("decision", "decision-card"):
            assert ramesh.get(page(name, other.officer, file.pk)).status_code == 404
            assert ramesh.post(page(name, other.officer, file.pk), {}).status_code == 404
            assert ramesh.get(page(name, branch.officer, file.pk)).status_code == 404
            assert at(branch.seema).put(page(name, branch.assistant, file.pk)).status_code == 405


class TestTheCard:
    def test_it_is_written_on_its_page(self, branch: Branch) -> None:
        file = filed(branch)
        seema, address = at(branch.seema), page("decision-card", branch.assistant, file.pk)
        assert seema.post(address, {"matter": "?"}).status_code == 422
        assert seema.post(address, {"matter": "Whether to repair"}).status_code == 302
        told = {"matter": "Whether to repair now", "version": "1"}
        assert seema.post(address, told).status_code == 302
        stale = seema.post(address, {"matter": "From an old window", "version": "1"})
        assert stale.status_code == 409
        assert "From an old window" in stale.content.decode()
        assert DecisionCard.objects.get().matter == "Whether to repair now"

    def test_once_it_went_up_it_stands(self, branch: Branch) -> None:
        file = filed(branch)
        card = carded(branch, file)
        sent_up(branch, file)
        address = page("decision-card", branch.assistant, file.pk)
        told = {"matter": "Whether to leave it", "version": card.version}
        answer = at(branch.seema).post(address, told)
        assert answer.status_code == 409
        assert "Whether to leave it" in answer.content.decode()
        # A senior who writes one writes the senior's own, for the next above.
        deciding.fill_card(
            file=file,
            desk=branch.officer,
            by=branch.ramesh,
            told=CardWords("The officer's own matter"),
            version=None,
        )
        card.refresh_from_db()
        assert card.matter == "Whether to repair the road"
        assert deciding.card_put_up(file.item, Holding.objects.open().get(item=file.pk)) == card

    def test_a_decided_card_is_not_shown_for_the_next_putting_up(self, branch: Branch) -> None:
        file = filed(branch)
        carded(branch, file)
        sent_up(branch, file)
        decide(branch, file, "discuss")
        sent_up(branch, file)
        shown = at(branch.ramesh).get(page("decision", branch.officer, file.pk))
        assert shown.context["card"] is None
