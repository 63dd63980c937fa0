"""Deny by default, without asking who it is where that makes no difference."""

from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest


class SignInFirst(LoginRequiredMiddleware):
    """Django's own middleware, which reads the person only for views that ask for a sign-in.

    A meeting's page asks every second, known by its seat: session, user and second factor would be
    read each time for nothing.
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> Any:
        """Let public views pass unasked; everything else is Django's to judge."""
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)
