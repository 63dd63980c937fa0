"""The panel on which whoever closes time says what becomes of what stands on it.

The forms of hours, exceptions, leave, holidays and posts, and the question before removing one,
show it when the service refuses with :class:`DiaryRefused`. It works without JavaScript: what was
typed is kept, and the same button saves and deals with everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from esachivalaya.common.constraints import Refusal
from esachivalaya.common.registry import Dealing, Left
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.service_admin import ServiceAdmin
from officials.admin.scope import actor
from officials.services import DiaryRefused, notes_on

if TYPE_CHECKING:
    Base = ServiceAdmin
else:
    Base = object

SHOWN_ONE_BY_ONE = 200
LEAST_WORDS = 10
MARK, FOR_ALL, EACH, WORDS = "dealing", "dealing_all", "dealing_with_", "dealing_words"
# Of these the page tells apart what is chosen beforehand and what needs words.
SUCCESSOR, CANCEL, WITHDRAW = "successor", "cancel", "withdraw"


@dataclass(frozen=True)
class Choice:
    code: str
    words: str
    chosen: bool


@dataclass(frozen=True)
class Row:
    """One victim with the name of its field and what was chosen for it."""

    left: Left
    field: str
    choices: list[Choice]
    problem: str


@dataclass(frozen=True)
class Panel:
    """What the page shows of all victims; the first ones one by one."""

    total: int
    rows: list[Row]
    more: int
    for_all: list[Choice]
    words: str
    sent_before: bool
    problem: str
    words_problem: str

    @property
    def as_list(self) -> bool:
        """Many ways for all (the offices near to a closed one) are a list, few are buttons."""
        return len(self.for_all) > 5


def dealing_of(request: HttpRequest) -> Dealing | None:
    """Return what the panel of this page said, or None when it was not shown yet."""
    sent = request.POST
    if MARK not in sent:
        return None
    each = {
        name.removeprefix(EACH): code
        for name, code in sent.items()
        if name.startswith(EACH) and isinstance(code, str) and code
    }
    return Dealing(
        by=actor(request),
        for_all=sent.get(FOR_ALL, ""),
        each=each,
        words=sent.get(WORDS, "").replace("\r\n", "\n").strip()[:1000],
    )


def panel_of(left: Sequence[Left], dealing: Dealing | None) -> Panel:
    """Return the panel for what is ``left``, with what ``dealing`` chose before."""
    chosen = dealing or Dealing(by=None)
    for_all = _for_all(left)
    codes = [code for code, _words in for_all]
    every = chosen.for_all
    if dealing is None and SUCCESSOR in codes:
        every = SUCCESSOR
    words_problem = ""
    if len(chosen.words) < LEAST_WORDS and CANCEL in {chosen.of(one.key) for one in left}:
        words_problem = _("Write at least 10 characters to the citizen, to say why.")
    rows = [_row(one, chosen, words_problem) for one in left[:SHOWN_ONE_BY_ONE]]
    problem = ""
    if dealing is not None and not all(chosen.of(one.key) for one in left):
        problem = _("Choose for all of them, or for each, what becomes of it.")
    elif any(row.problem for row in rows):
        problem = _("Nothing was changed. Choose another way for those marked below.")
    return Panel(
        total=len(left),
        rows=rows,
        more=max(len(left) - SHOWN_ONE_BY_ONE, 0),
        for_all=[Choice(code, words, code == every) for code, words in for_all],
        words=chosen.words,
        sent_before=dealing is not None,
        problem=problem,
        words_problem=words_problem,
    )


def _row(left: Left, chosen: Dealing, words_problem: str) -> Row:
    own = chosen.each.get(left.key, "")
    # Missing words are said once, at their field.
    needs_words = words_problem and chosen.of(left.key) == CANCEL
    return Row(
        left=left,
        field=f"{EACH}{left.key}",
        choices=[Choice(code, str(words), code == own) for code, words in left.choices],
        problem="" if needs_words else left.problem,
    )


def _for_all(left: Sequence[Left]) -> list[tuple[str, str]]:
    """Every way that is open to any of them; an offer is taken back whichever is chosen."""
    found: dict[str, str] = {}
    for one in left:
        for code, words in one.choices:
            if found.setdefault(code, str(words)) != str(words) and code == CANCEL:
                # Of meetings and of requests together.
                found[code] = _("Cancel or decline, with words")
    if len(found) > 1:
        found.pop(WITHDRAW, None)
    return list(found.items())


class DealsWithVictims(Base):
    """For a :class:`ServiceAdmin` whose services refuse with :class:`DiaryRefused`.

    An act that the database asked to do again is done again: the form can be read once more.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        show_and_save = on_deadlock(super().changeform_view)
        return show_and_save(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        refusal = getattr(request, "refusal", None)
        if isinstance(refusal, DiaryRefused):
            context["victims"] = panel_of(refusal.left, dealing_of(request))
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        ask_and_remove = on_deadlock(super().delete_view)
        return ask_and_remove(request, object_id, extra_context)

    def removal_refused(
        self, request: HttpRequest, object_id: str, refused: Refusal
    ) -> HttpResponse:
        """Ask again, with the panel, when something stands on the time."""
        if not isinstance(refused, DiaryRefused):
            return super().removal_refused(request, object_id, refused)
        panel = panel_of(refused.left, dealing_of(request))
        # Django shows its question when nothing was sent.
        request.POST = QueryDict()
        return self.delete_view(request, object_id, {"victims": panel})

    def tell_notes(self, request: HttpRequest, row: Any) -> None:
        """Show what the apps above say of the days whose diary was changed."""
        for words in notes_on(row):
            messages.warning(request, words)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> Any:
        self._say_dealt(request)
        return super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        self._say_dealt(request)
        return super().response_change(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> Any:
        self._say_dealt(request)
        return super().response_delete(request, obj_display, obj_id)

    def _say_dealt(self, request: HttpRequest) -> None:
        if dealing_of(request) is not None:
            messages.success(
                request,
                _("What stood on this time was dealt with, and the citizens are being told."),
            )
