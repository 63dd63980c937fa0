"""Writing messages into the outbox in the transaction of the act they tell of; taking them back."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import QuerySet

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications import nudge, templates
from esachivalaya.notifications.models import Channel, Message, MessageClass
from esachivalaya.notifications.segments import segments_of


@dataclass(frozen=True)
class Recipient:
    """Where and how one person is reached. Empty ``phone`` or ``email``: not by that road."""

    phone: str = ""
    email: str = ""
    language: str = "hi"


@dataclass(frozen=True)
class Letter:
    """A message to be written: ``event`` and the address make its unique key.

    ``values`` fill the placeholders of the template ``template``; a value may be a plain string or
    a pair in Hindi and English, ``{"hi": …, "en": …}``. One row is written per channel for which
    both the template and the recipient's address exist.
    """

    event: str
    template: str
    to: Recipient
    values: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    subject_kind: str = ""
    subject_id: str = ""
    not_before: datetime | None = None
    expires_at: datetime | None = None
    # On what an appeal stands: a consent, or the recorded legal basis of its cohort.
    basis: str = ""


# One array for each column: however many messages there are, the database reads one statement of
# the same length.
INSERT = """
INSERT INTO notifications_message (
    key, channel, klass, status, template_id, "to", language, subject, body, segments,
    subject_kind, subject_id, due_at, expires_at, callback_token, basis,
    attempts, provider_id, problem
)
SELECT key, channel, klass, 'queued', template_id, reader, language, subject, body, segments,
       subject_kind, subject_id, COALESCE(not_before, clock_timestamp()), expires_at,
       callback_token, basis, 0, '', ''
  FROM unnest(
       %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[],
       %s::text[], %s::int[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
       %s::text[], %s::text[]
  ) AS given (key, channel, klass, template_id, reader, language, subject, body, segments,
              subject_kind, subject_id, not_before, expires_at, callback_token, basis)
ON CONFLICT (key) DO NOTHING
"""


def post(letters: Iterable[Letter]) -> list[Message]:
    """Write ``letters`` into the outbox and return the rows that were written.

    Guarantees, in one statement: each message is rendered once, in its reader's language, from the
    newest words; a message about the same event to the same address that was written before is not
    written again; it exists if and only if the caller's transaction commits. After the commit the
    workers are nudged, which neither fails nor delays the caller. An unknown template, a missing
    value, or an appeal without a basis is a programming error (ValueError) and nothing is written.
    """
    columns = _columns(letters)
    if not columns:
        return []
    written = list(Message.objects.raw(INSERT + "RETURNING *", columns))
    _nudge(message.klass for message in written)
    return written


def post_all(letters: Iterable[Letter]) -> int:
    """Write many ``letters`` as :func:`post` does, and return how many messages that made.

    The rows are not read back: a sweep writes thousands and looks at none.
    """
    columns = _columns(letters)
    if not columns:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(INSERT + "RETURNING klass", columns)
        lanes = [klass for (klass,) in cursor.fetchall()]
    _nudge(lanes)
    return len(lanes)


def _columns(letters: Iterable[Letter]) -> list[list[object]]:
    """Return the messages that ``letters`` make, as one list for each column of the statement."""
    rows = [row for letter in letters for row in _rows(letter)]
    return [list(column) for column in zip(*rows, strict=True)]


def _nudge(lanes: Iterable[str]) -> None:
    for lane in sorted(set(lanes)):
        transaction.on_commit(partial(nudge.wake, lane), robust=True)


@transaction.atomic
def cancel(*, subject_kind: str, subject_id: str, templates: Iterable[str]) -> int:
    """Take back what is not yet being sent about a subject; returns how many messages that was.

    For reminders of a meeting that was moved or cancelled. A message on its way, or one of which
    nobody knows whether it went out, cannot be taken back, but it is not sent a second time.
    """
    return cancel_all(subject_kind=subject_kind, subject_ids=[subject_id], templates=templates)


@transaction.atomic
def cancel_all(*, subject_kind: str, subject_ids: Iterable[str], templates: Iterable[str]) -> int:
    """Take back what waits about many subjects, as :func:`cancel` does for one."""
    about = Message.objects.filter(
        subject_kind=subject_kind,
        subject_id__in=list(subject_ids),
        template__key__in=list(templates),
    )
    return _take_back(about)


@transaction.atomic
def cancelled_of(
    *, subject_kind: str, subject_ids: Iterable[str], templates: Iterable[str]
) -> set[str]:
    """Take back what is not at the provider yet about many subjects; return whose that was.

    A message that a worker has claimed is taken back too: its call is not made. One that is on its
    way is not sent a second time, should the provider refuse it now; its subject is not among those
    returned.
    """
    every = Message.objects.filter(
        subject_kind=subject_kind,
        subject_id__in=list(subject_ids),
        template__key__in=list(templates),
    )
    about = every.filter(status__in=[*Message.WAITING, Message.Status.CLAIMED])
    # Locked first: what a worker begins to send meanwhile is no longer among them.
    rows = dict(about.select_for_update(of=("self",)).values_list("pk", "subject_id"))
    _take_back(every)
    return set(rows.values())


@transaction.atomic
def forget_about(*, subject_kind: str, subject_ids: Iterable[str]) -> int:
    """Take back what waits about subjects that are erased, and wipe what was sent about them.

    Words, number and secret go; the figures stay. What is on its way is wiped in its time by the
    ordinary retention. Returns how many messages were taken back.
    """
    about = Message.objects.filter(subject_kind=subject_kind, subject_id__in=list(subject_ids))
    taken_back = _take_back(about)
    on_its_way = [Message.Status.CLAIMED, Message.Status.SENDING, Message.Status.UNKNOWN]
    about.filter(redacted_at__isnull=True).exclude(status__in=on_its_way).update(
        subject="", body="", to="", callback_token="", redacted_at=ClockTimestamp()
    )
    return taken_back


def take_back_from(phone: str) -> int:
    """Take back what waits for a number that is somebody else's by now; returns how many.

    Codes stay: they were asked for by whoever has the number. What is on its way cannot be taken
    back, but it is not sent a second time.
    """
    theirs = Message.objects.filter(channel=Channel.SMS, to=phone, klass=MessageClass.TRANSACTIONAL)
    return _take_back(theirs)


def redirect(*, old: str, new: str, subjects: Iterable[tuple[str, str]]) -> int:
    """Write what waits for ``old`` about ``subjects`` to ``new`` instead; returns how many.

    For a person whose messages go to another phone from now on. Each message is one message all
    the same: the old row is taken back, and the new one has the key that the event has at the new
    number, so that the event told again makes no second one. What is on its way already is not
    sent a second time. What officers are told stays with the officers.
    """
    ids: dict[str, list[str]] = {}
    for kind, subject_id in subjects:
        ids.setdefault(kind, []).append(subject_id)
    moved = 0
    for kind, of_kind in ids.items():
        theirs = Message.objects.filter(
            channel=Channel.SMS, to=old, subject_kind=kind, subject_id__in=of_kind
        ).exclude(template__key__startswith="office_")
        waiting = theirs.filter(status__in=[*Message.WAITING, Message.Status.CLAIMED])
        # Under lock: what a worker begins to send meanwhile must not be written anew.
        rows = list(waiting.select_for_update(of=("self",)))
        _take_back(theirs)
        fresh = Message.objects.bulk_create(
            [_to_another_number(row, old, new) for row in rows], ignore_conflicts=True
        )
        moved += len(fresh)
        _nudge(row.klass for row in rows)
    return moved


def _to_another_number(row: Message, old: str, new: str) -> Message:
    return Message(
        key=row.key.removesuffix(_digest_of(old)) + _digest_of(new),
        channel=row.channel,
        klass=row.klass,
        template_id=row.template_id,
        to=new,
        language=row.language,
        body=row.body,
        segments=row.segments,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        basis=row.basis,
        due_at=row.due_at,
        expires_at=row.expires_at,
        callback_token=secrets.token_urlsafe(24),
    )


def _take_back(rows: QuerySet[Message]) -> int:
    """Cancel what of ``rows`` is not yet being sent; what is on its way is worthless from now."""
    taken_back: int = rows.filter(status__in=[*Message.WAITING, Message.Status.CLAIMED]).update(
        status=Message.Status.CANCELLED, lease_until=None, finished_at=ClockTimestamp()
    )
    rows.filter(
        status__in=[Message.Status.SENDING, Message.Status.UNKNOWN, Message.Status.DEAD]
    ).update(expires_at=ClockTimestamp())
    return taken_back


def _rows(letter: Letter) -> Iterator[tuple[object, ...]]:
    language = "en" if letter.to.language == "en" else "hi"
    newest = templates.newest(letter.template)
    addresses = {Channel.SMS: letter.to.phone, Channel.EMAIL: letter.to.email}
    for channel, address in addresses.items():
        words = newest.get(channel)
        if not words or not address:
            continue
        if words.klass == MessageClass.APPEAL and not letter.basis:
            raise ValueError(f"The appeal {letter.event!r} stands on no consent or legal basis.")
        subject, body = templates.render(words, letter.values, language)
        sms = channel == Channel.SMS
        yield (
            key_of(letter.event, channel, address),
            channel.value,
            words.klass,
            words.pk,
            address,
            language,
            "" if sms else subject,
            body,
            segments_of(body) if sms else 0,
            letter.subject_kind,
            letter.subject_id,
            letter.not_before,
            letter.expires_at,
            secrets.token_urlsafe(24),
            letter.basis,
        )


def key_of(event: str, channel: str, address: str) -> str:
    """Return the unique key of the message about ``event`` to ``address``."""
    key = f"{event}:{channel}:{_digest_of(address)}"
    if not event or len(key) > 160:
        raise ValueError(f"The event {event!r} is empty or too long for a message's key.")
    return key


def _digest_of(address: str) -> str:
    """Return the part of a message's key that stands for the address."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:32]
