"""The daily seal over all chains, kept outside the database.

Whoever owns the database could forge a whole chain anew, or cut its end off: it would still be
whole in itself. So each day the head of every chain goes into a Merkle tree; its root is signed
with a key that the database does not know and written, with the heads that moved since the seal
before, to a file ``<day>.json`` (:mod:`.seal_store`). Each file names the signature before it, so
that none can be left out. The files belong on another machine as well: the guide says how.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from esachivalaya.audit import seal_store
from esachivalaya.audit.models import Anchor
from esachivalaya.common import clock, registry, sweeps

# (kind of subject, its id) -> (number, hash) of the last entry of its chain.
Heads = dict[tuple[str, str], tuple[int, str]]


@dataclass(frozen=True)
class Seal:
    """One day's file."""

    day: date
    heads: Heads
    count: int
    root: str
    previous: str
    signature: str

    def is_genuine(self) -> bool:
        """Say whether the signature is that of our key over this content."""
        wanted = sign(_content(self.day, self.heads, self.count, self.root, self.previous))
        return hmac.compare_digest(wanted, self.signature)


def seal_the_day() -> Seal | None:
    """Seal all chains once a day (Asia/Kolkata); None when today's seal is there already.

    Any number of workers may try: the row of the day lets one through. The file is complete before
    the row is committed, and never written over.
    """
    with transaction.atomic():
        day = clock.day_of(clock.now())
        before = list(seals())
        if before and before[-1].day >= day:
            seal = before[-1]
            Anchor.objects.get_or_create(
                day=seal.day, defaults={"heads": seal.count, "root": seal.root}
            )
            return None
        known = merged(before)
        heads = current_heads()
        moved = {subject: head for subject, head in heads.items() if known.get(subject) != head}
        root = merkle_root(heads)
        previous = before[-1].signature if before else ""
        signature = sign(_content(day, moved, len(heads), root, previous))
        seal = Seal(day, moved, len(heads), root, previous, signature)
        _made, ours = Anchor.objects.get_or_create(
            day=day, defaults={"heads": seal.count, "root": seal.root}
        )
        if not ours:
            return None
        _write(seal)
    sweeps.done("audit_anchor")
    return seal


def current_heads() -> Heads:
    """Return the last entry of every chain, as one moment of the database shows them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (subject_kind, subject_id) subject_kind, subject_id, seq, hash "
            "FROM audit_entry ORDER BY subject_kind, subject_id, seq DESC"
        )
        heads = {(kind, subject): (seq, hash_) for kind, subject, seq, hash_ in cursor.fetchall()}
    for chains in registry.chains():
        heads |= {(chains.kind, subject): head for subject, head in chains.heads().items()}
    return heads


def merged(found: list[Seal]) -> Heads:
    """Return all heads as of the last of the seals, oldest first."""
    heads: Heads = {}
    for seal in found:
        heads.update(seal.heads)
    return heads


def merkle_root(heads: Heads) -> str:
    """Return the root over ``heads`` in the order of their subjects.

    Leaves and nodes are hashed under different first bytes, so that neither passes for the other.
    """
    level = [
        hashlib.sha256(b"\0" + "\n".join((*subject, str(seq), hash_)).encode()).digest()
        for subject, (seq, hash_) in sorted(heads.items())
    ]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\1" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0]
            for pair in pairs
        ]
    return level[0].hex()


def sign(content: str) -> str:
    """Sign with AUDIT_ANCHOR_KEY, which stands in the environment only."""
    return hmac.new(settings.AUDIT_ANCHOR_KEY.encode(), content.encode(), "sha256").hexdigest()


def seals() -> Iterator[Seal]:
    """Read the seals, oldest first; a file that cannot be read is a ValueError naming it."""
    for name in seal_store.names():
        try:
            data: dict[str, Any] = json.loads(seal_store.read(name))
            yield Seal(
                day=date.fromisoformat(name.removesuffix(".json")),
                heads={
                    (kind, subject): (seq, hash_) for kind, subject, seq, hash_ in data["heads"]
                },
                count=data["count"],
                root=data["root"],
                previous=data["previous"],
                signature=data["signature"],
            )
        except (ValueError, KeyError, TypeError) as problem:
            raise ValueError(f"The seal {name} cannot be read.") from problem


def _content(day: date, heads: Heads, count: int, root: str, previous: str) -> str:
    return json.dumps([day.isoformat(), _listed(heads), count, root, previous])


def _listed(heads: Heads) -> list[list[str | int]]:
    return [[*subject, seq, hash_] for subject, (seq, hash_) in sorted(heads.items())]


def _write(seal: Seal) -> None:
    text = json.dumps(
        {
            "day": seal.day.isoformat(),
            "count": seal.count,
            "root": seal.root,
            "previous": seal.previous,
            "signature": seal.signature,
            "heads": _listed(seal.heads),
        },
        indent=0,
    )
    seal_store.write(seal_store.name_of(seal.day), text.encode())
