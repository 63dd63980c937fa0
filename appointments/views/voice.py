"""The telephone line's webhook: what the provider is told to say next."""

import re

from django.http import HttpRequest, HttpResponse

from appointments.telephone import line
from esachivalaya.notifications import webhooks

_CALL_ID = re.compile(r"[A-Za-z0-9]{4,64}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_KEYS = re.compile(r"[0-9*#]{0,20}")
_TURN = re.compile(r"[0-9]{1,4}")


@webhooks.twilio_webhook("voice")
def voice(request: HttpRequest) -> HttpResponse:
    """Take the keys that were pressed and return what is said next; only the provider gets in."""
    call_id = request.POST.get("CallSid", "")
    if not _CALL_ID.fullmatch(call_id):
        return webhooks.refused(webhook="voice", reason="no call id")
    caller, keys = request.POST.get("From", ""), request.POST.get("Digits", "")
    turn = request.GET.get("turn", "")
    said = line.hear(
        call_id=call_id,
        caller=caller if _NUMBER.fullmatch(caller) else "",
        keys=keys.strip("*#") if _KEYS.fullmatch(keys) else "",
        turn=int(turn) if _TURN.fullmatch(turn) else None,
    )
    return HttpResponse(said, content_type="text/xml; charset=utf-8")
