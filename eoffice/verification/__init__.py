"""Finding what was tampered with in the ledger of movements and in what its entries fixed.

The hash covers the bytes as they are stored; names of desks and people are not in it. A chain that
was forged as a whole is found by the daily seal outside the database (audit/anchors.py).
Source: domain rules of e-Office, invariants 3 and 4.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from eoffice.verification import letters, noting, papers
from eoffice.verification.chains import chains, hashes, heads, walk
from eoffice.verification.fixed import Finding, Fixed, Hashing

__all__ = ["Finding", "Hashing", "chains", "findings", "hashes", "heads", "one_moment"]


@contextmanager
def one_moment() -> Iterator[None]:
    """Have everything inside read as of one moment: what desks do meanwhile raises no alarm."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def findings(hashing: Hashing | None = None, *, stored_bytes: bool = False) -> Iterator[Finding]:
    """Check every chain, naming for each the first bad row; then what the entries fixed.

    Scans, sealed notes, decision cards, questions to other desks, versions, particulars and
    approvals of drafts, issued letters and their sendings are held against their entries by the
    digests that the database keeps. With ``stored_bytes`` every stored scan and letter is read as
    well. ``hashing`` is told how long the hashing took.
    """
    fixed, timed = Fixed(), hashing or Hashing()
    yield from walk(fixed, timed)
    yield from noting.sealed_notes(fixed.notes, timed)
    yield from noting.cards(fixed)
    yield from noting.questions(fixed)
    yield from letters.versions(fixed, timed)
    yield from letters.particulars(fixed)
    yield from letters.approvals(fixed)
    yield from letters.issued(fixed)
    yield from letters.sendings(fixed)
    if stored_bytes:
        yield from papers.stored_bytes(fixed, timed)
