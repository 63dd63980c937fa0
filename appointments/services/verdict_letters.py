"""The letters that tell what the 24-hour rule did, each written by itself if it must be."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from appointments.services import letters
from appointments.services.letters import DESK
from appointments.services.verdicts import Verdict
from esachivalaya.accounts.models import User
from esachivalaya.notifications.services import Letter
from officials.models import Post
from officials.permissions import people_to_tell

Writing = Callable[[], Iterable[Letter]]
NO_TIME = {"hi": "अभी कोई नहीं", "en": "none at present"}


def writings(verdicts: Iterable[Verdict]) -> Iterator[Writing]:
    """Yield what makes each letter: one that cannot be made keeps none of the others from going."""
    desks = Desks()
    for verdict in verdicts:
        yield partial(_to_citizen, verdict)
        if verdict.confirms and verdict.breach:
            yield partial(_to_meeting_desk, verdict, desks)
            if verdict.handed_down:
                yield partial(_to_owing_desk, verdict, desks)


class Desks:
    """Who keeps the diary of each post, asked for once."""

    def __init__(self) -> None:
        self._people: dict[int, list[User]] = {}

    def of(self, post: Post) -> list[User]:
        """Return who hears of what happens to the requests of ``post``."""
        if post.pk not in self._people:
            self._people[post.pk] = people_to_tell(post, DESK)
        return self._people[post.pk]


def _to_citizen(verdict: Verdict) -> list[Letter]:
    request = verdict.request
    if verdict.confirms:
        name = "request_confirmed_by_rule" if verdict.breach else "offer_lapsed"
        return [letters.of_meeting(request, name)]
    times = [letters.moment_words(span.start) for span in verdict.times]
    joined = {
        language: "; ".join(time[language] for time in times) or nothing
        for language, nothing in NO_TIME.items()
    }
    return [letters.to_citizen(request, "request_released", times=joined)]


def _to_meeting_desk(verdict: Verdict, desks: Desks) -> list[Letter]:
    request = verdict.request
    return _to_desk(
        verdict,
        "office_allotted",
        desks.of(verdict.post),
        post=letters.post_words(verdict.post),
        due=letters.moment_words(request.due_at),
        link=letters.desk_link(request),
    )


def _to_owing_desk(verdict: Verdict, desks: Desks) -> list[Letter]:
    return _to_desk(
        verdict,
        "office_handed_down",
        desks.of(verdict.owing),
        post=letters.post_words(verdict.owing),
        to_post=letters.post_words(verdict.post),
        due=letters.moment_words(verdict.request.due_at),
    )


def _to_desk(
    verdict: Verdict, template: str, people: list[User], **values: letters.Value
) -> list[Letter]:
    request = verdict.request
    assert verdict.span is not None
    return letters.to_officers(
        people,
        template,
        event=str(request.pk),
        about=request,
        values={
            "ref": letters.reference_words(request),
            "when": letters.moment_words(verdict.span.start),
            **values,
        },
    )
