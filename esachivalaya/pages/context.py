"""What every page knows: the reader's language, the State's contacts, whether this is a demo."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from esachivalaya.common.formats import chosen_language
from esachivalaya.pages import notices

# The day the portal's pages last changed, shown in the footer as GIGW asks. Moved by each release.
LAST_UPDATED = dt.date(2026, 11, 21)


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor; costs no query but that of the notices, once in half a minute.

    They are asked for where they are printed: not for what is no page.
    """
    language = chosen_language()
    match = request.resolver_match
    return {
        "demo": settings.DEMO,
        "language": language,
        "here": match.view_name if match else "",
        "help_line": settings.HELP_LINE,
        "phone_line": settings.PHONE_LINE,
        "grievance_email": settings.GRIEVANCE_EMAIL,
        "state_name": settings.STATE_NAME_EN if language == "en" else settings.STATE_NAME_HI,
        "last_updated": LAST_UPDATED,
        "notices": notices.on_top,
    }
