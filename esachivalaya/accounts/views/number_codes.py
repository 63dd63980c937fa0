"""The code on a new number, for the pages that ask for one: it waits in the session."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from esachivalaya.accounts.client_address import address_of
from esachivalaya.accounts.forms.citizens import CodeForm
from esachivalaya.accounts.known_browsers import knows_number
from esachivalaya.accounts.models import SignInCode, User
from esachivalaya.accounts.services.codes import GOOD_FOR, Checked, check_code, send_code
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.common import clock
from esachivalaya.common.formats import chosen_language, datetime_long
from esachivalaya.common.language import switching_language, typed

KEY = "number_code"
PURPOSE = SignInCode.Purpose.NUMBER
# Whoever read the code out may take a moment to answer the next question.
KEPT_FOR = GOOD_FOR + timedelta(minutes=5)


def send(
    request: HttpRequest,
    *,
    phone: str,
    subject: str,
    key: str,
    operator: User | None = None,
    **kept: Any,
) -> None:
    """Send a code to ``phone`` and remember in the session for what; ``kept`` goes with it.

    Raises what :func:`send_code` raises. Whose the number is now is looked at after the proof only:
    nobody learns here which numbers are known. At a Kendra's counter ``operator`` says who asks:
    all its people come from one address.
    """
    send_code(
        phone=phone,
        purpose=PURPOSE,
        subject=subject,
        address=f"operator:{operator.pk}" if operator else address_of(request),
        language=chosen_language(),
        key=key,
        at_counter=operator is not None,
        known=knows_number(request, phone),
    )
    at = clock.now().isoformat()
    request.session[KEY] = {"phone": phone, "subject": subject, "at": at, **kept}


def held(request: HttpRequest, subject: str) -> dict[str, Any] | None:
    """Return what was begun in this session for ``subject``, unless it is too long ago."""
    found = request.session.get(KEY)
    if not found or found["subject"] != subject:
        return None
    fresh = clock.now() - datetime.fromisoformat(found["at"]) < KEPT_FOR
    return dict(found) if fresh else None


def entered(request: HttpRequest, found: dict[str, Any], act: Callable[[], str]) -> CodeForm | None:
    """Do ``act`` when the code of what was begun was sent, and end that; None when it is done.

    Else the form to be shown: a blank one, or the one that was sent with why it did not succeed.
    ``act`` returns "" or why not, in words.
    """
    if request.method != "POST" or switching_language(request):
        return CodeForm(initial=typed(CodeForm, request))
    form = CodeForm(request.POST)
    if not form.is_valid():
        return form
    if problem := _check(found, form.cleaned_data["code"]) or act():
        form.add_error("code", problem)
        return form
    request.session.pop(KEY, None)
    return None


def _check(found: dict[str, Any], code: str) -> str:
    """Return "" when ``code`` is the right one, else the sentence that says why it is not."""
    checked = check_code(
        phone=found["phone"], purpose=PURPOSE, subject=found["subject"], typed=code
    )
    return "" if checked else why_not(checked)


def why_not(checked: Checked) -> str:
    """Say what can be done after a code that was not right."""
    if checked.reason != "wrong":
        return _("This code can no longer be used. Go back and ask for a new one.")
    words = ngettext(
        "This is not the code from the newest SMS. You can try %(count)s more time.",
        "This is not the code from the newest SMS. You can try %(count)s more times.",
        checked.tries_left,
    )
    return words % {"count": checked.tries_left}


def in_words(refused: Refused) -> str:
    """Return why something was refused, and when it ends if it does."""
    if refused.until is None:
        return str(refused.message)
    told = {"reason": refused.message, "until": datetime_long(refused.until)}
    return _("%(reason)s It is possible from %(until)s.") % told
