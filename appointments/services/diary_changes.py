"""What a change of a post's diary would leave standing on closed time, and what becomes of it.

Asked by the office's set-up, inside its transaction and after its change: whatever is left undoes
it. The days are locked as a booking locks them, and each request as an answer locks it, so that one
that is made or answered at the same moment is either refused or in the list.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from appointments.services import draw_days
from appointments.services.dealing import deal, problems_with
from appointments.services.letters import DESK, desk_address, post_words, send, to_officers
from appointments.services.moving import locked_rows
from appointments.services.victims import (
    EVERY_POST,
    Victim,
    Ways,
    find,
    lefts,
    lock_days,
    take_lower_places,
)
from esachivalaya.common.clock import now
from esachivalaya.common.registry import Dealing, Left
from officials.models import Post
from officials.permissions import people_to_tell


def standing_on_closed_time(
    post_id: int, first: date, last: date, dealing: Dealing | None
) -> list[Left]:
    """Deal with each booking from ``first`` to ``last`` that its post can no longer keep.

    And with each announced draw that has no time left to give: it is called off with words.

    Returns nothing when every one was dealt with; else all of them, since the change that is undone
    leaves all of them where they are, with the reason at those that are in the way. ``post_id`` 0
    stands for every post (a holiday).
    """
    victims = _locked(post_id, first, last)
    # Under the locks of the days: one that is announced at the same moment is seen here, or waits.
    drawn = draw_days.left_without_time(post_id, first, last)
    if not victims and not drawn:
        return []
    ways = Ways(victims)
    readable = _readable(dealing)
    shown = [*draw_days.lefts(drawn), *lefts(victims, ways, {}, readable=readable)]
    if dealing is None or not all(dealing.of(left.key) for left in shown):
        return shown
    problems = problems_with(victims, ways, dealing) | draw_days.problems_with(drawn, dealing)
    moment = now()
    # Whose they were is counted before they change.
    posts = Counter(victim.request.post for victim in victims)
    posts.update(draw.post for draw in drawn)
    if not problems:
        problems = deal(victims, ways, dealing, moment=moment)
    if not problems:
        problems = draw_days.call_off(drawn, dealing, moment=moment)
    if not problems:
        left = find(post_id, first, last)
        if not left:
            _tell_the_offices(posts, dealing, moment)
            return []
        return lefts(left, Ways(left), {}, readable=readable)
    # What was moved in memory is read anew, as the undone change leaves it.
    return _with_problems(shown, problems)


def _locked(post_id: int, first: date, last: date) -> list[Victim]:
    """Return the victims with their requests and days locked, requests first, in a fixed order."""
    locked_rows(victim.request.pk for victim in find(post_id, first, last))
    lock_days(post_id, first, last)
    if post_id != EVERY_POST:
        take_lower_places(post_id, first, last)
    victims = find(post_id, first, last)
    if not victims:
        return []
    rows = locked_rows({victim.request.pk for victim in victims})
    # Read again: what was answered or moved until its lock was had is no longer what it was.
    return [
        Victim(rows[victim.request.pk], victim.hold)
        for victim in find(post_id, first, last)
        if victim.request.pk in rows
    ]


def _with_problems(shown: list[Left], problems: dict[str, str]) -> list[Left]:
    told = [replace(left, problem=problems.get(left.key, left.problem)) for left in shown]
    return sorted(told, key=lambda left: not left.problem)


def _readable(dealing: Dealing | None) -> set[int]:
    """The posts whose requests the actor may read: those they act for, not all they set up."""
    if dealing is None or dealing.by is None:
        return set()
    return set(Post.objects.held_by(dealing.by).values_list("pk", flat=True))


def _tell_the_offices(posts: Mapping[Post, int], dealing: Dealing, moment: datetime) -> None:
    """Tell each office whose meetings somebody else has dealt with."""
    own = _readable(dealing)
    for post in sorted(posts, key=lambda post: post.pk):
        if post.pk in own:
            continue
        send(
            to_officers(
                people_to_tell(post, DESK),
                "office_diary_changed",
                event=f"{post.pk}:{moment:%Y%m%dT%H%M%S.%f}",
                values={
                    "post": post_words(post),
                    "count": str(posts[post]),
                    "link": desk_address(),
                },
            )
        )
