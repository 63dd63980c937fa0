"""Whether a page's script asks for something, or a person opens it."""

from django.http import HttpRequest

JSON = "application/json"


def asked_by_script(request: HttpRequest) -> bool:
    """Whether a script fetches this: then no other page can be shown in its place.

    Current browsers say so themselves; a script that names JSON as what it takes says it too.
    """
    return request.headers.get("Sec-Fetch-Dest", "") == "empty" or takes_json(request)


def takes_json(request: HttpRequest) -> bool:
    """Whether JSON is what the asker understands."""
    return JSON in request.headers.get("Accept", "")
