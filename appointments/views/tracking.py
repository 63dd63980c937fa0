"""Following one request without signing in: by its reference and its PIN, or a code on its phone.

A reference that does not exist and a PIN that is wrong get the same answer, always.
"""

from contextlib import suppress

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from appointments import access
from appointments.forms.finding import TrackCodeForm, TrackForm
from appointments.models import Request
from appointments.models.fairness import PREFIX
from appointments.services.pins import check_pin
from appointments.services.refusals import Refused
from appointments.views.booking import GET_POST
from appointments.views.draw_tracking import show_without_meeting, wish_behind
from appointments.views.mine import context_of
from appointments.views.track_name import needs_a_name
from esachivalaya.accounts.client_address import address_of
from esachivalaya.accounts.known_browsers import knows_number
from esachivalaya.accounts.models import SignInCode
from esachivalaya.accounts.services.codes import check_code, send_code
from esachivalaya.accounts.services.refusals import Refused as CodeRefused
from esachivalaya.accounts.tries import allowed
from esachivalaya.common.clock import now
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.references import normalise
from esachivalaya.common.refusals import refusal as refusal_page

TRACK = SignInCode.Purpose.TRACK


@login_not_required
@never_cache
@require_http_methods(GET_POST)
def track(request: HttpRequest) -> HttpResponse:
    """Ask for reference and PIN, or send a code to the phone of the request."""
    if request.method != "POST" or switching_language(request):
        initial = typed(TrackForm, request) or {"reference": request.GET.get("reference", "")[:64]}
        return _form_page(request, TrackForm(initial=initial))
    if not allowed(request, "track"):
        return _too_many(request)
    by_code = "by_code" in request.POST
    form = TrackForm(request.POST, by_code=by_code)
    if not form.is_valid():
        return _form_page(request, form, 422)
    reference = normalise(form.cleaned_data["reference"])
    code = normalise(form.cleaned_data["reference"], PREFIX)
    if reference is None and (code is None or by_code):
        words = _("This is not a reference. Please copy it letter by letter.")
        if code is not None:
            words = _("The code of a draw opens with its PIN only.")
        form.add_error("reference", words)
        return _form_page(request, form, 422)
    if by_code and reference is not None:
        return _send_code(request, reference)
    opened = _opened(request, reference, code, form.cleaned_data["pin"])
    if opened is None:
        words = _(
            "This reference and this PIN do not belong together. "
            "After five wrong tries a reference rests for half an hour."
        )
        form.add_error(None, words)
        return _form_page(request, form, 422)
    return opened


def _opened(
    request: HttpRequest, reference: str | None, code: str | None, pin: str
) -> HttpResponse | None:
    """Return the way to what reference or code and PIN open; None when they open nothing.

    Typed without its two letters a code looks like a reference: then it is tried as both.
    """
    row = Request.objects.filter(reference=reference).first() if reference else None
    if row is not None:
        return _open(request, row.reference) if _opens(row, pin) else None
    wish = wish_behind(code, pin) if code else None
    if wish is None:
        return None
    if wish.request is not None:
        return _open(request, wish.request.reference)
    return show_without_meeting(request, wish)


def _opens(row: Request, pin: str) -> bool:
    """Whether the PIN is right; a PIN that rests after too many tries counts as wrong."""
    try:
        return check_pin(row, pin)
    except Refused:
        return False


def _send_code(request: HttpRequest, reference: str) -> HttpResponse:
    """Send a code if one can open the request; the answer is the same in every case."""
    row, phone = _by_phone(reference)
    if row is not None and phone:
        user = row.citizen.household.user
        # Limits are told to everyone on the next page, so that nobody learns what exists.
        with suppress(CodeRefused):
            send_code(
                phone=phone,
                purpose=TRACK,
                subject=reference,
                address=address_of(request),
                language=user.language if user else row.language,
                known=knows_number(request, phone),
            )
    query = urlencode({"reference": reference})
    return redirect(f"{reverse('appointments:track-code')}?{query}")


def _by_phone(reference: str) -> tuple[Request | None, str]:
    """Return the request and the phone whose code opens it, "" when none does.

    A private request opens with its PIN alone: its phone is the household's. A number that the
    household has given up is somebody else's, and one of a household that the person has left is
    not theirs.
    """
    row = (
        Request.objects.select_related("citizen__household__user")
        .filter(reference=reference)
        .first()
    )
    if row is None or row.private or row.citizen.left_at:
        return row, ""
    return row, row.citizen.household.phone or ""


@login_not_required
@never_cache
@require_http_methods(GET_POST)
def track_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that went to the phone."""
    if request.method != "POST" or switching_language(request):
        initial = typed(TrackCodeForm, request)
        initial = initial or {"reference": request.GET.get("reference", "")[:64]}
        return render(
            request, "appointments/track-code.html", {"form": TrackCodeForm(initial=initial)}
        )
    if not allowed(request, "track"):
        return _too_many(request)
    form = TrackCodeForm(request.POST)
    reference = normalise(request.POST.get("reference", ""))
    if form.is_valid() and reference is not None:
        row, phone = _by_phone(reference)
        if phone and check_code(
            phone=phone, purpose=TRACK, subject=reference, typed=form.cleaned_data["code"]
        ):
            if row is not None and needs_a_name(request, row):
                return redirect("appointments:track-name")
            return _open(request, reference)
    if not form.errors:
        form.add_error("code", _("This code is not right or no longer good. Ask for a new one."))
    return render(request, "appointments/track-code.html", {"form": form}, status=422)


@login_not_required
@never_cache
@require_safe
def track_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The request behind a PIN or a code; without them, the page that asks for them."""
    known = normalise(reference)
    if known is None:
        raise Http404
    if known != reference:
        return redirect("appointments:track-detail", known)
    moment = now()
    try:
        reached = access.reach(request, known, moment=moment)
    except (access.SignInFirst, Http404):
        return redirect(f"{reverse('appointments:track')}?{urlencode({'reference': known})}")
    if not reached.tracked:
        return redirect(reached.url)
    return render(request, "appointments/detail.html", context_of(request, reached, moment))


def _open(request: HttpRequest, reference: str) -> HttpResponse:
    """Open the reference in this browser, in a session with a new key."""
    access.grant(request, reference, moment=now())
    if not request.user.is_authenticated:
        request.session.cycle_key()
    return redirect("appointments:track-detail", reference)


def _form_page(request: HttpRequest, form: TrackForm, status: int = 200) -> HttpResponse:
    return render(request, "appointments/track.html", {"form": form}, status=status)


def _too_many(request: HttpRequest) -> HttpResponse:
    words = _("Many tries came from your connection. Please go on in a quarter of an hour.")
    return refusal_page(request, 429, text=words)
