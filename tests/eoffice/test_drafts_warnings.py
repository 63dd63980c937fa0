"""Before a file is sent, its sender is told what is unfinished in its drafts."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from eoffice.models import Draft
from eoffice.permissions import seat_at
from eoffice.services import closing, dispatching, issuing
from eoffice.services.draft_warnings import before_sending
from eoffice.services.refusals import Blocked
from tests.desks import Branch
from tests.drafting import approved, drafted, put_up
from tests.people import sign_in_staff


def told(branch: Branch, draft: Draft, *, officer: bool = True) -> list[str]:
    user, desk = (branch.ramesh, branch.officer) if officer else (branch.seema, branch.assistant)
    seat = seat_at(user, desk.post.code)
    assert seat is not None
    with translation.override("en"):
        return before_sending(draft.file_id, seat)


def issued(branch: Branch) -> Any:
    draft = approved(branch)
    return issuing.issue(
        draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version, unsigned=True
    )


def test_a_draft_that_nobody_put_up_is_told(branch: Branch) -> None:
    draft = drafted(branch)
    assert told(branch, draft, officer=False) == ["Draft 1 is not put up for approval yet."]


def test_a_draft_that_goes_up_worries_only_who_could_approve_it(branch: Branch) -> None:
    draft = put_up(branch)
    assert told(branch, draft, officer=False) == []
    assert told(branch, draft) == ["Draft 1 waits for your approval."]


def test_an_approved_draft_without_signature_is_told(branch: Branch) -> None:
    draft = approved(branch)
    assert told(branch, draft) == ["Draft 1 is approved, but neither signed nor issued."]


def test_an_issued_letter_is_told_until_it_was_sent(branch: Branch) -> None:
    issue = issued(branch)
    assert told(branch, issue.draft) == ["Draft 1 is issued, but not sent to every reader yet."]
    dispatching.send_to_all(issue=issue, desk=branch.officer, by=branch.ramesh, unsigned=True)
    assert told(branch, issue.draft) == []


@pytest.mark.parametrize("name", ["mark", "return"])
def test_the_dialogs_say_it_before_the_file_leaves(branch: Branch, name: str) -> None:
    draft = approved(branch)
    client = Client()
    client.cookies["language"] = "en"
    sign_in_staff(client, branch.ramesh)
    where = reverse("eoffice:file-act", args=[branch.officer.post.code, draft.file_id, name])
    shown = client.get(where).content.decode()
    assert "Draft 1 is approved, but neither signed nor issued." in shown


def test_each_state_before_the_dispatch_blocks_closing(branch: Branch) -> None:
    draft = approved(branch)
    close = {"desk": branch.officer, "by": branch.ramesh, "words": "Nothing more to be done"}
    with translation.override("en"), pytest.raises(Blocked) as blocked:
        closing.close(item=draft.file.item, **close)  # type: ignore[arg-type]
    assert "Draft 1 is Approved." in [str(one) for one in blocked.value.blockers]
    issue = issuing.issue(
        draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version, unsigned=True
    )
    with pytest.raises(Blocked):
        closing.close(item=draft.file.item, **close)  # type: ignore[arg-type]
    dispatching.send_to_all(issue=issue, desk=branch.officer, by=branch.ramesh, unsigned=True)
    closing.close(item=draft.file.item, **close)  # type: ignore[arg-type]
