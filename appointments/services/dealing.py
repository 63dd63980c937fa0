"""Doing with each victim of a diary change what the office chose for it.

All of it or nothing: the caller's transaction is undone when any problem is returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.diary import span_of
from appointments.models import Request
from appointments.services import letters, links
from appointments.services.calling_off import call_off, take_offer_back
from appointments.services.free_time import FreeTime
from appointments.services.moving import Move, carry_out, release
from appointments.services.victims import CANCEL, LINK, MOVE, POST, SUCCESSOR, Victim, Ways
from esachivalaya.accounts.models import User
from esachivalaya.common.constraints import violated
from esachivalaya.common.registry import Dealing
from esachivalaya.common.slots import Span
from esachivalaya.notifications.services import Letter
from officials.models import Post

Status = Request.Status
LEAST_WORDS = 10
ASKED_THERE = gettext_lazy("This person already has an open request with that office.")


def problems_with(victims: Sequence[Victim], ways: Ways, dealing: Dealing) -> dict[str, str]:
    """Return, by key, why what was chosen cannot be done; an empty dict when all can be tried."""
    found = {victim.key: _problem(victim, ways, dealing) for victim in victims}
    return {key: words for key, words in found.items() if words}


def deal(
    victims: Sequence[Victim], ways: Ways, dealing: Dealing, *, moment: datetime
) -> dict[str, str]:
    """Deal with ``victims``, whose requests and days the caller has locked, as ``dealing`` says.

    Returns, by key, why one could not be dealt with. Each citizen gets one message.
    """
    act = _Act(dealing.by, dealing.words.strip(), moment, ways)
    chosen = [(victim, dealing.of(victim.key)) for victim in victims]
    with links.written_together():
        act.take_offers_back([victim for victim, _code in chosen if victim.is_offer])
        others = [(victim, code) for victim, code in chosen if not victim.is_offer]
        act.cancel([victim.request for victim, code in others if code == CANCEL])
        act.move([(victim, code) for victim, code in others if code != CANCEL])
        letters.send(act.letters)
    return act.problems


def _problem(victim: Victim, ways: Ways, dealing: Dealing) -> str:
    code = dealing.of(victim.key)
    if victim.is_offer:
        return ""
    if code == CANCEL and len(dealing.words.strip()) < LEAST_WORDS:
        return _("Write at least 10 characters to the citizen, to say why.")
    if code in {known for known, _words in ways.of(victim)}:
        return ""
    if code == MOVE and victim.request.pk in ways.bumped:
        return _("The office moved this one before. Nobody is moved to another time twice.")
    if code == MOVE:
        return _("It has no time to move, or its office can no longer be met.")
    if code == LINK:
        return _("No link officer of this office has an office of their own.")
    return _("This cannot be chosen here. Please choose another way.")


@dataclass
class _Act:
    by: User
    words: str
    moment: datetime
    ways: Ways
    problems: dict[str, str] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    _free: dict[int, FreeTime] = field(default_factory=dict)

    def take_offers_back(self, victims: Sequence[Victim]) -> None:
        """End the offers of closed time; the time first asked for stays held."""
        dealt = {one.request.pk for one in self.ways.victims if not one.is_offer}
        for victim in victims:
            row, hold = victim.request, victim.hold
            assert hold is not None
            self.letters += take_offer_back(
                row,
                starts_at=span_of(hold.during).start,
                by=self.by,
                words=self.words,
                moment=self.moment,
                # Who hears of another change of the same request hears of that one only.
                tell=row.pk not in dealt,
            )

    def cancel(self, rows: Sequence[Request]) -> None:
        """Call meetings off and decline what waits, with the office's words."""
        self.letters += call_off(rows, by=self.by, words=self.words, moment=self.moment)

    def move(self, chosen: Sequence[tuple[Victim, str]]) -> None:
        """Find every one its new time or office, then move them all in one act."""
        rows = [victim.request for victim, _code in chosen]
        release(rows, moment=self.moment)
        taken = _open_elsewhere(rows)
        moves = []
        for victim, code in chosen:
            move = self._moved(victim, code, taken)
            if move is not None:
                moves.append(move)
        if not self.problems:
            self._carry_out(moves)

    def _carry_out(self, moves: Sequence[Move]) -> None:
        """Do them all; who asked the other office at this very moment is a problem, no error."""
        try:
            with transaction.atomic():
                carry_out(moves, by=self.by, words=self.words, moment=self.moment)
        except IntegrityError as error:
            if violated(error) != "request_one_open_per_post":
                raise
            taken = _open_elsewhere([move.request for move in moves])
            for move in moves:
                if (move.request.citizen_id, move.post.pk) in taken:
                    self.problems[Victim(move.request, None).key] = str(ASKED_THERE)
            if not self.problems:
                raise

    def _moved(self, victim: Victim, code: str, taken: set[tuple[int, int]]) -> Move | None:
        row = victim.request
        posts = self._posts(row, code)
        free = [
            post
            for post in posts
            if post.pk == row.post_id or (row.citizen_id, post.pk) not in taken
        ]
        if not free:
            self.problems[victim.key] = str(ASKED_THERE)
            return None
        move = self._at_a_time(row, free) if victim.hold else Move(row, free[0], None)
        if move is None and row.status == Status.REQUESTED and row.pk not in self.ways.bumped:
            # As when a request is handed over: the other office decides the time.
            move = Move(row, free[0], None) if free[0].pk != row.post_id else None
        if move is None:
            self.problems[victim.key] = self._no_time(row)
            return None
        if move.span is not None:
            self._of(move.post).take(move.span, move.place)
        taken.add((row.citizen_id, move.post.pk))
        return move

    def _at_a_time(self, row: Request, posts: Sequence[Post]) -> Move | None:
        """The same time at one of ``posts``; else, unless it was moved before, the next free."""
        assert row.starts_at is not None
        assert row.ends_at is not None
        span = Span(row.starts_at, row.ends_at)
        for post in posts:
            place = self._of(post).at(span)
            if place is not None:
                return Move(row, post, span, place)
        if row.pk in self.ways.bumped:
            return None
        for post in posts:
            found = self._of(post).next(row.starts_at, row.suits)
            if found is not None:
                return Move(row, post, *found)
        return None

    def _posts(self, row: Request, code: str) -> list[Post]:
        if code == MOVE:
            return [row.post]
        if code == LINK:
            return self.ways.links(row.post)
        others = self.ways.others(row.post)
        if code == SUCCESSOR:
            return [post for post in others if post.pk == row.post.succeeded_by_id]
        return [post for post in others if f"{POST}{post.code}" == code]

    def _of(self, post: Post) -> FreeTime:
        if post.pk not in self._free:
            self._free[post.pk] = FreeTime(post, self.moment)
        return self._free[post.pk]

    def _no_time(self, row: Request) -> str:
        if row.pk in self.ways.bumped:
            return _(
                "The office moved this one before, and the same time is not free there. "
                "Choose another office, or cancel with words."
            )
        return _("There is no free time for it as far ahead as one can book.")


def _open_elsewhere(rows: Sequence[Request]) -> set[tuple[int, int]]:
    """Return (citizen, post) of what these people have open: one request per person and post."""
    people = {row.citizen_id for row in rows}
    pks = {row.pk for row in rows}
    found = Request.objects.open().filter(citizen__in=people).exclude(pk__in=pks)
    return set(found.values_list("citizen_id", "post_id"))
