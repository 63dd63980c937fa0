"""What the script of a meeting page asks, in JSON: sit down, look, send a word, leave.

Nothing here is found by a number in the address: the seat is the one of the session.
"""

from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from meetings import engines, sitting
from meetings.models import Seat, Signal
from meetings.services import mailbox, seats
from meetings.views import answers


@login_not_required
@never_cache
@require_POST
def enter(request: HttpRequest, reference: str) -> HttpResponse:
    """Sit down on the side that is asked for; the page that sat there before is replaced."""
    side = request.GET.get("as") or answers.text_of(answers.body_of(request), "side")
    by = request.user if isinstance(request.user, User) else None
    try:
        seat, back = sitting.seat_for(request, reference, side)
    except PermissionDenied as problem:
        raise Http404 from problem
    try:
        taken = sitting.sit_down(request, seat, by=by)
    except PermissionDenied as problem:
        raise Http404 from problem
    except Refused as refused:
        return answers.not_done(request, back, refused)
    told = {"seat": taken.seat.pk, "page": taken.page, "room": taken.room.name}
    return answers.done(request, back, **told)


@login_not_required
@never_cache
@require_POST
def poll(request: HttpRequest, reference: str) -> JsonResponse:
    """Say everything that this page may know now."""
    asked = answers.body_of(request)
    seat, token = answers.seat_of(request, reference)
    try:
        found = mailbox.poll(
            seat=seat,
            token=token,
            page=answers.number_of(asked, "page"),
            after=answers.number_of(asked, "after"),
            chat_after=answers.number_of(asked, "chat_after"),
        )
    except seats.NotYourSeat as problem:
        raise Http404 from problem
    answer = asdict(found)
    inside = found.status == Seat.Status.ADMITTED and found.current and found.room_open
    if inside and asked.get("entry") is True:
        sitter = Seat.objects.select_related("room").get(pk=seat)
        answer["entry"] = engines.engine_of(sitter.room).entry(sitter)
    return JsonResponse(answer)


@login_not_required
@never_cache
@require_POST
def signal(request: HttpRequest, reference: str) -> JsonResponse:
    """Put a word into the mailbox of another page of this room."""
    seat, token = answers.seat_of(request, reference)
    if answers.too_large(request):
        words = _("This is larger than a signal can be.")
        return answers.in_words(Refused("signal_size", words))
    asked = answers.body_of(request)
    kind, key, content = (answers.text_of(asked, name) for name in ("kind", "key", "content"))
    if kind not in Signal.Kind.values or not 1 <= len(key) <= 32 or "\0" in key + content:
        return JsonResponse({"rule": "malformed", "words": "", "until": ""}, status=400)
    try:
        sent = mailbox.send(
            seat=seat,
            token=token,
            page=answers.number_of(asked, "page"),
            to=answers.number_of(asked, "to"),
            to_page=answers.number_of(asked, "to_page"),
            kind=kind,
            key=key,
            content=content,
        )
    except seats.NotYourSeat as problem:
        raise Http404 from problem
    except Refused as refused:
        return answers.in_words(refused)
    return JsonResponse({"sent": sent})


@login_not_required
@never_cache
@require_POST
def leave(request: HttpRequest, reference: str) -> JsonResponse:
    """Hang up; sent by the page as it is closed, too."""
    asked = answers.body_of(request)
    seat, token = answers.seat_of(request, reference)
    row = Seat.objects.filter(pk=seat, token_digest=seats.digest_of(token)).first()
    if row is None:
        raise Http404
    seats.leave(seat=row, page=answers.number_of(asked, "page"))
    return JsonResponse({"left": True})
