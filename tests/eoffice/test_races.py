"""Races at the desks, with real threads and connections: one act wins, and the ledger stays whole.

Source: domain rules of e-Office, invariants 1, 2, 5, 6, 8, 9 and 10.
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import close_old_connections, transaction

from eoffice import verification
from eoffice.models import Draft, File, Holding, Item, Movement, Note, Rank
from eoffice.services import (
    binding,
    closing,
    dispatching,
    drafts,
    filing,
    issuing,
    moving,
    notes,
)
from eoffice.services.drafts import NewDraft
from eoffice.services.moving import Sent
from eoffice.services.refusals import Blocked, Elsewhere, Refused
from esachivalaya.common import clock
from officials.models import Charge
from tests.desks import Branch, diarised, filed, make_branch, make_correspondent, make_desk, noted
from tests.drafting import approved
from tests.people import make_staff
from tests.races import until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)
Race = Callable[..., list[Any]]


@pytest.fixture
def branch(transactional_db: None) -> Branch:
    close_old_connections()
    return make_branch()


def errors(outcomes: list[Any]) -> Counter[str]:
    """How each racer came back: "ok", or the name of what was raised."""
    return Counter("ok" if one.ok else type(one.error).__name__ for one in outcomes)


def marking(branch: Branch, file: File, to: Any) -> Callable[[], Movement]:
    """The assistant sends ``file`` to the desk ``to``."""
    return lambda: moving.mark(
        item=file.item, desk=branch.assistant, to=to, by=branch.seema, sent=Sent()
    )


def whole(file: File) -> None:
    """At most one open holding, and a ledger without a gap in which everything fits."""
    assert Holding.objects.open().filter(item=file.pk).count() <= 1
    assert list(verification.findings()) == []


def test_two_sessions_that_forward_at_once_make_one_movement(branch: Branch, race: Race) -> None:
    file = filed(branch)
    note = noted(file, branch.assistant, branch.seema)
    targets = [branch.officer, branch.under_secretary] * 3
    outcomes = race(*[marking(branch, file, to) for to in targets])
    assert errors(outcomes) == {"ok": 1, "Elsewhere": 5}
    movement = next(one.value for one in outcomes if one.ok)
    holding = Holding.objects.open().get(item=file.pk)
    assert holding.desk == movement.to_desk
    # The losers learn who has it by now, and what they write stays as their yellow note.
    assert {one.error.holding for one in outcomes if not one.ok} == {holding}
    assert Movement.objects.filter(item=file.pk, act=Movement.Act.MARKED).count() == 1
    note.refresh_from_db()
    assert note.status == Note.Status.SEALED
    kept = notes.write(
        file=file, desk=branch.assistant, by=branch.seema, text="Not sent.", version=None
    )
    assert kept.status == Note.Status.YELLOW
    whole(file)


@pytest.mark.parametrize("_again", range(4))
def test_a_pull_back_meets_the_first_opening(branch: Branch, race: Race, _again: int) -> None:
    file = filed(branch)
    marking(branch, file, branch.officer)()
    pulled, opened = race(
        lambda: moving.pull_back(item=file.item, desk=branch.assistant, by=branch.seema),
        lambda: moving.read(item=file.item, desk=branch.officer),
    )
    holding = Holding.objects.open().get(item=file.pk)
    assert opened.ok
    if pulled.ok:
        assert not opened.value
        assert holding.desk == branch.assistant
        assert not Holding.objects.filter(desk=branch.officer, read_at__isnull=False).exists()
    else:
        assert isinstance(pulled.error, Refused)
        assert pulled.error.rule == "read"
        assert opened.value
        assert holding.desk == branch.officer
    whole(file)


def test_a_pull_back_meets_the_receiver_who_sends_it_on(branch: Branch, race: Race) -> None:
    file = filed(branch)
    marking(branch, file, branch.officer)()
    outcomes = race(
        lambda: moving.pull_back(item=file.item, desk=branch.assistant, by=branch.seema),
        lambda: moving.mark(
            item=file.item,
            desk=branch.officer,
            to=branch.under_secretary,
            by=branch.ramesh,
            sent=Sent(),
        ),
    )
    assert errors(outcomes) == {"ok": 1, "Elsewhere": 1}
    whole(file)


@pytest.mark.parametrize("put", [binding.merge, binding.attach])
def test_two_files_put_into_each_other_at_once_close_no_ring(
    branch: Branch, race: Race, put: Callable[..., None]
) -> None:
    one, other = filed(branch), filed(branch)
    outcomes = race(
        lambda: put(child=one, parent=other, desk=branch.assistant, by=branch.seema),
        lambda: put(child=other, parent=one, desk=branch.assistant, by=branch.seema),
    )
    assert errors(outcomes) == {"ok": 1, "Elsewhere": 1}
    inside = dict(File.objects.values_list("pk", "inside_id"))
    assert sorted(inside.values(), key=str) in ([one.pk, None], [other.pk, None])
    assert Holding.objects.open().filter(item__in=[one.pk, other.pk]).count() == 1
    whole(one)


def test_three_files_put_into_each_other_at_once_close_no_ring(branch: Branch, race: Race) -> None:
    files = [filed(branch) for _number in range(3)]

    def put(child: File, parent: File) -> Callable[[], None]:
        return lambda: binding.merge(
            child=child, parent=parent, desk=branch.assistant, by=branch.seema
        )

    first, second, third = files
    race(put(first, second), put(second, third), put(third, first))
    for file in files:
        seen = set()
        outer: File | None = File.objects.get(pk=file.pk)
        while outer is not None:
            assert outer.pk not in seen
            seen.add(outer.pk)
            outer = outer.inside
    held = set(Holding.objects.open().values_list("item_id", flat=True))
    assert held == set(File.objects.filter(inside__isnull=True).values_list("pk", flat=True))
    whole(first)


@pytest.mark.parametrize("series", ["diary", "file"])
def test_32_writers_with_rollbacks_number_without_gap_or_double(
    branch: Branch, race: Race, series: str
) -> None:
    correspondent = make_correspondent(branch.section)
    # The heads are there before; who makes them is no part of the race.
    filed(branch)
    before = Item.objects.count()

    def make() -> Item:
        if series == "diary":
            return diarised(branch, correspondent=correspondent).item
        return filed(branch).item

    def writer(number: int) -> Callable[[], None]:
        def write() -> None:
            for turn in range(3):
                with transaction.atomic():
                    make()
                    # The act fails after its number was taken.
                    transaction.set_rollback((number + turn) % 3 == 0)

        return write

    outcomes = race(*[writer(number) for number in range(32)])
    assert errors(outcomes) == {"ok": 32}
    made = Item.objects.filter(kind="receipt" if series == "diary" else "file")
    place = 0 if series == "diary" else 1
    serials = sorted(int(number.split("/")[place]) for number in made.values_list("number", flat=1))
    # Of 96 every third was undone: its number went to the next, and is not missing.
    assert Item.objects.count() - before == 64
    assert serials == list(range(1, len(serials) + 1))


def test_a_number_that_was_cancelled_stays_and_is_not_given_again(branch: Branch) -> None:
    first = filed(branch)
    closing.cancel_number(
        item=first.item, desk=branch.assistant, by=branch.seema, words="Opened twice by mistake"
    )
    first.item.refresh_from_db()
    assert (first.item.status, first.item.words) == ("cancelled", "Opened twice by mistake")
    assert filed(branch).serial == (first.serial or 0) + 1


def test_a_file_is_closed_or_goes_on_never_both(branch: Branch, race: Race) -> None:
    file = filed(branch)
    marking(branch, file, branch.officer)()
    closed, marked = race(
        lambda: closing.close(
            item=file.item, desk=branch.officer, by=branch.ramesh, words="Nothing more to be done"
        ),
        lambda: moving.mark(
            item=file.item,
            desk=branch.officer,
            to=branch.under_secretary,
            by=branch.ramesh,
            sent=Sent(),
        ),
    )
    assert errors([closed, marked]) == {"ok": 1, "Elsewhere": 1}
    file.item.refresh_from_db()
    open_holdings = Holding.objects.open().filter(item=file.pk).count()
    assert (file.item.status, open_holdings) == (("closed", 0) if closed.ok else ("open", 1))
    whole(file)


@pytest.mark.parametrize("_again", range(3))
def test_a_file_is_not_closed_over_a_letter_that_is_being_sent(
    branch: Branch, race: Race, _again: int
) -> None:
    draft = approved(branch)
    issue = issuing.issue(
        draft=draft,
        desk=branch.officer,
        by=branch.ramesh,
        version=draft.version,
        unsigned=True,
    )
    closed, sent = race(
        lambda: closing.close(
            item=draft.file.item, desk=branch.officer, by=branch.ramesh, words="The letter is gone"
        ),
        lambda: dispatching.send(
            issue=issue,
            addressee=draft.addressees.get(),
            desk=branch.officer,
            by=branch.ramesh,
            mode="post",
            unsigned=True,
        ),
    )
    # It is sent whichever comes first, and the file closes only after it.
    assert sent.ok, sent.error
    assert closed.ok or isinstance(closed.error, Blocked)
    draft.refresh_from_db()
    assert draft.status == Draft.Status.DISPATCHED
    whole(draft.file)


def test_a_file_that_closes_takes_no_draft_at_the_same_moment(branch: Branch, race: Race) -> None:
    file = filed(branch)
    marking(branch, file, branch.officer)()
    new = NewDraft(
        form="letter",
        language="en",
        subject="Repair",
        body="It is to be repaired.",
        signatory=branch.officer,
        to=(make_correspondent(branch.section),),
    )
    closed, begun = race(
        lambda: closing.close(
            item=file.item, desk=branch.officer, by=branch.ramesh, words="Nothing more to be done"
        ),
        lambda: drafts.write(file=file, desk=branch.officer, by=branch.ramesh, new=new),
    )
    assert errors([closed, begun]) in ({"ok": 1, "Blocked": 1}, {"ok": 1, "Elsewhere": 1})
    assert closed.ok != Draft.objects.filter(file=file).exists()
    whole(file)


def test_who_was_transferred_a_moment_ago_sends_nothing(branch: Branch) -> None:
    file = filed(branch)
    Charge.objects.of(branch.seema).update(ends_at=clock.now())
    with pytest.raises(PermissionDenied):
        marking(branch, file, branch.officer)()
    assert Holding.objects.open().get(item=file.pk).desk == branch.assistant


def test_a_charge_that_ends_while_its_holder_sends(branch: Branch, race: Race) -> None:
    """Whoever is being relieved waits, and then finds that they sit there no more."""
    file = filed(branch)
    charge = Charge.objects.of(branch.seema).get()
    ended, asked = threading.Event(), threading.Event()

    def relieve() -> None:
        with transaction.atomic():
            Charge.objects.filter(pk=charge.pk).update(ends_at=clock.now())
            ended.set()
            assert asked.wait(30)
            until_somebody_waits()

    def send() -> Movement:
        assert ended.wait(30)
        asked.set()
        return marking(branch, file, branch.officer)()

    relieved, sent = race(relieve, send)
    assert relieved.ok
    assert isinstance(sent.error, PermissionDenied)
    assert Holding.objects.open().get(item=file.pk).desk == branch.assistant
    whole(file)


def test_the_same_receipt_goes_into_one_of_two_files(branch: Branch, race: Race) -> None:
    receipt = diarised(branch)
    files = [filed(branch), filed(branch)]

    def put(file: File) -> Callable[[], Any]:
        return lambda: filing.put_in(
            receipt=receipt, file=file, desk=branch.assistant, by=branch.seema
        )

    outcomes = race(*[put(file) for file in files])
    assert errors(outcomes) == {"ok": 1, "Elsewhere": 1}
    assert isinstance(next(one.error for one in outcomes if not one.ok), Elsewhere)


def test_a_desk_that_closes_gets_nothing_more(branch: Branch) -> None:
    spare = make_desk("EST-SPARE", branch.section, Rank.ASSISTANT, make_staff("spare.1"))
    spare.closed_at = clock.now()
    spare.save()
    with pytest.raises(Refused):
        marking(branch, filed(branch), spare)()
