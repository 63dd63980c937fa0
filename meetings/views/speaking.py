"""Lines and the shared paper of a meeting, asked by the script of its page, in JSON."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from appointments.services.refusals import Refused
from esachivalaya.common import paper_answers
from meetings.services import seats, speaking
from meetings.views import answers


@login_not_required
@never_cache
@require_POST
def chat(request: HttpRequest, reference: str) -> JsonResponse:
    """Write a line for everybody in the room."""
    asked, who = _asked(request, reference)
    words = answers.text_of(asked, "words")
    return _answer(lambda: {"line": speaking.write(**who, words=words).pk})


@login_not_required
@never_cache
@require_POST
def share(request: HttpRequest, reference: str) -> JsonResponse:
    """Show a page of a paper of the request to everybody in the room, or none any more."""
    asked, who = _asked(request, reference)
    position, number = (answers.number_of(asked, name) for name in ("position", "paper_page"))

    def act() -> dict[str, Any]:
        if position:
            speaking.show(**who, position=position, number=number)
        else:
            speaking.stop_showing(**who)
        return {"shown": bool(position)}

    return _answer(act)


@login_not_required
@never_cache
@require_safe
def shared(request: HttpRequest, reference: str, position: int, number: int) -> HttpResponse:
    """The picture of the page that is shown now, for who is in the room; else a 404."""
    seat, token = answers.seat_of(request, reference)
    try:
        paper = speaking.shown_paper(seat=seat, token=token, position=position, number=number)
    except (seats.NotYourSeat, Refused) as problem:
        raise Http404 from problem
    return paper_answers.picture(paper.stored, number)


def _asked(request: HttpRequest, reference: str) -> tuple[dict[str, Any], dict[str, Any]]:
    asked = answers.body_of(request)
    seat, token = answers.seat_of(request, reference)
    return asked, {"seat": seat, "token": token, "page": answers.number_of(asked, "page")}


def _answer(act: Callable[[], dict[str, Any]]) -> JsonResponse:
    try:
        return JsonResponse(act())
    except (seats.NotYourSeat, PermissionDenied) as problem:
        raise Http404 from problem
    except Refused as refused:
        return answers.in_words(refused)
