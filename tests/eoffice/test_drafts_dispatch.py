"""Issue and dispatch: the number, the warning, the registry, what came back."""

import hashlib
import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from eoffice.models import Correspondence, Dispatch, Draft, Issue, Movement
from eoffice.services import dispatching, issuing, signing
from eoffice.services.refusals import Refused
from esachivalaya.notifications.models import Message
from tests.authority import PASSPHRASE, officer_p12, root_pem
from tests.desks import Branch, make_desk
from tests.drafting import approved, put_up
from tests.people import make_staff


def bytes_of(issue: Issue) -> bytes:
    with issue.stored.file.open("rb") as file:
        return bytes(file.read())


def issued(branch: Branch, draft: Draft | None = None, **more: Any) -> Issue:
    row = draft or approved(branch)
    wanted: dict[str, Any] = {"unsigned": True, **more}
    return issuing.issue(
        draft=row, desk=branch.officer, by=branch.ramesh, version=row.version, **wanted
    )


def sent(branch: Branch, issue: Issue, mode: str = "post", **more: Any) -> Dispatch:
    wanted: dict[str, Any] = {"unsigned": True, **more}
    return dispatching.send(
        issue=issue,
        addressee=issue.draft.addressees.get(),
        desk=branch.officer,
        by=branch.ramesh,
        mode=mode,
        **wanted,
    )


def test_a_letter_gets_the_next_number_of_its_file(branch: Branch) -> None:
    issue = issued(branch)
    file = issue.draft.file
    assert issue.number == f"{file.item.number}/1"
    assert issue.sha256 == hashlib.sha256(bytes_of(issue)).hexdigest()
    assert issue.draft.versions.get() == issue.version
    assert Correspondence.objects.get(issue=issue).file == file
    entry = Movement.objects.get(item=file.pk, act=Movement.Act.ISSUED)
    assert issue.sha256 in entry.payload


def test_an_issued_letter_is_never_changed(branch: Branch) -> None:
    issue = issued(branch)
    with pytest.raises(DatabaseError), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(number="x")


def test_only_an_approved_draft_is_issued(branch: Branch) -> None:
    with pytest.raises(Refused) as refused:
        issued(branch, put_up(branch))
    assert refused.value.rule == "not_approved"


def test_an_unsigned_draft_is_issued_only_after_the_warning(branch: Branch) -> None:
    draft = approved(branch)
    with pytest.raises(Refused) as refused:
        issued(branch, draft, unsigned=False)
    assert refused.value.rule == "unsigned"
    assert not Issue.objects.exists()


def test_the_officer_signs_what_is_issued(branch: Branch) -> None:
    signing.keep(by=branch.ramesh, uploaded=officer_p12(), passphrase=PASSPHRASE)
    issue = issued(branch, unsigned=False, passphrase=PASSPHRASE)
    (seen,) = signing.look_at(bytes_of(issue), roots=[root_pem()])
    assert (seen.intact, seen.trusted) == (True, True)
    assert issue.certificate == "CN=Ramesh Kumar"
    # Signed: nobody needs to be warned.
    assert sent(branch, issue, unsigned=False).status == Dispatch.Status.SENT


def test_a_wrong_passphrase_takes_no_number(branch: Branch) -> None:
    signing.keep(by=branch.ramesh, uploaded=officer_p12(), passphrase=PASSPHRASE)
    draft = approved(branch)
    with pytest.raises(Refused):
        issued(branch, draft, passphrase="Some-other-words")
    assert issued(branch, draft).number.endswith("/1")


def test_an_unsigned_letter_is_sent_only_after_the_warning(branch: Branch) -> None:
    with pytest.raises(Refused) as refused:
        sent(branch, issued(branch), unsigned=False)
    assert refused.value.rule == "unsigned"


def test_the_desk_itself_sends_by_post(branch: Branch) -> None:
    row = sent(branch, issued(branch), tracking="EH123456789IN")
    assert row.number.startswith("1/")
    assert row.number.endswith("/EST-D")
    assert "Model Town" in row.to_address
    assert Draft.objects.get().status == Draft.Status.DISPATCHED


def test_nobody_gets_a_letter_twice_by_mistake(branch: Branch) -> None:
    issue = issued(branch)
    sent(branch, issue)
    with pytest.raises(Refused) as refused:
        sent(branch, issue)
    assert refused.value.rule == "sent"


def test_by_email_goes_a_link_and_neither_words_nor_subject(branch: Branch) -> None:
    row = sent(branch, issued(branch), mode="email")
    message = Message.objects.get(subject_kind="eoffice.dispatch")
    assert message.to == "asha@example.com"
    linked = re.search(r"/letters/([^/\s]+)/", message.body)
    assert linked is not None
    assert dispatching.by_token(linked[1]) == row
    assert "road" not in message.body + message.subject
    assert dispatching.by_token("forged:token:x") is None


def test_the_registry_sends_what_was_handed_to_it(branch: Branch) -> None:
    clerk = make_staff("registry.clerk")
    registry = make_desk("REG-1", branch.section, 10, clerk, registry=True)
    row = sent(branch, issued(branch), registry=registry)
    assert (row.status, row.number) == (Dispatch.Status.WAITING, "")
    assert Draft.objects.get().status == Draft.Status.ISSUED
    with pytest.raises(PermissionDenied):
        dispatching.send_waiting(
            dispatch=row, desk=branch.officer, by=branch.ramesh, version=row.version
        )
    done = dispatching.send_waiting(dispatch=row, desk=registry, by=clerk, version=row.version)
    assert (done.status, done.sent_by) == (Dispatch.Status.SENT, clerk)


def test_what_came_back_is_sent_again_as_another_sending(branch: Branch) -> None:
    first = sent(branch, issued(branch))
    who: dict[str, Any] = {"desk": branch.officer, "by": branch.ramesh}
    back = dispatching.came_back(
        dispatch=first, version=first.version, words="Addressee moved", **who
    )
    again = dispatching.send_again(dispatch=back, mode="email", **who)
    assert again.again_of == first
    assert int(again.number.split("/")[0]) == int(first.number.split("/")[0]) + 1
    with pytest.raises(Refused):
        dispatching.send_again(dispatch=back, mode="post", **who)
    with pytest.raises(DatabaseError), transaction.atomic():
        Dispatch.objects.filter(pk=back.pk).update(words="Forged")
