"""A confidential paper at a vacant post: its link officer opens it, or it waits; staff never."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from eoffice.models import Classification, File, Holding, Item, Movement
from eoffice.permissions import Seat, seat_at, visible_at
from eoffice.services import boxes, moving, searching
from eoffice.services.moving import Sent
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from officials.models import Charge
from tests.desks import Branch, filed
from tests.people import give_charge, make_staff, sign_in_staff


@pytest.fixture
def vacant(branch: Branch) -> User:
    """The Section Officer's post is vacant; Mohan goes on as its staff."""
    Charge.objects.of(branch.ramesh).update(ends_at=clock.now() - timedelta(seconds=1))
    mohan = make_staff("mohan.staff")
    give_charge(mohan, branch.officer.post, Charge.Kind.STAFF)
    return mohan


def sent(branch: Branch) -> File:
    file = filed(branch, subject="Inquiry report", classification=Classification.CONFIDENTIAL)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    return file


def seat(user: User, branch: Branch) -> Seat:
    found = seat_at(user, branch.officer.post.code)
    assert found is not None
    return found


def sees(user: User, branch: Branch) -> list[Item]:
    """What the person finds there by any way."""
    at = seat(user, branch)
    today = clock.day_of(clock.now())
    listed = [line.item for line in boxes.box(at, "inbox", today=today, wanted={}).lines]
    counted = boxes.head(at).counts["inbox"]
    searched = list(searching.search(at, "Inquiry"))
    assert len(listed) == counted == len(searched)
    return [*visible_at(at)]


def more_of(file: File) -> dict[str, object]:
    last = Movement.objects.filter(item=file.pk).latest("seq")
    return dict(json.loads(last.payload)["more"])


def test_without_a_link_officer_it_waits_for_the_next_holder(branch: Branch, vacant: User) -> None:
    file = sent(branch)
    assert more_of(file)["vacant"] == "waits"
    assert sees(vacant, branch) == []
    assert Holding.objects.open().get(item=file.pk).desk == branch.officer
    kavita = make_staff("kavita.holds")
    give_charge(kavita, branch.officer.post, starts_at=clock.now())
    assert sees(kavita, branch) == [file.item]


def test_its_link_officer_opens_it(branch: Branch, vacant: User) -> None:
    give_charge(branch.usha, branch.officer.post, Charge.Kind.LINK_OFFICER)
    file = sent(branch)
    assert more_of(file)["vacant"] == "link_officer"
    assert sees(branch.usha, branch) == [file.item]
    assert sees(vacant, branch) == []


def test_a_post_that_somebody_holds_and_other_papers_say_nothing(branch: Branch) -> None:
    assert "vacant" not in more_of(sent(branch))
    Charge.objects.of(branch.ramesh).update(ends_at=clock.now() - timedelta(seconds=1))
    plain = filed(branch)
    moving.mark(
        item=plain.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    assert "vacant" not in more_of(plain)


@pytest.mark.parametrize(("link", "words"), [(False, "no link officer"), (True, "usha")])
def test_the_sender_is_told_before_it_goes(
    branch: Branch, vacant: User, client: Client, link: bool, words: str
) -> None:
    if link:
        give_charge(branch.usha, branch.officer.post, Charge.Kind.LINK_OFFICER)
    file = filed(branch, classification=Classification.CONFIDENTIAL)
    sign_in_staff(client, branch.seema)
    client.cookies["language"] = "en"
    address = f"/eoffice/{branch.assistant.post.code}/files/{file.pk}/do/mark/"
    stay = Holding.objects.open().get(item=file.pk)
    told = {"stay": stay.pk, "to": branch.officer.post.code}
    page = client.post(address, told)
    assert page.status_code == 422
    assert words in page.content.decode().lower()
    assert Holding.objects.open().get(item=file.pk).pk == stay.pk
    assert client.post(address, {**told, "anyway": "on"}).status_code == 302
    assert Holding.objects.open().get(item=file.pk).desk == branch.officer
