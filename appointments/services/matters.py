"""What a person has asked for here, for whoever moves or removes the person below."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q

from appointments.models import Action, DrawWish, Request
from appointments.services import links, reminders
from appointments.services.letters import KIND
from esachivalaya.common.clock import now
from esachivalaya.common.registry import Matter

_UNDER_WAY = (Action.Status.OPEN, Action.Status.REPORTED, Action.Status.NOT_DONE)


def of_citizen(pk: int) -> list[Matter]:
    """Return the person's requests and their wishes in draws that are not drawn yet.

    A request is under way while it waits for its answer or its meeting, and while somebody owes
    what was decided in it.
    """
    owed = set(
        Action.objects.filter(outcome__request__citizen_id=pk, status__in=_UNDER_WAY).values_list(
            "outcome__request_id", flat=True
        )
    )
    requests = Request.objects.filter(citizen_id=pk).order_by("pk").only("pk", "status")
    wishes = DrawWish.objects.filter(citizen_id=pk, status=DrawWish.Status.WAITING).order_by("pk")
    return [
        *(Matter(KIND, str(row.pk), row.is_open or row.pk in owed) for row in requests),
        *(Matter(DrawWish._meta.label_lower, str(row.pk), open=True) for row in wishes),
    ]


def active_since(pks: Sequence[int], moment: datetime) -> set[int]:
    """Return who of these people asked for something since ``moment``, or has it under way.

    An answer and a meeting since then count as well, whoever brought them about and where.
    """
    since = Q(created_at__gte=moment) | Q(answered_at__gte=moment) | Q(starts_at__gte=moment)
    open_ = Q(status__in=[Request.Status.REQUESTED, Request.Status.CONFIRMED])
    owed = Q(outcome__actions__status__in=_UNDER_WAY)
    requests = Request.objects.filter(since | open_ | owed, citizen__in=pks)
    wishes = DrawWish.objects.filter(
        Q(made_at__gte=moment) | Q(status=DrawWish.Status.WAITING), citizen__in=pks
    )
    return {
        *requests.order_by().values_list("citizen_id", flat=True),
        *wishes.order_by().values_list("citizen_id", flat=True),
    }


def end_links(pk: int) -> None:
    """End the links in every message about the person: who has them is at another number now.

    Each request and each action that is under way goes on at a new version, whose links are others;
    the reminders that are still to come are written anew, with those.
    """
    rows = list(Request.objects.select_for_update().filter(citizen_id=pk).order_by("pk"))
    open_ = [row for row in rows if row.is_open]
    Request.objects.filter(pk__in=[row.pk for row in open_]).update(version=F("version") + 1)
    Action.objects.filter(outcome__request__in=rows, status__in=_UNDER_WAY).update(
        version=F("version") + 1
    )
    links.revoke_all(rows, at=now())
    confirmed = [row.pk for row in open_ if row.status == Request.Status.CONFIRMED]
    reminders.move_all(KIND, confirmed)
