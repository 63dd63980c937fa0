"""Desks, heads and onboarding in the admin: by the role alone, with history, losing nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import translation

from eoffice.models import Desk, Head, Onboarding, Rank
from eoffice.services.setting_up import save_set_up
from esachivalaya.accounts.models import Role, User
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.service_admin import digest_of_row
from tests.desks import Branch, filed, make_head
from tests.people import make_department, make_post, make_staff, sign_in_staff


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


def sent(row: Any = None, **fields: Any) -> dict[str, Any]:
    """What a form of the admin sends."""
    return {"form_key": new_key(), "shown": digest_of_row(row) if row else "", **fields}


def test_a_desk_is_added_for_a_post_and_stands_in_its_record(
    branch: Branch, setup: Client, nasreen: User
) -> None:
    post = make_post("EST-NEW", level="section", active=False)
    fields = sent(post=post.pk, section=branch.section.pk, rank=int(Rank.ASSISTANT))
    answer = setup.post(reverse("admin:eoffice_desk_add"), fields)
    assert answer.status_code == 302
    desk = Desk.objects.get(pk=post.pk)
    assert Entry.objects.get(act="desk_eoffice_added").actor == nasreen
    page = setup.get(reverse("admin:eoffice_desk_history", args=[desk.pk]))
    assert "esk of e-Office added" in page.content.decode()


def test_a_desk_with_papers_is_not_closed(branch: Branch, setup: Client) -> None:
    filed(branch)
    desk = branch.assistant
    address = reverse("admin:eoffice_desk_change", args=[desk.pk])
    fields = sent(
        desk,
        section=branch.section.pk,
        rank=int(Rank.ASSISTANT),
        closed_at_0="2020-07-14",
        closed_at_1="10:00",
    )
    page = setup.post(address, fields)
    assert "lies at this desk" in page.content.decode()
    desk.refresh_from_db()
    assert desk.closed_at is None


def test_a_section_of_another_department_is_refused(branch: Branch, nasreen: User) -> None:
    post = make_post("HOM-NEW", level="section", active=False, department=make_department("HOM"))
    with pytest.raises(Refusal):
        save_set_up(row=Desk(post=post, section=branch.section, rank=Rank.ASSISTANT), by=nasreen)


def test_a_head_that_numbers_files_keeps_its_code(branch: Branch, nasreen: User) -> None:
    head = make_head(branch.section)
    head.code = "11012"
    save_set_up(row=head, by=nasreen)
    filed(branch, head=head)
    head.code = "11013"
    with pytest.raises(Refusal):
        save_set_up(row=head, by=nasreen)
    head.code, head.active = "11012", False
    save_set_up(row=head, by=nasreen)
    assert not Head.objects.get(pk=head.pk).active


def test_a_head_stands_one_level_under_a_head_of_its_department(
    branch: Branch, nasreen: User
) -> None:
    head = make_head(branch.section)
    names = {"name_en": "Leave", "name_hi": "अवकाश", "code": "5"}
    with pytest.raises(Refusal):
        save_set_up(row=Head(department=head.department, level=4, above=head, **names), by=nasreen)
    other = make_department("HOM")
    with pytest.raises(Refusal):
        save_set_up(row=Head(department=other, level=3, above=head, **names), by=nasreen)
    save_set_up(row=Head(department=head.department, level=3, above=head, **names), by=nasreen)


def test_a_department_comes_into_e_office(branch: Branch, setup: Client) -> None:
    department = branch.section.department
    fields = sent(department=department.pk, wave="1", starts_on="2020-08-15", old_files="1200")
    assert setup.post(reverse("admin:eoffice_onboarding_add"), fields).status_code == 302
    row = Onboarding.objects.get(pk=department.pk)
    assert row.old_files == 1200
    assert Entry.objects.filter(act="onboarding_eoffice_added").exists()
    assert setup.get(reverse("admin:eoffice_onboarding_changelist")).status_code == 200


@pytest.mark.parametrize("model", ["desk", "head", "onboarding"])
def test_only_who_sets_up_comes_in(branch: Branch, client: Client, model: str) -> None:
    address = reverse(f"admin:eoffice_{model}_changelist")
    sign_in_staff(client, branch.ramesh)
    assert client.get(address).status_code == 403
    with pytest.raises(PermissionDenied):
        save_set_up(row=branch.assistant, by=branch.ramesh)


@pytest.mark.parametrize("model", ["desk", "head", "onboarding"])
def test_lists_are_fast_and_nothing_is_removed(
    branch: Branch, setup: Client, model: str, django_assert_max_num_queries: Any
) -> None:
    make_head(branch.section)
    Onboarding.objects.create(
        department=branch.section.department, starts_on=clock.day_of(clock.now())
    )
    with django_assert_max_num_queries(14):
        assert setup.get(reverse(f"admin:eoffice_{model}_changelist")).status_code == 200
    pk = {"desk": Desk, "head": Head, "onboarding": Onboarding}[model].objects.all()[0].pk
    assert setup.post(reverse(f"admin:eoffice_{model}_delete", args=[pk])).status_code == 403
