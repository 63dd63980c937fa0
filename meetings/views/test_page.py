"""The page on which anybody tries camera, microphone, loudspeaker and line. It sends nothing."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from esachivalaya.common.middleware import allowing


@login_not_required
@require_safe
def test_page(request: HttpRequest) -> HttpResponse:
    """Show the test; the browser does it by itself, and no result leaves it."""
    response = render(request, "meetings/test.html")
    response["Permissions-Policy"] = allowing("camera=(self), microphone=(self)")
    return response
