"""Deny by default, without asking who it is where that makes no difference."""

from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from esachivalaya.common.by_script import asked_by_script, takes_json


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

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        """Lead a person to the sign-in; tell a script that waits for JSON that there is none.

        Where ``for_scripts`` is set on the view, every script is told so: no other page could
        stand where it puts what it fetches.
        """
        told = asked_by_script if getattr(view_func, "for_scripts", False) else takes_json
        if told(request):
            return JsonResponse({"rule": "signed_out"}, status=401)
        return super().handle_no_permission(request, view_func)
