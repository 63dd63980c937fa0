"""The e-mail that announces a letter: whole in both languages, and silent about its subject."""

import re
from typing import Any

import pytest

from eoffice.models import Dispatch, Issue
from eoffice.services import dispatching, issuing
from esachivalaya.notifications import placeholders, templates
from esachivalaya.notifications.models import Message
from tests.desks import Branch
from tests.drafting import approved

pytestmark = pytest.mark.django_db


def by_mail(branch: Branch, **fields: Any) -> Dispatch:
    draft = approved(branch, **fields)
    who: dict[str, Any] = {"desk": branch.officer, "by": branch.ramesh}
    issue = issuing.issue(draft=draft, version=draft.version, unsigned=True, **who)
    to = draft.addressees.get()
    return dispatching.send(issue=issue, addressee=to, mode="email", unsigned=True, **who)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_it_is_written_in_the_language_of_the_letter(branch: Branch, language: str) -> None:
    row = by_mail(branch, language=language, subject="Repair of Bawal road", body="In May.")
    message = Message.objects.get(subject_kind="eoffice.dispatch")
    told = message.subject + message.body
    assert bool(re.search("[\u0900-\u097f]", message.body)) == (language == "hi")
    assert row.issue.number in message.subject
    assert "Bawal" not in told
    assert "In May" not in told
    assert "{" not in told


def test_the_longest_values_are_as_long_as_a_letter_allows() -> None:
    longest = placeholders.longest_values("letter_sent")
    number, post = (Issue._meta.get_field(name) for name in ("number", "signatory_post"))
    assert len(str(longest["letter_number"])) >= (number.max_length or 0)  # type: ignore[union-attr]
    department = longest["department"]
    assert not isinstance(department, str)
    assert len(department["hi"]) >= (post.max_length or 0)  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["hi", "en"])
def test_with_the_longest_values_the_subject_still_fits(language: str) -> None:
    words = templates.newest("letter_sent")["email"]
    subject, body = templates.render(words, placeholders.longest_values("letter_sent"), language)
    limit = Message._meta.get_field("subject").max_length
    assert limit is None or len(subject) <= limit
    assert len(re.findall("https?://", body)) == 1


def test_a_letter_goes_by_mail_alone() -> None:
    """An SMS could not hold number, office and a signed link in its segments."""
    assert set(placeholders.shipped()["letter_sent"].channels) == {"email"}
