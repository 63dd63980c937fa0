"""Odd input is refused or counts as none: no page of e-Office fails over it."""

from typing import Any

import pytest
from django.test import Client

from tests.desks import Branch, diarised, filed
from tests.people import sign_in_staff

NUL, LONG = "a\x00b", "9" * 5000
FIRST, LAST = "0001-01-01", "9999-12-31"


@pytest.fixture
def seema(client: Client, branch: Branch) -> Client:
    # An answer of 500 is what is looked for, not its exception.
    client.raise_request_exception = False
    return sign_in_staff(client, branch.seema)


def at(branch: Branch, path: str = "") -> str:
    return f"/eoffice/{branch.assistant.post.code}/{path}"


@pytest.mark.parametrize(
    "query",
    [
        {"first": FIRST, "last": LAST},
        {"last": FIRST},
        {"last": LAST},
        {"first": LAST, "last": LAST},
    ],
)
@pytest.mark.parametrize("path", ["registers/", "registers/print/", "dispatch/"])
def test_days_at_the_ends_of_the_calendar(
    branch: Branch, seema: Client, path: str, query: dict[str, str]
) -> None:
    diarised(branch)
    for show in ({"register": "diary"}, {"register": "dispatch", "show": "register"}):
        assert seema.get(at(branch, path), {**show, **query}).status_code == 200


@pytest.mark.parametrize("days", [{"first": FIRST, "last": FIRST}, {"first": LAST, "last": LAST}])
def test_a_search_of_such_days(branch: Branch, seema: Client, days: dict[str, str]) -> None:
    assert seema.post(at(branch, "search/"), {"q": "road", **days}).status_code == 200


@pytest.mark.parametrize("days", [("0001-01-01", "0001-01-02"), ("9999-12-30", "9999-12-31")])
def test_a_report_of_such_days(branch: Branch, seema: Client, days: tuple[str, str]) -> None:
    query = {"from_day": days[0], "to_day": days[1]}
    assert seema.get(at(branch, "reports/activity/"), query).status_code == 200


def test_signs_that_no_database_keeps(branch: Branch, seema: Client) -> None:
    file = filed(branch)
    assert seema.get(at(branch, f"files/{file.pk}/print/"), {"proof": NUL}).status_code == 200
    note = at(branch, f"files/{file.pk}/")
    seema.post(f"{note}note/", {"text": "Submitted please."})
    assert seema.post(f"{note}flags/", {"remove": NUL}).status_code == 404
    asked: dict[str, Any] = {"find": "1", "name": NUL, "scan": [NUL]}
    assert seema.post(at(branch, "receipts/new/"), asked).status_code == 200
    posted = {"key": "k" * 20, "row": "1.1", "tracking_1": NUL}
    assert seema.post(at(branch, "dispatch/posted/"), posted).status_code in {303, 422}


def test_numbers_that_are_too_long(branch: Branch, seema: Client) -> None:
    file = filed(branch)
    page = at(branch, f"files/{file.pk}/")
    assert seema.post(f"{page}note/", {"text": "One", "then": "sign"}).status_code == 302
    assert seema.post(f"{page}note/1/yellow/", {"version": LONG}).status_code == 409
    assert seema.post(at(branch, "receipts/new/"), {"known": LONG}).status_code == 422
    sent = {"key": "k" * 20, "old_number": "LR/7", "free_number": "LR 7", "subject": "Old"}
    sent |= {"nature": "physical", "classification": "1", "priority": "1"}
    odd = seema.post(at(branch, "files/old/"), {**sent, "pages_scanned": "99999999999"})
    assert odd.status_code == 422


def test_a_register_of_secret_papers_that_is_asked_for_no_paper(
    branch: Branch, client: Client
) -> None:
    client.raise_request_exception = False
    sign_in_staff(client, branch.ramesh)
    page = f"/eoffice/{branch.officer.post.code}/secret-papers/"
    assert client.get(page, {"paper": LONG}).status_code == 404
    assert client.post(page, {"follows": LONG}).status_code == 404
