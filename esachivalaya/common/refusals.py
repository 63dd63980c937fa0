"""Pages for what cannot be done now, 409 and 429; what was typed is kept."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# Fields whose content is never shown again.
SECRET_NAMES = re.compile(r"code|otp|pin|password|token|key|switch_language", re.IGNORECASE)
LONGEST = 20_000


def kept_text(request: HttpRequest) -> list[str]:
    """Return the longer texts of a form that was sent from our own pages, to be copied anew.

    A form sent from another site is not shown: nobody else writes on our pages.
    """
    origin = request.headers.get("Origin", "")
    own = {urlsplit(settings.PUBLIC_URL).netloc, request.get_host()}
    if request.method != "POST" or urlsplit(origin).netloc not in own:
        return []
    return [
        value[:LONGEST]
        for name, values in request.POST.lists()
        if not SECRET_NAMES.search(name)
        for value in values
        if len(value) >= 10
    ]


def refusal(
    request: HttpRequest,
    status: int,
    *,
    text: str,
    kept: list[str] | None = None,
    url: str = "",
    action: str = "",
    **context: Any,
) -> HttpResponse:
    """Render 409.html or 429.html: ``text`` says what happened and what to do.

    ``kept`` is text to be shown for copying; ``url`` and ``action`` are the next step as a link.
    """
    told = {"text": text, "kept": kept or [], "url": url, "action": action, **context}
    return render(request, f"{status}.html", told, status=status)
