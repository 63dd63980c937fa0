"""Priority, due day and classification on the page of a file; what stands against closing it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from eoffice.models import File, Holding, Item, Movement, Nature, Priority, Rank
from eoffice.permissions import sits_at
from eoffice.services import access, binding, closing, filing, moving, urgency
from eoffice.services.closing import blockers_of
from eoffice.services.moving import Sent
from eoffice.services.refusals import Blocked, Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from tests.desks import (
    Branch,
    days_from_now,
    diarised,
    filed,
    make_branch,
    make_desk,
    make_section,
)
from tests.people import make_staff, sign_in_staff

pytestmark = pytest.mark.django_db


def at(user: User) -> Client:
    return sign_in_staff(Client(headers={"Accept-Language": "en"}), user)


def page(name: str, desk: Any, *args: Any) -> str:
    return reverse(f"eoffice:{name}", args=[desk.post.code, *args])


def stay(file: File) -> int:
    return Holding.objects.open().get(item=file.pk).pk


def acts_of(file: File) -> list[str]:
    return list(Movement.objects.filter(item=file.pk).order_by("seq").values_list("act", flat=True))


class TestThePriority:
    def test_it_is_changed_by_who_has_the_file_and_kept_in_the_ledger(self, branch: Branch) -> None:
        file = filed(branch)
        seema, address = at(branch.seema), page("file-act", branch.assistant, file.pk, "priority")
        told = {"stay": stay(file), "priority": "3", "words": "Assembly question"}
        assert seema.post(address, told).status_code == 302
        assert Item.objects.get(pk=file.pk).priority == Priority.MOST_IMMEDIATE
        assert seema.post(address, told).status_code == 302
        assert acts_of(file) == ["made", "priority"]
        assert at(branch.ramesh).post(
            page("file-act", branch.officer, file.pk, "priority"), told
        ).status_code in {404, 409}

    def test_run_through_is_the_chief_ministers_office_alone(self, branch: Branch) -> None:
        file = filed(branch)
        given = {"item": file.item, "desk": branch.assistant, "by": branch.seema}
        with pytest.raises(Refused) as refused:
            urgency.change_priority(**given, priority=Priority.RUN_THROUGH)
        assert refused.value.rule == "run_through"
        with pytest.raises(Refused):
            filed(branch, priority=Priority.RUN_THROUGH)
        address = page("file-act", branch.assistant, file.pk, "priority")
        told = {"stay": stay(file), "priority": "5"}
        assert at(branch.seema).post(address, told).status_code == 422
        asha = make_staff("cm.office")
        cm = make_desk("CM-DESK", make_section("CMS", "CMO"), Rank.CHIEF_MINISTER, asha)
        moving.mark(item=file.item, desk=branch.assistant, to=cm, by=branch.seema, sent=Sent())
        urgency.change_priority(item=file.item, desk=cm, by=asha, priority=Priority.RUN_THROUGH)
        moving.mark(item=file.item, desk=cm, to=branch.assistant, by=asha, sent=Sent())
        # Nobody else clears it, and nobody else is offered to.
        with pytest.raises(Refused):
            urgency.change_priority(**given, priority=Priority.ORDINARY)
        shown = at(branch.seema).get(page("file", branch.assistant, file.pk))
        assert "priority" not in {act.name for act in shown.context["acts"]}
        assert "due" in {act.name for act in shown.context["acts"]}


class TestTheDueDay:
    def test_it_is_set_and_cleared_and_kept_in_the_ledger(self, branch: Branch) -> None:
        file = filed(branch)
        seema, address = at(branch.seema), page("file-act", branch.assistant, file.pk, "due")
        told = {"stay": stay(file)}
        past = seema.post(address, {**told, "due_on": str(days_from_now(-1))})
        assert past.status_code == 422
        assert seema.post(address, {**told, "due_on": str(days_from_now(4))}).status_code == 302
        assert Item.objects.get(pk=file.pk).due_on == days_from_now(4)
        begin = seema.get(address).context["form"].initial
        assert begin["due_on"] == days_from_now(4)
        assert seema.post(address, {**told, "due_on": ""}).status_code == 302
        assert Item.objects.get(pk=file.pk).due_on is None
        assert acts_of(file) == ["made", "due", "due"]


def test_a_file_is_not_classified_below_what_is_in_it(branch: Branch) -> None:
    file = filed(branch)
    receipt = diarised(branch, classification=2)
    filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    address = page("file-act", branch.assistant, file.pk, "classify")
    told = {"stay": stay(file), "words": "Nothing in it any more"}
    answer = at(branch.seema).post(address, {**told, "classification": "1"})
    assert answer.status_code == 422
    assert Item.objects.get(pk=file.pk).classification == 2
    assert at(branch.seema).post(address, {**told, "classification": "3"}).status_code == 302


class TestClosing:
    def test_a_linked_file_that_one_may_not_see_is_not_named(self, branch: Branch) -> None:
        other = make_branch("LND", "HOM")
        own, hidden = filed(branch), filed(other)
        # Linked while a desk saw both; the closer sees one of them.
        access.grant(hidden.item, branch.assistant)
        binding.link(file=own, other=hidden, desk=branch.assistant, by=branch.seema)
        hidden.item.access.exclude(desk=other.assistant).delete()
        moving.mark(
            item=own.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        seat = sits_at(branch.ramesh, branch.officer)
        assert seat is not None
        with translation.override("en"):
            assert blockers_of(own.item, seat) == ["Another linked file is still open."]
        with pytest.raises(Blocked) as refused:
            closing.close(item=own.item, desk=branch.officer, by=branch.ramesh, words="Disposed of")
        assert hidden.item.number not in str(refused.value.blockers)
        shown = at(branch.ramesh).get(page("file-act", branch.officer, own.pk, "close"))
        assert hidden.item.number not in shown.content.decode()

    def test_a_reopened_paper_file_is_received_before_anything_else(self, branch: Branch) -> None:
        file = filed(branch, nature=Nature.PHYSICAL)
        given = {"item": file.item, "desk": branch.officer, "by": branch.ramesh}
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        moving.receive(**given)
        closing.close(**given, words="Disposed of")
        closing.reopen(**given, words="A new report came")
        holding = Holding.objects.open().get(item=file.pk)
        assert (holding.desk, holding.received_at, holding.read_at) == (branch.officer, None, None)
        with pytest.raises(Refused) as refused:
            moving.park(**given, until=days_from_now(3), words="Awaiting")
        assert refused.value.rule == "not_received"
        shown = at(branch.ramesh).get(page("file", branch.officer, file.pk))
        assert [act.name for act in shown.context["acts"] if act.main] == ["receive"]
        moving.receive(**given)
        moving.park(**given, until=days_from_now(3), words="Awaiting")

    def test_an_electronic_one_is_in_hand_at_once(self, branch: Branch) -> None:
        file = filed(branch)
        given = {"item": file.item, "desk": branch.officer, "by": branch.ramesh}
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        closing.close(**given, words="Disposed of")
        closing.reopen(**given, words="A new report came")
        assert Holding.objects.open().get(item=file.pk).received_at is not None


def test_receiving_leaves_an_earlier_reading_as_it_was(branch: Branch) -> None:
    file = filed(branch, nature=Nature.PHYSICAL)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    earlier = clock.now() - timedelta(hours=3)
    Holding.objects.open().filter(item=file.pk).update(read_at=earlier)
    moving.receive(item=file.item, desk=branch.officer, by=branch.ramesh)
    holding = Holding.objects.open().get(item=file.pk)
    assert holding.read_at == earlier
    assert holding.received_at is not None
    assert holding.received_at > earlier


def test_the_file_leads_to_its_receipts_and_drafts(branch: Branch) -> None:
    from tests.drafting import drafted

    draft = drafted(branch)
    receipt = diarised(branch)
    filing.put_in(receipt=receipt, file=draft.file, desk=branch.assistant, by=branch.seema)
    shown = at(branch.seema).get(page("file", branch.assistant, draft.file_id)).content.decode()
    assert page("receipt", branch.assistant, receipt.pk) in shown
    assert page("draft", branch.assistant, draft.file_id, draft.ordinal) in shown
