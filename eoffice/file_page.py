"""What stands on the page of a file: noting, correspondence, where it was and for how long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import OuterRef, Prefetch, Q, Subquery

from eoffice.models import (
    Correspondence,
    Draft,
    DraftVersion,
    Enclosure,
    File,
    FileLink,
    Flag,
    Holding,
    Item,
    Note,
    Question,
)
from eoffice.permissions import Seat, visible_at
from esachivalaya.common.formats import duration

SHOWN = {Note.Status.GREEN, Note.Status.SEALED}


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the noting; they are counted through all notes of a file."""

    number: int
    text: str


@dataclass(frozen=True)
class Written:
    """A note as it is read: its paragraphs, its flags, who signed it."""

    note: Note
    paragraphs: list[Paragraph]
    flags: list[Flag]
    # Whether the reader may take it back to yellow: their own, the last one, not sealed.
    can_be_yellow: bool = False
    # What the note answers, when it is the view of another desk.
    question: Question | None = None
    # The desks from which no view came, as it was recorded before this note.
    silences: list[Question] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Who signed: as it was when it was sealed."""
        return self.note.signed_name or str(self.note.by)

    @property
    def post(self) -> str:
        """The post in which it was signed."""
        return self.note.signed_post or str(self.note.desk)


@dataclass(frozen=True)
class Sheet:
    """A file with what the person in ``seat`` sees of it."""

    seat: Seat
    item: Item
    file: File
    holding: Holding | None
    notes: list[Written] = field(default_factory=list)
    yellow: Note | None = None
    papers: list[Correspondence] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    # Silences that were recorded after the last note.
    silences: list[Question] = field(default_factory=list)
    # Of the files and receipts that it names, those that may be seen from here; the others stay
    # unnamed.
    seen: frozenset[int] = frozenset()

    @property
    def here(self) -> bool:
        """Whether it lies at this desk."""
        return self.holding is not None and self.holding.desk_id == self.seat.desk.pk

    @property
    def to_receive(self) -> bool:
        """Whether the paper is on its way to this desk and was not received yet."""
        return self.here and self.holding is not None and self.holding.received_at is None

    @property
    def in_hand(self) -> bool:
        """Whether this desk can work on it now: it lies here, the paper too, and is open."""
        return self.here and not self.to_receive and self.item.status == Item.Status.OPEN


def found(seat: Seat, pk: int) -> Sheet | None:
    """Return the file ``pk`` with its holding, without its content; None for what is not seen."""
    items = visible_at(seat).filter(kind=Item.Kind.FILE)
    item = (
        items.select_related("file__section", "file__of__item", "file__inside__item")
        .filter(pk=pk)
        .first()
    )
    if item is None:
        return None
    holdings = Holding.objects.open().select_related("desk__post", "from_desk__post")
    return Sheet(seat, item, item.file, holdings.filter(item=item).first())


def opened(sheet: Sheet) -> Sheet:
    """Return ``sheet`` with its noting and correspondence."""
    user = sheet.seat.charge.user
    flags = Flag.objects.select_related("other_note", "other_file__item", "correspondence")
    rows = (
        Note.objects.filter(file=sheet.item.pk)
        .filter(Q(status__in=SHOWN) | Q(status="yellow", by=user, desk=sheet.seat.desk))
        .select_related("desk__post", "by")
        .prefetch_related(Prefetch("flags", flags))
        .order_by("number", "pk")
    )
    notes = [note for note in rows if note.status in SHOWN]
    yellow = next((note for note in rows if note.status == Note.Status.YELLOW), None)
    own_last = (
        notes[-1].pk
        if notes and sheet.here and yellow is None and _is_own_green(notes[-1], sheet)
        else None
    )
    papers = (
        Correspondence.objects.filter(file=sheet.item.pk, removed_at__isnull=True)
        .select_related("receipt__item", "issue__stored")
        .prefetch_related(
            Prefetch("receipt__enclosures", Enclosure.objects.select_related("stored"))
        )
        .order_by("first_page")
    )
    asked = Question.objects.filter(item=sheet.item).order_by("pk")
    questions = list(asked.select_related("to_desk__post", "from_desk__post", "note"))
    silences = sorted((one for one in questions if one.silent_at), key=_recorded)
    return replace(
        sheet,
        notes=_written(notes, own_last, questions, silences),
        yellow=yellow,
        papers=list(papers),
        questions=questions,
        silences=silences,
        seen=_seen(sheet, rows, papers),
    )


def drafts_of(sheet: Sheet) -> list[Draft]:
    """Return the drafts on the file, each with the subject of its latest version."""
    latest = DraftVersion.objects.filter(draft=OuterRef("pk")).order_by("-number")
    rows = Draft.objects.filter(file=sheet.item.pk).order_by("-ordinal")
    return list(rows.annotate(latest_subject=Subquery(latest.values("subject")[:1])))


def own_yellow(sheet: Sheet) -> Note | None:
    """Return the yellow note of this person at this desk, or None."""
    own = Note.objects.filter(file=sheet.item.pk, by=sheet.seat.charge.user, desk=sheet.seat.desk)
    return own.filter(status=Note.Status.YELLOW).first()


def paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of a note: each line that has words."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@dataclass(frozen=True)
class Stay:
    """How long a file lay at one desk, all its stays there together."""

    desk: str
    seconds: float
    words: str
    now: bool


def stays_of(item: Item, *, moment: datetime) -> list[Stay]:
    """Return the desks in the order in which the file came there first, with their time."""
    rows = Holding.objects.filter(item=item).select_related("desk__post").order_by("pk")
    seconds: dict[int, float] = {}
    names: dict[int, str] = {}
    current = 0
    for row in rows:
        names.setdefault(row.desk_id, str(row.desk))
        lasted = ((row.ended_at or moment) - row.since).total_seconds()
        seconds[row.desk_id] = seconds.get(row.desk_id, 0.0) + max(lasted, 0.0)
        if row.ended_at is None:
            current = row.desk_id
    return [
        Stay(names[desk], lasted, duration(lasted), desk == current)
        for desk, lasted in seconds.items()
    ]


def bars(stays: Sequence[Stay]) -> list[tuple[str, float, str]]:
    """Return the rows of the chart "where is it stuck"."""
    return [(stay.desk, stay.seconds, stay.words) for stay in stays]


def bonds_of(sheet: Sheet) -> dict[str, list[Item]]:
    """Return the files that are linked with, inside, or divisions of this one, where seen."""
    pk = sheet.item.pk
    links = FileLink.objects.filter(Q(one=pk) | Q(other=pk), ended_at__isnull=True)
    linked = {other if one == pk else one for one, other in links.values_list("one", "other")}
    seen = visible_at(sheet.seat).select_related("file")
    wanted = Q(pk__in=linked) | Q(file__inside=pk) | Q(file__of=pk)
    rows = list(seen.filter(wanted).order_by("pk"))
    return {
        "linked": [row for row in rows if row.pk in linked],
        "inside": [row for row in rows if row.file.inside_id == pk],
        "divisions": [row for row in rows if row.file.of_id == pk],
    }


def _seen(sheet: Sheet, notes: Iterable[Note], papers: Iterable[Correspondence]) -> frozenset[int]:
    """Return which of the files and receipts that the page would name this person may see."""
    named: set[int | None] = {paper.receipt_id for paper in papers}
    named |= {flag.other_file_id for note in notes for flag in note.flags.all()}
    named |= {sheet.file.inside_id, sheet.file.of_id}
    wanted = [pk for pk in named if pk is not None]
    if not wanted:
        return frozenset()
    return frozenset(visible_at(sheet.seat).filter(pk__in=wanted).values_list("pk", flat=True))


def _recorded(silent: Question) -> datetime:
    """Return when the silence of an asked desk was recorded."""
    return silent.silent_at or silent.closes_at


def _is_own_green(note: Note, sheet: Sheet) -> bool:
    own = note.by_id == sheet.seat.charge.user_id and note.desk_id == sheet.seat.desk.pk
    return own and note.status == Note.Status.GREEN


def _written(
    notes: Sequence[Note],
    own_last: int | None,
    questions: Sequence[Question],
    silences: list[Question],
) -> list[Written]:
    """Return the notes as they are read; what was recorded before one is taken off ``silences``."""
    told: list[Written] = []
    answered = {one.note_id: one for one in questions if one.note_id}
    count = 0
    for note in notes:
        before = []
        while silences and _recorded(silences[0]) <= (note.sealed_at or note.changed_at):
            before.append(silences.pop(0))
        paragraphs = []
        for text in paragraphs_of(note.text):
            count += 1
            paragraphs.append(Paragraph(count, text))
        told.append(
            Written(
                note,
                paragraphs,
                list(note.flags.all()),
                note.pk == own_last,
                answered.get(note.pk),
                before,
            )
        )
    return told
