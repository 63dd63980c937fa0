"""What is sealed, the database refuses to change: raw SQL under the portal's own role."""

from typing import Any

import pytest
from django.db import Error, connection, transaction

from eoffice.models import Draft, DraftVersion, Flag, Issue, Opening
from eoffice.services import moving
from eoffice.services.moving import Sent
from esachivalaya.common import clock
from esachivalaya.common.models import StoredFile
from tests.desks import Branch, diarised, filed, make_branch, noted


@pytest.fixture
def sealed(db: None) -> dict[str, int]:
    """A file with a sealed note, its issued letter and who opened it; ids by table."""
    branch: Branch = make_branch()
    file, receipt, moment = filed(branch), diarised(branch), clock.now()
    note = noted(file, branch.assistant, branch.seema)
    flag = Flag.objects.create(note=note, letter="A", other_file=filed(branch))
    sent = moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
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
        subject="Repair",
        body="It is to be repaired.",
        digest="0" * 64,
        desk=branch.assistant,
        by=branch.seema,
        at=moment,
    )
    stored = StoredFile.objects.create(sha256="1" * 64, size=3, content_type="application/pdf")
    issue = Issue.objects.create(
        draft=draft,
        version=version,
        number="A-11011/1/2020-EST/1",
        stored=stored,
        sha256="1" * 64,
        code="7KQ2M9XW4TBD",
        signatory_name="Ramesh",
        signatory_post="Section Officer",
        desk=branch.officer,
        by=branch.ramesh,
        at=moment,
    )
    opening = Opening.objects.create(
        item=file.item, desk=branch.officer, by=branch.ramesh, what="noting"
    )
    return {
        "eoffice_note": note.pk,
        "eoffice_flag": flag.pk,
        "eoffice_movement": sent.pk,
        "eoffice_issue": issue.pk,
        "eoffice_draftversion": version.pk,
        "eoffice_opening": opening.pk,
        "eoffice_receipt": receipt.pk,
    }


def refused(statement: str, *values: Any) -> None:
    with pytest.raises(Error) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    # Refused by the trigger, or because the portal's role has no such privilege.
    assert getattr(caught.value.__cause__, "pgcode", "") in {"23001", "42501"}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("eoffice_note", "text = 'Refused.'"),
        ("eoffice_note", "status = 'yellow', number = NULL"),
        ("eoffice_note", "signed_name = 'Somebody else'"),
        ("eoffice_flag", "letter = 'B'"),
        ("eoffice_movement", "words = 'other'"),
        ("eoffice_movement", "hash = repeat('0', 64)"),
        ("eoffice_issue", "number = 'other'"),
        ("eoffice_issue", "sha256 = repeat('2', 64)"),
        ("eoffice_draftversion", "body = 'other'"),
        ("eoffice_opening", "what = 'nothing'"),
        ("eoffice_receipt", "received_on = received_on - 1"),
        ("eoffice_receipt", "delivery_mode = 'hand'"),
    ],
)
def test_a_sealed_row_takes_no_change(sealed: dict[str, int], table: str, change: str) -> None:
    key = "item_id" if table == "eoffice_receipt" else "id"
    refused(f"UPDATE {table} SET {change} WHERE {key} = %s", sealed[table])


def test_a_sealed_row_is_not_deleted(sealed: dict[str, int]) -> None:
    for table, pk in sealed.items():
        key = "item_id" if table == "eoffice_receipt" else "id"
        refused(f"DELETE FROM {table} WHERE {key} = %s", pk)


def test_no_table_of_e_office_that_seals_is_emptied(sealed: dict[str, int]) -> None:
    for table in sealed:
        refused(f"TRUNCATE {table} CASCADE")


def test_the_portals_role_does_not_take_a_trigger_away(sealed: dict[str, int]) -> None:
    for table in sealed:
        refused(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


def test_where_a_paper_is_kept_may_change(sealed: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE eoffice_receipt SET location = 'Rack 4' WHERE item_id = %s",
            [sealed["eoffice_receipt"]],
        )
        assert cursor.rowcount == 1
