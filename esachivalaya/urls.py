"""The portal's addresses. Names that others rely on: they do not change."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("esachivalaya.pages.urls")),
    path("", include("esachivalaya.common.urls")),
    path("", include("esachivalaya.watching.urls")),
    path("", include("esachivalaya.notifications.urls")),
    path("accounts/", include("esachivalaya.accounts.urls")),
    path("officials/", include("appointments.officials_urls")),
    path("", include("appointments.urls")),
    path("meetings/", include("meetings.urls")),
    path("kendra/", include("kendras.urls")),
    path("plasma/", include("plasma.urls")),
    path("eoffice/", include("eoffice.urls")),
    path("verify/", include("eoffice.urls.verifying")),
    path("admin/", admin.site.urls),
]

handler400 = "esachivalaya.pages.views.bad_request"
handler403 = "esachivalaya.pages.views.permission_denied"
handler404 = "esachivalaya.pages.views.page_not_found"
handler500 = "esachivalaya.pages.views.server_error"
