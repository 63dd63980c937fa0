"""Saved views are one's own, and hold filters alone."""

import pytest
from django.test import Client

from eoffice.models import SavedView
from tests.desks import Branch, diarised
from tests.people import sign_in_staff


@pytest.fixture
def seema(client: Client, branch: Branch) -> Client:
    return sign_in_staff(client, branch.seema)


def keep(client: Client, branch: Branch, **fields: str) -> object:
    form = {"name": "Urgent", "box": "inbox", "query": "priority=3&unread=on", **fields}
    return client.post(f"/eoffice/{branch.assistant.post.code}/views/", form)


def test_kept_shown_and_removed(branch: Branch, seema: Client) -> None:
    diarised(branch)
    address = f"/eoffice/{branch.assistant.post.code}/"
    assert keep(seema, branch)["Location"] == f"{address}?priority=3&unread=on"  # type: ignore[index]
    view = SavedView.objects.get(by=branch.seema)
    page = seema.get(address).content.decode()
    assert f"{address}?priority=3&amp;unread=on" in page
    assert seema.get(f"{address}views/{view.pk}/forget/").status_code == 405
    seema.post(f"{address}views/{view.pk}/forget/")
    assert not SavedView.objects.exists()


def test_the_same_name_again_is_the_newer_view(branch: Branch, seema: Client) -> None:
    keep(seema, branch)
    keep(seema, branch, query="overdue=on")
    assert SavedView.objects.get(by=branch.seema).query == "overdue=on"


def test_only_filters_are_kept(branch: Branch, seema: Client) -> None:
    keep(seema, branch, query="q=a+subject&kind=file&after=token&priority=nonsense")
    assert SavedView.objects.get(by=branch.seema).query == "kind=file"


@pytest.mark.parametrize("fields", [{"name": ""}, {"box": "other"}, {"name": "x" * 61}])
def test_what_is_no_view_is_not_kept(branch: Branch, seema: Client, fields: dict[str, str]) -> None:
    keep(seema, branch, **fields)
    assert not SavedView.objects.exists()


def test_nobody_elses_view(branch: Branch, seema: Client) -> None:
    view = SavedView.objects.create(by=branch.ramesh, name="His", box="inbox", query="")
    address = f"/eoffice/{branch.assistant.post.code}/"
    assert "His" not in seema.get(address).content.decode()
    assert seema.post(f"{address}views/{view.pk}/forget/").status_code == 404
    assert SavedView.objects.filter(pk=view.pk).exists()
