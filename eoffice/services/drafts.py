"""Drafts for approval: every version is kept, an officer approves, any later edit voids it.

Who has the file writes and decides, at the desk where it lies. Source: domain rules of e-Office,
"Draft for approval".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from eoffice.models import (
    Addressee,
    Approval,
    Correspondent,
    DeliveryMode,
    Desk,
    Draft,
    DraftVersion,
    File,
    Item,
    LetterTemplate,
    Movement,
    Rank,
    Receipt,
)
from eoffice.permissions import Seat
from eoffice.services import letter_entries, letter_templates
from eoffice.services.locking import in_hand
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from esachivalaya.common.words import tidy
from officials.models import Department

Act = Movement.Act
Status = Draft.Status
LONGEST = 60_000
# In these the words may still be written anew; from the issue on they are what left the office.
OPEN = {Status.BEING_WRITTEN, Status.PUT_UP, Status.RETURNED, Status.APPROVED, Status.SIGNED}


@dataclass(frozen=True)
class NewDraft:
    """What a desk enters of a letter that is to be approved."""

    form: str
    language: str
    signatory: Desk
    subject: str
    body: str
    template: LetterTemplate | None = None
    reply_to: Receipt | None = None
    to: tuple[Correspondent, ...] = ()
    copies: tuple[Correspondent, ...] = ()
    # How it goes to whom, by the key of the correspondent; by post where nothing is said.
    modes: Mapping[int, str] | None = None


@on_deadlock
@transaction.atomic
def write(*, file: File, desk: Desk, by: User, new: NewDraft) -> Draft:
    """Begin a draft on a file that lies at ``desk``, with its first version."""
    item, _holding, seat = in_hand(file.pk, desk=desk, by=by)
    _open_file(item)
    _fits(seat, new)
    letterhead = ""
    if new.template is not None:
        letterhead, _words = letter_templates.begun(new.template, file=file, seat=seat)
    last = Draft.objects.filter(file=file).aggregate(found=Max("ordinal"))["found"]
    draft = Draft.objects.create(
        file=file,
        ordinal=(last or 0) + 1,
        form=new.form,
        language=new.language,
        template=new.template,
        letterhead=letterhead[:600],
        reply_to=new.reply_to,
        signatory=new.signatory,
        made_by=by,
        made_at_desk=desk,
    )
    _next_version(draft, seat, new.subject, new.body)
    _address(draft, new.to, new.copies, new.modes or {})
    return draft


@on_deadlock
@transaction.atomic
def edit(*, draft: Draft, desk: Desk, by: User, version: int, subject: str, body: str) -> Draft:
    """Write the next version of a draft. An approval that stands is void from this moment.

    ``version`` is that of the draft as the page showed it: raises Overtaken when somebody wrote
    meanwhile. The same words again make no version and void nothing.
    """
    row, seat = held(draft, desk=desk, by=by, version=version)
    if row.status not in OPEN:
        raise Refused("issued", _("It was issued or discarded: its words stay as they are."))
    latest = latest_of(row)
    if (latest.subject, latest.body) == _tidied(subject, body):
        return row
    _next_version(row, seat, subject, body)
    return _rewritten(row, seat)


@on_deadlock
@transaction.atomic
def address(
    *,
    draft: Draft,
    desk: Desk,
    by: User,
    version: int,
    to: tuple[Correspondent, ...],
    copies: tuple[Correspondent, ...] = (),
    modes: Mapping[int, str] | None = None,
) -> Draft:
    """Say anew to whom it goes, and how. Other readers are an edit: an approval is void then.

    ``modes`` says by the key of the correspondent how it goes, by post where it says nothing. Who
    goes on reading the same letter in another way is no edit: the words were approved, not the
    stamp.
    """
    row, seat = held(draft, desk=desk, by=by, version=version)
    if row.status not in OPEN:
        raise Refused("issued", _("It was issued or discarded: its words stay as they are."))
    before = _readers(row)
    Addressee.objects.filter(draft=row).delete()
    _address(row, to, copies, modes or {})
    if _readers(row) != before:
        return _rewritten(row, seat)
    # A page that was shown before shows other ways: it acts no more.
    row.version += 1
    row.save(update_fields=["version"])
    return row


@on_deadlock
@transaction.atomic
def put_up(*, draft: Draft, desk: Desk, by: User, version: int) -> Draft:
    """Put a draft up for approval; it goes up with its file."""
    row, seat = held(draft, desk=desk, by=by, version=version)
    _may(row, Status.BEING_WRITTEN, Status.RETURNED)
    if not row.addressees.filter(copy=False).exists():
        raise Refused("no_addressee", _("Say to whom the letter goes."), field="to")
    letter_entries.of_draft(row, Act.DRAFT_PUT_UP, version=latest_of(row), seat=seat, at=now())
    return move(row, to=Status.PUT_UP, words="")


@on_deadlock
@transaction.atomic
def give_back(*, draft: Draft, desk: Desk, by: User, version: int, words: str) -> Draft:
    """Return a draft that was put up, with what is to be mended."""
    row, seat = held(draft, desk=desk, by=by, version=version)
    _may(row, Status.PUT_UP)
    why = tidy(words).strip()[:500]
    if len(why) < 5:
        raise Refused("words", _("Write what is to be mended."), field="words")
    letter_entries.of_draft(
        row, Act.DRAFT_RETURNED, version=latest_of(row), seat=seat, at=now(), words=why
    )
    return move(row, to=Status.RETURNED, words=why)


@on_deadlock
@transaction.atomic
def approve(*, draft: Draft, desk: Desk, by: User, version: int) -> Draft:
    """Approve the latest version, as an officer at Section Officer or above."""
    row, seat = held(draft, desk=desk, by=by, version=version)
    if not may_approve(seat):
        raise Refused("rank", _("A draft is approved by a Section Officer or above."))
    _may(row, Status.PUT_UP)
    latest, moment = latest_of(row), now()
    approval = Approval.objects.create(version=latest, desk=desk, by=by, at=moment)
    letter_entries.of_draft(
        row, Act.DRAFT_APPROVED, version=latest, seat=seat, at=moment, approval=approval
    )
    return move(row, to=Status.APPROVED)


@on_deadlock
@transaction.atomic
def discard(*, draft: Draft, desk: Desk, by: User, version: int) -> Draft:
    """Discard a draft that nobody approved; its versions stay."""
    row, _seat = held(draft, desk=desk, by=by, version=version)
    _may(row, Status.BEING_WRITTEN, Status.RETURNED)
    return move(row, to=Status.DISCARDED)


def may_approve(seat: Seat) -> bool:
    """Whether the person in this seat approves drafts."""
    return seat.is_officer and seat.desk.rank >= Rank.SECTION_OFFICER


def latest_of(draft: Draft) -> DraftVersion:
    """Return the version that counts."""
    return DraftVersion.objects.filter(draft=draft).order_by("-number")[0]


def approval_of(draft: Draft) -> Approval | None:
    """Return the approval that stands for the latest version, or None."""
    found = Approval.objects.filter(version__draft=draft, voided_at__isnull=True)
    approval = found.select_related("version", "desk__post", "by").first()
    return approval if approval and approval.version == latest_of(draft) else None


def templates_for(department: Department) -> list[LetterTemplate]:
    """Return the templates in use in a department: its own first, then those of every one."""
    found = LetterTemplate.objects.filter(active=True)
    found = found.filter(Q(department=department) | Q(department__isnull=True))
    return sorted(found, key=lambda one: (one.department_id is None, one.form, one.language))


def held(draft: Draft, *, desk: Desk, by: User, version: int) -> tuple[Draft, Seat]:
    """Return a draft, locked after its file, at the desk that has the file, as the page showed it.

    Raises what :func:`eoffice.services.locking.in_hand` raises, and Overtaken.
    """
    item, _holding, seat = in_hand(draft.file_id, desk=desk, by=by)
    _open_file(item)
    row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if row.version != version:
        raise Overtaken(row)
    return row, seat


def _rewritten(row: Draft, seat: Seat) -> Draft:
    """Void what was approved; whoever put it up puts it up again."""
    moment = now()
    stood = Approval.objects.filter(version__draft=row, voided_at__isnull=True).order_by("pk")
    if voids := list(stood.values_list("pk", flat=True)):
        Approval.objects.filter(pk__in=voids).update(voided_at=moment)
        latest = latest_of(row)
        letter_entries.of_draft(
            row, Act.APPROVAL_VOIDED, version=latest, seat=seat, at=moment, voids=voids
        )
    if row.status == Status.BEING_WRITTEN:
        row.version += 1
        row.save(update_fields=["version"])
        return row
    return move(row, to=Status.BEING_WRITTEN)


def _next_version(draft: Draft, seat: Seat, subject: str, body: str) -> DraftVersion:
    subject, body = _tidied(subject, body)
    if not subject or not body.strip():
        raise Refused("empty", _("Write subject and text first."), field="body")
    if len(body) > LONGEST or len(subject) > 500:
        raise Refused("too_long", _("A letter has at most 60,000 characters."), field="body")
    last = draft.versions.aggregate(found=Max("number"))["found"]
    return DraftVersion.objects.create(
        draft=draft,
        number=(last or 0) + 1,
        subject=subject,
        body=body,
        digest=letter_entries.words_digest(subject, body),
        desk=seat.desk,
        by=seat.charge.user,
        at=now(),
    )


def _tidied(subject: str, body: str) -> tuple[str, str]:
    return " ".join(tidy(subject).split()), tidy(body.replace("\r\n", "\n")).rstrip()


def _address(
    draft: Draft,
    to: tuple[Correspondent, ...],
    copies: tuple[Correspondent, ...],
    modes: Mapping[int, str],
) -> None:
    seen: set[int] = set()
    for copy, people in ((False, to), (True, copies)):
        for position, person in enumerate(people):
            if person.department_id != draft.made_at_desk.section.department_id:
                raise Refused("addressee", _("Choose from your department's list."), field="to")
            if person.pk in seen:
                continue
            seen.add(person.pk)
            mode = modes.get(person.pk, DeliveryMode.POST)
            if mode == DeliveryMode.EMAIL and not person.email:
                words = _("No e-mail address of %(name)s is known. Choose another way.")
                raise Refused("no_email", words % {"name": person.name})
            Addressee.objects.create(
                draft=draft, correspondent=person, copy=copy, position=position, mode=mode
            )
    Correspondent.objects.filter(pk__in=seen).update(used_at=now())


def _readers(draft: Draft) -> list[tuple[bool, int]]:
    """Return who reads it as the letter names them, in their order."""
    rows = Addressee.objects.filter(draft=draft)
    return list(rows.values_list("copy", "correspondent_id"))


def _fits(seat: Seat, new: NewDraft) -> None:
    department = seat.desk.section.department_id
    template = new.template
    if template and template.department_id not in {None, department}:
        raise Refused("template", _("This template is not in use here."), field="template")
    if new.signatory.section.department_id != department or new.signatory.closed_at:
        raise Refused(
            "signatory", _("Choose who signs from your department's desks."), field="signatory"
        )


def _open_file(item: Item) -> None:
    if item.status not in {Item.Status.OPEN, Item.Status.CLOSE_PROPOSED}:
        raise Refused("closed", _("The file is closed. Reopen it first."))


def _may(row: Draft, *statuses: str) -> None:
    if row.status not in statuses:
        words = _("This is not possible now. The draft is: %(status)s.")
        raise Refused("status", words % {"status": row.get_status_display()})
