"""To whom a draft goes: several readers, copies, ways of delivery, and no stranger's names."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from eoffice.models import Classification, Correspondent, Draft
from eoffice.permissions import seat_at
from eoffice.services import addressing, drafts
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import new_key
from tests.desks import Branch, diarised, make_branch, make_correspondent
from tests.drafting import approved, drafted
from tests.people import sign_in_staff

NEW = {"new-role": "to", "new-mode": "post", "new-kind": "office", "new-name": ""}


def at_work(user: User) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, user)


def page(branch: Branch, draft: Draft, desk: Any = None) -> str:
    code = (desk or branch.assistant).post.code
    return reverse("eoffice:draft-readers", args=[code, draft.file_id, draft.ordinal])


def rows(*people: tuple[Correspondent, str, str]) -> dict[str, Any]:
    """The list as the page sends it: each person with role and mode, in this order."""
    told: dict[str, Any] = {"r-TOTAL_FORMS": len(people), "r-INITIAL_FORMS": len(people)}
    for place, (person, role, mode) in enumerate(people):
        told |= {
            f"r-{place}-person": person.pk,
            f"r-{place}-role": role,
            f"r-{place}-mode": mode,
            f"r-{place}-place": place + 1,
        }
    return told


def keep(client: Client, branch: Branch, draft: Draft, *people: Any, **more: Any) -> Any:
    draft.refresh_from_db()
    fields = {"key": new_key(), "version": draft.version, **rows(*people), **more}
    return client.post(page(branch, draft), {"keep": "1", **fields} if not more else fields)


def readers(draft: Draft) -> list[tuple[str, bool, str]]:
    return [
        (one.correspondent.name, one.copy, one.mode)
        for one in draft.addressees.select_related("correspondent")
    ]


@pytest.fixture
def office(branch: Branch) -> Correspondent:
    """Somebody of whom the desk has read."""
    person = make_correspondent(branch.section, "Executive Engineer", email="xen@example.com")
    diarised(branch, correspondent=person)
    return person


def test_several_get_it_and_several_get_copies_each_in_their_way(
    branch: Branch, office: Correspondent
) -> None:
    draft, client = drafted(branch), at_work(branch.seema)
    asha = draft.addressees.get().correspondent
    assert client.get(page(branch, draft)).status_code == 200
    answer = keep(client, branch, draft, (asha, "to", "hand"), (office, "copy", "email"))
    assert answer.status_code == 303
    assert readers(draft) == [
        ("Asha Devi", False, "hand"),
        ("Executive Engineer", True, "email"),
    ]
    # The place in the list decides, whatever stood first on the page.
    back = keep(client, branch, draft, (office, "to", "post"), (asha, "none", "post"))
    assert back.status_code == 303
    assert readers(draft) == [("Executive Engineer", False, "post")]


def test_whom_the_desk_knows_is_found_and_what_was_chosen_is_kept(
    branch: Branch, office: Correspondent
) -> None:
    draft, client = drafted(branch), at_work(branch.seema)
    asha = draft.addressees.get().correspondent
    fields = {"key": new_key(), "version": draft.version, **rows((asha, "copy", "hand"))}
    found = client.post(page(branch, draft), {**fields, "q": "engineer", "find": "1"})
    shown = found.content.decode()
    assert found.status_code == 200
    assert "Executive Engineer" in shown
    assert f'name="r-1-person" value="{office.pk}"' in shown
    assert '<option value="copy" selected' in shown
    nobody = client.post(page(branch, draft), {**fields, "q": "nobody", "find": "1"})
    assert "knows nobody by these words" in nobody.content.decode()
    assert readers(draft) == [("Asha Devi", False, "post")]


def test_of_whom_nothing_may_be_seen_here_is_neither_found_nor_chosen(branch: Branch) -> None:
    other = make_branch("LND")
    hidden = make_correspondent(other.section, "Hidden Witness")
    diarised(other, correspondent=hidden, classification=Classification.CONFIDENTIAL)
    draft, client = drafted(branch), at_work(branch.seema)
    seat = seat_at(branch.seema, branch.assistant.post.code)
    assert seat is not None
    assert hidden.department == branch.section.department
    assert addressing.find(seat, "hidden", without=set()) == []
    answer = keep(client, branch, draft, (hidden, "to", "post"))
    assert answer.status_code == 422
    assert "Hidden Witness" not in answer.content.decode()
    assert readers(draft) == [("Asha Devi", False, "post")]


def test_somebody_new_is_added_and_remembered(branch: Branch) -> None:
    draft, client = drafted(branch), at_work(branch.seema)
    asha = draft.addressees.get().correspondent
    told = {**NEW, "new-name": "Registrar", "new-role": "copy", "add": "1"}
    wrong = keep(client, branch, draft, (asha, "to", "post"), **told)
    assert wrong.status_code == 422
    assert "Write where the post brings it" in wrong.content.decode()
    told["new-address"] = "Sector 1, Chandigarh"
    assert keep(client, branch, draft, (asha, "to", "post"), **told).status_code == 303
    assert readers(draft) == [("Asha Devi", False, "post"), ("Registrar", True, "post")]
    seat = seat_at(branch.seema, branch.assistant.post.code)
    assert seat is not None
    assert [one.name for one in addressing.find(seat, "registrar", without=set())] == ["Registrar"]


def test_email_needs_an_address(branch: Branch) -> None:
    person = make_correspondent(branch.section, "Without E-mail")
    draft = drafted(branch)
    with pytest.raises(Refused) as refused:
        drafts.address(
            draft=draft,
            desk=branch.assistant,
            by=branch.seema,
            version=draft.version,
            to=(person,),
            modes={person.pk: "email"},
        )
    assert refused.value.rule == "no_email"
    assert readers(draft) == [("Asha Devi", False, "post")]


def test_another_way_of_sending_leaves_the_approval_and_another_reader_voids_it(
    branch: Branch, office: Correspondent
) -> None:
    draft, client = approved(branch), at_work(branch.ramesh)
    asha = draft.addressees.get().correspondent
    where = page(branch, draft, branch.officer)
    fields = {"key": new_key(), "version": draft.version, **rows((asha, "to", "hand"))}
    assert client.post(where, {**fields, "keep": "1"}).status_code == 303
    draft.refresh_from_db()
    assert draft.status == Draft.Status.APPROVED
    assert drafts.approval_of(draft) is not None
    both = rows((asha, "to", "hand"), (office, "copy", "post"))
    fields = {"key": new_key(), "version": draft.version, **both}
    assert client.post(where, {**fields, "keep": "1"}).status_code == 303
    draft.refresh_from_db()
    assert draft.status == Draft.Status.BEING_WRITTEN
    assert drafts.approval_of(draft) is None


def test_an_older_page_changes_no_list(branch: Branch, office: Correspondent) -> None:
    draft, client = drafted(branch), at_work(branch.seema)
    asha = draft.addressees.get().correspondent
    old = {"key": new_key(), "version": draft.version, **rows((office, "to", "post"))}
    assert keep(client, branch, draft, (asha, "to", "hand")).status_code == 303
    late = client.post(page(branch, draft), {**old, "keep": "1"})
    assert late.status_code == 409
    assert "Executive Engineer" in late.content.decode()
    assert readers(draft) == [("Asha Devi", False, "hand")]


def test_the_list_is_not_found_from_elsewhere_and_leads_back_when_it_is_fixed(
    branch: Branch,
) -> None:
    other, draft = make_branch("LND", "HOM"), drafted(branch)
    assert at_work(other.ramesh).get(page(branch, draft, other.officer)).status_code == 404
    # The file lies at the assistant's desk: the officer looks, and addresses nobody.
    there = at_work(branch.ramesh).get(page(branch, draft, branch.officer))
    assert there.status_code == 303
    assert there["Location"].endswith(f"/drafts/{draft.ordinal}/")


@pytest.mark.parametrize(
    "broken", [{"r-TOTAL_FORMS": "x"}, {"r-0-person": "9" * 30}, {"r-0-mode": "pigeon"}]
)
def test_a_broken_form_is_refused_in_words(branch: Branch, broken: dict[str, str]) -> None:
    draft, client = drafted(branch), at_work(branch.seema)
    asha = draft.addressees.get().correspondent
    fields = {"key": new_key(), "version": draft.version, **rows((asha, "to", "post")), **broken}
    assert client.post(page(branch, draft), {**fields, "keep": "1"}).status_code == 422
    assert readers(draft) == [("Asha Devi", False, "post")]


def test_the_page_asks_a_fixed_number_of_questions(
    branch: Branch, django_assert_max_num_queries: Any
) -> None:
    people = [make_correspondent(branch.section, f"Reader {number}") for number in range(12)]
    draft, client = drafted(branch), at_work(branch.seema)
    drafts.address(
        draft=draft,
        desk=branch.assistant,
        by=branch.seema,
        version=draft.version,
        to=tuple(people),
    )
    client.get(page(branch, draft))
    with django_assert_max_num_queries(14):
        assert client.get(page(branch, draft)).status_code == 200
