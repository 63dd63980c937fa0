"""Marking, returning, pulling back, parking: one holding, and a ledger that is whole."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from eoffice.models import Holding, Movement, Note
from eoffice.services import filing, ledger, moving
from eoffice.services.moving import Sent
from eoffice.services.refusals import Elsewhere, Refused
from tests.desks import Branch, days_from_now, diarised, filed, noted
from tests.people import give_charge, make_staff


def held_at(pk: int) -> int | None:
    return Holding.objects.open().filter(item=pk).values_list("desk_id", flat=True).first()


def mark(branch: Branch, pk_of: "object", **sent: "object") -> Movement:
    return moving.mark(
        item=pk_of.item,  # type: ignore[attr-defined]
        desk=branch.assistant,
        to=branch.officer,
        by=branch.seema,
        sent=Sent(**sent),  # type: ignore[arg-type]
    )


def test_a_marked_file_lies_at_the_other_desk_and_only_there(branch: Branch) -> None:
    file = filed(branch)
    mark(branch, file, action="approval", words="For orders")
    assert held_at(file.pk) == branch.officer.pk
    assert Holding.objects.filter(item=file.pk).count() == 2
    assert [row.act for row in file.item.movements.order_by("seq")] == ["made", "marked"]


def test_sending_seals_the_green_notes_and_the_database_keeps_them(branch: Branch) -> None:
    file = filed(branch)
    note = noted(file, branch.assistant, branch.seema)
    sent = mark(branch, file)
    note.refresh_from_db()
    assert note.status == Note.Status.SEALED
    assert note.digest in sent.payload
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE eoffice_note SET text = 'other' WHERE id = %s", [note.pk])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM eoffice_note WHERE id = %s", [note.pk])


def test_a_movement_is_never_changed(branch: Branch) -> None:
    sent = mark(branch, filed(branch))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE eoffice_movement SET words = 'x' WHERE id = %s", [sent.pk])


def test_each_entry_of_the_ledger_binds_the_one_before(branch: Branch) -> None:
    file = filed(branch)
    mark(branch, file)
    first, second = file.item.movements.order_by("seq")
    assert second.previous == first.hash
    assert second.hash == ledger.hash_of(first.hash, second.payload)


def test_who_sends_what_has_gone_learns_where_it_lies(branch: Branch) -> None:
    file = filed(branch)
    mark(branch, file)
    with pytest.raises(Elsewhere) as refused:
        mark(branch, file)
    assert refused.value.holding is not None
    assert refused.value.holding.desk == branch.officer


def test_only_who_sits_at_the_desk_sends(branch: Branch) -> None:
    file = filed(branch)
    with pytest.raises(PermissionDenied):
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.ramesh, sent=Sent()
        )


def test_pulled_back_while_unread_and_not_afterwards(branch: Branch) -> None:
    file = filed(branch)
    mark(branch, file)
    moving.pull_back(item=file.item, desk=branch.assistant, by=branch.seema)
    assert held_at(file.pk) == branch.assistant.pk
    mark(branch, file)
    assert moving.read(item=file.item, desk=branch.officer)
    with pytest.raises(Refused) as refused:
        moving.pull_back(item=file.item, desk=branch.assistant, by=branch.seema)
    assert refused.value.rule == "read"


def test_returned_to_who_sent_it(branch: Branch) -> None:
    file = filed(branch)
    mark(branch, file)
    moving.give_back(
        item=file.item, desk=branch.officer, by=branch.ramesh, sent=Sent(words="Discuss")
    )
    assert held_at(file.pk) == branch.assistant.pk


def test_only_the_chief_ministers_office_sets_run_through(branch: Branch) -> None:
    with pytest.raises(Refused) as refused:
        mark(branch, filed(branch), priority=5)
    assert refused.value.rule == "run_through"


def test_parked_until_a_day_to_come(branch: Branch) -> None:
    receipt = diarised(branch)
    with pytest.raises(Refused):
        moving.park(
            item=receipt.item,
            desk=branch.assistant,
            by=branch.seema,
            until=days_from_now(0),
            words="Waiting",
        )
    moving.park(
        item=receipt.item,
        desk=branch.assistant,
        by=branch.seema,
        until=days_from_now(7),
        words="Waiting for the report of the SDM",
    )
    assert Holding.objects.at(branch.assistant.pk).get(item=receipt.pk).parked_until


def test_two_open_holdings_are_refused_by_the_database(branch: Branch) -> None:
    file = filed(branch)
    with pytest.raises(IntegrityError), transaction.atomic():
        Holding.objects.create(
            item=file.item, desk=branch.officer, came="marked", since=file.item.made_at
        )


def test_a_day_that_has_passed_is_no_due_day_of_a_return_either(branch: Branch) -> None:
    file = filed(branch)
    mark(branch, file)
    with pytest.raises(Refused) as refused:
        moving.give_back(
            item=file.item,
            desk=branch.officer,
            by=branch.ramesh,
            sent=Sent(words="Please add the rule", due_on=days_from_now(-1)),
        )
    assert refused.value.rule == "due_on"
    assert held_at(file.pk) == branch.officer.pk


def test_staff_pull_nothing_confidential_back(branch: Branch) -> None:
    """What they may not see they do not move either."""
    staff = make_staff("ps")
    give_charge(staff, branch.officer.post, kind="staff")
    file = filed(branch)
    mark(branch, file)
    filing.classify(
        item=file.item, desk=branch.officer, by=branch.ramesh, classification=3, words="Vigilance"
    )
    moving.mark(
        item=file.item,
        desk=branch.officer,
        to=branch.under_secretary,
        by=branch.ramesh,
        sent=Sent(),
    )
    with pytest.raises(PermissionDenied):
        moving.pull_back(item=file.item, desk=branch.officer, by=staff)
    assert held_at(file.pk) == branch.under_secretary.pk
