"""What lies inside another file goes with it: sealed with its sending, a blocker of its closing."""

import pytest

from eoffice import verification
from eoffice.models import Note
from eoffice.services import binding, closing, drafts, moving, notes
from eoffice.services.drafts import NewDraft
from eoffice.services.moving import Sent
from eoffice.services.refusals import Blocked, Refused
from tests.desks import Branch, filed, noted


def test_a_green_note_of_an_attached_file_is_not_rewritten_after_others_read_it(
    branch: Branch,
) -> None:
    whole, inner = filed(branch), filed(branch)
    note = noted(inner, branch.assistant, branch.seema)
    at = {"desk": branch.assistant, "by": branch.seema}
    binding.attach(child=inner, parent=whole, **at)
    moving.mark(item=whole.item, to=branch.officer, sent=Sent(), **at)
    moving.give_back(
        item=whole.item, desk=branch.officer, by=branch.ramesh, sent=Sent(words="Add the rule")
    )
    binding.take_out(child=inner, **at)
    now = Note.objects.get(pk=note.pk)
    with pytest.raises(Refused):
        notes.make_yellow(note=now, by=branch.seema, version=now.version)
    assert now.status == Note.Status.SEALED
    assert not list(verification.findings())


def test_a_draft_of_an_attached_file_stands_against_closing(branch: Branch) -> None:
    whole, inner = filed(branch), filed(branch)
    at = {"desk": branch.assistant, "by": branch.seema}
    drafts.write(
        file=inner, new=NewDraft("letter", "en", branch.officer, "Repair", "It is due."), **at
    )
    binding.attach(child=inner, parent=whole, **at)
    with pytest.raises(Blocked) as caught:
        closing.propose(item=whole.item, words="Nothing is left.", **at)
    assert any(inner.item.number in str(one) for one in caught.value.blockers)
