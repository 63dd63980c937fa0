"""Tampering is found: by the chains, and where they were forged whole, by the seals outside."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from esachivalaya.audit import anchors, seal_store, services, verification
from esachivalaya.audit.models import Anchor, Detail, Entry
from esachivalaya.common import clock
from officials.models import District
from tests.people import make_district

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_seals(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    settings.AUDIT_ANCHOR_KEY = "a key that the database does not know"


@pytest.fixture
def tamper(owner_connection: Any) -> Iterator[Callable[..., None]]:
    """Run SQL as the owner, who has switched the triggers off."""

    def run(statement: str, *parameters: Any) -> None:
        with owner_connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    with owner_connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    yield run
    with owner_connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


@pytest.fixture
def rewari() -> District:
    return make_district("REW")


def act(row: District, *names: str) -> None:
    with transaction.atomic():
        for name in names:
            services.record(row, name, at=clock.now(), data={"name": name})


def found() -> list[str]:
    return [str(finding) for finding in verification.findings()]


def test_an_honest_record_is_found_whole(rewari: District) -> None:
    act(rewari, "made", "renamed")
    act(make_district("GGM"), "made")
    anchors.seal_the_day()
    act(rewari, "closed")
    assert found() == []
    call_command("verify_audit")


def test_a_changed_act_is_named(rewari: District, tamper: Callable[..., None]) -> None:
    act(rewari, "made", "renamed", "closed")
    tamper("UPDATE audit_entry SET act = 'forged' WHERE seq = 2")
    assert found() == [f"officials.district {rewari.pk} #2: it was changed after it was written"]


def test_a_changed_time_is_named(rewari: District, tamper: Callable[..., None]) -> None:
    act(rewari, "made", "renamed")
    tamper("UPDATE audit_entry SET at = at - interval '1 hour' WHERE seq = 1")
    assert found() == [f"officials.district {rewari.pk} #1: it was changed after it was written"]


def test_a_row_taken_out_of_the_middle_is_named(
    rewari: District, tamper: Callable[..., None]
) -> None:
    act(rewari, "made", "renamed", "closed")
    tamper("DELETE FROM audit_detail WHERE entry_id IN (SELECT id FROM audit_entry WHERE seq = 2)")
    tamper("DELETE FROM audit_entry WHERE seq = 2")
    assert found() == [f"officials.district {rewari.pk} #3: entry 2 is missing before it"]


def test_changed_words_are_named_and_erased_ones_are_not(rewari: District) -> None:
    act(rewari, "made", "renamed")
    first, second = Entry.objects.order_by("seq")
    Detail.objects.get(entry=first).delete()
    assert found() == []
    Detail.objects.filter(entry=second).update(data={"name": "forged"})
    assert found() == [
        f"officials.district {rewari.pk} #2: its words were changed after they were written"
    ]


def test_an_end_that_was_cut_off_is_found_by_the_seal(
    rewari: District, tamper: Callable[..., None]
) -> None:
    act(rewari, "made", "renamed")
    anchors.seal_the_day()
    tamper("DELETE FROM audit_detail")
    tamper("DELETE FROM audit_entry WHERE seq = 2")
    # The chain is whole in itself: only the seal knows that it was longer.
    assert list(verification.broken_links()) == []
    assert found() == [f"officials.district {rewari.pk} #2: sealed, and gone: the end was cut off"]
    with pytest.raises(CommandError, match=f"district {rewari.pk} #2"):
        call_command("verify_audit")


def test_a_chain_forged_whole_is_found_by_the_seal(
    rewari: District, tamper: Callable[..., None]
) -> None:
    act(rewari, "made")
    anchors.seal_the_day()
    entry = Entry.objects.get()
    entry.act = "forged"
    tamper("UPDATE audit_entry SET act = 'forged', hash = %s", services.chain_hash(entry))
    assert list(verification.broken_links()) == []
    assert found() == [
        f"officials.district {rewari.pk} #1: the chain up to it was forged after its seal"
    ]


def test_a_day_is_sealed_once(rewari: District, race: Any) -> None:
    act(rewari, "made")
    outcomes = race(anchors.seal_the_day, anchors.seal_the_day, anchors.seal_the_day)
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert sum(outcome.value is not None for outcome in outcomes) == 1
    assert anchors.seal_the_day() is None
    assert Anchor.objects.count() == 1
    assert [file.suffix for file in seal_store.folder().iterdir()] == [".json"]


def test_a_seal_whose_row_was_lost_in_a_crash_is_taken_up(
    rewari: District, owner_connection: Any
) -> None:
    act(rewari, "made")
    seal = anchors.seal_the_day()
    assert seal is not None
    with owner_connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_anchor")
    anchors.seal_the_day()
    assert Anchor.objects.get().root == seal.root
    assert found() == []


def yesterday(seal_day: date) -> None:
    """Shift the only seal one day into the past, as a seal of that day would be."""
    file = seal_store.folder() / f"{seal_day}.json"
    data = json.loads(file.read_text())
    day = seal_day - timedelta(days=1)
    heads = {(kind, id_): (seq, hash_) for kind, id_, seq, hash_ in data["heads"]}
    data["day"] = day.isoformat()
    data["signature"] = anchors.sign(
        anchors._content(day, heads, data["count"], data["root"], data["previous"])
    )
    file.unlink()
    (seal_store.folder() / f"{day}.json").write_text(json.dumps(data))


def two_seals(rewari: District, owner_connection: Any) -> tuple[date, date]:
    act(rewari, "made")
    first = anchors.seal_the_day()
    assert first is not None
    yesterday(first.day)
    with owner_connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_anchor")
    day = first.day - timedelta(days=1)
    Anchor.objects.create(day=day, heads=first.count, root=first.root)
    act(make_district("GGM"), "made")
    second = anchors.seal_the_day()
    assert second is not None
    # Only what moved since the day before stands in the file; the root is over everything.
    assert len(second.heads) == 1
    assert second.count == 2
    return day, second.day


def test_seals_of_several_days_belong_together(rewari: District, owner_connection: Any) -> None:
    two_seals(rewari, owner_connection)
    assert found() == []


def test_a_seal_that_was_taken_away_is_missed(rewari: District, owner_connection: Any) -> None:
    first, _second = two_seals(rewari, owner_connection)
    (seal_store.folder() / f"{first}.json").unlink()
    told = found()
    assert any("the seal before it is missing" in line for line in told)
    assert f"seal of {first}: its file is missing" in told


def test_a_seal_that_is_not_ours_is_named(rewari: District) -> None:
    act(rewari, "made")
    seal = anchors.seal_the_day()
    assert seal is not None
    file = seal_store.folder() / f"{seal.day}.json"
    data = json.loads(file.read_text())
    data["heads"][0][3] = "0" * 64
    file.chmod(0o640)
    file.write_text(json.dumps(data))
    assert f"seal of {seal.day}: its signature is not ours" in found()


def test_a_seal_that_cannot_be_read_is_named(rewari: District) -> None:
    act(rewari, "made")
    anchors.seal_the_day()
    (seal_store.folder() / "2020-01-01.json").write_text("{")
    assert found() == ["seals: The seal 2020-01-01.json cannot be read."]


def test_all_seals_taken_away_are_missed(rewari: District) -> None:
    act(rewari, "made")
    anchors.seal_the_day()
    shutil.rmtree(seal_store.folder())
    assert any("its file is missing" in line for line in found())


def test_the_root_changes_with_every_head() -> None:
    heads: anchors.Heads = {("k", str(number)): (1, "a" * 64) for number in range(5)}
    roots = {anchors.merkle_root(heads)}
    for subject in heads:
        roots.add(anchors.merkle_root({**heads, subject: (2, "a" * 64)}))
        roots.add(anchors.merkle_root({**heads, subject: (1, "b" * 64)}))
    assert len(roots) == 11
