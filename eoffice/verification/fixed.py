"""What the entries of the ledger fixed beside themselves, and how the checking tells of it."""

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from eoffice.models import Movement
from eoffice.services.asking import LAST_MINUTE
from esachivalaya.common import clock

Act = Movement.Act
# What an entry fixed, by its key: the item, the number of the entry, the digest or the words.
Told = dict[int, tuple[int, int, str]]

DRAFTS = {Act.DRAFT_PUT_UP, Act.DRAFT_RETURNED, Act.DRAFT_APPROVED, Act.APPROVAL_VOIDED}
# The state in which each act leaves one sending of a letter.
SENDINGS = {
    Act.WITH_REGISTRY: "waiting",
    Act.NOT_SENT: "cancelled",
    Act.SENT: "sent",
    Act.SENT_AGAIN: "sent",
    Act.DELIVERED: "delivered",
    Act.CAME_BACK: "returned",
}
ENDINGS = {Act.ANSWERED, Act.ASK_WITHDRAWN, Act.SILENT}
# What each entry about a sending has of it, beside its state and the words.
SENDING = (
    *("number", "sha256", "mode", "correspondent", "issue", "again_of"),
    *("address_sha256", "tracking", "proof"),
)
PARTICULARS = ("to", "copies", "form", "language", "signatory", "letterhead_sha256")
# What taking up an entry raises that nobody wrote so: it was tampered with.
UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, OverflowError)


@dataclass(frozen=True)
class Finding:
    """One row that is not as it was written: which, and what is wrong with it."""

    item: int
    seq: int
    problem: str

    def __str__(self) -> str:
        return f"item {self.item}, entry {self.seq}: {self.problem}"


@dataclass
class Hashing:
    """How long the hashing took, of everything that a check does beside it."""

    seconds: float = 0.0

    def digests(self, texts: Iterable[str]) -> list[str]:
        """Return the SHA-256 of each text, as it is stored in UTF-8."""
        began = time.perf_counter()
        found = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        self.seconds += time.perf_counter() - began
        return found


