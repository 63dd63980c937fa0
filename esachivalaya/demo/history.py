"""What happened before the demo was made: requests of the last weeks, with their whole record.

The services act now; the audit record they write cannot be dated back, since nobody may change it.
So what lies in the past is written here as the services would have written it then: the row, the
time it held, and each act at its own moment. What is still to come is done by the services
themselves, in present.py.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from psycopg2.extras import DateTimeTZRange

from appointments.models import Breach, Hold, LadderStep, Offer, Request
from appointments.services import ladder, pins
from appointments.services.booking import due_time
from appointments.services.outcomes import KIND
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock, registry
from esachivalaya.common.clock import day_of
from esachivalaya.common.references import new_reference
from esachivalaya.common.slots import Span
from esachivalaya.demo.casting import Casting, NobodyLeft, Part
from esachivalaya.demo.matters import CANCELLED, DECLINED
from officials.models import Post

Status = Request.Status
# With its reference it opens any request of the demo; printed with the sign-ins.
PIN = "202020"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# The rule acts within a minute of the due time.
SWEPT = timedelta(seconds=40)


@dataclass
class Life:
    """One request and what became of it, to be written in the order in which it happened."""

    part: Part
    row: Request
    acts: list[tuple[datetime, str, User | None, dict[str, Any]]] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    breach: Breach | None = None
    freed_at: datetime | None = None
    # Who was reminded before the answer came, by user id.
    told: list[int] = field(default_factory=list)

    def act(self, at: datetime, name: str, by: User | None, **data: Any) -> None:
        self.acts.append((at, name, by, data))

    def answer(self, at: datetime, status: str, **fields: Any) -> None:
        """Set what the row says after its answer."""
        self.row.status, self.row.answered_at, self.row.next_reminder_at = status, at, None
        for name, value in fields.items():
            setattr(self.row, name, value)

    def close(self, at: datetime, status: str, by: User | None, **data: Any) -> None:
        """End the request, which frees its time unless the meeting was due."""
        self.row.status, self.row.closed_at, self.row.next_reminder_at = status, at, None
        self.row.answered_at = self.row.answered_at or at
        if status not in {Status.MET, Status.MISSED_BY_CITIZEN, Status.MISSED_BY_OFFICE}:
            self.freed_at = at
        self.act(at, status, by, **data)


class History:
    """Writes the past of the demo; each method one sort of life."""

    def __init__(self, casting: Casting) -> None:
        self.casting, self.random = casting, casting.random
        self.now = casting.moment

    # --- beginnings ------------------------------------------------------------------------------
    def begin(
        self, part: Part, slot: Span | None, created: datetime, *, channel: str = "own_phone"
    ) -> Life:
        """Return a life that begins with a request made at ``created``."""
        matter, due = part.matter, due_time(created, slot)
        row = Request(
            reference=new_reference(),
            pin_hash=pins.hash_of(PIN),
            post=part.post,
            citizen=part.citizen,
            phone=part.citizen.household.phone or "",
            made_by=part.user if channel == Request.Channel.OWN_PHONE else None,
            channel=channel,
            kind=Request.Kind.SLOT if slot else Request.Kind.OPEN,
            category=self.casting.categories[matter.category],
            subject=matter.subject,
            sought=matter.sought,
            description=matter.description,
            language=matter.language,
            other_times_ok=self.random.random() < 0.4,
            starts_at=slot.start if slot else None,
            ends_at=slot.end if slot else None,
            asked_starts_at=slot.start if slot else None,
            created_at=created,
            due_at=due,
            next_reminder_at=ladder.first_reminder(created, due),
        )
        life = Life(part, row, told=[user.pk for user in self.casting.officers(part.post)])
        told = {"post": part.post.code, "starts_at": row.starts_at, "due_at": due}
        life.act(created, "requested", row.made_by, **told)
        return life

    def _over(self, **wanted: Any) -> tuple[Life, Span]:
        """Begin a life whose slot is over by now, asked for two to nine days before it."""
        part = self.casting.part(**wanted)
        slot = self.casting.past_slot(part.post, latest=self.now - 30 * MINUTE)
        return self.begin(part, slot, self._some_days_before(slot), channel=self._channel()), slot

    def _ahead(self, **wanted: Any) -> tuple[Life, Span]:
        """Begin a life whose slot is to come and whose answer was due before now."""
        part = self.casting.part(open_=True, **wanted)
        slot = self.casting.coming_slot(part.post, earliest=self.now + 2 * HOUR, soon=True)
        created = self.now - timedelta(hours=self.random.uniform(25, 60))
        return self.begin(part, slot, created), slot

    def _some_days_before(self, slot: Span) -> datetime:
        return slot.start - timedelta(hours=self.random.uniform(30, 200))

    def _channel(self) -> str:
        kendra = self.random.random() < 0.2
        return Request.Channel.KENDRA if kendra else Request.Channel.OWN_PHONE

    def _in_time(self, row: Request) -> datetime:
        """Return a moment before the due time at which an office would answer, by day if it can."""
        at = row.created_at + (row.due_at - row.created_at) * self.random.betavariate(1.6, 2.6)
        day, minutes = day_of(at), timedelta(minutes=self.random.uniform(0, 100))
        by_day = (
            clock.at(day, time(9)) + minutes,
            clock.at(day, time(16)) + minutes,
            clock.at(day + timedelta(days=1), time(9)) + minutes,
        )
        if by_day[0] <= at <= by_day[1]:
            return at
        possible = [one for one in by_day if row.created_at + 10 * MINUTE < one < row.due_at]
        return min(possible, key=lambda one: abs(one - at), default=at)

    # --- answers ---------------------------------------------------------------------------------
    def confirmed(self, life: Life) -> Life:
        """Let the office confirm in time."""
        at = self._in_time(life.row)
        by = self.casting.answerer(life.part.post)
        life.answer(at, Status.CONFIRMED, confirmed_by=Request.ConfirmedBy.OFFICE)
        life.act(at, "confirmed", by, starts_at=life.row.starts_at)
        return life

    def met(self) -> None:
        self._ended(Status.MET)

    def missed_by_citizen(self) -> None:
        self._ended(Status.MISSED_BY_CITIZEN)

    def missed_by_office(self) -> None:
        self._ended(Status.MISSED_BY_OFFICE)

    def _ended(self, status: str) -> None:
        life, slot = self._over()
        self.confirmed(life)
        at = min(slot.end + self.random.uniform(1, 25) * MINUTE, self.now)
        life.close(at, status, self.casting.answerer(life.part.post))
        write(life)

    def begun(self, part: Part | None = None) -> None:
        """Write a confirmed meeting whose time has begun and whose outcome nobody recorded yet."""
        part = part or self.casting.part(open_=True)
        slot = self.casting.past_slot(part.post, latest=self.now, newest=True)
        write(self.confirmed(self.begin(part, slot, self._some_days_before(slot))))

    def coming(self) -> None:
        """Write a meeting of today or the next open day, confirmed yesterday."""
        life, _slot = self._ahead()
        write(self.confirmed(life))

    def declined(self) -> None:
        life, _slot = self._over()
        language = life.row.language
        words = self.random.choice([one for one in DECLINED if one[1] == language])
        at, go_to = self._in_time(life.row), None
        if words[0] == Request.DeclineReason.OTHER_OFFICE:
            go_to = self.casting.other_office(life.part.post)
        by = self.casting.answerer(life.part.post)
        life.answer(at, Status.DECLINED, decline_reason=words[0], words=words[2], go_to=go_to)
        data = {"reason": words[0], "words": words[2], "go_to": go_to.code if go_to else ""}
        life.close(at, Status.DECLINED, by, **data)
        write(life)

    def withdrawn(self) -> None:
        life, _slot = self._over()
        life.close(self._in_time(life.row), Status.WITHDRAWN, life.part.user)
        write(life)

    def cancelled_by_citizen(self) -> None:
        life, slot = self._over()
        self.confirmed(life)
        life.close(self._before(life, slot), Status.CANCELLED_BY_CITIZEN, life.part.user)
        write(life)

    def cancelled_by_office(self) -> None:
        life, slot = self._over()
        self.confirmed(life)
        words = self.random.choice([text for code, text in CANCELLED if code == life.row.language])
        life.row.words = words
        at, by = self._before(life, slot), self.casting.answerer(life.part.post)
        life.close(at, Status.CANCELLED_BY_OFFICE, by, words=words)
        write(life)

    def _before(self, life: Life, slot: Span) -> datetime:
        answered = life.row.answered_at or life.row.created_at
        return answered + (slot.start - answered) * self.random.uniform(0.2, 0.9)

    # --- the rule --------------------------------------------------------------------------------
    def allotted(self) -> None:
        """Write a meeting that the rule confirmed and that was held."""
        life, slot = self._over(policy=Post.AtDueTime.ALLOT)
        self._by_rule(life, Breach.Outcome.ALLOTTED, "allotted", life.part.post)
        at = min(slot.end + 5 * MINUTE, self.now)
        life.close(at, Status.MET, self.casting.answerer(life.part.post))
        write(life)

    def allotted_and_coming(self) -> None:
        """Write a meeting that the rule confirmed and that is to come."""
        life, _slot = self._ahead(policy=Post.AtDueTime.ALLOT)
        self._by_rule(life, Breach.Outcome.ALLOTTED, "allotted", life.part.post)
        write(life)

    def released(self) -> None:
        """Write a request that a minister's or legislator's office let lapse."""
        life, _slot = self._over(policy=Post.AtDueTime.RELEASE)
        at = life.row.due_at + SWEPT
        life.breach = Breach(
            post=life.part.post,
            due_at=life.row.due_at,
            outcome=Breach.Outcome.RELEASED,
            recorded_at=at,
        )
        life.close(at, Status.RELEASED, None)
        write(life)

    def handed_down(self) -> None:
        """Write a request to the Chief Minister that the post below received, and met."""
        part = self.casting.part(policy=Post.AtDueTime.HAND_DOWN)
        below = next(
            (post for post in self.casting.posts if post.pk == part.post.hand_down_to_id), None
        )
        if below is None:
            raise NobodyLeft
        slot = self.casting.past_slot(below, latest=self.now - HOUR)
        created = slot.start - timedelta(hours=self.random.uniform(30, 80))
        life = self.begin(part, None, created)
        life.row.hand_down_agreed = True
        life.row.starts_at, life.row.ends_at = slot.start, slot.end
        self._by_rule(life, Breach.Outcome.HANDED_DOWN, "handed_down", below)
        life.row.post = below
        life.close(slot.end + 5 * MINUTE, Status.MET, self.casting.answerer(below))
        write(life)

    def offer_lapsed(self) -> None:
        """Write an offer that nobody answered: the time first asked for was confirmed."""
        life, slot = self._over(policy=Post.AtDueTime.ALLOT)
        row, offered_at = life.row, self._in_time(life.row)
        other = Span(slot.start + timedelta(days=1), slot.end + timedelta(days=1))
        by = self.casting.answerer(life.part.post)
        at = row.due_at + SWEPT
        life.offers.append(
            Offer(
                status=Offer.Status.LAPSED,
                starts_at=other.start,
                ends_at=other.end,
                offered_by=by,
                offered_at=offered_at,
                expires_at=row.due_at,
                answered_at=at,
            )
        )
        life.act(offered_at, "offered", by, starts_at=other.start, until=row.due_at)
        life.answer(at, Status.CONFIRMED, confirmed_by=Request.ConfirmedBy.RULE)
        life.act(at, "offer_lapsed", None, starts_at=row.starts_at)
        life.close(min(slot.end + 5 * MINUTE, self.now), Status.MET, by)
        write(life)

    def _by_rule(self, life: Life, outcome: str, act: str, to: Post) -> None:
        row, owing = life.row, life.part.post
        at = row.due_at + SWEPT
        life.breach = Breach(post=owing, due_at=row.due_at, outcome=outcome, recorded_at=at)
        life.answer(at, Status.CONFIRMED, confirmed_by=Request.ConfirmedBy.RULE)
        told = {"from": owing.code, "to": to.code, "due_at": row.due_at}
        life.act(at, act, None, starts_at=row.starts_at, **told)

    # --- what still waits ------------------------------------------------------------------------
    def waiting(self, left: timedelta, *, part: Part | None = None, open_: bool = False) -> None:
        """Write a request with ``left`` until its due time; less than nothing: overdue."""
        part = part or self.casting.part(open_=True)
        slot = None
        if not open_:
            earliest = self.now + timedelta(hours=30)
            slot = self.casting.coming_slot(part.post, earliest=earliest)
        created = self.now + left - timedelta(hours=24)
        life = self.begin(part, slot, created)
        if slot is None:
            life.row.unsuitable_parts = [Request.PartOfDay.MORNING]
            life.row.unsuitable_weekdays = [self.random.randrange(0, 5)]
        if part.post.at_due_time == Post.AtDueTime.HAND_DOWN:
            life.row.hand_down_agreed = self.random.random() < 0.7
        write(life)


def write(life: Life) -> None:
    """Write the request, what it held, what it breached, and its record in order."""
    row = life.row
    row.version = 1 + sum(name not in {"requested", "reminded"} for _at, name, _by, _d in life.acts)
    row.save(force_insert=True)
    if row.starts_at is not None:
        Hold.objects.create(
            post=row.post,
            during=DateTimeTZRange(row.starts_at, row.ends_at),
            request=row,
            purpose=Hold.Purpose.ASKED,
            own_phone=row.channel == Request.Channel.OWN_PHONE,
            taken_at=row.created_at,
            released_at=life.freed_at,
        )
    for offer in life.offers:
        offer.request = row
    Offer.objects.bulk_create(life.offers)
    if life.breach is not None:
        life.breach.request = row
        life.breach.save(force_insert=True)
    if row.answered_at is not None:
        _climb(life, row.answered_at)
    for place, (at, name, by, data) in enumerate(sorted(life.acts, key=lambda one: one[0])):
        post_code = "" if name in {"requested", "reminded"} else row.post.code
        moment = at.astimezone(UTC)
        record(row, name, at=moment, by=by, post_code=post_code, data=data, new=place == 0)
    if row.status == Status.CONFIRMED:
        registry.confirmed(KIND, row.pk)


def _climb(life: Life, answered_at: datetime) -> None:
    """Note the reminders that went before the answer came."""
    steps = []
    for at, rung in ladder.schedule(life.row.created_at, life.row.due_at):
        if at < answered_at:
            steps.append(LadderStep(request=life.row, rung=rung, taken_at=at, told=life.told))
            life.act(at, "reminded", None, rung=rung, told=life.told)
    LadderStep.objects.bulk_create(steps)
