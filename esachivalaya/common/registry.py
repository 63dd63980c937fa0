"""The one way in which a lower app reaches an upper one.

Upper apps add their functions in ``AppConfig.ready``; lower ones call what they find. Each hook is
typed by the protocol it holds, and is called in the order of registration, inside the transaction
of the caller.
"""

from collections.abc import Callable, Iterator
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


# A request was confirmed, and one that was confirmed is so no longer: (kind of subject, its id).
confirmed: Hook[[str, int], None] = Hook("confirmed")
cancelled: Hook[[str, int], None] = Hook("cancelled")
# Entries and buttons that upper apps add to a page of (kind of subject, its id).
timeline_entries: Hook[[str, int], list[Any]] = Hook("timeline entries")
buttons: Hook[[str, int], list[Any]] = Hook("buttons")
# Rows older than their use, removed by the hourly sweep; each returns how many it removed.
old_rows: Hook[[], int] = Hook("old rows")
# Facts for /readyz: each returns (name, problem in words or "").
readiness: Hook[[], tuple[str, str]] = Hook("readiness")
# Figures for /readyz: each returns (name, seconds).
measures: Hook[[], tuple[str, float]] = Hook("measures")
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
