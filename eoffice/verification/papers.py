"""Scans of receipts held against the entries that diarised them; stored bytes against digests."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator

from django.core.files.storage import default_storage

from eoffice.models import Enclosure, Issue
from eoffice.verification.fixed import Finding, Fixed, Hashing

# A stored file is read in pieces of this size.
PIECE = 1024 * 1024
GONE = "gone"


def scans(fixed: Fixed) -> Iterator[Finding]:
    """Hold the scans of receipts against the entries walked last, in their order; forget these.

    Digests are compared as they stand in the register of stored files: no file is opened.
    """
    kept: dict[int, list[str]] = defaultdict(list)
    rows = Enclosure.objects.filter(receipt__in=list(fixed.scans)).order_by("receipt", "position")
    for receipt, sha256 in rows.values_list("receipt_id", "stored__sha256").iterator(5000):
        kept[receipt].append(sha256)
    for receipt, (seq, told) in fixed.scans.items():
        if kept[receipt] != told:
            yield Finding(receipt, seq, _difference(kept[receipt], told))
    fixed.scans.clear()


def _difference(kept: list[str], told: list[str]) -> str:
    for number, (is_now, was) in enumerate(zip(kept, told, strict=False), start=1):
        if is_now != was:
            return f"scan {number} is not what was diarised"
    if len(kept) < len(told):
        return f"scan {len(kept) + 1} is gone"
    return f"scan {len(told) + 1} was added after it was diarised"


def stored_bytes(fixed: Fixed, hashing: Hashing) -> Iterator[Finding]:
    """Read every stored scan and issued letter, each content once, and hold it to its digest."""
    scanned = Enclosure.objects.order_by("stored_id", "receipt_id", "position")
    rows = scanned.distinct("stored_id").values_list(
        "receipt_id", "position", "stored__file", "stored__sha256"
    )
    for receipt, position, name, sha256 in rows.iterator(2000):
        if problem := _unlike(name, sha256, hashing):
            yield Finding(receipt, 1, f"the file of scan {position} is {problem}")
    letters = Issue.objects.order_by("pk").values_list(
        "pk", "draft__file_id", "number", "stored__file", "sha256"
    )
    for pk, file, number, name, sha256 in letters.iterator(2000):
        if problem := _unlike(name, sha256, hashing):
            item, seq, _told = fixed.letters.get(pk, (file, 0, ""))
            yield Finding(item, seq, f"the file of letter {number} is {problem}")


def _unlike(name: str, sha256: str, hashing: Hashing) -> str:
    """Return what is wrong with a stored file, "" when its bytes have this digest."""
    digest = hashlib.sha256()
    try:
        with default_storage.open(name) as stored:
            while piece := stored.read(PIECE):
                began = time.perf_counter()
                digest.update(piece)
                hashing.seconds += time.perf_counter() - began
    except FileNotFoundError:
        return GONE
    return "" if digest.hexdigest() == sha256 else "not what was stored"
