"""Nothing is read without its opening: not by a form that is refused, nor by who came too late."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections
from django.test import Client

from eoffice.models import Holding, Item, Opening
from eoffice.permissions import seat_at
from eoffice.services import access, asking, deciding, moving, openings, registers
from eoffice.services.asking import Wanted
from eoffice.services.deciding import CardWords
from eoffice.services.moving import Sent
from eoffice.services.registers import REGISTERS, Days
from esachivalaya.common import clock
from officials.models import Charge
from tests.desks import Branch, days_from_now, diarised, filed, make_branch, noted
from tests.people import give_charge, sign_in_staff


def sent(branch: Branch, row: Any) -> None:
    moving.mark(
        item=row.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )


def is_read(row: Any) -> bool:
    return Holding.objects.open().get(item=row.pk).read_at is not None


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("note/", {"text": "x", "version": "odd"}),
        ("note/", {"text": "x", "switch_language": "hi"}),
        ("decision/", {"decision": "odd"}),
    ],
)
def test_a_refused_form_that_shows_the_noting_is_the_reading(
    branch: Branch, client: Client, path: str, data: dict[str, str]
) -> None:
    file = filed(branch)
    noted(file, branch.assistant, branch.seema, "The patwari is to be heard.")
    sent(branch, file)
    sign_in_staff(client, branch.ramesh)
    page = client.post(f"/eoffice/{branch.officer.post.code}/files/{file.pk}/{path}", data)
    if "patwari" in page.content.decode():
        assert is_read(file)
        assert Opening.objects.filter(item=file.pk, by=branch.ramesh).exists()
    else:
        assert data.get("switch_language")


def test_an_earlier_card_is_not_read_unseen(branch: Branch, client: Client) -> None:
    file = filed(branch)
    deciding.fill_card(
        file=file,
        desk=branch.assistant,
        by=branch.seema,
        told=CardWords("Whether the patwari is heard."),
        version=None,
    )
    sent(branch, file)
    sign_in_staff(client, branch.ramesh)
    page = client.get(f"/eoffice/{branch.officer.post.code}/files/{file.pk}/decision/card/")
    assert "patwari" in page.content.decode()
    assert is_read(file)


def test_a_refused_act_on_a_receipt_is_the_reading(branch: Branch, client: Client) -> None:
    receipt = diarised(branch)
    sent(branch, receipt)
    sign_in_staff(client, branch.ramesh)
    page = client.post(f"/eoffice/{branch.officer.post.code}/receipts/{receipt.pk}/park/", {})
    assert page.status_code == 422
    assert is_read(receipt)
    assert Opening.objects.filter(item=receipt.pk, by=branch.ramesh).exists()


def test_a_refused_answer_is_logged(branch: Branch, client: Client) -> None:
    file, other = filed(branch), make_branch("ACC", "HOM")
    (question,) = asking.ask(
        file=file,
        desk=branch.assistant,
        by=branch.seema,
        to=[other.officer],
        wanted=Wanted("May the patwari be heard?", days_from_now(3)),
    )
    sign_in_staff(client, other.ramesh)
    page = client.post(f"/eoffice/{other.officer.post.code}/questions/{question.pk}/", {})
    assert page.status_code == 422
    assert Opening.objects.filter(item=file.pk, by=other.ramesh).exists()


@pytest.mark.django_db(transaction=True)
def test_who_opens_it_while_it_is_pulled_back_reads_nothing(
    race: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was to be seen a moment ago; the taking back comes between the look and the opening."""
    close_old_connections()
    branch, other = make_branch(), make_branch("ACC", "HOM")
    file = filed(branch)
    moving.mark(
        item=file.item, desk=branch.assistant, to=other.officer, by=branch.seema, sent=Sent()
    )
    seat = seat_at(other.ramesh, other.officer.post.code)
    assert seat is not None
    reading = moving.read

    def taken_back_first(**told: Any) -> bool:
        # On another connection, as the sender's own request does it.
        def pull_back() -> object:
            return moving.pull_back(item=file.item, desk=branch.assistant, by=branch.seema)

        (outcome,) = race(pull_back)
        assert outcome.ok
        return reading(**told)

    monkeypatch.setattr(moving, "read", taken_back_first)
    with pytest.raises(openings.NotSeen):
        openings.opened(item=file.item, seat=seat, what=openings.NOTING)
    assert not Opening.objects.filter(item=file.pk).exists()


def test_a_file_ends_with_the_charge_by_which_it_was_begun(branch: Branch) -> None:
    """Who is no officer any more gets no confidential rows, though staff of the desk still."""
    hidden = diarised(branch)
    Item.objects.filter(pk=hidden.pk).update(classification=3)
    access.rewrite(Item.objects.get(pk=hidden.pk))
    seat = seat_at(branch.seema, branch.assistant.post.code)
    assert seat is not None
    days = Days(days_from_now(-1), days_from_now(0))
    give_charge(branch.seema, branch.assistant.post, Charge.Kind.STAFF)
    assert list(registers.cells_of(REGISTERS["diary"], seat, days, last=hidden.pk))
    Charge.objects.filter(pk=seat.charge.pk).update(ends_at=clock.now())
    assert not list(registers.cells_of(REGISTERS["diary"], seat, days, last=hidden.pk))
