"""Desks from a file: previewed, all or nothing, by whoever sets the portal up."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from eoffice.imports import load_desks
from eoffice.models import Desk, Rank
from esachivalaya.accounts.models import Role, User
from esachivalaya.audit.models import Entry
from esachivalaya.common.csv_file import ImportRefused
from esachivalaya.common.idempotency import new_key
from tests.desks import Branch
from tests.people import make_department, make_post, make_staff, sign_in_staff

HEAD = "code,section,rank,registry\n"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def nasreen(branch: Branch) -> User:
    for code in ("EST-ONE", "EST-TWO"):
        make_post(code, level="section", active=False, department=branch.section.department)
    return make_staff("nasreen.desks", roles=(Role.Name.SETUP,))


def written(folder: Path, lines: str) -> Path:
    file = folder / "desks.csv"
    file.write_text(HEAD + lines, encoding="utf-8")
    return file


def test_it_loads_what_differs_and_a_second_time_nothing(
    branch: Branch, nasreen: User, tmp_path: Path
) -> None:
    file = written(tmp_path, "EST-ONE,EST,assistant,no\nEST-TWO,EST,section_officer,yes\n")
    assert load_desks(file, by=nasreen, dry_run=True).new == 2
    assert not Desk.objects.filter(post__code="EST-ONE").exists()
    assert load_desks(file, by=nasreen).new == 2
    desk = Desk.objects.get(post__code="EST-TWO")
    assert (desk.section, desk.rank, desk.registry) == (branch.section, Rank.SECTION_OFFICER, True)
    assert Entry.objects.filter(act="desk_eoffice_added").count() == 2
    assert load_desks(file, by=nasreen).same == 2
    again = written(tmp_path, "EST-ONE,EST,under_secretary,no\n")
    report = load_desks(again, by=nasreen)
    assert (report.new, report.changed) == (0, 1)


def test_every_mistake_is_told_by_its_line_and_nothing_is_loaded(
    branch: Branch, nasreen: User, tmp_path: Path
) -> None:
    make_post("HOM-ONE", level="section", active=False, department=make_department("HOM"))
    lines = (
        "EST-ONE,EST,assistant,no\nNO-POST,EST,assistant,no\nHOM-ONE,EST,assistant,no\n"
        "EST-TWO,EST,peon,no\n"
    )
    with pytest.raises(ImportRefused) as refused:
        load_desks(written(tmp_path, lines), by=nasreen)
    assert [problem.line for problem in refused.value.problems] == [3, 4, 5]
    assert not Desk.objects.filter(post__code="EST-ONE").exists()
    with pytest.raises(PermissionDenied):
        load_desks(written(tmp_path, "EST-ONE,EST,assistant,no\n"), by=branch.ramesh)


def test_from_the_page(branch: Branch, nasreen: User, client: Client) -> None:
    client.cookies["language"] = "en"
    sign_in_staff(client, nasreen)
    upload = reverse("admin:eoffice_desk_import")
    assert upload in client.get(reverse("admin:eoffice_desk_changelist")).content.decode()
    file = SimpleUploadedFile("desks.csv", f"{HEAD}EST-ONE,EST,assistant,no\n".encode())
    answer: Any = client.post(upload, {"form_key": new_key(), "file": file})
    page = client.get(answer["Location"]).content.decode()
    assert not Desk.objects.filter(post__code="EST-ONE").exists()
    shown = re.search(r'name="shown" value="([0-9a-f]+)"', page)
    assert shown is not None
    client.post(answer["Location"], {"shown": shown.group(1)})
    assert Desk.objects.filter(post__code="EST-ONE").exists()
    assert sign_in_staff(Client(), branch.ramesh).get(upload).status_code in {403, 404}
