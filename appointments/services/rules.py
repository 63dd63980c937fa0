"""The booking rules that hold for one person, one phone and one operator.

Source: domain rules of appointments. Each refusal names its rule and says when it ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen
from esachivalaya.common.clock import day_bounds, day_of
from officials.models import Post

OPEN_PER_PERSON = 3
PER_PHONE_A_DAY = 10
PER_OPERATOR_A_DAY = 150
# A booking system that was not answered in time gives a second try first: for this long.
PRIORITY_LASTS = timedelta(days=14)


# Written out, since composing it anew for each request cost more than all of PostgreSQL's work.
STANDING = """
SELECT count(*) FILTER (WHERE mine AND status IN ('requested', 'confirmed')),
       count(*) FILTER (WHERE here AND status IN ('requested', 'confirmed')),
       max(starts_at) FILTER (WHERE here AND status = 'met'),
       count(*) FILTER (WHERE today AND phone = %(phone)s AND phone <> ''),
       count(*) FILTER (WHERE today AND made_by_id = %(operator)s),
       max(created_at) FILTER (
           WHERE here AND status = 'released' AND closed_at >= %(priority_since)s
       ),
       max(created_at) FILTER (WHERE here AND status <> 'released')
  FROM (
    SELECT *, citizen_id = %(citizen)s AS mine,
           citizen_id = %(citizen)s AND post_id = %(post)s AS here,
           created_at >= %(today)s AS today
      FROM appointments_request
     WHERE citizen_id = %(citizen)s
        OR (phone = %(phone)s AND phone <> '' AND created_at >= %(today)s)
        OR (made_by_id = %(operator)s AND created_at >= %(today)s)
  ) AS looked_at
"""


@dataclass(frozen=True)
class Standing:
    """What counts for and against a new request."""

    open_in_all: int
    open_at_post: int
    last_met: datetime | None
    today_by_phone: int
    today_by_operator: int
    last_released: datetime | None
    last_other: datetime | None

    @property
    def has_priority(self) -> bool:
        """Whether the office let this person's last request lapse, and none came since."""
        return self.last_released is not None and (
            self.last_other is None or self.last_other < self.last_released
        )


def standing_of(
    citizen: Citizen, post: Post, *, phone: str, operator_id: int | None, moment: datetime
) -> Standing:
    """Read the standing in one query; the caller holds the citizen's row lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            STANDING,
            {
                "citizen": citizen.pk,
                "post": post.pk,
                "phone": phone,
                "operator": operator_id,
                "today": day_bounds(day_of(moment))[0],
                "priority_since": moment - PRIORITY_LASTS,
            },
        )
        found = cursor.fetchone()
    return Standing(*found)


def check_standing(standing: Standing, post: Post, *, moment: datetime) -> None:
    """Refuse what the rules forbid (:class:`Refused`).

    Priority lifts the caps of the day, since the second request is the office's doing.
    """
    if standing.open_at_post:
        raise Refused(
            "one_open_per_post",
            _(
                "This person already has an open request with this office. "
                "It can be changed or withdrawn under “My appointments”."
            ),
        )
    if standing.open_in_all >= OPEN_PER_PERSON:
        raise Refused(
            "open_per_person",
            _(
                "This person has three open requests, which is the most at one time. "
                "A new one can be made when one of them is answered or withdrawn."
            ),
        )
    if standing.last_met is not None:
        until = standing.last_met + timedelta(days=post.pause_days)
        if moment < until:
            raise Refused(
                "pause",
                _("This person met this office recently. A new meeting can be asked for later."),
                until=until,
            )
    if standing.has_priority:
        return
    tomorrow = day_bounds(day_of(moment))[1]
    if standing.today_by_phone >= PER_PHONE_A_DAY:
        raise Refused(
            "phone_cap",
            _("Ten requests were made from this mobile number today, which is the most in a day."),
            until=tomorrow,
        )
    if standing.today_by_operator >= PER_OPERATOR_A_DAY:
        raise Refused(
            "operator_cap",
            _("This operator has reached the number of requests that one can make in a day."),
            until=tomorrow,
        )
