"""Messages as those who watch them see them: read-only, masked, opened for a purpose."""

import re
from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from esachivalaya.common.formats import datetime_short, indian_number, phone_number
from esachivalaya.common.idempotency import KeyField, KeyMisused, once
from esachivalaya.notifications.admin import operations
from esachivalaya.notifications.admin.access import for_watchers, page_context
from esachivalaya.notifications.models import Channel, Message
from esachivalaya.notifications.opening import open_address
from esachivalaya.notifications.permissions import may_watch

if TYPE_CHECKING:
    MessageBase = admin.ModelAdmin[Message]
else:
    MessageBase = admin.ModelAdmin

LONGEST_PURPOSE = 200
# A link in a message acts for its reader: it accepts a time, or sets a password.
LINK = re.compile(r"(https?://[^/\s]+/)\S+")


class PurposeForm(forms.Form):
    """What somebody wants to see a number for."""

    purpose = forms.CharField(
        label=gettext_lazy("What do you need it for?"),
        help_text=gettext_lazy("For example: the citizen asks at the help line about this SMS."),
        min_length=5,
        max_length=LONGEST_PURPOSE,
    )
    key = KeyField()


def find(pk: int) -> Message:
    """Return the message, or a 404."""
    row: Message | None = Message.objects.select_related("template").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@for_watchers
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One message: what happened to it, its words unless it is a code, its receipts."""
    return _page(request, find(pk), PurposeForm())


@for_watchers
@require_POST
def open_number(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message with its number, this once; who saw it and what for is on record."""
    row = find(pk)
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    said = form.cleaned_data
    try:
        fresh = once(
            request,
            lambda: open_address(message=row, by=request.user, purpose=said["purpose"]),
            form=f"open-number:{row.pk}",
            key=said["key"],
            asked={"purpose": said["purpose"]},
        )
    except KeyMisused:
        fresh = False
    if not fresh:
        messages.info(request, _("The number was shown once. To see it again, say again why."))
        return redirect("admin:notifications_message_change", row.pk)
    shown = phone_number(row.to) if row.channel == Channel.SMS else row.to
    return _page(request, row, None, address=shown)


def _page(
    request: HttpRequest, row: Message, form: PurposeForm | None, *, address: str = ""
) -> HttpResponse:
    context = {
        **page_context(request),
        "title": _("Message %d") % row.pk,
        "row": row,
        "kind": operations.badge_of(row.status),
        "words": LINK.sub(r"\1…", row.body),
        "rows": _facts(row),
        "address": address,
        "masked": operations.masked(row),
        "form": form,
        "receipts": list(row.receipts.order_by("-received_at", "-id")[:50]),
        "replay": operations.ReplayForm(initial={"message": [row.pk]})
        if row.status == "dead"
        else None,
    }
    return render(request, "admin/notifications/message.html", context)


def _facts(row: Message) -> list[dict[str, Any]]:
    def moment(name: str) -> str:
        value = getattr(row, name)
        return datetime_short(value) if value else ""

    facts: list[tuple[Any, Any]] = [
        (_("Class"), row.get_klass_display()),
        (_("Road"), f"{row.get_channel_display()} {row.gateway}".strip()),
        (_("Words from"), f"{row.template.key}, {row.template.version}"),
        (_("Segments"), indian_number(row.segments) if row.segments else ""),
        (_("Written at"), moment("created_at")),
        (_("Not before"), moment("due_at")),
        (_("Worthless after"), moment("expires_at")),
        (_("Last tried at"), moment("began_at")),
        (_("Accepted at"), moment("accepted_at")),
        (_("Finished at"), moment("finished_at")),
        (_("Attempts"), str(row.attempts) if row.attempts else ""),
        (_("Network"), row.network),
        (_("Provider's id"), row.provider_id),
        (_("Kind of error"), row.get_error_class_display() if row.error_class else ""),
        (_("Provider's error"), row.error_code),
        (_("What went wrong"), row.problem),
        (_("Sent again after an unknown outcome"), _("Yes") if row.resent else ""),
    ]
    return [{"label": label, "value": value} for label, value in facts]


@admin.register(Message)
class MessageAdmin(MessageBase):
    """The list, one message's own page instead of Django's form, and the operators' page."""

    purpose = gettext_lazy("What the portal sent and what became of it. Numbers are masked.")
    list_display = [
        "id",
        "written",
        "channel",
        "klass",
        "words_key",
        "address",
        "status",
        "problem",
    ]
    list_filter = ["status", "klass", "channel", "error_class"]
    list_select_related = ["template"]
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-id"]
    actions = None

    @admin.display(description=gettext_lazy("to"))
    def address(self, message: Message) -> str:
        return operations.masked(message)

    @admin.display(description=gettext_lazy("written at"), ordering="id")
    def written(self, message: Message) -> str:
        return datetime_short(message.created_at)

    @admin.display(description=gettext_lazy("message template"))
    def words_key(self, message: Message) -> str:
        return f"{message.template.key} {message.template.version}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        named = {"title": _("All messages"), **(extra_context or {})}
        return super().changelist_view(request, named)

    def get_urls(self) -> list[URLPattern]:
        def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return update_wrapper(self.admin_site.admin_view(view), view)

        name = "notifications_message"
        return [
            path("", page(self.changelist_view), name=f"{name}_changelist"),
            path("operations/", page(operations.show), name="notifications_operations"),
            path(
                "operations/try-again/",
                page(operations.try_again),
                name="notifications_try_again",
            ),
            path("operations/replay/", page(operations.replay), name="notifications_replay"),
            path("<int:pk>/change/", page(show), name=f"{name}_change"),
            path("<int:pk>/number/", page(open_number), name=f"{name}_number"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        # The superuser sets up and sees no content: the role counts, and nothing else.
        return may_watch(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_watch(request.user)
