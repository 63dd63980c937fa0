"""The one way in which a lower app reaches an upper one.

Upper apps add their functions in ``AppConfig.ready``; lower ones call what they find. Each hook is
typed by the protocol it holds, and is called in the order of registration, inside the transaction
of the caller.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, ParamSpec, TypeVar

from django.http import HttpRequest

P = ParamSpec("P")
R = TypeVar("R")


class Hook(Generic[P, R]):
    """A named list of functions with one signature."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._functions: list[Callable[P, R]] = []

    def add(self, function: Callable[P, R]) -> Callable[P, R]:
        """Register ``function``; a second registration of the same one changes nothing."""
        if function not in self._functions:
            self._functions.append(function)
        return function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        return [function(*args, **kwargs) for function in self._functions]

    def __iter__(self) -> Iterator[Callable[P, R]]:
        return iter(self._functions)


@dataclass(frozen=True)
class Spoken:
    """Words of the telephone line about one subject, in the language that is active.

    Without ``key`` they are said first, as news. With it they offer what that key does ("To
    withdraw it, press 2"): ``act`` does it and returns what is said then. Where ``sure`` is given,
    it is said first and the key must be pressed once more.
    """

    words: str
    key: str = ""
    act: Callable[[], str] | None = None
    sure: str = ""


@dataclass(frozen=True)
class TextAnswer:
    """What is answered to an SMS that came in: a template of messages and its values.

    An empty ``template`` says that the SMS was dealt with and is answered by what that wrote.
    """

    template: str = ""
    values: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    subject_kind: str = ""
    subject_id: str = ""


# A request was confirmed, and one that was confirmed is so no longer: (kind of subject, its id).
confirmed: Hook[[str, int], None] = Hook("confirmed")
cancelled: Hook[[str, int], None] = Hook("cancelled")
# The time of a confirmed one has changed: (kind of subject, its id).
moved: Hook[[str, int], None] = Hook("moved")
# What the telephone line says and offers to whoever opened (kind of subject, its id) with its PIN,
# calling from (number, "" when it is withheld). Keys 0 and 9 belong to the line itself; of two apps
# that offer the same key the first registered has it.
telephone: Hook[[str, int, str], list[Spoken]] = Hook("telephone")
# Who answers an SMS that came in: (word of command, what follows it, the sender's number). The
# first that does not return None has answered.
text_answers: Hook[[str, str, str], TextAnswer | None] = Hook("text answers")
# Entries and buttons that upper apps add to a page of (kind of subject, its id).
timeline_entries: Hook[[str, int], list[Any]] = Hook("timeline entries")
buttons: Hook[[str, int], list[Any]] = Hook("buttons")
# Rows older than their use, removed by the hourly sweep; each returns how many it removed.
old_rows: Hook[[], int] = Hook("old rows")
# Facts for /readyz: each returns (name, problem in words or "").
readiness: Hook[[], tuple[str, str]] = Hook("readiness")
# Figures for /readyz: each returns (name, seconds).
measures: Hook[[], tuple[str, float]] = Hook("measures")
# Whom to tell that messages stand still: (phone, e-mail, language) of each, empty where unknown.
message_operators: Hook[[], list[tuple[str, str, str]]] = Hook("message operators")
# Current second factors of the demo's staff, for the demo phone: (name, code). Empty elsewhere.
demo_codes: Hook[[], list[tuple[str, str]]] = Hook("demo codes")
# Permissions that a signed-in user's charges and roles give ("officials.view_post"), as the admin
# asks for them; the sign-in backend unites what the apps return.
duties: Hook[[Any], set[str]] = Hook("duties")
# A post's diary was changed, for (post id, first day, last day), the last one included. Post id 0
# means every post (a holiday); the days start today at the earliest and reach further ahead than
# any booking. Called after the change, in its transaction: each function returns, in words, what
# would be left standing on closed time. If anything is, the change is undone and told.
diary_changing: Hook[[int, date, date], list[str]] = Hook("diary changing")
# What apps put on the desk, the first page of the admin: each returns a template with its
# context, or None when it has nothing for this user.
desk: Hook[[HttpRequest], tuple[str, dict[str, Any]] | None] = Hook("desk")
