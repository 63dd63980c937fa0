"""What drafts and letters leave in the chain of their file: each entry fixes the words it is about.

An entry names the version with the digest of its words, its readers, form and who signs, a sending
the digest of the bytes that went and of the address they went to. Ids and digests stand in it,
never words or names.
Source: domain rules of e-Office, "Draft for approval", "Dispatch" and invariants 3, 4.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from eoffice.models import Approval, Dispatch, Draft, DraftVersion, Item, Movement
from eoffice.permissions import Seat
from eoffice.services import ledger


def words_digest(subject: str, body: str) -> str:
    """Return the digest that fixes the words of one version of a draft."""
    return hashlib.sha256(f"{subject}\n{body}".encode()).hexdigest()


def address_digest(address: str) -> str:
    """Return the digest of the address a letter went to: the entry itself tells nobody's home."""
    return hashlib.sha256(address.encode()).hexdigest()


def particulars(
    form: str, language: str, signatory: int, letterhead: str, readers: Iterable[tuple[bool, int]]
) -> dict[str, Any]:
    """Return what a letter is beside its words: to whom, in what form, signed where, under what."""
    people = list(readers)
    return {
        "to": [person for copy, person in people if not copy],
        "copies": [person for copy, person in people if copy],
        "form": str(form),
        "language": str(language),
        "signatory": signatory,
        "letterhead_sha256": hashlib.sha256(letterhead.encode()).hexdigest(),
    }


def particulars_of(draft: Draft) -> dict[str, Any]:
    """Return the particulars of a draft as they stand now."""
    readers = draft.addressees.values_list("copy", "correspondent_id")
    return particulars(draft.form, draft.language, draft.signatory_id, draft.letterhead, readers)


def of_draft(
    draft: Draft,
    act: str,
    *,
    version: DraftVersion,
    seat: Seat,
    at: datetime,
    words: str = "",
    approval: Approval | None = None,
    voids: Sequence[int] = (),
) -> Movement:
    """Write what was done with ``version`` of a draft; the caller holds the lock of its file.

    ``words`` are those of who returned it; ``approval`` is the one that the act gave, ``voids`` are
    the keys of those that it took away.
    """
    more: dict[str, Any] = {
        "draft": draft.pk,
        "ordinal": draft.ordinal,
        "version": version.pk,
        "number": version.number,
        "words": version.digest,
        **particulars_of(draft),
    }
    if approval is not None:
        more["approval"] = approval.pk
    if voids:
        more["voids"] = list(voids)
    item = Item.objects.get(pk=draft.file_id)
    return ledger.append(item, act, seat=seat, at=at, words=words, more=more)


def of_sending(row: Dispatch, act: str, *, seat: Seat, at: datetime) -> Movement:
    """Write what became of one sending of a letter; the caller holds the lock of its file."""
    issue = row.issue
    more = {
        "dispatch": row.pk,
        "number": row.number,
        "issue": issue.pk,
        "letter": issue.number,
        "sha256": issue.sha256,
        "mode": str(row.mode),
        "correspondent": row.correspondent_id,
        "address_sha256": address_digest(row.to_address),
        "again_of": row.again_of_id,
        "tracking": row.tracking,
        "proof": row.proof,
    }
    item = Item.objects.get(pk=issue.draft.file_id)
    handed = act == Movement.Act.WITH_REGISTRY
    return ledger.append(
        item,
        act,
        seat=seat,
        at=at,
        to_desk=row.registry if handed else None,
        words=row.words,
        more=more,
    )
