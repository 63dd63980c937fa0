"""How the meeting's views read what was asked and answer it, in JSON or with the way back."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from appointments.services.refusals import Refused
from esachivalaya.common.formats import datetime_long
from meetings import sitting
from meetings.models.passing import LARGEST_SIGNAL

# A signal and what stands around it.
LARGEST_BODY = LARGEST_SIGNAL + 4096
LARGEST_NUMBER = 2**53 - 1
_STATUS = {"signal_size": 413, "too_many": 429, "not_admitted": 403}


def body_of(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object or the form that was sent; anything else counts as empty."""
    if not asks_in_json(request):
        return {name: value for name, value in request.POST.items() if isinstance(value, str)}
    if too_large(request):
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def asks_in_json(request: HttpRequest) -> bool:
    """Whether the script asks, and not a plain form."""
    return request.content_type == "application/json"


def too_large(request: HttpRequest) -> bool:
    """Whether what was sent is larger than anything that is sent here."""
    length = request.headers.get("Content-Length") or "0"
    return not length.isdecimal() or int(length) > LARGEST_BODY


def number_of(asked: dict[str, Any], name: str) -> int:
    """Return a number of what was asked, 0 for anything that is none."""
    value = asked.get(name)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 17:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return value if 0 <= value <= LARGEST_NUMBER else 0


def text_of(asked: dict[str, Any], name: str) -> str:
    """Return a text of what was asked, "" for anything that is none."""
    value = asked.get(name, "")
    # JSON can carry half of a pair that makes one character; no database takes it.
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def seat_of(request: HttpRequest, reference: str) -> tuple[int, str]:
    """Return number and token of this browser's seat; for who has none there is nothing here."""
    found = sitting.sits_in(request, reference)
    if found is None:
        raise Http404
    return found


def in_words(refused: Refused) -> JsonResponse:
    """Say why something is refused, and until when."""
    until = datetime_long(refused.until) if refused.until else ""
    answer = {
        "rule": refused.rule,
        "words": str(refused.message),
        "until": until,
        "until_iso": refused.until.isoformat() if refused.until else "",
    }
    return JsonResponse(answer, status=_STATUS.get(refused.rule, 409))


def done(request: HttpRequest, back: str, **told: Any) -> HttpResponse:
    """Tell the script what was done; lead a plain form back."""
    return JsonResponse(told) if asks_in_json(request) else redirect(back)


def not_done(request: HttpRequest, back: str, refused: Refused) -> HttpResponse:
    """Tell the script why not; lead a plain form back with the reason."""
    if asks_in_json(request):
        return in_words(refused)
    messages.error(request, str(refused.message))
    return redirect(back)


def overtaken(request: HttpRequest, back: str) -> HttpResponse:
    """Somebody of the office was quicker: the list shows how it stands now."""
    words = _("Somebody of your office was quicker. The list shows how it stands now.")
    if asks_in_json(request):
        return JsonResponse({"rule": "overtaken", "words": words, "until": ""}, status=409)
    messages.warning(request, words)
    return redirect(back)