@dataclass
class Fixed:
    """What the entries of all chains fixed."""

    notes: Told = field(default_factory=dict)
    # Those of the entries that are being walked; held against their receipts at once.
    scans: dict[int, tuple[int, list[str]]] = field(default_factory=dict)
    cards: Told = field(default_factory=dict)
    versions: Told = field(default_factory=dict)
    # What each draft is beside its words, once it is approved and as long as nothing voids that.
    particulars: dict[int, tuple[int, int, dict[str, Any]]] = field(default_factory=dict)
    approvals: Told = field(default_factory=dict)
    # By which entry an approval was voided, and when.
    voids: Told = field(default_factory=dict)
    letters: Told = field(default_factory=dict)
    # When each letter was issued.
    issued_at: dict[int, datetime] = field(default_factory=dict)
    sendings: Told = field(default_factory=dict)
    # By whom a letter went out, and when.
    sent: dict[int, str] = field(default_factory=dict)
    questions: Told = field(default_factory=dict)
    # Until when each question was asked.
    closes: dict[int, datetime] = field(default_factory=dict)
    endings: Told = field(default_factory=dict)
    # When the entry stands in the chain that a desk was silent.
    silent: dict[int, datetime] = field(default_factory=dict)
    # When entries of a kind were first written: what is older stands in no chain.
    since: dict[str, datetime] = field(default_factory=dict)
    # The first row that was made together with its entry: so was every later one.
    least: dict[str, int] = field(default_factory=dict)

    def collect(self, told: Mapping[str, Any], item: int, seq: int, at: datetime) -> None:
        """Take up what one entry fixed; one of :data:`UNREADABLE` for one that reads as none can.

        ``item``, ``seq`` and ``at`` are those of its row, which is held against what it says.
        """
        act, more, place = told["act"], told["more"], (item, seq)
        for note in more.get("notes", ()):
            self.notes[key_in(note, "note")] = (*place, text_in(note, "sha256"))
        if card := more.get("card"):
            self._first("cards", at)
            self.cards[key_in(card, "card")] = (*place, text_in(card, "sha256"))
        if act == Act.MADE and "scans" in more:
            self.scans[item] = (seq, [str(digest) for digest in more["scans"]])
        elif act in DRAFTS:
            self._draft(told, more, place, at)
        elif act == Act.ISSUED:
            self._issued(more, place, at)
        elif act in SENDINGS:
            self._sending(told, more, place, at)
        elif act == Act.ASKED:
            self._question(told, more, place)
        elif act in ENDINGS:
            self._ending(act, more, place, at)

    def is_told_of(self, kind: str, moment: datetime, pk: int = 0) -> bool:
        """Whether entries of ``kind`` were written at ``moment``, or for row ``pk``, already."""
        later = kind in self.since and moment >= self.since[kind]
        return later or (kind in self.least and pk >= self.least[kind])

    def _draft(
        self, told: Mapping[str, Any], more: Mapping[str, Any], place: tuple[int, int], at: datetime
    ) -> None:
        version = key_in(more, "version")
        self.versions.setdefault(version, (*place, text_in(more, "words")))
        if told["act"] == Act.DRAFT_APPROVED:
            self._particulars(more, place)
        else:
            self.particulars.pop(key_in(more, "draft"), None)
        if "approval" in more:
            approval = key_in(more, "approval")
            self._first("approvals", at)
            self._least("approvals", approval)
            given = f"{version} {told['from']} {told['by']} {told['at']}"
            self.approvals[approval] = (*place, given)
        for approval in more.get("voids", ()):
            self._first("voids", at)
            self.voids[key(approval)] = (*place, text_in(told, "at"))

    def _issued(self, more: Mapping[str, Any], place: tuple[int, int], at: datetime) -> None:
        issue = key_in(more, "issue")
        self.letters[issue] = (*place, f"{more['number']} {more['sha256']}")
        self.issued_at[issue] = at
        if "version" in more:
            self.versions.setdefault(key_in(more, "version"), (*place, text_in(more, "words")))
        if "draft" in more:
            self._particulars(more, place)

    def _particulars(self, more: Mapping[str, Any], place: tuple[int, int]) -> None:
        # Entries of the time before have the readers only.
        told = {name: more[name] for name in PARTICULARS if name in more}
        self.particulars[key_in(more, "draft")] = (*place, told)

    def _sending(
        self, told: Mapping[str, Any], more: Mapping[str, Any], place: tuple[int, int], at: datetime
    ) -> None:
        act, dispatch = Act(told["act"]), key_in(more, "dispatch")
        self._first("sendings", at)
        words = [SENDINGS[act], text_in(told, "words"), *(str(more[name]) for name in SENDING)]
        self.sendings[dispatch] = (*place, "\n".join(words))
        if act in {Act.WITH_REGISTRY, Act.SENT_AGAIN}:
            self._least("sendings", dispatch)
        if act in {Act.SENT, Act.SENT_AGAIN}:
            self.sent[dispatch] = f"{told['by']} {told['at']}"

    def _question(
        self, told: Mapping[str, Any], more: Mapping[str, Any], place: tuple[int, int]
    ) -> None:
        question = key_in(more, "question")
        if "closes" in more:
            closes = datetime.fromisoformat(more["closes"])
        else:
            # Entries of the time before have only the day, which it had until its last minute.
            closes = clock.at(date.fromisoformat(more["until"]), LAST_MINUTE)
        self.closes[question] = closes.astimezone(UTC)
        asked = f"{more['words_sha256']} {told['from']} {told['to']} {told['by']}"
        self.questions[question] = (*place, asked)

    def _ending(
        self, act: str, more: Mapping[str, Any], place: tuple[int, int], at: datetime
    ) -> None:
        question = key_in(more, "question")
        self._first(act, at)
        self.endings[question] = (*place, act)
        if act == Act.SILENT:
            self.silent[question] = at

    def _first(self, kind: str, at: datetime) -> None:
        self.since[kind] = min(self.since.get(kind, at), at)

    def _least(self, kind: str, pk: int) -> None:
        self.least[kind] = min(self.least.get(kind, pk), pk)


def key(value: object) -> int:
    """Return ``value`` as the key of a row; TypeError for what is none."""
    if type(value) is not int or not 0 < value < 2**63:
        raise TypeError(f"No row has the key {value!r}.")
    return value


def key_in(told: Mapping[str, Any], name: str) -> int:
    """Return the key of a row that an entry names."""
    return key(told[name])


def text_in(told: Mapping[str, Any], name: str) -> str:
    """Return a text of an entry; TypeError for what is none."""
    value = told[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text.")
    return value
