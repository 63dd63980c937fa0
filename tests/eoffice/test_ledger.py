"""The ledger names the first row that was tampered with, and the seal finds a forged chain."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from eoffice import verification
from eoffice.services import moving
from eoffice.services.ledger import GENESIS, hash_of
from eoffice.services.moving import Sent
from esachivalaya.audit import anchors
from esachivalaya.audit.verification import broken_seals
from officials.models import Section
from tests.desks import Branch, filed, make_branch, noted

FREE = "ALTER TABLE {table} DISABLE TRIGGER USER"
BOUND = "ALTER TABLE {table} ENABLE TRIGGER USER"


@pytest.fixture
def moved(transactional_db: None) -> Any:
    """A file that went up with a note, committed so that the owner of the tables can reach it."""
    branch: Branch = make_branch()
    file = filed(branch)
    note = noted(file, branch.assistant, branch.seema)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    return file, note


def tamper(owner_connection: Any, table: str, statement: str, *values: Any) -> None:
    """What the owner of the database could do after taking the triggers away."""
    with owner_connection.cursor() as cursor:
        cursor.execute(FREE.format(table=table))
        cursor.execute(statement, values)
        cursor.execute(BOUND.format(table=table))


def test_an_untouched_ledger_is_whole(moved: Any) -> None:
    assert list(verification.findings()) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("words = 'other'", "what lists show of it is not what was written"),
        ("payload = replace(payload, '\"marked\"', '\"returned\"')", "changed after"),
        ("previous = repeat('1', 64)", "does not follow"),
    ],
)
def test_the_first_bad_row_is_named(
    moved: Any, owner_connection: Any, change: str, problem: str
) -> None:
    file, _note = moved
    tamper(
        owner_connection,
        "eoffice_movement",
        f"UPDATE eoffice_movement SET {change} WHERE item_id = %s AND seq = 2",
        file.pk,
    )
    (found,) = verification.findings()
    assert (found.item, found.seq) == (file.pk, 2)
    assert problem in found.problem
    with pytest.raises(CommandError, match=f"item {file.pk}, entry 2"):
        call_command("verify_ledger")


def test_a_changed_note_is_found_by_what_sealed_it(moved: Any, owner_connection: Any) -> None:
    file, note = moved
    tamper(
        owner_connection,
        "eoffice_note",
        "UPDATE eoffice_note SET text = 'Refused.' WHERE id = %s",
        note.pk,
    )
    (found,) = verification.findings()
    assert (found.item, found.problem) == (file.pk, "note 1 is not what was sealed")


def test_a_chain_forged_as_a_whole_and_a_cut_one_are_found_by_the_seal(
    moved: Any, owner_connection: Any, settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    file, _note = moved
    assert anchors.seal_the_day() is not None
    assert list(broken_seals()) == []
    first, second = file.item.movements.order_by("seq")
    payload = second.payload.replace("marked", "returned")
    tamper(
        owner_connection,
        "eoffice_movement",
        "UPDATE eoffice_movement SET payload = %s, hash = %s, act = 'returned' WHERE id = %s",
        payload,
        hash_of(first.hash, payload),
        second.pk,
    )
    assert first.previous == GENESIS
    assert [str(found) for found in broken_seals() if str(file.pk) in str(found)]
    tamper(
        owner_connection,
        "eoffice_movement",
        "DELETE FROM eoffice_movement WHERE id = %s",
        second.pk,
    )
    assert [str(found) for found in broken_seals() if str(file.pk) in str(found)]


def test_renaming_a_section_raises_no_alarm(moved: Any) -> None:
    Section.objects.update(name_en="Establishment Branch I", code="EST-1")
    assert list(verification.findings()) == []
