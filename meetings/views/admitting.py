"""The office's acts on a room: let in, refuse, put out, end. By the script or by plain forms."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.states import Overtaken
from meetings import sitting
from meetings.models import Room, Seat
from meetings.services import rooms, seats
from meetings.views import answers


@never_cache
@require_POST
def admit(request: HttpRequest, reference: str) -> HttpResponse:
    """Let somebody in."""
    return _on_seat(request, reference, seats.admit, "admit")


@never_cache
@require_POST
def refuse(request: HttpRequest, reference: str) -> HttpResponse:
    """Refuse somebody who waits."""
    return _on_seat(request, reference, seats.refuse, "refuse")


@never_cache
@require_POST
def remove(request: HttpRequest, reference: str) -> HttpResponse:
    """Put somebody out."""
    return _on_seat(request, reference, seats.remove, "remove")


@never_cache
@require_POST
def end(request: HttpRequest, reference: str) -> HttpResponse:
    """End the meeting for everybody."""
    row, by = sitting.office_request(request, reference), _officer(request)
    room = get_object_or_404(
        Room.objects.filter(request=row).exclude(status=Room.Status.CLOSED).order_by("-id")
    )
    back = way_back(request, reference)
    try:
        rooms.end(room=room, by=by)
    except PermissionDenied as problem:
        raise Http404 from problem
    except Refused as refused:
        return answers.not_done(request, back, refused)
    return answers.done(request, back, ended=True)


def way_back(request: HttpRequest, reference: str) -> str:
    """Return the page on which the plain form stood: the office's day, or the meeting's own."""
    back = request.POST.get("back", "")
    own = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    # A word without a slash would be taken for the name of a page.
    if own and "/" in back:
        return back
    return reverse("meetings:office", args=[reference])


def _on_seat(
    request: HttpRequest, reference: str, act: Callable[..., Seat], name: str
) -> HttpResponse:
    """Do ``act`` on a seat of a room of this request, once for this key."""
    row, by = sitting.office_request(request, reference), _officer(request)
    asked = answers.body_of(request)
    number, version = (answers.number_of(asked, part) for part in ("seat", "version"))
    seat = get_object_or_404(Seat.objects.visible_to(by).filter(room__request=row), pk=number)
    key = answers.text_of(asked, "key")
    back = way_back(request, reference)
    if not 16 <= len(key) <= 64 or "\0" in key:
        return answers.overtaken(request, back)
    try:
        once(
            request,
            lambda: act(seat=seat, by=by, version=version),
            form=f"meeting.{name}",
            key=key,
            asked={"seat": number, "version": version},
        )
    except (Overtaken, KeyMisused):
        return answers.overtaken(request, back)
    except PermissionDenied as problem:
        raise Http404 from problem
    except Refused as refused:
        return answers.not_done(request, back, refused)
    return answers.done(request, back, done=True)


def _officer(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
