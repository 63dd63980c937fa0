"""The telephone fallback: the office asks for a call, the provider asks what to say and tells."""

import re

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import KeyMisused
from esachivalaya.notifications import webhooks
from meetings import sitting, spoken
from meetings.models import Call, Room, Seat
from meetings.services import telephone
from meetings.views import answers

_CALL_ID = re.compile(r"[A-Za-z0-9]{4,64}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_DIGITS = re.compile(r"[0-9*#]{0,20}")


@never_cache
@require_POST
def call(request: HttpRequest, reference: str) -> JsonResponse:
    """Have the citizen's phone called, or that of another seat of the room, and one's own."""
    row = sitting.office_request(request, reference)
    room = sitting.live_room(row)
    if room is None or not isinstance(request.user, User):
        raise Http404
    asked = answers.body_of(request)
    key = str(asked.get("key") or "")
    if not _KEY.fullmatch(key):
        return JsonResponse({"rule": "malformed", "words": "", "until": ""}, status=400)
    try:
        done = telephone.ring(seat=_seat(room, asked.get("seat")), by=request.user, key=key)
    except PermissionDenied:
        raise Http404 from None
    except KeyMisused:
        return JsonResponse({"rule": "key_misused", "words": "", "until": ""}, status=409)
    except Refused as problem:
        return answers.in_words(problem)
    found = Call.objects.get(pk=done.call.pk)
    if Call.Status.FAILED in (found.office_status, found.guest_status):
        words = _("The phone could not be called. Please dial it yourself.")
        return answers.in_words(Refused("not_called", words))
    return JsonResponse({"called": True})


@webhooks.twilio_webhook("meeting-call")
def call_words(request: HttpRequest, pk: int, side: str) -> HttpResponse:
    """Say what this side of the call hears next; only the provider gets in."""
    row = _call(pk)
    _check_side(side)
    keys: str | None = None
    if request.GET.get("asked"):
        digits = request.POST.get("Digits", "")
        keys = digits if _DIGITS.fullmatch(digits) else ""
    told = spoken.said(row, side, keys)
    if side == Call.Side.GUEST and keys == spoken.JOIN_KEY:
        telephone.pressed(call=row)
    return HttpResponse(told, content_type="text/xml; charset=utf-8")


@webhooks.twilio_webhook("meeting-call")
def called(request: HttpRequest, pk: int, side: str) -> HttpResponse:
    """Write down how far this side of the call is; only the provider gets in."""
    row = _call(pk)
    _check_side(side)
    call_id = request.POST.get("CallSid", "")
    if not _CALL_ID.fullmatch(call_id):
        return webhooks.refused(webhook="meeting-call", reason="no call id")
    word = request.POST.get("CallStatus", "")
    telephone.told(call=row, side=side, call_id=call_id, word=word)
    return HttpResponse("", content_type="text/plain")


def _call(pk: int) -> Call:
    rows = Call.objects.select_related(
        "by", "seat__companion", "room__request__post", "room__request__citizen__household__user"
    )
    return get_object_or_404(rows, pk=pk)


def _check_side(side: str) -> None:
    if side not in Call.Side.values:
        raise Http404


def _seat(room: Room, asked: object) -> Seat:
    """Return the seat of the room that was asked for, the citizen's unless another was."""
    rows = Seat.objects.filter(room=room).select_related(
        "companion", "room__request__citizen__household"
    )
    if not asked:
        return rows.get(kind=Seat.Kind.CITIZEN)
    if not str(asked).isdecimal() or len(str(asked)) > 18:
        raise Http404
    return get_object_or_404(rows, pk=int(str(asked)))
