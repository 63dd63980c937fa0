"""Letter templates: set up by the role alone, filled from the file, chosen when a draft begins."""

import io
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import translation

from eoffice.models import Access, Draft, LetterTemplate
from eoffice.permissions import seat_at
from eoffice.services import drafts, filing, issuing, letter_templates
from eoffice.services.letter_templates import OPEN, save_template
from esachivalaya.accounts.models import Role, User
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.service_admin import digest_of_row
from tests.desks import Branch, diarised, filed, make_branch, make_correspondent
from tests.people import make_staff, sign_in_staff


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def nasreen(db: None) -> User:
    return make_staff("nasreen.setup", roles=(Role.Name.SETUP,))


@pytest.fixture
def setup(client: Client, nasreen: User) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, nasreen)


def template(branch: Branch | None = None, **fields: Any) -> LetterTemplate:
    wanted: dict[str, Any] = {
        "form": "letter",
        "language": "hi",
        "name": "उत्तर",
        "letterhead": "{state} सरकार\n{department}",
        "body": "आपके पत्र संख्या {letter_number} दिनांक {letter_date} के संदर्भ में।",
        "department": branch.section.department if branch else None,
        **fields,
    }
    return LetterTemplate.objects.create(**wanted)


def sent(row: Any = None, **fields: Any) -> dict[str, Any]:
    """What a form of the admin sends."""
    return {"form_key": new_key(), "shown": digest_of_row(row) if row else "", **fields}


def at_work(user: User) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, user)


def begin(branch: Branch, file: Any, **asked: Any) -> Any:
    where = reverse("eoffice:new-draft", args=[branch.assistant.post.code, file.pk])
    return at_work(branch.seema).get(where, asked)


def test_who_sets_up_adds_a_template_and_its_history_says_so(setup: Client, nasreen: User) -> None:
    fields = sent(form="order", language="en", name="Order", letterhead="{state}", active="on")
    answer = setup.post(reverse("admin:eoffice_lettertemplate_add"), fields)
    assert answer.status_code == 302
    row = LetterTemplate.objects.get(name="Order")
    assert Entry.objects.get(act="lettertemplate_eoffice_added").actor == nasreen
    changed = sent(row, form="order", language="en", name="Order", letterhead="{department}")
    where = reverse("admin:eoffice_lettertemplate_change", args=[row.pk])
    assert setup.post(where, changed).status_code == 302
    changes = Detail.objects.get(entry__act="lettertemplate_eoffice_changed").data["changes"]
    assert changes["letterhead"] == {"before": "{state}", "after": "{department}"}
    history = setup.get(reverse("admin:eoffice_lettertemplate_history", args=[row.pk]))
    assert "etter template changed" in history.content.decode()


@pytest.mark.parametrize(
    ("field", "words", "named"),
    [
        ("body", "Your letter {leter_number}", "{leter_number}"),
        ("letterhead", "{file_number}", "{file_number}"),
        ("body", "A brace { alone", "brace"),
        ("body", "{0}", "brace"),
    ],
)
def test_a_placeholder_that_nothing_fills_is_refused_by_name(
    setup: Client, field: str, words: str, named: str
) -> None:
    fields = {"form": "letter", "language": "en", "name": "x", "letterhead": "{state}", "body": ""}
    answer = setup.post(
        reverse("admin:eoffice_lettertemplate_add"), sent(**{**fields, field: words})
    )
    assert answer.status_code == 200
    assert named in answer.content.decode()
    assert not LetterTemplate.objects.exists()


def test_the_preview_is_the_letter_with_sample_values(setup: Client, branch: Branch) -> None:
    row = template(language="en", body="Your letter {letter_number}: {subject}", name="Reply")
    where = reverse("admin:eoffice_lettertemplate_preview", args=[row.pk])
    answer = setup.get(where)
    assert answer["Content-Type"] == "application/pdf"
    text = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "Your letter 12/RWA" in text
    assert "{" not in text
    assert at_work(branch.ramesh).get(where).status_code == 404
    gone = reverse("admin:eoffice_lettertemplate_preview", args=[row.pk + 1])
    assert setup.get(gone).status_code == 404
    assert setup.post(where).status_code == 405


def test_only_who_sets_up_changes_templates(branch: Branch) -> None:
    row = template(branch)
    with pytest.raises(PermissionDenied):
        save_template(row=row, by=branch.ramesh)
    client = at_work(branch.ramesh)
    assert client.get(reverse("admin:eoffice_lettertemplate_changelist")).status_code == 403


