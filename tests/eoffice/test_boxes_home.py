"""The own desks: one opens by itself, several are listed; who has only desks lands there."""

import pytest
from django.test import Client

from eoffice.own_desk import own_desk
from tests.desks import Branch, diarised, make_branch
from tests.people import give_charge, make_post, make_staff, make_superuser, sign_in_staff


def test_one_desk_opens_its_inbox(client: Client, branch: Branch) -> None:
    answer = sign_in_staff(client, branch.seema).get("/eoffice/")
    assert answer.status_code == 302
    assert answer["Location"] == f"/eoffice/{branch.assistant.post.code}/"


def test_several_desks_are_listed_with_what_lies_there(client: Client, branch: Branch) -> None:
    other = make_branch("LND")
    give_charge(branch.seema, other.assistant.post, "link_officer")
    diarised(branch)
    diarised(other)
    page = sign_in_staff(client, branch.seema).get("/eoffice/").content.decode()
    for desk in (branch.assistant, other.assistant):
        assert f"/eoffice/{desk.post.code}/" in page
        assert str(desk) in page


@pytest.mark.usefixtures("db")
def test_a_superuser_sits_at_no_desk(client: Client) -> None:
    answer = sign_in_staff(client, make_superuser()).get("/eoffice/")
    assert answer.status_code == 200
    assert answer.context["desks"] == []


def test_who_has_only_desks_lands_there(branch: Branch) -> None:
    assert own_desk(branch.seema) == "/eoffice/"


def test_who_has_a_diary_or_a_role_starts_in_the_admin(branch: Branch) -> None:
    give_charge(branch.ramesh, make_post("DC-REW"))
    assert own_desk(branch.ramesh) == ""
    setup = make_staff("setup.er", roles=("setup",))
    give_charge(setup, branch.officer.post, "link_officer")
    assert own_desk(setup) == ""
    assert own_desk(make_staff("nobody.here")) == ""
