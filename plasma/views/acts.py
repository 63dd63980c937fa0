"""How a donor's form acts: once, with what came of it said on the next page."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.refusals import refusal
from esachivalaya.common.states import Overtaken
from plasma.donor_door import Visitor

SEE_OTHER = 303


def act_once(
    request: HttpRequest,
    visitor: Visitor,
    act: Callable[[], object],
    *,
    name: str,
    key: str,
    asked: Mapping[str, Any],
    done: str,
    to: str = "link",
) -> HttpResponse:
    """Do ``act`` once and lead to the page ``to``; sent again, it only leads there.

    What is refused is raised for the page to say beside its field; a pledge that changed meanwhile
    is told with a 409.
    """
    try:
        if (
            once(request, act, form=name, key=key, asked=asked, principal=visitor.principal)
            and done
        ):
            messages.success(request, done)
    except KeyMisused:
        messages.warning(request, _("This page was sent before. This is what stands now:"))
        return redirect(visitor.url())
    except Overtaken:
        words = _("Your visit was changed meanwhile. Please look at it as it is now.")
        return refusal(request, 409, text=words, url=visitor.url(), action=_("See what stands"))
    response = redirect(visitor.url(to))
    response.status_code = SEE_OTHER
    return response


def say(form: forms.Form, refused: Refused) -> None:
    """Put the sentence of a refusal beside its field."""
    words = str(refused.message)
    if refused.until is not None:
        words = (
            f"{words} {_('From %(when)s it is possible.') % {'when': datetime_long(refused.until)}}"
        )
    form.add_error(refused.field if refused.field in form.fields else None, words)


def status_of(refused: Refused) -> int:
    """Return the status of a page that says a refusal: 409 for a race that was lost."""
    return 409 if isinstance(refused, SlotTaken) else 200
