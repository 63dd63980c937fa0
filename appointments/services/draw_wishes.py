"""Taking part in a draw, and taking the wish back before the close."""

import dataclasses
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Draft, Draw, DrawWish, Request
from appointments.models.fairness import PREFIX
from appointments.services import closing, draw_letters, pins, rules
from appointments.services.booking import Wish, lock_person
from appointments.services.offered import check_service
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.audit.services import record
from esachivalaya.common import idempotency
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.references import new_reference
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from officials.models import Post

FORM = "appointments.draw_wish"
# A wish taken back can be made anew, so often in all: codes are no thing to shop for, and each
# wish is a message.
MOST_WISHES = 3


@dataclass(frozen=True)
class TakenPart:
    """A wish in a draw. ``pin`` is known this one time; a repeated form gets None."""

    code: str
    pin: str | None
    moment: datetime | None


def take_part(
    *, draw: Draw, wish: Wish, by: User | None, channel: str, principal: str, key: str
) -> TakenPart:
    """Put ``wish`` into the draw; what was typed stays in its draft until then.

    Guarantees: the window is open by the database's time, looked at while the draw is locked
    against being drawn; one wish per person, made anew twice at most; nobody with an open request
    at the post, nor within the pause after a meeting, takes part; message and audit in the same
    transaction; the same ``key`` acts once. Raises :class:`Refused`, and ``KeyMisused`` for a key
    of another wish.
    """
    try:
        return _take_part(draw.pk, wish, by, channel, principal=principal, key=key)
    except idempotency.AlreadySent as earlier:
        return TakenPart(earlier.result, None, None)


@on_deadlock
@transaction.atomic
def _take_part(
    draw_id: int, wish: Wish, by: User | None, channel: str, *, principal: str, key: str
) -> TakenPart:
    if wish.draft is None:
        raise ValueError("A wish in a draw is kept in its draft.")
    code, pin = new_reference(PREFIX), pins.new_pin()
    digest = idempotency.digest_of({"draw": draw_id, "wish": wish.digest()})
    idempotency.claim(principal=principal, form=FORM, key=key, digest=digest, result=code)
    closing.refuse_if_closed()
    check_service(wish.service_id)
    own_phone = channel == Request.Channel.OWN_PHONE
    draw = _locked_draw(draw_id)
    citizen = lock_person(wish.citizen_id, owner=by if own_phone else None)
    moment = _check_open(draw)
    if wish.post.pk != draw.post_id:
        raise ValueError("A wish goes into a draw of its own office.")
    _check(draw, wish, citizen, moment=moment)
    row = DrawWish(
        draw=draw,
        code=code,
        pin_hash=pins.hash_of(pin),
        citizen=citizen,
        phone=citizen.household.phone or "",
        channel=channel,
        made_by=by,
        draft=wish.draft,
        made_at=moment,
    )
    _insert(row)
    _keep_draft(wish.draft)
    told = {"draw": draw.pk, "code": code}
    record(row, "draw_wish_made", at=moment, by=by, post_code=draw.post.code, data=told, new=True)
    draw_letters.send([draw_letters.received(row)])
    return TakenPart(code, pin, moment)


def _locked_draw(pk: int) -> Draw:
    """Lock the draw so that many can take part at once and none while it is drawn.

    Before the person's row, in the order in which the draw itself takes its locks.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM appointments_draw WHERE id = %s FOR SHARE", [pk])
    return Draw.objects.select_related("post").get(pk=pk)


def _check_open(draw: Draw) -> datetime:
    """Refuse outside the window; return the database's time after the waits."""
    moment = now()
    if not draw.takes_wishes(moment) or not draw.post.active:
        raise Refused(
            "draw_not_open",
            _("Wishes for this draw can be made only in its window, which is not open now."),
        )
    return moment


def _check(draw: Draw, wish: Wish, citizen: Citizen, *, moment: datetime) -> None:
    if wish.private:
        raise Refused(
            "draw_private",
            _(
                "A wish in a draw cannot be private, since its code and rank are published. "
                "Take the tick away, or ask for any time instead."
            ),
        )
    if DrawWish.objects.filter(draw=draw, citizen=citizen).count() >= MOST_WISHES:
        raise Refused(
            "draw_often",
            _("This person took part in this draw and took the wish back three times: no more."),
        )
    check_person(draw.post, citizen, moment=moment)


def check_person(post: Post, citizen: Citizen, *, moment: datetime) -> None:
    """Refuse who may not ask this office: an open request with it, or the pause after a meeting.

    Asked again when the wish is drawn. The number of open requests elsewhere does not count: a wish
    binds nobody yet. The caller holds the person's row.
    """
    standing = rules.standing_of(citizen, post, phone="", operator_id=None, moment=moment)
    rules.check_standing(
        dataclasses.replace(standing, open_in_all=standing.open_at_post), post, moment=moment
    )


def _insert(row: DrawWish) -> None:
    try:
        with transaction.atomic(savepoint=False):
            row.save(force_insert=True)
    except IntegrityError as problem:
        if "draw_wish_once" in str(problem):
            raise Refused(
                "draw_once", _("This person takes part in this draw already: one wish each.")
            ) from problem
        raise


def _keep_draft(draft: Draft) -> None:
    """Take the draft away from its browser: it opens to nobody and waits for the draw."""
    Draft.objects.filter(pk=draft.pk).update(
        owner_digest=secrets.token_hex(32), changed_at=ClockTimestamp()
    )


@on_deadlock
@transaction.atomic
def take_back(*, wish: DrawWish, by: User | None) -> DrawWish:
    """Take the wish out of the draw, before the close; what was typed is removed with the sweep.

    A wish that was drawn or taken back meanwhile raises :class:`Overtaken`.
    """
    draw = _locked_draw(wish.draw_id)
    row = DrawWish.objects.select_for_update().get(pk=wish.pk)
    if row.status != DrawWish.Status.WAITING:
        raise Overtaken(row)
    moment = _check_open(draw)
    move(row, to=DrawWish.Status.WITHDRAWN, draft=None)
    record(row, "draw_wish_taken_back", at=moment, by=by, post_code=draw.post.code)
    return row
