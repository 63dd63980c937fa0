"""The promise board, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from appointments import board


@login_not_required
@require_safe
def promise(request: HttpRequest) -> HttpResponse:
    """How the offices keep the 24-hour promise this month."""
    return render(request, "appointments/promise.html", {"board": board.board()})
