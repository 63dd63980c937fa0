"""Sealed notes, decision cards and questions, held against the entries that fixed them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from eoffice.models import DecisionCard, Flag, Movement, Note, Question
from eoffice.services.cards import CARD
from eoffice.services.cards import digest_from as card_digest
from eoffice.services.notes import FLAG, NOTE, text_from
from eoffice.verification.fixed import Act, Finding, Fixed, Hashing, Told

CHUNK = 20_000


def sealed_notes(told: Told, hashing: Hashing) -> Iterator[Finding]:
    """Hold the sealed notes against the entries that sealed them, both ways."""
    missing = set(told)
    for chunk in _chunks():
        digests = hashing.digests(text_from(flags, row) for _pk, row, flags in chunk)
        for (pk, row, _flags), digest in zip(chunk, digests, strict=True):
            entry = told.get(pk)
            missing.discard(pk)
            if entry is None:
                yield Finding(row[0], 0, f"note {row[1]} is sealed by no entry")
            elif entry[2] != digest:
                yield Finding(entry[0], entry[1], f"note {row[1]} is not what was sealed")
    yield from gone(missing, told, "a note that it sealed is gone")


def _chunks() -> Iterator[list[tuple[int, Sequence[Any], Sequence[Sequence[Any]]]]]:
    """Give number, columns and flags of every sealed note: as columns, since they are very many."""
    notes = Note.objects.filter(status=Note.Status.SEALED).order_by("pk")
    last = 0
    while chunk := list(notes.filter(pk__gt=last).values_list("pk", *NOTE)[:CHUNK]):
        flags: dict[int, list[Sequence[Any]]] = defaultdict(list)
        there = Flag.objects.filter(note__gt=last, note__lte=chunk[-1][0])
        for note, *flag in there.values_list("note_id", *FLAG):
            flags[note].append(flag)
        yield [(pk, row, flags.get(pk, ())) for pk, *row in chunk]
        last = chunk[-1][0]


def cards(fixed: Fixed) -> Iterator[Finding]:
    """Hold the decision cards against the entries that sent them up."""
    told, missing = fixed.cards, set(fixed.cards)
    rows = DecisionCard.objects.order_by("pk").values_list("pk", "holding__ended_at", *CARD)
    for pk, ended, *row in rows.iterator(2000):
        missing.discard(pk)
        entry = told.get(pk)
        if entry is not None:
            if entry[2] != card_digest(row):
                yield Finding(entry[0], entry[1], "the decision card is not what went up")
        elif ended is not None and fixed.is_told_of("cards", ended):
            sent = Movement.objects.filter(item=row[0], at=ended).order_by("seq")
            for seq in sent.filter(act__in=[Act.MARKED, Act.RETURNED]).values_list("seq")[:1]:
                yield Finding(row[0], seq[0], f"decision card {pk} did not go up with it")
    yield from gone(missing, told, "a decision card that it sent up is gone")


def questions(fixed: Fixed) -> Iterator[Finding]:
    """Hold the questions against the entries that asked and ended them, answers to their notes."""
    told, missing = fixed.questions, set(fixed.questions)
    rows = Question.objects.order_by("pk").values_list(
        *("pk", "item_id", "words", "from_desk_id", "to_desk_id", "asked_by_id", "closes_at"),
        *("answer", "note__text", "silent_at", "withdrawn_at"),
    )
    for pk, item, words, *desks, closes, answer, noted, silent, withdrawn in rows.iterator(2000):
        missing.discard(pk)
        entry, end = told.get(pk), fixed.endings.get(pk)
        ended = Act.SILENT if silent else Act.ASK_WITHDRAWN if withdrawn else ""
        ended = Act.ANSWERED if answer else ended
        if entry is None:
            yield Finding(item, 0, f"question {pk} is asked by no entry")
        elif entry[2] != " ".join(map(str, [sha256(words.encode()).hexdigest(), *desks])):
            yield Finding(entry[0], entry[1], f"question {pk} is not what was asked")
        elif closes != fixed.closes[pk]:
            yield Finding(entry[0], entry[1], f"question {pk} has another closing date")
        elif answer != (noted or ""):
            yield Finding(entry[0], entry[1], f"the answer to question {pk} is not what was noted")
        elif end is not None and end[2] != ended:
            yield Finding(end[0], end[1], f"question {pk} did not end as it stands now")
        elif end is not None and not _over(fixed, pk, closes, silent):
            yield Finding(end[0], end[1], f"question {pk} was not silent as it was entered")
        elif end is None and silent and not fixed.is_told_of(Act.SILENT, closes):
            # A silence of the time before it was entered, by the closing date that is entered.
            continue
        elif end is None and ended:
            yield Finding(item, 0, f"question {pk} is ended by no entry")
    yield from gone(missing, told, "a question that it asked is gone")


def _over(fixed: Fixed, pk: int, closes: datetime, silent: datetime | None) -> bool:
    """Whether a silence was entered once the closing date had passed, and stands so."""
    entered = fixed.silent.get(pk)
    return entered is None or (entered >= closes and entered == silent)


def gone(missing: set[int], told: Told, problem: str) -> Iterator[Finding]:
    """Name the entries whose rows are not there any more."""
    for pk in sorted(missing):
        yield Finding(told[pk][0], told[pk][1], problem)
