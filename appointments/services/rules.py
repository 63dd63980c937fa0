"""The booking rules that hold for one person, one phone and one operator.

Source: domain rules of appointments. Each refusal names its rule and says when it ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from appointments.models import Request, Waiver
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen
from esachivalaya.common.clock import day_bounds, day_of
from officials.models import Post

OPEN_PER_PERSON = 3
PER_PHONE_A_DAY = 10
PER_OPERATOR_A_DAY = 150
# A booking system that was not answered in time gives a second try first: for this long.
PRIORITY_LASTS = timedelta(days=14)

# Said in the same words whichever of these rules it is, so that others of the household do not
# learn of a private request that it is there, what for, or when.
NOT_AT_PRESENT = _(
    "This person cannot ask this office at present. A person can have one open request with an "
    "office and three in all, and after a meeting there is a pause, which the office can waive. "
    "With the reference and PIN of the person’s own requests, “Track” shows until when."
)

# Written out, since composing it anew for each request cost more than all of PostgreSQL's work.
STANDING = """
SELECT count(*) FILTER (WHERE mine AND status IN ('requested', 'confirmed')),
       count(*) FILTER (WHERE here AND status IN ('requested', 'confirmed')),
       max(starts_at) FILTER (WHERE here AND status = 'met'),
       count(*) FILTER (WHERE today AND phone = %(phone)s AND phone <> ''),
       count(*) FILTER (WHERE today AND made_by_id = %(operator)s),
       max(created_at) FILTER (
           WHERE here AND owed AND closed_at >= %(priority_since)s
       ),
       max(created_at) FILTER (WHERE here AND NOT owed),
       coalesce(bool_or(private) FILTER (
           WHERE mine AND status IN ('requested', 'confirmed')
       ), false),
       max(starts_at) FILTER (WHERE here AND status = 'met' AND private),
       (SELECT id FROM appointments_waiver
         WHERE citizen_id = %(citizen)s AND post_id = %(post)s AND used_by_id IS NULL)
  FROM (
    SELECT *, citizen_id = %(citizen)s AS mine,
           citizen_id = %(citizen)s AND post_id = %(post)s AS here,
           created_at >= %(today)s AS today,
           -- Let lapse or missed by the office, or called off by a change of its diary. A meeting
           -- given for a missed one is still owed when its time did not suit.
           status IN ('released', 'missed_by_office') OR decline_reason = 'closed'
               OR (follows_id IS NOT NULL AND status IN ('withdrawn', 'cancelled_by_citizen'))
               OR (status = 'cancelled_by_office' AND priority) AS owed
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
    # A private request is nobody else's business: what it forbids is said without naming it.
    open_private: bool = False
    last_met_in_private: datetime | None = None
    # The unused waiver of the pause that the office gave, if any.
    waiver_id: int | None = None

    def pause_until(self, post: Post) -> datetime | None:
        """Return the end of the pause after the last held meeting; None without a meeting.

        Whoever the office let go unanswered after that meeting was let in by it before.
        """
        if self.last_met is None or self.has_priority:
            return None
        return self.last_met + timedelta(days=post.pause_days)

    def needs_waiver(self, post: Post, *, moment: datetime) -> bool:
        """Whether only a waiver lets this person ask now."""
        until = self.pause_until(post)
        return until is not None and moment < until

    @property
    def has_priority(self) -> bool:
        """Whether the office owes this person a meeting, and none was asked for since."""
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


def lock_operator(pk: int) -> None:
    """Let the requests of one operator be counted one at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR NO KEY UPDATE", [pk])


def check_standing(standing: Standing, post: Post, *, moment: datetime) -> None:
    """Refuse what the rules forbid (:class:`Refused`).

    Priority lifts the caps of the day, since the second request is the office's doing.
    """
    if standing.open_at_post:
        raise Refused("one_open_per_post", NOT_AT_PRESENT)
    if standing.open_in_all >= OPEN_PER_PERSON:
        if standing.open_private:
            raise Refused("open_per_person", NOT_AT_PRESENT)
        raise Refused(
            "open_per_person",
            _(
                "This person has three open requests, which is the most at one time. "
                "A new one can be made when one of them is answered or withdrawn."
            ),
        )
    if standing.waiver_id is None and standing.needs_waiver(post, moment=moment):
        if standing.last_met == standing.last_met_in_private:
            raise Refused("pause", NOT_AT_PRESENT)
        raise Refused(
            "pause",
            _(
                "This person met this office recently, and there is a pause after a meeting. "
                "For a good reason the office can let somebody ask before it ends."
            ),
            until=standing.pause_until(post),
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


def use_waiver(pk: int, request: Request) -> None:
    """Use the waiver up for ``request``; the person's lock lets no second one have it."""
    if Waiver.objects.filter(pk=pk, used_by=None).update(used_by=request) != 1:
        raise Refused("pause", NOT_AT_PRESENT)


def use_any_waiver(request: Request) -> None:
    """Use up an unused waiver of this person and post, for a meeting that is given without asking.

    The caller holds the person's row.
    """
    Waiver.objects.filter(
        citizen_id=request.citizen_id, post_id=request.post_id, used_by=None
    ).update(used_by=request)
