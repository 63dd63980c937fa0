"""Putting up a notice of the State, changing it and taking it back."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal, friendly_constraints
from esachivalaya.common.formats import datetime_short
from esachivalaya.pages import notices
from esachivalaya.pages.models import Notice
from esachivalaya.pages.permissions import may_notice

FIELDS = "kind words_hi words_en still_works_hi still_works_en starts_at ends_at".split()


@transaction.atomic
def save_notice(*, notice: Notice, by: User) -> Notice:
    """Save a new or changed notice; only who sets the portal up does this.

    What is over is not rewritten, and what has begun keeps its beginning. The portal is closed by
    one notice at a time: another one that overlaps is refused and named. Recorded with the values
    before.
    """
    _only_set_up(by)
    # One after the other: two that overlap would each see only themselves.
    wait_for_turn("notices")
    now = clock.now()
    stored = Notice.objects.select_for_update().filter(pk=notice.pk).first() if notice.pk else None
    _refuse_the_past(notice, stored, now)
    _refuse_overlap(notice)
    if stored is None:
        notice.made_by = by
    with friendly_constraints():
        notice.save()
    changes = _changes(stored, notice)
    if stored is not None and not changes:
        return notice
    act = "notice_changed" if stored else "notice_added"
    record(notice, act, at=now, by=by, data={"changes": changes}, new=stored is None)
    transaction.on_commit(notices.forget)
    return notice


@transaction.atomic
def remove_notice(*, notice: Notice, by: User) -> None:
    """Take back a notice that was never shown; one that was is ended, not removed."""
    _only_set_up(by)
    wait_for_turn("notices")
    now = clock.now()
    stored = Notice.objects.select_for_update().get(pk=notice.pk)
    if stored.starts_at <= now:
        raise Refusal(_("This notice was shown already. End it instead of removing it."))
    record(stored, "notice_removed", at=now, by=by, data={"was": _values(stored)})
    stored.delete()
    transaction.on_commit(notices.forget)


def _only_set_up(by: User) -> None:
    if not may_notice(by):
        raise PermissionDenied("Only who sets the portal up puts up notices.")


def _refuse_the_past(notice: Notice, stored: Notice | None, now: datetime) -> None:
    if notice.ends_at <= notice.starts_at:
        raise Refusal(_("A notice must end after it starts."), field="ends_at")
    if stored is not None and stored.ends_at <= now:
        raise Refusal(_("This notice is over. Put up a new one."))
    if stored is not None and stored.starts_at <= now and notice.starts_at != stored.starts_at:
        raise Refusal(_("This notice is shown already: only its end can move."), field="starts_at")
    if stored is None and notice.ends_at <= now:
        raise Refusal(_("A notice ends in the future."), field="ends_at")


def _refuse_overlap(notice: Notice) -> None:
    if notice.kind != Notice.Kind.CLOSED:
        return
    other = (
        Notice.objects.filter(
            kind=Notice.Kind.CLOSED, starts_at__lt=notice.ends_at, ends_at__gt=notice.starts_at
        )
        .exclude(pk=notice.pk)
        .order_by("starts_at")
        .first()
    )
    if other is not None:
        raise Refusal(
            _("The portal is closed already from %(start)s to %(end)s, by another notice.")
            % {"start": datetime_short(other.starts_at), "end": datetime_short(other.ends_at)},
            field="starts_at",
        )


def _values(notice: Notice) -> dict[str, str]:
    return {name: str(getattr(notice, name)) for name in FIELDS}


def _changes(stored: Notice | None, notice: Notice) -> dict[str, dict[str, str | None]]:
    before: dict[str, str] = _values(stored) if stored else {}
    return {
        name: {"before": before.get(name), "after": value}
        for name, value in _values(notice).items()
        if before.get(name) != value
    }
