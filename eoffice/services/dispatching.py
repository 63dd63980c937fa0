"""Dispatch: an issued letter goes to each of its readers, by the desk itself or by the registry.

Each sending is a row of the register with a number of its own, without gaps. What came back is
sent again as another sending; the first stays as it was. Source: domain rules, "Dispatch".
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing as links
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from eoffice.models import Addressee, Desk, Dispatch, Draft, Issue, Movement
from eoffice.permissions import Seat, visible_at
from eoffice.services import letter_entries, numbers
from eoffice.services.issuing import address_of
from eoffice.services.locking import locked, seated
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.formats import date_short
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from esachivalaya.common.words import tidy
from esachivalaya.notifications.services import Letter, Recipient, post

Act, Mode, Status = Movement.Act, Dispatch.Mode, Dispatch.Status
SALT = "eoffice-letter"
LINK_DAYS = 90
NOT_BY_POST = _("It does not go by post.")
CHANGED = _("It was sent or given back meanwhile.")
UNSIGNED = _("This letter has no digital signature. Send it so only if it is signed on paper.")


@on_deadlock
@transaction.atomic
def send(
    *,
    issue: Issue,
    addressee: Addressee,
    desk: Desk,
    by: User,
    mode: str,
    registry: Desk | None = None,
    tracking: str = "",
    unsigned: bool = False,
    again_of: Dispatch | None = None,
) -> Dispatch:
    """Send an issued letter to one of its readers; with ``registry``, hand it there to be sent.

    The desk that issued it sends it. An unsigned letter is sent only by who was warned of it.
    """
    draft, seat = _sender(issue, desk, by)
    if addressee.draft_id != draft.pk:
        raise Refused("addressee", _("The letter does not go to this reader."), field="addressee")
    if not issue.certificate and not unsigned:
        raise Refused("unsigned", UNSIGNED, field="unsigned")
    person = addressee.correspondent
    if mode == Mode.EMAIL and not person.email:
        raise Refused("no_email", _("No e-mail address of this reader is known."), field="mode")
    if registry is not None and not (registry.registry and registry.closed_at is None):
        raise Refused("registry", _("Choose a Central Registry Unit."), field="registry")
    under_way = issue.dispatches.filter(correspondent=person).exclude(
        status__in=[Status.RETURNED, Status.CANCELLED]
    )
    if under_way.exists():
        raise Refused("sent", _("It was sent to this reader already."), field="addressee")
    row = Dispatch.objects.create(
        issue=issue,
        mode=mode,
        correspondent=person,
        to_address=person.email if mode == Mode.EMAIL else address_of(person)[:500],
        by_registry=registry is not None,
        registry=registry or desk,
        tracking=tracking.strip()[:40],
        again_of=again_of,
    )
    if registry is None:
        return _sent(row, seat)
    letter_entries.of_sending(row, Act.WITH_REGISTRY, seat=seat, at=now())
    return row


@on_deadlock
@transaction.atomic
def send_to_all(
    *, issue: Issue, desk: Desk, by: User, registry: Desk | None = None, unsigned: bool = False
) -> list[Dispatch]:
    """Send an issued letter to every reader whom it did not go to yet, each in the way noted.

    All of them or none: what one of them refuses sends to nobody.
    """
    draft, _seat_there = _sender(issue, desk, by)
    told = issue.dispatches.exclude(status__in=[Status.RETURNED, Status.CANCELLED])
    left = draft.addressees.exclude(correspondent_id__in=told.values("correspondent_id"))
    readers = list(left.select_related("correspondent"))
    if not readers:
        raise Refused("sent", _("It was sent to every reader already."))
    more: dict[str, Any] = {"registry": registry, "unsigned": unsigned}
    return [
        send(issue=issue, addressee=one, desk=desk, by=by, mode=one.mode, **more) for one in readers
    ]


def of_issue(issue: Issue) -> list[Dispatch]:
    """Return every sending of an issued letter, the first one first."""
    rows = Dispatch.objects.filter(issue=issue).select_related("registry__post", "correspondent")
    return list(rows.order_by("pk"))


@on_deadlock
@transaction.atomic
def send_waiting(
    *, dispatch: Dispatch, desk: Desk, by: User, version: int, tracking: str = ""
) -> Dispatch:
    """Send what was handed to this registry."""
    row, seat = _at(dispatch, desk, by, version)
    _may(row, Status.WAITING)
    row.tracking = tracking.strip()[:40]
    return _sent(row, seat)


@on_deadlock
@transaction.atomic
def cancel(*, dispatch: Dispatch, desk: Desk, by: User, version: int, words: str) -> Dispatch:
    """Give back what waits at this registry unsent, with the reason."""
    row, seat = _at(dispatch, desk, by, version)
    _may(row, Status.WAITING)
    return _ended(row, Status.CANCELLED, Act.NOT_SENT, seat, words=_reason(words))


@on_deadlock
@transaction.atomic
def delivered(
    *, dispatch: Dispatch, desk: Desk, by: User, version: int, proof: str = ""
) -> Dispatch:
    """Record that it was delivered, with the number of what proves it."""
    row, seat = _at(dispatch, desk, by, version)
    _may(row, Status.SENT)
    return _ended(row, Status.DELIVERED, Act.DELIVERED, seat, proof=tidy(proof)[:60])


@on_deadlock
@transaction.atomic
def came_back(*, dispatch: Dispatch, desk: Desk, by: User, version: int, words: str) -> Dispatch:
    """Record that it came back undelivered, and why; it can be sent again."""
    row, seat = _at(dispatch, desk, by, version)
    _may(row, Status.SENT)
    return _ended(row, Status.RETURNED, Act.CAME_BACK, seat, words=_reason(words))


@on_deadlock
@transaction.atomic
def send_again(
    *, dispatch: Dispatch, desk: Desk, by: User, mode: str, tracking: str = ""
) -> Dispatch:
    """Send what came back once more, to the address as it is known now; a row of its own."""
    row = Dispatch.objects.select_related("issue", "correspondent").get(pk=dispatch.pk)
    locked([row.issue.draft.file_id])
    seat = _seat(desk, by)
    if row.registry_id != desk.pk:
        raise PermissionDenied
    _may(row, Status.RETURNED)
    if row.again.exists():
        raise Refused("sent", _("It was sent again already."))
    person = row.correspondent
    if mode == Mode.EMAIL and not person.email:
        raise Refused("no_email", _("No e-mail address of this reader is known."), field="mode")
    again = Dispatch.objects.create(
        issue=row.issue,
        mode=mode,
        correspondent=person,
        to_address=person.email if mode == Mode.EMAIL else address_of(person)[:500],
        by_registry=row.by_registry,
        registry=desk,
        tracking=tracking.strip()[:40],
        again_of=row,
    )
    return _sent(again, seat)


def token_of(dispatch: Dispatch) -> str:
    """Return the secret of the link by which the reader of an e-mail fetches the letter."""
    return links.dumps(dispatch.pk, salt=SALT, compress=False)


def by_token(token: str) -> Dispatch | None:
    """Return what was sent under this link, for so many days, or None."""
    try:
        pk = links.loads(token, salt=SALT, max_age=LINK_DAYS * 86_400)
    except links.BadSignature:
        return None
    found = Dispatch.objects.filter(pk=pk, mode=Mode.EMAIL, sent_at__isnull=False)
    return found.select_related("issue__stored").first()


def _sent(row: Dispatch, seat: Seat) -> Dispatch:
    moment = now()
    row = move(
        row,
        to=Status.SENT,
        number=numbers.dispatch_number(seat.desk, moment),
        sent_at=moment,
        sent_by=seat.charge.user,
        tracking=row.tracking,
    )
    act = Act.SENT_AGAIN if row.again_of_id else Act.SENT
    letter_entries.of_sending(row, act, seat=seat, at=moment)
    if row.mode == Mode.EMAIL:
        _mail(row)
    _when_all_sent(row.issue)
    return row


def _ended(row: Dispatch, to: str, act: str, seat: Seat, **told: str) -> Dispatch:
    """Say what became of a sending, in the register and in the chain of its file."""
    moment = now()
    row = move(row, to=to, ended_at=moment, **told)
    letter_entries.of_sending(row, act, seat=seat, at=moment)
    return row


def _mail(row: Dispatch) -> None:
    """A link, never the letter itself: what goes by mail stays readable where it lies."""
    issue = row.issue
    assert row.sent_at is not None
    last = row.sent_at + timedelta(days=LINK_DAYS - 1)
    path = reverse("eoffice:letter-by-link", args=[token_of(row)])
    post(
        [
            Letter(
                event=f"eoffice-dispatch:{row.pk}",
                template="letter_sent",
                to=Recipient(email=row.to_address, language=issue.draft.language),
                values={
                    "letter_number": issue.number,
                    "department": issue.signatory_post,
                    "until": {"hi": date_short(last, "hi"), "en": date_short(last, "en")},
                    "link": settings.PUBLIC_URL + path,
                },
                subject_kind="eoffice.dispatch",
                subject_id=str(row.pk),
            )
        ]
    )


def _when_all_sent(issue: Issue) -> None:
    """The draft is dispatched once each of its readers was sent the letter."""
    draft = Draft.objects.select_for_update(of=("self",)).get(pk=issue.draft_id)
    gone = issue.dispatches.filter(sent_at__isnull=False).values("correspondent_id")
    left = draft.addressees.exclude(correspondent_id__in=gone)
    if draft.status == Draft.Status.ISSUED and not left.exists():
        move(draft, to=Draft.Status.DISPATCHED)


def _sender(issue: Issue, desk: Desk, by: User) -> tuple[Draft, Seat]:
    """Return the draft of an issue, its file locked, at a desk that sends it out."""
    draft = Draft.objects.select_related("file").get(pk=issue.draft_id)
    locked([draft.file_id])
    seat = _seat(desk, by)
    seen = visible_at(seat).filter(pk=draft.file_id).exists()
    if not seen or desk.pk not in {issue.desk_id, draft.made_at_desk_id}:
        raise PermissionDenied
    return draft, seat


def _at(dispatch: Dispatch, desk: Desk, by: User, version: int) -> tuple[Dispatch, Seat]:
    """Return a row of this desk's register, locked after its file, as the page showed it."""
    locked([dispatch.issue.draft.file_id])
    seat = _seat(desk, by)
    rows = Dispatch.objects.select_for_update(of=("self",)).select_related("issue__draft")
    row = rows.get(pk=dispatch.pk)
    if row.registry_id != desk.pk:
        raise PermissionDenied
    if row.version != version:
        raise Overtaken(row)
    return row, seat


def _seat(desk: Desk, by: User) -> Seat:
    seat = seated(by, desk)
    if seat is None:
        raise PermissionDenied
    return seat


def _may(row: Dispatch, status: str) -> None:
    if row.status != status:
        words = _("This is not possible now. The dispatch is: %(status)s.")
        raise Refused("status", words % {"status": row.get_status_display()})


def _reason(words: str) -> str:
    reason = tidy(words).strip()[:300]
    if len(reason) < 3:
        raise Refused("words", _("Write why, in a few words."), field="words")
    return reason
