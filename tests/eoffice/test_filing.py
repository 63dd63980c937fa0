"""Numbers, files, parts, what is put in them and what they are bound to."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from eoffice.models import File, Item
from eoffice.permissions import seat_at, visible_at
from eoffice.services import access, binding, closing, filing, moving, notes
from eoffice.services.filing import NewFile
from eoffice.services.moving import Sent
from eoffice.services.refusals import Blocked, Refused
from tests.desks import Branch, diarised, filed, make_branch, noted


def test_numbers_follow_each_other_within_head_section_and_year(branch: Branch) -> None:
    year = timezone.localdate().year
    numbers = [filed(branch).item.number for _ in range(3)]
    assert numbers == [f"A-11011/{serial}/{year}-EST" for serial in (1, 2, 3)]


def test_a_free_number_is_given_once(branch: Branch) -> None:
    new = NewFile(subject="Old land case", free_number="LR 12/1998")
    filing.make(desk=branch.assistant, by=branch.seema, new=new)
    with pytest.raises(Refused) as refused:
        filing.make(desk=branch.assistant, by=branch.seema, new=new)
    assert refused.value.rule == "number"


def test_a_receipt_in_a_file_raises_it_to_its_own_classification(branch: Branch) -> None:
    receipt, file = diarised(branch, classification=3), filed(branch)
    filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    item = Item.objects.get(pk=file.pk)
    assert item.classification == 3
    with pytest.raises(Refused):
        filing.classify(
            item=item, desk=branch.assistant, by=branch.seema, classification=1, words="Lower it"
        )


def test_what_one_may_not_see_is_not_found(branch: Branch) -> None:
    other = make_branch("LND", "HOM")
    file = filed(branch)
    theirs = seat_at(other.ramesh, other.officer.post.code)
    ours = seat_at(branch.ramesh, branch.officer.post.code)
    assert theirs is not None
    assert ours is not None
    assert not visible_at(theirs).filter(pk=file.pk).exists()
    assert visible_at(ours).filter(pk=file.pk).exists()


def test_an_attached_file_travels_inside_and_forms_no_ring(branch: Branch) -> None:
    child, parent = filed(branch), filed(branch)
    binding.attach(child=child, parent=parent, desk=branch.assistant, by=branch.seema)
    moving.mark(
        item=parent.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    binding.take_out(child=child, desk=branch.officer, by=branch.ramesh)
    assert Item.objects.get(pk=child.pk).status == Item.Status.OPEN
    with pytest.raises(Refused):
        binding.attach(child=child, parent=child, desk=branch.officer, by=branch.ramesh)


def test_closing_lists_everything_that_stands_against_it(branch: Branch) -> None:
    file, other = filed(branch), filed(branch)
    binding.link(file=file, other=other, desk=branch.assistant, by=branch.seema)
    filing.divide(main=file, kind=File.Kind.PART, desk=branch.assistant, by=branch.seema)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    with pytest.raises(Blocked) as refused:
        closing.close(item=file.item, desk=branch.officer, by=branch.ramesh, words="Disposed of")
    assert len(refused.value.blockers) == 2


def test_a_file_is_closed_by_a_section_officer_and_seals_the_last_note(branch: Branch) -> None:
    file = filed(branch)
    with pytest.raises(Refused) as refused:
        closing.close(item=file.item, desk=branch.assistant, by=branch.seema, words="Disposed of")
    assert refused.value.rule == "rank"
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    note = noted(file, branch.officer, branch.ramesh, "File may be closed.")
    closing.close(item=file.item, desk=branch.officer, by=branch.ramesh, words="Disposed of")
    note.refresh_from_db()
    assert note.status == "sealed"
    reopened = closing.reopen(
        item=file.item, desk=branch.officer, by=branch.ramesh, words="New report came"
    )
    assert reopened.status == Item.Status.OPEN


def test_the_yellow_note_of_somebody_else_keeps_no_file_open_and_is_not_told_of(
    branch: Branch,
) -> None:
    """A predecessor's yellow note stays private for good: it may not hold the file open either."""
    file = filed(branch)
    notes.write(
        file=file, desk=branch.assistant, by=branch.seema, text="Not for others", version=None
    )
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    closing.close(item=file.item, desk=branch.officer, by=branch.ramesh, words="Nothing remains.")
    file.item.refresh_from_db()
    assert file.item.status == Item.Status.CLOSED


def test_ones_own_yellow_note_is_finished_before_closing(branch: Branch) -> None:
    file = filed(branch)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    notes.write(file=file, desk=branch.officer, by=branch.ramesh, text="Half a", version=None)
    with pytest.raises(Blocked) as refused:
        closing.close(item=file.item, desk=branch.officer, by=branch.ramesh, words="Done with it.")
    assert len(refused.value.blockers) == 1


def test_a_higher_desk_of_the_department_reopens_only_what_it_sees(branch: Branch) -> None:
    file = filed(branch)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    closing.close(item=file.item, desk=branch.officer, by=branch.ramesh, words="Nothing remains.")
    land = make_branch("LND", "REV")
    reopening = {"item": file.item, "desk": land.under_secretary, "by": land.usha}
    with pytest.raises(PermissionDenied):
        closing.reopen(**reopening, words="A new report came")
    access.grant(file.item, land.under_secretary)
    assert closing.reopen(**reopening, words="A new report came").status == Item.Status.OPEN
