"""Days of e-Office that are over: the ledger takes no change, so they are written as they were."""

import random
from datetime import datetime, timedelta
from typing import Any

from eoffice.models import (
    Desk,
    Enclosure,
    File,
    Holding,
    Item,
    Movement,
    Note,
    Receipt,
)
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.models import StoredFile
from tests.desks import Branch, make_correspondent

DAYS = 9
# What may be done with something that lies open at a desk.
_FILE_ACTS = ("marked", "marked", "returned", "closed", "parked")
_RECEIPT_ACTS = ("marked", "marked", "put_in_file", "closed")


def random_days(branch: Branch, seed: int, count: int = 40) -> None:
    """Receipts and files of the last nine days that went from desk to desk, as chance has it."""
    chance = random.Random(seed)  # noqa: S311 - the same days in each run
    seats = [
        (branch.assistant, branch.seema),
        (branch.officer, branch.ramesh),
        (branch.under_secretary, branch.usha),
    ]
    person = make_correspondent(branch.section)
    scan = StoredFile.objects.create(
        sha256=f"{seed:064}", file=f"{seed}.pdf", content_type="application/pdf", size=9, pages=3
    )
    moment = now()
    for number in range(count):
        began = moment - timedelta(days=DAYS) * chance.random()
        is_file = chance.random() < 0.5
        item = _item(seats[0], f"P{seed}/{number}", is_file, chance, began)
        if is_file:
            old = f"OLD/{number}" if chance.random() < 0.3 else ""
            File.objects.create(item=item, section=branch.section, year=2020, old_number=old)
        else:
            _receipt(item, person, scan if chance.random() < 0.6 else None, chance, began)
        _life(item, seats, chance, began, moment)


def _item(
    seat: tuple[Desk, User], number: str, is_file: bool, chance: random.Random, began: datetime
) -> Item:
    return Item.objects.create(
        kind="file" if is_file else "receipt",
        number=number,
        number_key=number.lower(),
        subject="Of the past",
        nature=chance.choice(["electronic", "electronic", "physical"]),
        classification=chance.choice([1, 1, 2, 3]),
        made_at=began,
        made_at_desk=seat[0],
        made_by=seat[1],
    )


def _receipt(
    item: Item, person: Any, scan: StoredFile | None, chance: random.Random, began: datetime
) -> None:
    receipt = Receipt.objects.create(
        item=item,
        correspondent=person,
        sender=person.name,
        received_on=began.date(),
        delivery_mode=chance.choice(["post", "email", "portal"]),
        diarised_at=began,
    )
    if scan is not None:
        for position in range(chance.choice([1, 2])):
            Enclosure.objects.create(receipt=receipt, position=position, name="scan", stored=scan)


def _life(
    item: Item,
    seats: list[tuple[Desk, User]],
    chance: random.Random,
    began: datetime,
    moment: datetime,
) -> None:
    place, at = 0, began
    _moved(item, 1, "made", seats[0], at, to=seats[0][0])
    held = _held(item, seats[0][0], at)
    for seq in range(2, 8):
        at += timedelta(days=10) * chance.random() ** 3
        if at >= moment:
            return
        act = chance.choice(_FILE_ACTS if item.kind == "file" else _RECEIPT_ACTS)
        here = seats[place]
        if act == "parked":
            _moved(item, seq, act, here, at)
            continue
        if item.kind == "file" and chance.random() < 0.7:
            _note(item, here, seq, chance.randrange(4000), at)
        Holding.objects.filter(pk=held.pk).update(ended_at=at)
        if act not in ("marked", "returned"):
            _moved(item, seq, act, here, at)
            status = "closed" if act == "closed" else "in_file"
            Item.objects.filter(pk=item.pk).update(status=status, closed_at=at)
            return
        place = chance.choice([one for one in range(3) if one != place])
        _moved(item, seq, act, here, at, to=seats[place][0])
        held = _held(item, seats[place][0], at)


def _held(item: Item, desk: Desk, at: datetime) -> Holding:
    return Holding.objects.create(item=item, desk=desk, came="marked", since=at, received_at=at)


def _note(item: Item, seat: tuple[Desk, User], number: int, length: int, at: datetime) -> None:
    Note.objects.create(
        file_id=item.pk,
        number=number,
        status="sealed",
        text="क" * length,
        desk=seat[0],
        by=seat[1],
        signed_name="x",
        sealed_at=at,
        digest="d",
    )


def _moved(
    item: Item, seq: int, act: str, seat: tuple[Desk, User], at: datetime, to: Desk | None = None
) -> None:
    Movement.objects.create(
        item=item,
        seq=seq,
        at=at,
        act=act,
        from_desk=seat[0],
        to_desk=to,
        by=seat[1],
        charge_kind="holder",
        payload="{}",
        previous="0",
        hash=f"{item.pk}-{seq}",
    )
