"""Whom a campaign reaches, and why it leaves others out: looked at beforehand, then written down.

One statement sorts the whole cohort; the same one serves the dry run and the start, so that what
the second officer approved is what is done, but for what the donors themselves changed meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import at, day_of, now
from esachivalaya.notifications import templates
from esachivalaya.notifications.models import Channel
from esachivalaya.notifications.segments import segments_of
from plasma.identity import MOST_ON_A_NUMBER
from plasma.models import Campaign, Donor, FunnelCount, Invitation
from plasma.services import funnel, links

BATCH = 1000
# Why somebody is left out, in the order in which it is asked: the first that fits counts.
LEFT_OUT: dict[str, Any] = {
    "erased": _("their data were erased"),
    "stopped": _("want no appeals"),
    "district": _("of another district"),
    "blood_group": _("of another blood group"),
    "crowded": _("a number that was given for more than 8 people"),
    "no_number": _("no number that can be reached"),
    "later": _("not to be asked before a later day"),
    "asked_recently": _("asked by another campaign lately"),
    "no_consent": _("have not agreed to be asked, and no list allows it any more"),
    "invited_already": _("another campaign waits for their answer"),
    "pledged": _("have pledged already"),
}
# "" is: invited.
SORTED = """
WITH members AS (
    SELECT donor.* FROM plasma_donor donor
      JOIN plasma_donor_cohorts member ON member.donor_id = donor.id
     WHERE member.cohort_id = %(cohort)s
), crowded AS MATERIALIZED (
    SELECT phone.phone
      FROM plasma_donorphone phone JOIN plasma_donor living ON living.id = phone.donor_id
     WHERE phone.wrong_at IS NULL AND living.erased_at IS NULL
     GROUP BY phone.phone HAVING count(*) > %(most)s
), reached AS (
    SELECT DISTINCT ON (phone.donor_id) phone.donor_id, phone.phone
      FROM plasma_donorphone phone JOIN members ON members.id = phone.donor_id
     WHERE phone.wrong_at IS NULL
       AND phone.phone NOT IN (SELECT phone FROM crowded)
       AND NOT EXISTS (SELECT FROM notifications_numbermark mark
                        WHERE mark.channel = 'sms' AND mark.address = phone.phone
                          AND mark.until > clock_timestamp())
     ORDER BY phone.donor_id, phone.position
), refused AS (
    -- Whoever has the number wants no appeals; for whom they spoke nobody knows.
    SELECT DISTINCT phone.donor_id
      FROM plasma_donorphone phone JOIN members ON members.id = phone.donor_id
      JOIN notifications_optout optout
        ON optout.channel = 'sms' AND optout.address = phone.phone
     WHERE phone.wrong_at IS NULL
), consent AS (
    SELECT DISTINCT ON (entry.donor_id) entry.donor_id, entry.act
      FROM plasma_consententry entry JOIN members ON members.id = entry.donor_id
     WHERE entry.purpose = 'appeals'
     ORDER BY entry.donor_id, entry.id DESC
)
SELECT members.id, members.given_name, members.language, coalesce(reached.phone, ''),
       CASE
         WHEN members.erased_at IS NOT NULL THEN 'erased'
         WHEN members.stopped_at IS NOT NULL OR consent.act = 'withdrawn'
              OR refused.donor_id IS NOT NULL THEN 'stopped'
         WHEN cardinality(%(districts)s::text[]) > 0
              AND coalesce(district.code, '') <> ALL (%(districts)s::text[]) THEN 'district'
         WHEN cardinality(%(groups)s::text[]) > 0
              AND members.blood_group <> ALL (%(groups)s::text[]) THEN 'blood_group'
         WHEN reached.phone IS NULL
              AND EXISTS (SELECT FROM plasma_donorphone own
                            JOIN crowded ON crowded.phone = own.phone
                           WHERE own.donor_id = members.id AND own.wrong_at IS NULL)
              THEN 'crowded'
         WHEN reached.phone IS NULL THEN 'no_number'
         WHEN members.not_before > %(today)s THEN 'later'
         WHEN members.last_asked_at > %(asked_since)s THEN 'asked_recently'
         -- A list's legal basis carries the first appeal, while the list is kept; each further one
         -- needs consent, and so does every one to who came by themselves.
         WHEN (members.last_asked_at IS NOT NULL OR NOT %(by_law)s)
              AND consent.act IS DISTINCT FROM 'given' THEN 'no_consent'
         WHEN EXISTS (SELECT FROM plasma_invitation open
                       WHERE open.donor_id = members.id
                         AND (open.status = ANY (%(open)s) OR open.campaign_id = %(campaign)s))
              THEN 'invited_already'
         WHEN EXISTS (SELECT FROM plasma_pledge pledge
                       WHERE pledge.donor_id = members.id
                         AND pledge.status = ANY (%(pledged)s)) THEN 'pledged'
         ELSE ''
       END
  FROM members
  LEFT JOIN officials_district district ON district.id = members.district_id
  LEFT JOIN reached ON reached.donor_id = members.id
  LEFT JOIN refused ON refused.donor_id = members.id
  LEFT JOIN consent ON consent.donor_id = members.id
 ORDER BY members.id
