"""Finding what was tampered with: broken links, changed words, cut ends, forged chains."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from esachivalaya.audit import anchors
from esachivalaya.audit.models import Anchor, Detail, Entry
from esachivalaya.audit.services import GENESIS, chain_hash, digest
from esachivalaya.common import registry

CHUNK = 2000


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written, and where."""

    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


def findings() -> Iterator[Finding]:
    """Check every chain, then hold all of them against the seals outside the database."""
    yield from broken_links()
    yield from broken_seals()


def broken_links() -> Iterator[Finding]:
    """Walk all chains; for each, name the first row that does not follow from the one before."""
    subject, seq, previous, bad = ("", ""), 0, GENESIS, False
    for entry, detail in _entries():
        if (entry.subject_kind, entry.subject_id) != subject:
            subject, seq, previous, bad = (entry.subject_kind, entry.subject_id), 0, GENESIS, False
        if not bad and (problem := _problem(entry, detail, seq, previous)):
            bad = True
            yield Finding(_name(*subject, entry.seq), problem)
        seq, previous = entry.seq, entry.hash


def first_broken(kind: str, subject_id: str) -> Finding | None:
    """Return the first thing wrong with one subject's chain, or None when it is whole."""
    seq, previous = 0, GENESIS
    rows = Entry.objects.filter(subject_kind=kind, subject_id=subject_id).order_by("seq")
    for entry in rows.select_related("detail").iterator(CHUNK):
        if problem := _problem(entry, getattr(entry, "detail", None), seq, previous):
            return Finding(_name(kind, subject_id, entry.seq), problem)
        seq, previous = entry.seq, entry.hash
    return None


def _problem(entry: Entry, detail: Detail | None, seq: int, previous: str) -> str:
    if entry.seq != seq + 1:
        return f"entry {seq + 1} is missing before it"
    if entry.previous != previous:
        return "it does not follow from the entry before it"
    if entry.hash != chain_hash(entry):
        return "it was changed after it was written"
    # Words that retention erased are no finding: the chain holds only their digest.
    if detail is not None and digest(detail.salt, detail.data) != entry.detail_digest:
        return "its words were changed after they were written"
    return ""


def broken_seals() -> Iterator[Finding]:
    """Hold the chains against the last seal, and the seals against each other and the rows."""
    try:
        found = list(anchors.seals())
    except ValueError as problem:
        yield Finding("seals", str(problem))
        return
    rows = {row.day: row for row in Anchor.objects.all()}
    heads: anchors.Heads = {}
    previous = ""
    for seal in found:
        heads.update(seal.heads)
        where = f"seal of {seal.day}"
        row = rows.pop(seal.day, None)
        if not seal.is_genuine():
            yield Finding(where, "its signature is not ours")
        elif seal.previous != previous:
            yield Finding(where, "the seal before it is missing")
        elif anchors.merkle_root(heads) != seal.root or len(heads) != seal.count:
            yield Finding(where, "its root does not belong to its heads")
        elif row is None or row.root != seal.root:
            yield Finding(where, "the database has another one for that day")
        previous = seal.signature
    for day in sorted(rows):
        yield Finding(f"seal of {day}", "its file is missing")
    yield from _against(heads)


def _against(heads: anchors.Heads) -> Iterator[Finding]:
    subjects = sorted(heads)
    for start in range(0, len(subjects), CHUNK):
        part = subjects[start : start + CHUNK]
        there = _hashes([(*subject, heads[subject][0]) for subject in part])
        for subject in part:
            seq, hash_ = heads[subject]
            stored = there.get((*subject, seq))
            if stored is None:
                yield Finding(_name(*subject, seq), "sealed, and gone: the end was cut off")
            elif stored != hash_:
                yield Finding(_name(*subject, seq), "the chain up to it was forged after its seal")


def _hashes(wanted: list[tuple[str, str, int]]) -> dict[tuple[str, str, int], str]:
    kinds, ids, seqs = (list(column) for column in zip(*wanted, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_kind, subject_id, seq, hash FROM audit_entry "
            "WHERE (subject_kind, subject_id, seq) IN "
            "(SELECT * FROM unnest(%s::text[], %s::text[], %s::int[]))",
            [kinds, ids, seqs],
        )
        found = {(kind, subject, seq): hash_ for kind, subject, seq, hash_ in cursor.fetchall()}
    for chains in registry.chains():
        asked = [(subject, seq) for kind, subject, seq in wanted if kind == chains.kind]
        there = chains.hashes(asked) if asked else {}
        found |= {(chains.kind, *place): hash_ for place, hash_ in there.items()}
    return found


def _entries() -> Iterator[tuple[Entry, Detail | None]]:
    """Read all entries in the order of their chains, some thousand at a time."""
    last = ("", "", 0)
    while True:
        chunk = list(
            Entry.objects.raw(
                "SELECT * FROM audit_entry WHERE (subject_kind, subject_id, seq) > (%s, %s, %s) "
                "ORDER BY subject_kind, subject_id, seq LIMIT %s",
                [*last, CHUNK],
            )
        )
        if not chunk:
            return
        details = Detail.objects.in_bulk([entry.pk for entry in chunk])
        for entry in chunk:
            yield entry, details.get(entry.pk)
        last = (chunk[-1].subject_kind, chunk[-1].subject_id, chunk[-1].seq)


def _name(kind: str, subject: str, seq: int) -> str:
    return f"{kind} {subject} #{seq}"
