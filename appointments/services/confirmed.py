"""Confirmed requests as those read them who do something about each: with whom letters name.

Reminders, rooms and whatever else follows when a request is confirmed need the same rows. An act
that confirms many has them already, since it has locked and written them, and lends them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from appointments.models import Request

_lent: ContextVar[Mapping[int, Request]] = ContextVar("lent")


@contextmanager
def lent(requests: Iterable[Request]) -> Iterator[None]:
    """Let :func:`read` find these while this lasts; they stand here as they were just written.

    The caller holds their locks and has read post, citizen, household and user with them.
    """
    before = _lent.set({request.pk: request for request in requests})
    try:
        yield
    finally:
        _lent.reset(before)


def read(pks: Sequence[int]) -> list[Request]:
    """Return those of ``pks`` that are confirmed and have a time, with post, citizen, household."""
    known = _lent.get({})
    if all(pk in known for pk in pks):
        return [request for pk in pks if _has_a_meeting(request := known[pk])]
    rows = Request.objects.filter(
        pk__in=pks, status=Request.Status.CONFIRMED, starts_at__isnull=False, ends_at__isnull=False
    )
    return list(rows.select_related("post", "citizen__household__user"))


def _has_a_meeting(request: Request) -> bool:
    return request.status == Request.Status.CONFIRMED and request.starts_at is not None
