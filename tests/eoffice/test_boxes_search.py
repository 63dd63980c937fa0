"""The search page: what is looked for stands in no address, what one may not see is not found."""

from datetime import timedelta

import pytest
from django.test import Client

from eoffice.models import Holding, Item
from eoffice.services import access, searching
from esachivalaya.common import clock
from tests.desks import Branch, days_from_now, diarised, filed, make_branch
from tests.people import sign_in_staff


@pytest.fixture
def ramesh(client: Client, branch: Branch) -> Client:
    return sign_in_staff(client, branch.ramesh)


def test_found_by_words_with_where_it_lies(branch: Branch, ramesh: Client) -> None:
    receipt = diarised(branch, subject="नहर की मरम्मत")
    address = f"/eoffice/{branch.officer.post.code}/search/"
    answer = ramesh.post(address, {"q": "नहर"})
    assert [line.item.pk for line in answer.context["lines"]] == [receipt.pk]
    assert str(branch.assistant) in answer.content.decode()
    # A list is no reading.
    assert not Holding.objects.filter(item=receipt.pk, desk=branch.officer.pk).exists()


def test_the_address_finds_nothing(branch: Branch, ramesh: Client) -> None:
    diarised(branch, subject="canal")
    page = ramesh.get(f"/eoffice/{branch.officer.post.code}/search/", {"q": "canal"})
    assert page.context["lines"] == []
    assert page.context["asked"] is False
    assert 'method="get"' not in page.content.decode()


def test_another_sections_paper_is_not_found(branch: Branch, ramesh: Client) -> None:
    diarised(make_branch("LND", "HOM"), subject="Repair of the canal")
    answer = ramesh.post(f"/eoffice/{branch.officer.post.code}/search/", {"q": "canal"})
    assert answer.context["lines"] == []
    assert answer.context["asked"]


def test_nothing_typed_is_told(branch: Branch, ramesh: Client) -> None:
    answer = ramesh.post(f"/eoffice/{branch.officer.post.code}/search/", {"q": " "})
    assert answer.context["form"].errors["q"]


def test_queries_do_not_grow(
    branch: Branch, ramesh: Client, django_assert_max_num_queries: object
) -> None:
    for _number in range(12):
        diarised(branch, subject="Repair of the canal")
        filed(branch, subject="Canals")
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        ramesh.post(f"/eoffice/{branch.officer.post.code}/search/", {"q": "canal"})


def found(ramesh: Client, branch: Branch, **wanted: object) -> set[int]:
    answer = ramesh.post(f"/eoffice/{branch.officer.post.code}/search/", {"q": "canal", **wanted})
    return {line.item.pk for line in answer.context["lines"]}


def test_narrowed_by_kind_priority_classification_and_days(branch: Branch, ramesh: Client) -> None:
    file = filed(branch, subject="The canal at Kosli")
    urgent = diarised(branch, subject="The canal at Bawal", priority=3)
    quiet = diarised(branch, subject="A canal and a witness", classification=2)
    access.grant(quiet.item, branch.officer)
    old = diarised(branch, subject="An old canal")
    long_ago = clock.now() - timedelta(days=40)
    Item.objects.filter(pk=old.pk).update(made_at=long_ago)
    assert found(ramesh, branch) == {file.pk, urgent.pk, quiet.pk, old.pk}
    assert found(ramesh, branch, kind="file") == {file.pk}
    assert found(ramesh, branch, priority="2") == {urgent.pk}
    assert found(ramesh, branch, classification="2") == {quiet.pk}
    assert found(ramesh, branch, last=days_from_now(-10).isoformat()) == {old.pk}
    since = days_from_now(-1).isoformat()
    assert found(ramesh, branch, first=since, kind="receipt") == {urgent.pk, quiet.pk}


def test_a_filter_that_does_not_exist_finds_nothing_and_is_told(
    branch: Branch, ramesh: Client
) -> None:
    diarised(branch, subject="canal")
    address = f"/eoffice/{branch.officer.post.code}/search/"
    answer = ramesh.post(address, {"q": "canal", "kind": "secret", "first": "nonsense"})
    assert set(answer.context["form"].errors) == {"kind", "first"}
    assert answer.context["lines"] == []


def test_pages_show_each_once_the_best_first(
    branch: Branch, ramesh: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SHOWN", 2)
    weak = [diarised(branch, subject=f"The canal at Bawal {number}").pk for number in range(4)]
    best = diarised(branch, subject="Canal, canal, canal").pk
    address = f"/eoffice/{branch.officer.post.code}/search/"
    asked = {"q": "canal", "kind": "receipt"}
    pages = [ramesh.post(address, {**asked, "page": page}) for page in (1, 2, 3)]
    found = [line.item.pk for page in pages for line in page.context["lines"]]
    assert found == [best, *reversed(weak)]
    assert [page.context["found"].next for page in pages] == [2, 3, 0]
    again = pages[1].content.decode()
    for name, value in asked.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in again
    # A page that became empty meanwhile leads back.
    empty = ramesh.post(address, {**asked, "page": 4})
    assert empty.context["lines"] == []
    assert 'name="page" value="3"' in empty.content.decode()


def test_nobody_goes_through_everything_page_by_page(
    branch: Branch, ramesh: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SHOWN", 1)
    for _number in range(5):
        diarised(branch, subject="canal")
    address = f"/eoffice/{branch.officer.post.code}/search/"
    last = ramesh.post(address, {"q": "canal", "page": searching.PAGES})
    assert last.context["found"].more
    assert last.context["found"].next == 0
    beyond = ramesh.post(address, {"q": "canal", "page": searching.PAGES + 1})
    assert beyond.context["form"].errors["page"]
    assert beyond.context["lines"] == []
