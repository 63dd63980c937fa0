"""The operator's page: what runs, what lags, and what to do, in plain words."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from esachivalaya.common import clock
from esachivalaya.common.models import Sweep
from esachivalaya.notifications.admin.operations import duration
from esachivalaya.notifications.permissions import may_watch
from esachivalaya.watching import judging, work
from esachivalaya.watching.figures import Told, kept

if TYPE_CHECKING:
    SweepBase = admin.ModelAdmin[Sweep]
else:
    SweepBase = admin.ModelAdmin


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show how the portal is doing, to those who watch the messages and to the superuser.

    Figures alone: nobody's name, number or words stand here.
    """
    user: Any = request.user
    if not (may_watch(user) or user.is_superuser):
        raise PermissionDenied
    told = kept.told()
    found = judging.findings(told)
    context = {
        **admin.site.each_context(request),
        "title": _("Is the portal doing its work?"),
        "now": clock.now(),
        "findings": found,
        "trouble": [one for one in found if one.level != "done"],
        "work": _work(told),
        "watches_messages": may_watch(user),
    }
    return render(request, "admin/watching.html", context)


def _work(told: Told) -> list[dict[str, Any]]:
    """Return each kind of regular work with how long ago it was done and whether it is late."""
    done_at = told["esachivalaya_work_last_success_timestamp_seconds"].values
    rows = []
    for one in work.ALL:
        at = done_at.get((one.name,))
        age = None if at is None else told.read_at - at
        late = age is None or age > one.late_after
        rows.append(
            {
                "words": one.words,
                "name": one.name,
                "age": age,
                "since": _("never yet") if age is None else duration(age),
                "kind": "waiting" if late else "done",
                "state": _("late") if late else _("in time"),
            }
        )
    return rows


@admin.register(Sweep)
class WatchingAdmin(SweepBase):
    """Only a place for the page: the rows of regular work are shown in it and changed nowhere."""

    def get_urls(self) -> list[URLPattern]:
        page = never_cache(self.admin_site.admin_view(show))
        return [path("", page, name="watching")]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Sweep | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Sweep | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Sweep | None = None) -> bool:
        return False
