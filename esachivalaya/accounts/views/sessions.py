"""One's own sessions and password, and signing out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from esachivalaya.accounts.forms.staff import AppCodeForm, ChangePasswordForm
from esachivalaya.accounts.models import User
from esachivalaya.accounts.next_page import wanted_page
from esachivalaya.accounts.services import second_factor
from esachivalaya.accounts.services import sessions as services
from esachivalaya.accounts.services.staff import set_password
from esachivalaya.accounts.views.staff import why_not
from esachivalaya.common.language import switching_language


@require_safe
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in: since when, in what browser, and which one is this."""
    user: Any = request.user
    context: dict[str, Any] = {
        "sessions": services.sessions_of(user),
        "this": request.session.session_key,
        "codes_left": second_factor.recovery_codes_left(user) if user.is_staff else None,
    }
    return render(request, "accounts/sessions.html", context)


@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End all one's other sessions."""
    user: Any = request.user
    count = services.end_sessions(user=user, by=user, keep=request.session.session_key)
    words = ngettext(
        "%(count)s other session was ended.", "%(count)s other sessions were ended.", count
    )
    messages.success(request, words % {"count": count})
    return redirect("accounts:sessions")


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    next_page = wanted_page(request, "home")
    services.sign_out(request)
    messages.success(request, _("You are signed out."))
    return redirect(next_page)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("old", "password", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session ends with that."""
    user = _verified_staff(request)
    if request.method != "POST" or switching_language(request):
        return render(request, "accounts/password.html", {"form": ChangePasswordForm(user=user)})
    form = ChangePasswordForm(request.POST, user=user)
    if form.is_valid():
        old = form.cleaned_data["old"]
        if authenticate(request, username=user.username, password=old) == user:
            new = form.cleaned_data["password"]
            set_password(user=user, password=new, keep=request.session.session_key)
            update_session_auth_hash(request, user)
            services.note_session(request, user)
            messages.success(request, _("Your password is changed. Other sessions are ended."))
            return redirect("accounts:sessions")
        form.add_error("old", _("This is not your present password."))
    return render(request, "accounts/password.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make ten new recovery codes, against a code of the app; the old ones end."""
    user = _verified_staff(request)
    if request.method != "POST" or switching_language(request):
        return render(request, "accounts/recovery-renew.html", {"form": AppCodeForm()})
    form = AppCodeForm(request.POST)
    if form.is_valid():
        proof = second_factor.check_totp(user=user, typed=form.cleaned_data["code"])
        if proof:
            codes = second_factor.renew_recovery_codes(user=user)
            return render(request, "accounts/recovery-codes.html", {"codes": codes})
        form.add_error("code", why_not(proof))
    return render(request, "accounts/recovery-renew.html", {"form": form})


def _verified_staff(request: HttpRequest) -> User:
    """Return the staff user; a household has no password, so no such page."""
    user: Any = request.user
    if not user.is_staff or not user.is_verified():
        raise Http404
    return User.objects.get(pk=user.pk)
