"""The code on a printout shows number, date, office and digest, and nothing of the content."""

import pytest
from django.test import Client

from eoffice.models import Draft, DraftVersion, Issue
from esachivalaya.accounts import tries
from esachivalaya.common import clock
from esachivalaya.common.models import StoredFile
from tests.desks import Branch, filed

CODE = "7KQ2M9XW4TBD"


@pytest.fixture
def issue(branch: Branch) -> Issue:
    file, moment = filed(branch, subject="Inquiry against the patwari"), clock.now()
    draft = Draft.objects.create(
        file=file,
        ordinal=1,
        form="letter",
        signatory=branch.officer,
        made_by=branch.seema,
        made_at_desk=branch.assistant,
        status=Draft.Status.ISSUED,
    )
    version = DraftVersion.objects.create(
        draft=draft,
        number=1,
        subject="Inquiry against the patwari",
        body="He is to be heard.",
        digest="0" * 64,
        desk=branch.assistant,
        by=branch.seema,
        at=moment,
    )
    return Issue.objects.create(
        draft=draft,
        version=version,
        number="A-11011/1/2020-EST/1",
        stored=StoredFile.objects.create(
            sha256="1" * 64, size=3, content_type="application/pdf", file="x.pdf"
        ),
        sha256="1" * 64,
        code=CODE,
        signatory_name="Ramesh",
        signatory_post="Section Officer",
        desk=branch.officer,
        by=branch.ramesh,
        at=moment,
    )


@pytest.mark.parametrize("code", [CODE, CODE.lower()])
def test_a_stranger_sees_what_proves_it_and_no_content(
    issue: Issue, client: Client, code: str
) -> None:
    page = client.get(f"/verify/{code}/")
    text = page.content.decode()
    assert page.status_code == 200
    for told in (issue.number, issue.sha256, "Ramesh", "Section Officer"):
        assert told in text
    for kept in ("patwari", "heard", "x.pdf"):
        assert kept not in text
    assert "no-store" in page.headers["Cache-Control"]


def test_a_wrong_code_is_not_found(issue: Issue, client: Client) -> None:
    answer = client.get("/verify/7KQ2M9XW4TBE/", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    # Whoever holds the paper is told what that means, not that an address is wrong.
    assert "the paper was not issued here" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get(f"/verify/{CODE[:-1]}/").status_code == 404


def test_whoever_guesses_is_slowed_down(issue: Issue, client: Client) -> None:
    most, _seconds = tries.LIMITS["verify"]
    for _turn in range(most):
        assert client.get("/verify/WRONG/").status_code == 404
    assert client.get(f"/verify/{CODE}/").status_code == 429


def test_it_is_only_looked_at(issue: Issue, client: Client) -> None:
    assert client.post(f"/verify/{CODE}/").status_code == 405