def test_the_list_is_fast_and_nothing_is_removed(
    setup: Client, branch: Branch, django_assert_max_num_queries: Any
) -> None:
    row = template(branch)
    with django_assert_max_num_queries(14):
        assert setup.get(reverse("admin:eoffice_lettertemplate_changelist")).status_code == 200
    where = reverse("admin:eoffice_lettertemplate_delete", args=[row.pk])
    assert setup.post(where).status_code == 403


def test_the_chooser_shows_both_languages_and_no_other_departments(branch: Branch) -> None:
    other = make_branch("LND", "HOM")
    template(branch, name="हमारा पत्र")
    template(name="Letter of all", language="en")
    template(other, name="Of the others")
    template(branch, name="Out of use", active=False)
    shown = begin(branch, filed(branch)).content.decode()
    assert "हमारा पत्र" in shown
    assert "Letter of all" in shown
    assert "Of the others" not in shown
    assert "Out of use" not in shown
    assert 'name="body"' not in shown


def test_without_templates_one_begins_to_write_at_once(branch: Branch) -> None:
    assert 'name="body"' in begin(branch, filed(branch)).content.decode()


def test_another_departments_template_gives_nothing(branch: Branch) -> None:
    other = make_branch("LND", "HOM")
    row = template(other, body="Words of the others")
    template(branch)
    shown = begin(branch, filed(branch), template=row.pk).content.decode()
    assert "Words of the others" not in shown


def test_the_words_are_filled_from_the_letter_that_is_answered(branch: Branch) -> None:
    file = filed(branch)
    receipt = diarised(branch, letter_number="12/RWA")
    filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    row = template(branch)
    shown = begin(branch, file, template=row.pk).content.decode()
    assert "12/RWA" in shown
    # The letter bears no date: its place is left open, as on paper.
    assert OPEN in shown
    assert f'value="{receipt.pk}" selected' in shown


def test_braces_in_a_subject_are_no_placeholders(branch: Branch) -> None:
    file = filed(branch, subject="Roads {state} of {file_number}")
    row = template(branch, language="en", body="On {subject}.")
    seat = seat_at(branch.seema, branch.assistant.post.code)
    assert seat is not None
    _letterhead, body = letter_templates.begun(row, file=file, seat=seat)
    assert body == "On Roads {state} of {file_number}."


def test_a_letter_that_one_may_not_see_fills_nothing(branch: Branch) -> None:
    file = filed(branch)
    receipt = diarised(branch, letter_number="12/RWA", subject="Secretly")
    filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    Access.objects.filter(item=receipt.item).delete()
    shown = begin(branch, file, template=template(branch).pk).content.decode()
    assert "12/RWA" not in shown
    assert "Secretly" not in shown


def test_a_draft_keeps_the_letterhead_with_which_it_began(branch: Branch, nasreen: User) -> None:
    row = template(branch, language="en", letterhead="{state}\n{department}")
    fields = {
        "key": new_key(),
        "template": row.pk,
        "form": "letter",
        "language": "en",
        "signatory": branch.officer.post.code,
        "subject": "Road",
        "body": "It will be repaired.",
    }
    file = filed(branch)
    where = reverse("eoffice:new-draft", args=[branch.assistant.post.code, file.pk])
    assert at_work(branch.seema).post(where, fields).status_code == 303
    draft = Draft.objects.get()
    row.letterhead = "Another State"
    save_template(row=row, by=nasreen)
    with translation.override("en"):
        expected = f"Haryana\n{branch.section.department}"
    assert issuing.sheet_of(draft).letterhead == draft.letterhead == expected


def test_an_answer_goes_to_who_wrote_by_the_way_it_came(branch: Branch) -> None:
    person = make_correspondent(branch.section, "Ram Phal", email="ram@example.com")
    file = filed(branch)
    receipt = diarised(branch, correspondent=person, delivery_mode="email")
    filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    fields = {
        "key": new_key(),
        "reply_to": receipt.pk,
        "form": "letter",
        "language": "en",
        "signatory": branch.officer.post.code,
        "subject": "Road",
        "body": "It will be repaired.",
    }
    where = reverse("eoffice:new-draft", args=[branch.assistant.post.code, file.pk])
    answer = at_work(branch.seema).post(where, fields)
    draft = Draft.objects.get()
    assert answer["Location"].endswith(f"/drafts/{draft.ordinal}/readers/")
    reader = draft.addressees.get()
    assert (reader.correspondent, reader.mode, reader.copy) == (person, "email", False)
    assert drafts.latest_of(draft).subject == "Road"


def test_a_placeholder_is_checked_by_the_service_too(nasreen: User) -> None:
    row = LetterTemplate(form="letter", language="en", name="x", letterhead="{nobody}")
    with pytest.raises(Refusal):
        save_template(row=row, by=nasreen)
