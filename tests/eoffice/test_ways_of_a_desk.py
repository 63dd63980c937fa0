"""Every page of a desk is reached from where one needs it, and leads back again."""

import pytest
from django.test import Client
from django.urls import reverse

from eoffice.models import Item
from eoffice.services import asking, filing
from eoffice.services.asking import Wanted
from esachivalaya.accounts.models import User
from tests.desks import Branch, days_from_now, diarised, filed, make_branch
from tests.drafting import drafted
from tests.people import give_charge, make_staff, sign_in_staff

OFFICERS_ONLY = ("secret-papers", "outage-pack", "certificate")


def at_work(user: User, language: str = "en") -> Client:
    client = Client()
    client.cookies["language"] = language
    return sign_in_staff(client, user)


def shown(client: Client, name: str, *args: object) -> str:
    return str(client.get(reverse(f"eoffice:{name}", args=args)).content.decode())


def leads(page: str, name: str, *args: object) -> bool:
    return f'href="{reverse(f"eoffice:{name}", args=args)}"' in page


@pytest.mark.parametrize("box", ["inbox", "sent", "created", "parked", "closed"])
def test_below_each_list_stands_what_is_seldom_needed(branch: Branch, box: str) -> None:
    code = branch.officer.post.code
    page = shown(at_work(branch.ramesh), box, code)
    for name in ("questions", "parked", "closed", "registers", "old-file", *OFFICERS_ONLY):
        assert leads(page, name, code), name
    for guide in ("eoffice", "eoffice-officer"):
        assert f'href="{reverse("pages:guide", args=[guide])}"' in page


def test_who_may_not_open_a_page_is_not_led_to_it(branch: Branch) -> None:
    helper = make_staff("helper.two")
    give_charge(helper, branch.officer.post, "staff")
    code = branch.officer.post.code
    client = at_work(helper)
    page = shown(client, "inbox", code)
    for name in OFFICERS_ONLY:
        assert not leads(page, name, code), name
    # An assistant is the officer of their desk, and keeps no register of secret papers.
    code = branch.assistant.post.code
    page = shown(at_work(branch.seema), "inbox", code)
    assert not leads(page, "secret-papers", code)
    assert leads(page, "outage-pack", code)
    receipt = diarised(branch)
    assert not leads(shown(client, "receipt", code, receipt.pk), "openings", code, receipt.pk)


def test_the_own_desks_lead_to_the_guides(branch: Branch) -> None:
    give_charge(branch.seema, make_branch("LND").assistant.post, "link_officer")
    page = at_work(branch.seema).get("/eoffice/").content.decode()
    for guide in ("eoffice", "eoffice-officer"):
        assert f'href="{reverse("pages:guide", args=[guide])}"' in page


def test_questions_that_wait_are_counted_above_the_lists(branch: Branch) -> None:
    law = make_branch("LEG", "LAW")
    file = filed(branch)
    wanted = Wanted(words="Is this within the Act?", until=days_from_now(7))
    asking.ask(file=file, desk=branch.assistant, by=branch.seema, to=[law.assistant], wanted=wanted)
    address = reverse("eoffice:inbox", args=[law.assistant.post.code])
    assert at_work(law.seema).get(address).context["counts"]["questions"] == 1
    # Whom nobody asked, the asking desk among them, has none.
    address = reverse("eoffice:inbox", args=[branch.assistant.post.code])
    assert at_work(branch.seema).get(address).context["counts"]["questions"] == 0


def test_a_confidential_question_is_not_counted_for_staff(branch: Branch) -> None:
    law = make_branch("LEG", "LAW")
    file = filed(branch, classification=3)
    wanted = Wanted(words="Is this within the Act?", until=days_from_now(7))
    asking.ask(file=file, desk=branch.assistant, by=branch.seema, to=[law.assistant], wanted=wanted)
    helper = make_staff("helper.three")
    give_charge(helper, law.assistant.post, "staff")
    address = reverse("eoffice:inbox", args=[law.assistant.post.code])
    assert at_work(helper).get(address).context["counts"]["questions"] == 0
    assert at_work(law.seema).get(address).context["counts"]["questions"] == 1


def test_a_receipt_and_a_file_lead_to_who_opened_them_and_back(branch: Branch) -> None:
    receipt, file = diarised(branch), filed(branch)
    code, client = branch.assistant.post.code, at_work(branch.seema)
    for name, pk in (("receipt", receipt.pk), ("file", file.pk)):
        assert leads(shown(client, name, code, pk), "openings", code, pk)
        assert leads(shown(client, "openings", code, pk), name, code, pk)


def test_a_receipt_says_by_whom_it_moved(branch: Branch) -> None:
    receipt = diarised(branch)
    page = shown(at_work(branch.seema, "hi"), "receipt", branch.assistant.post.code, receipt.pk)
    assert "किसने</th>" in page
    assert "कितना" not in page


def test_a_paper_file_leads_to_its_label(branch: Branch) -> None:
    code, client = branch.assistant.post.code, at_work(branch.seema)
    file = filed(branch)
    assert not leads(shown(client, "file", code, file.pk), "file-label", code, file.pk)
    Item.objects.filter(pk=file.pk).update(nature="physical")
    assert leads(shown(client, "file", code, file.pk), "file-label", code, file.pk)


def test_drafts_and_the_certificate_lead_back(branch: Branch) -> None:
    draft = drafted(branch)
    code, client = branch.assistant.post.code, at_work(branch.seema)
    page = shown(client, "draft", code, draft.file_id, draft.ordinal)
    assert leads(page, "file", code, draft.file_id)
    assert leads(shown(client, "dispatch", code), "certificate", code)
    assert leads(shown(client, "certificate", code), "dispatch", code)


def test_the_certificate_is_kept_not_left_alone(branch: Branch) -> None:
    # "Keep it" reads "leave it be" in Hindi, as on the pages where one gives something up.
    page = shown(at_work(branch.seema, "hi"), "certificate", branch.assistant.post.code)
    assert "रहने दें" not in page


def test_one_types_at_once_when_diarising(branch: Branch) -> None:
    code, client = branch.assistant.post.code, at_work(branch.seema)
    assert shown(client, "new-receipt", code).count("autofocus") == 1
    receipt = diarised(branch)
    where = reverse("eoffice:new-receipt", args=[code])
    alike = client.get(f"{where}?like={receipt.pk}")
    assert alike.context["form"].fields["letter_number"].widget.attrs["autofocus"]
    # With errors their summary has the focus.
    assert "autofocus" not in client.post(where, {}).content.decode()


def test_a_box_tells_the_department_and_not_the_section_twice(branch: Branch) -> None:
    page = shown(at_work(branch.seema), "inbox", branch.assistant.post.code)
    assert f"{branch.assistant} · {branch.section.department.name_en}" in page


def test_a_receipt_in_a_file_has_no_keys_to_press_in_vain(branch: Branch) -> None:
    receipt, file = diarised(branch), filed(branch)
    filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    page = shown(at_work(branch.seema), "receipt", branch.assistant.post.code, receipt.pk)
    assert 'data-key="m"' not in page
    assert 'data-key="l"' in page


def test_an_empty_search_is_answered_in_the_readers_language(branch: Branch) -> None:
    where = reverse("eoffice:search", args=[branch.assistant.post.code])
    client = at_work(branch.seema, "hi")
    # Not by the browser, which speaks its own.
    assert 'role="search" novalidate' in client.get(where).content.decode()
    assert "error-summary" in client.post(where, {"q": ""}).content.decode()
