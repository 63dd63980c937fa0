"""Pages of drafts ask the database as often for one version and reader as for many."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from eoffice.models import Draft, LetterTemplate, Receipt
from eoffice.services import drafts, filing
from tests.desks import Branch, diarised, make_correspondent
from tests.drafting import drafted
from tests.people import sign_in_staff

# Beyond what the tables give by themselves.
FIRST = 1_000_000


def grown(branch: Branch, draft: Draft) -> None:
    """Ten more versions, readers, templates and letters in the file."""
    who: dict[str, Any] = {"draft": draft, "desk": branch.assistant, "by": branch.seema}
    people = tuple(make_correspondent(branch.section, f"Reader {turn}") for turn in range(10))
    version = drafts.address(**who, version=draft.version, to=people).version
    for turn in range(10):
        version = drafts.edit(
            **who, version=version, subject="Road", body=f"Version {turn} of the words."
        ).version
        LetterTemplate.objects.create(
            form="letter", language="en", name=f"Template {turn}", letterhead="{state}", body="Sir"
        )
        put_in(branch, draft, diarised(branch, correspondent=people[turn], letter_number=str(turn)))


def put_in(branch: Branch, draft: Draft, receipt: Receipt) -> None:
    """Put a letter in the file of the draft."""
    filing.put_in(receipt=receipt, file=draft.file, desk=branch.assistant, by=branch.seema)


@pytest.mark.parametrize(
    ("name", "asked", "most"),
    [
        ("draft", "", 19),
        ("draft", "?from=1&to=1", 19),
        ("draft-readers", "", 14),
        ("new-draft", "", 9),
        ("new-draft", f"?template={FIRST}", 15),
    ],
)
def test_a_page_costs_the_same_for_little_and_for_much(
    branch: Branch, name: str, asked: str, most: int
) -> None:
    draft = drafted(branch)
    LetterTemplate.objects.create(
        pk=FIRST, form="letter", language="en", name="First", letterhead="{state}", body="{sender}"
    )
    put_in(branch, draft, diarised(branch))
    client = sign_in_staff(Client(), branch.seema)
    more = [] if name == "new-draft" else [draft.ordinal]
    where = reverse(f"eoffice:{name}", args=[branch.assistant.post.code, draft.file_id, *more])
    little = counted(lambda: client.get(where + asked))
    grown(branch, draft)
    much = counted(lambda: client.get(where + asked))
    assert much == little
    assert much <= most


def counted(get: Callable[[], Any]) -> int:
    """How many questions a page asks the second time that it is opened."""
    assert get().status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert get().status_code == 200
    return len(asked)
