"""Marking, returning, parking and closing several items at once.

Each by itself, each with its own answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from eoffice.door import at_the_desk
from eoffice.forms.boxes import CloseTogether, MarkTogether, ParkTogether, ReturnTogether
from eoffice.forms.desk_field import suggested
from eoffice.models import Item
from eoffice.permissions import Seat, visible_at
from eoffice.services import closing, moving
from eoffice.services.moving import Sent
from eoffice.services.refusals import Blocked, Elsewhere, Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import KeyMisused, new_key, once

# Items in one sending.
MOST = 50


@dataclass(frozen=True)
class Answer:
    """What became of one item: ``refused`` says why not, with each thing that stands against it."""

    item: Item
    refused: str = ""
    blockers: tuple[str, ...] = ()


def _mark(item: Item, seat: Seat, by: User, asked: dict[str, Any]) -> None:
    sent = Sent(action=asked["action"], words=asked["words"], due_on=asked["due_on"])
    moving.mark(item=item, desk=seat.desk, to=asked["to"], by=by, sent=sent)


def _return(item: Item, seat: Seat, by: User, asked: dict[str, Any]) -> None:
    moving.give_back(item=item, desk=seat.desk, by=by, sent=Sent(words=asked["words"]))


def _park(item: Item, seat: Seat, by: User, asked: dict[str, Any]) -> None:
    moving.park(item=item, desk=seat.desk, by=by, until=asked["until"], words=asked["words"])


def _close(item: Item, seat: Seat, by: User, asked: dict[str, Any]) -> None:
    closing.close(item=item, desk=seat.desk, by=by, words=asked["words"])


Act = Callable[[Item, Seat, User, dict[str, Any]], None]
ACTS: dict[str, tuple[Act, type[forms.Form], Any]] = {
    "mark": (_mark, MarkTogether, gettext_lazy("Mark together")),
    "return": (_return, ReturnTogether, gettext_lazy("Return together")),
    "park": (_park, ParkTogether, gettext_lazy("Park together")),
    "close": (_close, CloseTogether, gettext_lazy("Close together")),
}


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def together(request: HttpRequest, seat: Seat, act: str) -> HttpResponse:
    """Show the chosen items with the form of ``act``; do it to each, and say what became of each.

    What was refused stays chosen, so that it can be sent again. The form that is sent twice acts
    once on each item. 422 with everything typed when the form says too little.
    """
    if act not in ACTS:
        raise Http404
    do, form_class, title = ACTS[act]
    posted = request.method == "POST"
    items = _chosen(seat, (request.POST if posted else request.GET).getlist("item"))
    form = form_class(request.POST) if posted else form_class()
    answers: list[Answer] = []
    if posted and items and form.is_valid():
        answers = [_answer(request, seat, act, item, do, form.cleaned_data) for item in items]
        # What is sent again has been thought over: another key, the same words.
        form = form_class(initial={**_shown_again(form), "key": new_key()})
    context = {
        "seat": seat,
        "act": act,
        "title": title,
        "form": form,
        "items": [one.item for one in answers if one.refused] if answers else items,
        "done": [one.item for one in answers if not one.refused],
        "refused": [one for one in answers if one.refused],
        "most": MOST,
        "desks": suggested(seat) if act == "mark" else [],
    }
    wrong = posted and bool(form.errors)
    return render(request, "eoffice/boxes/together.html", context, status=422 if wrong else 200)


def _chosen(seat: Seat, pks: list[str]) -> list[Item]:
    """Return the chosen items that may be seen here, in the order in which they are locked."""
    numbers = {int(pk) for pk in pks if pk.isascii() and pk.isdecimal() and len(pk) < 18}
    return list(visible_at(seat).filter(pk__in=numbers).order_by("pk")[:MOST])


def _answer(
    request: HttpRequest, seat: Seat, act: str, item: Item, do: Act, asked: dict[str, Any]
) -> Answer:
    by = seat.charge.user
    told = {name: value for name, value in asked.items() if name != "key"}
    told["to"] = getattr(told.get("to"), "pk", None)
    try:
        once(
            request,
            lambda: do(item, seat, by, asked),
            form=f"eoffice-{act}",
            key=f"{asked['key'][:40]}:{item.pk}",
            asked={**told, "desk": seat.desk.pk},
        )
    except Blocked as refused:
        return Answer(item, str(refused.message), tuple(str(one) for one in refused.blockers))
    except Elsewhere as refused:
        if refused.holding is None:
            return Answer(item, _("It lies at no desk: it is closed or in another file."))
        return Answer(item, _("It lies at %(desk)s now.") % {"desk": refused.holding.desk})
    except Refused as refused:
        return Answer(item, str(refused.message))
    except PermissionDenied:
        return Answer(item, _("This is not done from your charge of this desk."))
    except KeyMisused:
        return Answer(item, _("This form was sent before with other words. Look at it again."))
    return Answer(item)


def _shown_again(form: forms.Form) -> dict[str, Any]:
    return {name: form.data.get(name, "") for name in form.fields if name != "key"}
