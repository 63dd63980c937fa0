"""The pages of drafts and dispatch: they work, refuse in words, and show nothing to others."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from eoffice.models import Dispatch, Draft
from eoffice.services import dispatching, drafts, issuing, signing
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import new_key
from tests.authority import PASSPHRASE, officer_p12
from tests.desks import Branch, filed, make_branch, make_correspondent
from tests.drafting import approved, drafted, put_up
from tests.people import sign_in_staff


def at_work(user: User) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, user)


def page(branch: Branch, draft: Draft, name: str = "draft", desk: Any = None) -> str:
    code = (desk or branch.officer).post.code
    return reverse(f"eoffice:{name}", args=[code, draft.file_id, draft.ordinal])


def do(client: Client, branch: Branch, draft: Draft, name: str, **fields: Any) -> Any:
    where = reverse(
        "eoffice:draft-act", args=[branch.officer.post.code, draft.file_id, draft.ordinal, name]
    )
    return client.post(where, {"key": new_key(), "version": draft.version, **fields})


def test_the_assistant_begins_a_draft(branch: Branch) -> None:
    file, person = filed(branch), make_correspondent(branch.section)
    where = reverse("eoffice:new-draft", args=[branch.assistant.post.code, file.pk])
    client = at_work(branch.seema)
    assert client.get(where).status_code == 200
    fields = {
        "key": new_key(),
        "form": "letter",
        "language": "hi",
        "signatory": branch.officer.post.code,
        "to": [person.pk],
        "subject": "सड़क की मरम्मत",
        "body": "महोदया, सड़क की मरम्मत मई तक होगी।",
    }
    assert client.post(where, {**fields, "body": ""}).status_code == 422
    assert client.post(where, fields).status_code == 303
    # The same form sent again begins no second one.
    client.post(where, fields)
    assert drafts.latest_of(Draft.objects.get()).subject == "सड़क की मरम्मत"


def test_the_officer_approves_issues_and_sends_on_one_page(branch: Branch) -> None:
    draft, client = put_up(branch), at_work(branch.ramesh)
    assert "Approve" in client.get(page(branch, draft)).content.decode()
    assert do(client, branch, draft, "approve").status_code == 303
    draft.refresh_from_db()
    warned = do(client, branch, draft, "issue")
    assert warned.status_code == 422
    assert "not signed by a certificate" in warned.content.decode()
    assert do(client, branch, draft, "issue", unsigned="on").status_code == 303
    draft.refresh_from_db()
    addressee = draft.addressees.get().pk
    fields = {"addressee": addressee, "mode": "post"}
    assert do(client, branch, draft, "send", **fields).status_code == 422
    assert do(client, branch, draft, "send", **fields, unsigned="on").status_code == 303
    assert Dispatch.objects.get().status == Dispatch.Status.SENT


def test_the_officer_signs_on_the_page(branch: Branch) -> None:
    draft, client = approved(branch), at_work(branch.ramesh)
    signing.keep(by=branch.ramesh, uploaded=officer_p12(), passphrase=PASSPHRASE)
    wrong = do(client, branch, draft, "issue", passphrase="Wrong-words")
    assert wrong.status_code == 422
    assert "Wrong-words" not in wrong.content.decode()
    assert do(client, branch, draft, "issue", passphrase=PASSPHRASE).status_code == 303
    letter = client.get(page(branch, draft, "draft-letter"))
    content = b"".join(letter.streaming_content)  # type: ignore[attr-defined]
    assert signing.look_at(content)[0].intact


def test_the_page_shows_what_changed(branch: Branch) -> None:
    draft, client = put_up(branch), at_work(branch.ramesh)
    wrote = do(client, branch, draft, "edit", subject="Repair", body="The road will be repaired.")
    assert wrote.status_code == 303
    shown = client.get(page(branch, draft)).content.decode()
    assert "<del>" in shown
    assert "<ins>" in shown


def test_an_older_page_keeps_what_was_written(branch: Branch) -> None:
    draft, client = put_up(branch), at_work(branch.ramesh)
    do(client, branch, draft, "edit", subject="First", body="First")
    late = do(client, branch, draft, "edit", subject="Second", body="My own long words")
    assert late.status_code == 409
    assert "My own long words" in late.content.decode()
    # Who has seen what the others wrote can send it from that page.
    form = late.context["forms"]["edit"]
    asked = {name: form[name].value() for name in ("version", "subject", "body")}
    draft.version = int(asked.pop("version"))
    assert do(client, branch, draft, "edit", **asked).status_code == 303
    assert drafts.latest_of(draft).body == "My own long words"


def test_what_one_may_not_see_is_not_found(branch: Branch) -> None:
    other = make_branch("LND", "HOM")
    draft = drafted(branch)
    client = at_work(other.ramesh)
    for desk in (branch.officer, other.officer):
        for name in ("draft", "draft-letter"):
            assert client.get(page(branch, draft, name, desk)).status_code == 404


def test_a_get_never_acts(branch: Branch) -> None:
    draft, client = put_up(branch), at_work(branch.ramesh)
    where = [branch.officer.post.code, draft.file_id, draft.ordinal]
    assert client.get(reverse("eoffice:draft-act", args=[*where, "approve"])).status_code == 405
    unknown = client.post(reverse("eoffice:draft-act", args=[*where, "forge"]))
    assert unknown.status_code == 404


def dispatched(branch: Branch, mode: str = "post") -> Dispatch:
    draft = approved(branch)
    who: dict[str, Any] = {"desk": branch.officer, "by": branch.ramesh}
    issue = issuing.issue(draft=draft, version=draft.version, unsigned=True, **who)
    to = draft.addressees.get()
    return dispatching.send(issue=issue, addressee=to, mode=mode, unsigned=True, **who)


def test_the_dispatch_desk_records_what_came_back_and_sends_it_again(branch: Branch) -> None:
    row, client = dispatched(branch), at_work(branch.ramesh)
    desk = branch.officer.post.code
    register = reverse("eoffice:dispatch", args=[desk]) + "?show=register"
    assert row.number in client.get(register).content.decode()
    where = reverse("eoffice:dispatch-act", args=[desk, row.pk, "came-back"])
    fields = {"key": new_key(), "version": row.version}
    assert client.post(where, fields).status_code == 422
    assert client.post(where, {**fields, "words": "House locked"}).status_code == 303
    where = reverse("eoffice:dispatch-act", args=[desk, row.pk, "again"])
    row.refresh_from_db()
    fields = {"key": new_key(), "version": row.version, "mode": "hand"}
    assert client.post(where, fields).status_code == 303
    assert Dispatch.objects.get(again_of=row).mode == "hand"


def test_another_desks_dispatch_is_not_found(branch: Branch) -> None:
    row, other = dispatched(branch), make_branch("LND", "HOM")
    client = at_work(other.ramesh)
    args = [other.officer.post.code, row.pk]
    assert client.get(reverse("eoffice:dispatch-letter", args=args)).status_code == 404
    act = reverse("eoffice:dispatch-act", args=[*args, "delivered"])
    assert client.post(act, {"key": new_key(), "version": 1}).status_code == 404


def test_the_link_of_an_email_gives_the_letter_to_who_has_it(branch: Branch) -> None:
    row = dispatched(branch, mode="email")
    where = reverse("eoffice:letter-by-link", args=[dispatching.token_of(row)])
    answer = Client().get(where)
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in answer["Content-Disposition"]
    answer.close()
    assert Client().get(reverse("eoffice:letter-by-link", args=["forged"])).status_code == 404


def test_an_officer_keeps_a_certificate(branch: Branch) -> None:
    client = at_work(branch.ramesh)
    where = reverse("eoffice:certificate", args=[branch.officer.post.code])
    assert client.get(where).status_code == 200
    for passphrase, status in (("Wrong-words-here", 422), (PASSPHRASE, 303)):
        file = SimpleUploadedFile("ramesh.p12", officer_p12())
        answer = client.post(where, {"file": file, "passphrase": passphrase})
        assert answer.status_code == status
    assert signing.certificate_of(branch.ramesh) is not None


@pytest.mark.parametrize("name", ["dispatch", "certificate"])
def test_who_does_not_sit_there_finds_nothing(branch: Branch, name: str) -> None:
    other = make_branch("LND", "HOM")
    where = reverse(f"eoffice:{name}", args=[branch.officer.post.code])
    assert at_work(other.ramesh).get(where).status_code == 404
