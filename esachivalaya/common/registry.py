"""The one way in which a lower app reaches an upper one.

Upper apps add their functions in ``AppConfig.ready``; lower ones call what they find. Each hook is
typed by the protocol it holds, and is called in the order of registration, inside the transaction
of the caller.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse

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


class SubjectHook(Hook[[str, int], None]):
    """A hook that is told of (kind of subject, its id), one by one or of many at once.

    A function that has a quicker way for many is registered with it; the others are called for
    each. Either way each subject is told to each function once.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._for_many: dict[Callable[[str, int], None], Callable[[str, Sequence[int]], None]] = {}

    def add_for_many(
        self, function: Callable[[str, int], None], many: Callable[[str, Sequence[int]], None]
    ) -> None:
        """Register ``function``, and ``many`` as what stands in for it when there are many."""
        self.add(function)
        self._for_many[function] = many

    def of_all(self, kind: str, ids: Sequence[int]) -> None:
        """Tell of all subjects of one kind."""
        for function in self:
            many = self._for_many.get(function)
            if many is not None:
                many(kind, ids)
            else:
                for pk in ids:
                    function(kind, pk)


@dataclass(frozen=True)
class Chains:
    """Chains by hash that an app keeps in a table of its own, all of one ``kind`` of subject.

    ``heads`` returns the (number, hash) of the last entry by subject; ``hashes`` the hashes of the
    entries (subject, number) that it is asked for, without those that are gone.
    """

    kind: str
    heads: Callable[[], Mapping[str, tuple[int, str]]]
    hashes: Callable[[Sequence[tuple[str, int]]], Mapping[tuple[str, int], str]]


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


@dataclass(frozen=True)
class Left:
    """Something that a change of a diary would leave standing on closed time.

    ``choices`` are the ways in which it can be dealt with, as (code, words). ``words`` name it to
    everybody who changes diaries; ``about`` says whom and what it concerns, and is filled only for
    who may read that. ``problem`` says why it could not be dealt with as chosen. ``when`` says in
    words when something takes place that has no one time.
    """

    key: str
    words: str
    choices: tuple[tuple[str, Any], ...] = ()
    starts_at: datetime | None = None
    state: str = ""
    about: str = ""
    problem: str = ""
    when: str = ""


@dataclass(frozen=True)
class Dealing:
    """How what stands on time that is being closed is dealt with, by whom.

    ``each`` says by key of :class:`Left` what is done with one; ``for_all`` with every other one.
    Empty codes leave it standing, which undoes the change. ``words`` are for those concerned.
    """

    by: Any
    for_all: str = ""
    each: Mapping[str, str] = field(default_factory=dict)
    words: str = ""

    def of(self, key: str) -> str:
        """Return the code of what is done with the one of that key."""
        return self.each.get(key) or self.for_all


@dataclass(frozen=True)
class Held:
    """What an app holds of a person, as it is handed out to them: as data and in words.

    ``rows`` are the rows as JSON can hold them, whole; ``lines`` are (label, words) in the language
    that is active, for reading.
    """

    key: str
    heading: str
    rows: Sequence[Mapping[str, Any]]
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Closed:
    """The portal takes nothing new until then: ``words`` say so in the reader's language."""

    words: str
    until: datetime


@dataclass(frozen=True)
class Matter:
    """Something that a person has asked for, and whether it is still under way."""

    kind: str
    pk: str
    open: bool


