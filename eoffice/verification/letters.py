"""Drafts, approvals, issued letters and their sendings, held against the entries of their files."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from eoffice.models import Addressee, Approval, Dispatch, Draft, DraftVersion, Issue
from eoffice.services.letter_entries import address_digest
from eoffice.services.letter_entries import particulars as letter_particulars
from eoffice.verification.fixed import Finding, Fixed, Hashing
from eoffice.verification.noting import gone

CHUNK = 2000
NAMES = {
    "to": "who reads the letter",
    "copies": "who gets a copy",
    "form": "the form",
    "language": "the language",
    "signatory": "the signatory",
    "letterhead_sha256": "the letterhead",
}


def versions(fixed: Fixed, hashing: Hashing) -> Iterator[Finding]:
    """Hold the words that were put up, returned, approved or issued against their entries."""
    wanted = sorted(fixed.versions)
    for first in range(0, len(wanted), CHUNK):
        chunk = wanted[first : first + CHUNK]
        rows = DraftVersion.objects.filter(pk__in=chunk)
        there = {row[0]: row for row in rows.values_list("pk", "number", "subject", "body")}
        found = [pk for pk in chunk if pk in there]
        digests = hashing.digests(f"{there[pk][2]}\n{there[pk][3]}" for pk in found)
        now = dict(zip(found, digests, strict=True))
        for pk in chunk:
            item, seq, digest = fixed.versions[pk]
            if pk not in there:
                yield Finding(item, seq, "a version of a draft that it names is gone")
                continue
            _pk, number, subject, _body = there[pk]
            if now[pk] != digest:
                yield Finding(item, seq, f"version {number} of the draft is not what it read then")
            elif "\n" in subject:
                # One line, which the first line break ends in what the digest covers.
                problem = f"the subject of version {number} of the draft has more than one line"
                yield Finding(item, seq, problem)


def particulars(fixed: Fixed) -> Iterator[Finding]:
    """Hold readers, form and signatory of approved and issued drafts against their last entry."""
    wanted = sorted(fixed.particulars)
    for first in range(0, len(wanted), CHUNK):
        chunk = wanted[first : first + CHUNK]
        readers: dict[int, list[tuple[bool, int]]] = defaultdict(list)
        people = Addressee.objects.filter(draft__in=chunk)
        for draft, copy, person in people.values_list("draft_id", "copy", "correspondent_id"):
            readers[draft].append((copy, person))
        rows = Draft.objects.filter(pk__in=chunk)
        columns = rows.values_list("pk", "form", "language", "signatory_id", "letterhead")
        now = {
            pk: letter_particulars(form, language, signatory, letterhead, readers[pk])
            for pk, form, language, signatory, letterhead in columns
        }
        for pk in chunk:
            item, seq, told = fixed.particulars[pk]
            if pk not in now:
                yield Finding(item, seq, "a draft that it names is gone")
                continue
            if changed := [name for name in told if told[name] != now[pk][name]]:
                what = NAMES[changed[0]]
                yield Finding(item, seq, f"{what} is not what was approved")


def approvals(fixed: Fixed) -> Iterator[Finding]:
    """Hold the approvals against the entries that gave and voided them, both ways."""
    told, missing = fixed.approvals, set(fixed.approvals)
    rows = Approval.objects.order_by("pk").values_list(
        "pk", "version_id", "version__draft__file_id", "desk_id", "by_id", "at", "voided_at"
    )
    for pk, version, file, desk, by, at, voided in rows.iterator(CHUNK):
        missing.discard(pk)
        entry, void = told.get(pk), fixed.voids.get(pk)
        if entry is None:
            if fixed.is_told_of("approvals", at, pk):
                yield Finding(file, 0, f"approval {pk} is given by no entry")
        elif entry[2] != f"{version} {desk} {by} {at.astimezone(UTC).isoformat()}":
            yield Finding(entry[0], entry[1], f"approval {pk} is not what was given")
        if void is not None:
            if voided is None or voided.astimezone(UTC).isoformat() != void[2]:
                yield Finding(void[0], void[1], f"approval {pk} is not void as it was entered")
        elif voided is not None and fixed.is_told_of("voids", voided):
            yield Finding(file, 0, f"approval {pk} is voided by no entry")
    yield from gone(missing, told, "an approval that it gave is gone")


def issued(fixed: Fixed) -> Iterator[Finding]:
    """Hold the issued letters, with the bytes that are kept of them, against their entries."""
    told, missing = fixed.letters, set(fixed.letters)
    rows = Issue.objects.order_by("pk").values_list(
        "pk", "draft__file_id", "number", "sha256", "stored__sha256"
    )
    for pk, file, number, sha256, stored in rows.iterator(CHUNK):
        missing.discard(pk)
        entry = told.get(pk)
        if entry is None:
            yield Finding(file, 0, f"letter {number} is issued by no entry")
        elif entry[2] != f"{number} {sha256}" or stored != sha256:
            yield Finding(entry[0], entry[1], f"letter {number} is not what was issued")
    yield from gone(missing, told, "a letter that it issued is gone")


def sendings(fixed: Fixed) -> Iterator[Finding]:
    """Hold each sending, as it stands in the register, against the entries about it."""
    told, missing = fixed.sendings, set(fixed.sendings)
    names = ("number", "issue__sha256", "mode", "correspondent_id", "issue_id", "again_of_id")
    more = ("to_address", "tracking", "proof")
    rows = Dispatch.objects.order_by("pk").values_list(
        *("pk", "issue__draft__file_id", "asked_at", "sent_at", "sent_by_id", "status", "words"),
        *names,
        *more,
    )
    for pk, file, asked, sent, by, status, words, *row in rows.iterator(CHUNK):
        missing.discard(pk)
        *letter, address, tracking, proof = row
        now = [status, words, *map(str, letter), address_digest(address), tracking, proof]
        entry = told.get(pk)
        if entry is None:
            # No letter is sent before it is issued.
            moment = max(asked, fixed.issued_at.get(letter[4], asked))
            if fixed.is_told_of("sendings", moment, pk):
                yield Finding(file, 0, f"sending {pk} is entered nowhere")
        elif entry[2] != "\n".join(now) or not _as_it_went(fixed, pk, sent, by):
            yield Finding(entry[0], entry[1], f"sending {pk} is not what was entered")
    yield from gone(missing, told, "a sending that it entered is gone")


def _as_it_went(fixed: Fixed, pk: int, sent: datetime | None, by: int | None) -> bool:
    """Whether a sending went out when, and by whom, its entry says."""
    entered = fixed.sent.get(pk)
    if entered is None:
        # Not sent, or before sendings were entered.
        return sent is None or not fixed.is_told_of("sendings", sent)
    return sent is not None and entered == f"{by} {sent.astimezone(UTC).isoformat()}"
