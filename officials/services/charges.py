"""Posting, relieving, additional charge and link officers."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.common import clock, formats, registry
from esachivalaya.common.constraints import Refusal, sentence_for, violated
from officials.models import Charge, Post
from officials.permissions import HEADS, appoints
from officials.querysets import ChargeQuerySet
from officials.services.records import lock_post, record_on_post

_OVERLAPS = {"charge_one_head", "charge_once_per_person"}


class ChargeRefused(Refusal):
    """A charge that cannot be given or ended this way."""


class ChargeOverlaps(ChargeRefused):
    """Somebody has this charge already at that time: ``charge`` is theirs."""

    def __init__(self, charge: Charge) -> None:
        super().__init__(_who_has_it(charge), field="starts_at")
        self.charge = charge


@transaction.atomic
def appoint(
    *,
    post: Post,
    user: User,
    kind: str = Charge.Kind.HOLDER,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: User,
) -> Charge:
    """Give ``user`` a charge of ``post`` from ``starts_at`` (now, unless said) to ``ends_at``.

    Only an appointing role does this. One person at a time heads a post, be it as its holder or by
    additional charge: the database decides, and :class:`ChargeOverlaps` names who has it. One
    person holds one post; a second one is an additional charge. Recorded on the post.
    """
    _only_appointing(by)
    now = clock.now()
    starts_at = starts_at or now
    if not (user.is_staff and user.is_active):
        raise ChargeRefused(_("Only active staff can be given a charge."), field="user")
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise ChargeRefused(
            _("The charge must end after it starts, and not before now."), field="ends_at"
        )
    # The post first, then the person: everybody locks in this order, so nobody waits in a circle.
    lock_post(post.pk)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if kind == Charge.Kind.HOLDER:
        _refuse_second_holding(user, post, starts_at, ends_at)
    charge = Charge(
        post=post, user=user, kind=kind, starts_at=starts_at, ends_at=ends_at, given_by=by
    )
    _save(charge)
    record_on_post(post, "charge_given", at=now, by=by, data=_facts(charge))
    registry.charge_passed(post.pk, by)
    return charge


@transaction.atomic
def relieve(*, charge: Charge, ends_at: datetime | None = None, by: User) -> Charge:
    """End ``charge`` at ``ends_at``, or at once: from then on its user acts for the post no more.

    Only an appointing role does this. The past is not rewritten: a charge that has ended stays as
    it was, and none ends before now. A charge that has not begun is taken back whole. A later end
    may run into a successor's charge: then :class:`ChargeOverlaps`. Recorded on the post.
    """
    _only_appointing(by)
    post = lock_post(charge.post_id)
    charge = Charge.objects.select_for_update().select_related("user", "post").get(pk=charge.pk)
    now = clock.now()
    if charge.ends_at is not None and charge.ends_at <= now:
        raise ChargeRefused(
            _("This charge ended on %(day)s already.")
            % {"day": formats.datetime_short(charge.ends_at)}
        )
    if ends_at is not None and ends_at < now:
        raise ChargeRefused(_("A charge cannot end in the past."), field="ends_at")
    ends_at = ends_at or now
    before = charge.ends_at
    if charge.starts_at >= ends_at:
        record_on_post(post, "charge_taken_back", at=now, by=by, data=_facts(charge))
        charge.delete()
        return charge
    charge.ends_at = ends_at
    _save(charge)
    record_on_post(
        post, "charge_ended", at=now, by=by, data={**_facts(charge), "ends_at_before": before}
    )
    registry.charge_passed(post.pk, by)
    return charge


def _only_appointing(by: User) -> None:
    if not appoints(by):
        raise PermissionDenied("Only an appointing role gives and ends charges.")


def _save(charge: Charge) -> None:
    try:
        with transaction.atomic():
            charge.save()
    except IntegrityError as error:
        other = _overlapping(charge) if violated(error) in _OVERLAPS else None
        if other is None:
            raise ChargeRefused(sentence_for(error)) from error
        raise ChargeOverlaps(other) from error


def _overlapping(charge: Charge) -> Charge | None:
    same = Q(user=charge.user, kind=charge.kind)
    if charge.kind in HEADS:
        same |= Q(kind__in=HEADS)
    return (
        _at_the_time_of(charge.starts_at, charge.ends_at)
        .filter(same, post=charge.post)
        .exclude(pk=charge.pk)
        .select_related("user", "post")
        .order_by("starts_at")
        .first()
    )


def _refuse_second_holding(
    user: User, post: Post, starts_at: datetime, ends_at: datetime | None
) -> None:
    other = (
        _at_the_time_of(starts_at, ends_at)
        .filter(user=user, kind=Charge.Kind.HOLDER)
        .exclude(post=post)
        .select_related("post")
        .first()
    )
    if other is not None:
        raise ChargeRefused(
            _("%(name)s holds %(post)s already: give a second post as an additional charge.")
            % {"name": _name(user), "post": _title(other.post)},
            field="kind",
        )


def _at_the_time_of(starts_at: datetime, ends_at: datetime | None) -> ChargeQuerySet:
    found = Charge.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at))
    return found if ends_at is None else found.filter(starts_at__lt=ends_at)


def _who_has_it(charge: Charge) -> str:
    words = {
        "name": _name(charge.user),
        "kind": charge.get_kind_display(),
        "post": _title(charge.post),
        "start": formats.datetime_short(charge.starts_at),
    }
    if charge.ends_at is None:
        return _("%(name)s (%(kind)s) has the charge of %(post)s since %(start)s.") % words
    return _("%(name)s (%(kind)s) has the charge of %(post)s from %(start)s to %(end)s.") % {
        **words,
        "end": formats.datetime_short(charge.ends_at),
    }


def _name(user: User) -> str:
    hindi = formats.chosen_language() == "hi"
    return (user.name_hi if hindi else user.name_en) or user.name_en or user.username


def _title(post: Post) -> str:
    return post.title_hi if formats.chosen_language() == "hi" else post.title_en


def _facts(charge: Charge) -> dict[str, object]:
    return {
        "charge": charge.pk,
        "user": charge.user_id,
        "kind": str(charge.kind),
        "starts_at": charge.starts_at,
        "ends_at": charge.ends_at,
    }