"""


@dataclass(frozen=True)
class Reached:
    """Somebody whom a campaign asks, by which number, with a message of how many segments."""

    donor: int
    phone: str
    segments: int


@dataclass(frozen=True)
class Plan:
    """Whom a campaign asks, and how many it leaves out for which reason."""

    reached: list[Reached]
    left_out: dict[str, int]

    @property
    def segments(self) -> int:
        """What all messages together take."""
        return sum(one.segments for one in self.reached)


def plan(campaign: Campaign) -> Plan:
    """Sort the campaign's cohort as it stands now; nothing is written."""
    moment = now()
    asked: dict[str, Any] = {
        "cohort": campaign.cohort_id,
        "campaign": campaign.pk,
        "districts": campaign.districts,
        "groups": campaign.blood_groups,
        "today": day_of(moment),
        "by_law": campaign.cohort is not None and campaign.cohort.carries(day_of(moment)),
        "asked_since": moment - timedelta(days=campaign.not_asked_for_days),
        "most": MOST_ON_A_NUMBER,
        "open": Invitation.OPEN,
        "pledged": ["made", "booked", "arrived"],
    }
    with connection.cursor() as cursor:
        cursor.execute(SORTED, asked)
        rows = cursor.fetchall()
    reached: list[Reached] = []
    left_out: dict[str, int] = {}
    length = _Lengths(campaign)
    for donor, given_name, language, phone, reason in rows:
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
        else:
            reached.append(Reached(donor, phone, length.of(given_name, language)))
    return Plan(reached, left_out)


def write_down(campaign: Campaign, planned: Plan) -> int:
    """Write an invitation for each who is reached, in the caller's transaction; return how many.

    Whoever was invited elsewhere at this very moment is left out: the database allows one open
    invitation for each donor.
    """
    written = 0
    for start in range(0, len(planned.reached), BATCH):
        batch = planned.reached[start : start + BATCH]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO plasma_invitation (campaign_id, donor_id, phone, status, version,
                                               segments, tries_left, message)
                SELECT %s, given.donor, given.phone, 'planned', 1, given.segments, 5, ''
                  FROM unnest(%s::bigint[], %s::text[], %s::int[])
                       AS given (donor, phone, segments)
                    ON CONFLICT DO NOTHING
                """,
                [
                    campaign.pk,
                    [one.donor for one in batch],
                    [one.phone for one in batch],
                    [one.segments for one in batch],
                ],
            )
            written += cursor.rowcount
    funnel.add(campaign, FunnelCount.Step.INVITED, n=written)
    return written


def told_of(campaign: Campaign, planned: Plan, moment: datetime) -> dict[str, object]:
    """Return what a dry run shows: people, messages, segments, cost, duration, who is left out.

    The cost is in paise, by the setting of what a segment costs. The last message goes about
    ``finishes_at`` if the campaign starts at ``moment``, counted at its pace within its hours; ""
    when that is after its end, and then ``in_time`` of the messages go.
    """
    finishes_at = finish_of(campaign, planned.segments, moment)
    in_time = sum(one.segments for one in planned.reached)
    if finishes_at is None:
        in_time = segments_until(campaign, campaign.ends_at, moment)
    return {
        "people": len(planned.reached),
        "numbers": len({one.phone for one in planned.reached}),
        "messages": len(planned.reached),
        "segments": planned.segments,
        "cost_paise": planned.segments * settings.SMS_SEGMENT_PAISE,
        "minutes": ceil(planned.segments / campaign.pace),
        "finishes_at": finishes_at.isoformat() if finishes_at else "",
        "segments_in_time": min(in_time, planned.segments),
        "left_out": planned.left_out,
    }


def windows(campaign: Campaign, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the times in which the campaign asks, from ``moment`` to its end."""
    first, last = settings.APPEAL_HOURS
    opens, closes = max(first, campaign.first_hour), min(last, campaign.last_hour)
    day = day_of(moment)
    while opens < closes and at(day, opens) < campaign.ends_at:
        start = max(at(day, opens), moment)
        end = min(at(day, closes), campaign.ends_at)
        if start < end:
            yield start, end
        day += timedelta(days=1)


def segments_until(campaign: Campaign, until: datetime, moment: datetime) -> int:
    """Return how many segments go at the campaign's pace from ``moment`` to ``until``."""
    seconds = sum(
        max((min(end, until) - start).total_seconds(), 0.0)
        for start, end in windows(campaign, moment)
    )
    return int(seconds * campaign.pace / 60)


def finish_of(campaign: Campaign, segments: int, moment: datetime) -> datetime | None:
    """Return when the last of ``segments`` goes, or None when the campaign ends before."""
    left = timedelta(seconds=segments * 60 / campaign.pace)
    for start, end in windows(campaign, moment):
        if start + left <= end:
            return start + left
        left -= end - start
    return None


def segments_for(campaign: Campaign, donor: Donor) -> int:
    """Return how many segments the campaign's message to ``donor`` takes."""
    return _Lengths(campaign).of(donor.given_name, donor.language)


class _Lengths:
    """How many segments a campaign's message takes: worked out once for each name and language."""

    def __init__(self, campaign: Campaign) -> None:
        self.words = templates.newest(campaign.template)[Channel.SMS]
        self.link = links.sample()
        self.known: dict[tuple[str, str], int] = {}

    def of(self, given_name: str, language: str) -> int:
        """Return the segments of the message to somebody of this name."""
        key = (given_name, language)
        if key not in self.known:
            values = {"name": given_name, "donor_link": self.link}
            _subject, body = templates.render(self.words, values, language)
            self.known[key] = segments_of(body)
        return self.known[key]
