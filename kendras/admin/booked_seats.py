"""The panel on which whoever takes a place out of service sees whose booked seats that costs.

Nothing is changed before the very list that is shown was confirmed. It works without JavaScript:
what was typed is kept, and the same button saves and frees the seats.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.service_admin import ServiceAdmin
from kendras.services.places import SeatsBooked

if TYPE_CHECKING:
    Base = ServiceAdmin
else:
    Base = object

CONFIRMED = "seats_seen"


def confirmed_in(request: HttpRequest) -> str:
    """Return the mark of the list that was confirmed, "" when none was."""
    return str(request.POST.get(CONFIRMED, ""))


class AsksAboutSeats(Base):
    """For a :class:`ServiceAdmin` whose services refuse with :class:`SeatsBooked`."""

    change_form_template = "admin/kendras/change_form.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        show_and_save = on_deadlock(super().changeform_view)
        return show_and_save(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        refusal = getattr(request, "refusal", None)
        if isinstance(refusal, SeatsBooked):
            context["booked_seats"] = refusal
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        if confirmed_in(request):
            messages.success(request, _("The seats were freed, and the people are being told."))
        return super().response_change(request, obj)
