"""Secret papers: only who handed one to whom and when, for the officers of the two desks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import Client

from eoffice.models import SecretPaper
from eoffice.services import secret_papers
from eoffice.services.refusals import Refused
from esachivalaya.common.idempotency import new_key
from officials.models import Charge
from tests.desks import Branch, make_branch
from tests.people import give_charge, make_staff, make_superuser, sign_in_staff

Race = Callable[..., list[Any]]


def handed(branch: Branch) -> SecretPaper:
    return secret_papers.hand_over(
        desk=branch.officer, to=branch.under_secretary, by=branch.ramesh, grade="secret"
    )


def address(branch: Branch, desk: str = "officer") -> str:
    return f"/eoffice/{getattr(branch, desk).post.code}/secret-papers/"


def test_the_register_has_no_place_for_subject_or_content() -> None:
    kept = {field.name for field in SecretPaper._meta.get_fields()}
    assert kept == {
        *("id", "number", "grade", "from_desk", "to_desk", "handed_at", "handed_by"),
        *("received_at", "received_by", "follows", "handed_on"),
    }


def test_from_the_page_over_the_receiver_and_on(branch: Branch, client: Client) -> None:
    sign_in_staff(client, branch.ramesh)
    client.cookies["language"] = "en"
    told = {"key": new_key(), "grade": "top_secret", "to": branch.under_secretary.post.code}
    for _turn in range(2):
        assert client.post(address(branch), told).status_code == 302
    paper = SecretPaper.objects.get()
    assert paper.number.startswith("1/")
    assert paper.number in client.get(address(branch)).content.decode()
    # Only who is handed it receives it.
    assert client.post(f"{address(branch)}{paper.pk}/receive/").status_code == 404
    theirs = address(branch, "under_secretary")
    sign_in_staff(client, branch.usha)
    assert client.post(f"{theirs}{paper.pk}/receive/").status_code == 302
    page = client.get(theirs, {"paper": paper.pk})
    assert f"Hand on the paper of entry {paper.number}" in page.content.decode()
    on = {"key": new_key(), "follows": paper.pk, "to": branch.officer.post.code}
    assert client.post(theirs, on).status_code == 302
    assert SecretPaper.objects.get(follows=paper).grade == "top_secret"
    again = client.post(theirs, {**on, "key": new_key()})
    assert again.status_code == 422
    assert "handed on already" in again.content.decode()
    assert client.post(theirs, {"key": new_key()}).status_code == 422
    assert client.delete(theirs).status_code == 405


def test_nobody_else_finds_it(branch: Branch, client: Client) -> None:
    paper = handed(branch)
    clerk = make_staff("clerk.secret")
    give_charge(clerk, branch.officer.post, Charge.Kind.STAFF)
    other = make_branch("ACC", "HOM")
    for user in (clerk, branch.seema, other.ramesh, make_superuser()):
        sign_in_staff(client, user)
        assert client.get(address(branch)).status_code == 404
    # An assistant keeps no register; another section's officer has one without this paper.
    sign_in_staff(client, branch.seema)
    assert client.get(address(branch, "assistant")).status_code == 404
    sign_in_staff(client, other.ramesh)
    assert paper.number not in client.get(address(other)).content.decode()
    assert client.get(address(other), {"paper": paper.pk}).status_code == 404
    assert client.post(f"{address(other)}{paper.pk}/receive/").status_code == 404
    with pytest.raises(PermissionDenied):
        secret_papers.receive(paper=paper, desk=other.officer, by=other.ramesh)
    with pytest.raises(Refused):
        secret_papers.hand_over(
            desk=branch.officer, to=branch.assistant, by=branch.ramesh, grade="secret"
        )


def test_what_stands_in_it_is_not_changed(branch: Branch) -> None:
    paper = handed(branch)
    for statement in (
        "UPDATE eoffice_secretpaper SET grade = 'top_secret' WHERE id = %s",
        "DELETE FROM eoffice_secretpaper WHERE id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [paper.pk])


def test_queries_do_not_grow(
    branch: Branch, client: Client, django_assert_max_num_queries: Any
) -> None:
    for _turn in range(12):
        handed(branch)
    sign_in_staff(client, branch.ramesh)
    with django_assert_max_num_queries(9):
        assert client.get(address(branch)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_who_hand_it_on_at_once_hand_it_on_once(race: Race) -> None:
    branch = make_branch()
    paper = handed(branch)
    secret_papers.receive(paper=paper, desk=branch.under_secretary, by=branch.usha)

    def on() -> object:
        return secret_papers.hand_over(
            desk=branch.under_secretary, to=branch.officer, by=branch.usha, follows=paper.pk
        )

    outcomes = race(on, on)
    assert [type(one.error) for one in outcomes if not one.ok] == [Refused]
    assert SecretPaper.objects.filter(follows=paper).count() == 1