# A request was confirmed, and one that was confirmed is so no longer: (kind of subject, its id).
confirmed = SubjectHook("confirmed")
cancelled = SubjectHook("cancelled")
# The time of a confirmed one has changed: (kind of subject, its id).
moved = SubjectHook("moved")
# One that waits for an answer has another time now, or waits no more and was not confirmed: (kind
# of subject, its id).
changed_while_waiting = SubjectHook("changed while waiting")
# What the telephone line says and offers to whoever opened (kind of subject, its id) with its PIN,
# calling from (number, "" when it is withheld). Keys 0 and 9 belong to the line itself; of two apps
# that offer the same key the first registered has it.
telephone: Hook[[str, int, str], list[Spoken]] = Hook("telephone")
# Who answers an SMS that came in: (word of command, what follows it, the sender's number). The
# first that does not return None has answered.
text_answers: Hook[[str, str, str], TextAnswer | None] = Hook("text answers")
# An address wants no more appeals, or wants them again: (channel, address, whether it refuses).
# Called in the transaction in which that is written down.
appeals_refused: Hook[[str, str, bool], None] = Hook("appeals refused")
# Entries and buttons that upper apps add to a page of (kind of subject, its id). The office's page
# of a request asks with ".office" behind its kind, and with ".outcome" once that is recorded.
timeline_entries: Hook[[str, int], list[Any]] = Hook("timeline entries")
buttons: Hook[[str, int], list[Any]] = Hook("buttons")
# Chains that upper apps keep; their heads go into the daily seal beside those of the audit.
chains: Hook[[], Chains] = Hook("chains")
# Where people try camera, microphone and line before a meeting, for messages.
device_test: Hook[[], str] = Hook("device test")
# Rows older than their use, removed by the hourly sweep; each returns how many it removed.
old_rows: Hook[[], int] = Hook("old rows")
# The same where each step is a transaction of its own, so that what fails undoes nothing else:
# called outside of any.
old_rows_apart: Hook[[], int] = Hook("old rows, step by step")
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
# any booking. Called after the change, in its transaction: each function deals with what would be
# left standing on closed time as it is told to, and returns what still is. If anything is, the
# change is undone and told.
diary_changing: Hook[[int, date, date, Dealing | None], list[Left]] = Hook("diary changing")
# What whoever has changed a post's diary should know of these days: sentences for (post id, first
# day, last day), as above.
diary_notes: Hook[[int, date, date], list[str]] = Hook("diary notes")
# An office said that it runs late today: (post id, day, minutes). Apps tell those who wait there.
running_late: Hook[[int, date, int], None] = Hook("running late")
# What a person (the id of a citizen) has asked for, and what of it is still under way.
matters: Hook[[int], list[Matter]] = Hook("matters")
# A person (the id of a citizen) is reached at another number from now on: what was sent to the
# former one opens nothing any more. Called after the change, in its transaction, before what waits
# in the outbox is written to the new number.
reached_anew: Hook[[int], None] = Hook("reached anew")
# What an app holds of a person (the id of a citizen), for the person.
held_of: Hook[[int], list[Held]] = Hook("held of")
# A person (the id of a citizen) is erased: each app removes what it holds of them, but for what the
# law has it keep. Called in the transaction of that, with nothing of theirs under way any more.
erased: Hook[[int], None] = Hook("erased")
# What was written about (kind of subject, its id) is forgotten, at a person's wish or when its time
# is over: each app removes the names that it holds of it. Called in the transaction of that.
words_forgotten = SubjectHook("words forgotten")
# Which of these people (ids of citizens) have something under way, or have asked for something
# since that moment.
active_since: Hook[[Sequence[int], datetime], set[int]] = Hook("active since")
# Why the portal takes nothing new at present, and until when; None when it does.
closed_portal: Hook[[], Closed | None] = Hook("closed portal")
# One page of what the record tells of a row of the admin: (request, its admin, the row).
history: Hook[[HttpRequest, Any, Any], HttpResponse] = Hook("history")
# Where staff work who have no business in the admin, as an address; "" from apps that do not know.
own_desk: Hook[[Any], str] = Hook("own desk")
# What apps put on the desk, the first page of the admin: each returns a template with its
# context, or None when it has nothing for this user.
desk: Hook[[HttpRequest], tuple[str, dict[str, Any]] | None] = Hook("desk")
# A charge of a post was given or ended, for (post id, who did it): called after the change, in its
# transaction, with the post locked.
charge_passed: Hook[[int, Any], None] = Hook("charge passed")
