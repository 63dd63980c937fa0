"""The admin's site: Django's own, with our header, our desk and our rule of who may enter."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin, auth
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from esachivalaya.accounts.next_page import own_desk_of
from esachivalaya.common import registry


class PortalAdminConfig(AdminConfig):
    default_site = "esachivalaya.admin_site.PortalAdminSite"


class PortalAdminSite(admin.AdminSite):
    """Entered by staff with a second factor and a live charge or role; nobody else."""

    site_header = _("e-Sachivalaya: for offices")
    site_title = _("e-Sachivalaya")
    index_title = _("Desk")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the signed-in person may enter."""
        user: Any = request.user
        if not (user.is_active and user.is_staff and user.is_verified()):
            return False
        # Whoever has a duty has a charge or a role; the duties are read once for each request.
        return bool(
            _duties(user)
            or user.is_superuser
            or user.roles.exists()
            or apps.get_model("officials", "Charge").objects.of(user).live().exists()
        )

    def get_urls(self) -> list[Any]:
        """Django's own addresses; each sends the signed-out to the staff's sign-in."""
        urls = super().get_urls()
        _name_login(urls, reverse_lazy("admin:login", current_app=self.name))
        return urls

    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Staff have one sign-in page, with its second factor: go there and come back."""
        user: Any = request.user
        if user.is_authenticated and user.is_staff and user.is_verified():
            # Led here although signed in: the admin is not theirs. Where they work is said.
            own = own_desk_of(user)
            desk = reverse("admin:index", current_app=self.name)
            if own and request.GET.get("next", desk) == desk:
                # "My desk" was asked for: that is where they work.
                return redirect(own)
            if own:
                return render(request, "admin/own-desk.html", {"own_desk": own}, status=403)
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
            wanted = reverse("admin:index", current_app=self.name)
        return redirect(f"{reverse('accounts:staff-sign-in')}?{urlencode({'next': wanted})}")

    @method_decorator(require_POST)
    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """End the session and go home."""
        auth.logout(request)
        return redirect("home")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page changes a password, with its record and the end of the other sessions."""
        return redirect("accounts:password")

    def password_change_done(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's page after its own change, which is not used."""
        return redirect("accounts:sessions")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The desk: what each app has to show of the user's posts, then the set-up pages."""
        context = self.each_context(request)
        context |= {
            "title": self.index_title,
            "app_list": context["available_apps"],
            "parts": [part for part in registry.desk(request) if part is not None],
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, "admin/index.html", context)


def _duties(user: Any) -> bool:
    """Whether a charge or a role of ``user`` permits anything at all."""
    return any(
        backend.get_all_permissions(user)
        for backend in auth.get_backends()
        if hasattr(backend, "get_all_permissions")
    )


def _name_login(patterns: Iterable[URLPattern | URLResolver], address: Any) -> None:
    """Tell LoginRequiredMiddleware where the signed-out go: Django's admin says it in part only."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _name_login(pattern.url_patterns, address)
        elif getattr(pattern.callback, "login_required", True):
            pattern.callback.login_url = address  # type: ignore[attr-defined]
