"""What a desk may see is written when an item moves: no more than it came by, and no less."""

import pytest
from django.core.exceptions import PermissionDenied

from eoffice.models import Classification, File, Item
from eoffice.permissions import seat_at, visible_at
from eoffice.services import binding, filing, moving
from eoffice.services.moving import Sent
from esachivalaya.accounts.models import User
from tests.desks import Branch, diarised, filed, make_branch


@pytest.fixture
def finance(db: None) -> Branch:
    """A section of another department: nothing of Revenue's comes to it by itself."""
    return make_branch("BUD", "FIN")


def sees(user: User, code: str, pk: int) -> bool:
    seat = seat_at(user, code)
    assert seat is not None
    return visible_at(seat).filter(pk=pk).exists()


def to_finance(branch: Branch, finance: Branch, item: Item) -> None:
    moving.mark(item=item, desk=branch.assistant, to=finance.officer, by=branch.seema, sent=Sent())


def finance_sees(finance: Branch, pk: int) -> bool:
    return sees(finance.ramesh, finance.officer.post.code, pk)


def test_what_was_pulled_back_unread_is_not_found_there_any_more(
    branch: Branch, finance: Branch
) -> None:
    file = filed(branch)
    receipt = diarised(branch)
    filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    to_finance(branch, finance, file.item)
    assert finance_sees(finance, file.pk)
    assert finance_sees(finance, receipt.pk)
    moving.pull_back(item=file.item, desk=branch.assistant, by=branch.seema)
    assert not finance_sees(finance, file.pk)
    assert not finance_sees(finance, receipt.pk)
    # The section that made it goes on seeing it, the colleague beside as well.
    assert sees(branch.ramesh, branch.officer.post.code, file.pk)


def test_what_was_read_there_once_stays_found_after_a_later_pull_back(
    branch: Branch, finance: Branch
) -> None:
    file = filed(branch)
    to_finance(branch, finance, file.item)
    moving.read(item=file.item, desk=finance.officer)
    moving.give_back(
        item=file.item, desk=finance.officer, by=finance.ramesh, sent=Sent(words="Add the rule")
    )
    to_finance(branch, finance, file.item)
    moving.pull_back(item=file.item, desk=branch.assistant, by=branch.seema)
    assert finance_sees(finance, file.pk)


def test_who_has_had_the_outer_file_sees_what_is_attached_to_it_with_its_papers(
    branch: Branch, finance: Branch
) -> None:
    outer, inner, receipt = filed(branch), filed(branch), diarised(branch)
    filing.put_in(receipt=receipt, file=inner, desk=branch.assistant, by=branch.seema)
    to_finance(branch, finance, outer.item)
    moving.read(item=outer.item, desk=finance.officer)
    moving.give_back(
        item=outer.item, desk=finance.officer, by=finance.ramesh, sent=Sent(words="Add the rule")
    )
    assert not finance_sees(finance, receipt.pk)
    binding.attach(child=inner, parent=outer, desk=branch.assistant, by=branch.seema)
    assert finance_sees(finance, inner.pk)
    assert finance_sees(finance, receipt.pk)


def test_another_classification_leaves_the_desks_of_the_outer_file(
    branch: Branch, finance: Branch
) -> None:
    """An attached file that is raised is still read where the file around it is read."""
    outer, inner = filed(branch), filed(branch)
    binding.attach(child=inner, parent=outer, desk=branch.assistant, by=branch.seema)
    moving.mark(
        item=outer.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    moving.read(item=outer.item, desk=branch.officer)
    moving.mark(
        item=outer.item, desk=branch.officer, to=finance.officer, by=branch.ramesh, sent=Sent()
    )
    moving.read(item=outer.item, desk=finance.officer)
    filing.classify(
        item=outer.item,
        desk=finance.officer,
        by=finance.ramesh,
        classification=Classification.RESTRICTED,
        words="Names of witnesses",
    )
    assert finance_sees(finance, outer.pk)
    assert finance_sees(finance, inner.pk)
    # The rest of the section of either no longer finds it; its heads and who had it do.
    assert not sees(finance.seema, finance.assistant.post.code, outer.pk)


def test_a_part_is_opened_only_by_who_sees_the_main_file(branch: Branch, finance: Branch) -> None:
    file = filed(branch)
    with pytest.raises(PermissionDenied):
        filing.divide(
            main=file, kind=File.Kind.PART, desk=finance.officer, by=finance.ramesh, subject="Part"
        )
    assert File.objects.count() == 1
