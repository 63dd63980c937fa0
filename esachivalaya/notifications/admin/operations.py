"""The operators' page: is everything going out, what stands still and why, and what to do."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from esachivalaya.common.constraints import Refusal
from esachivalaya.common.formats import in_india, indian_number, masked_phone
from esachivalaya.common.idempotency import KeyField, KeyMisused, once
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications import breakers, dead_letters
from esachivalaya.notifications.admin.access import for_watchers, page_context
from esachivalaya.notifications.models import (
    Breaker,
    Channel,
    ErrorClass,
    Message,
    MessageClass,
    NumberMark,
)
from esachivalaya.notifications.operations import DEAD_SHOWN, PERIODS, Lane, state

KINDS = {
    "delivered": "done",
    "accepted": "done",
    "sent": "done",
    "failed": "refused",
    "undelivered": "refused",
    "dead": "refused",
    "unknown": "waiting",
    "retry": "waiting",
    "held": "waiting",
    "queued": "waiting",
}


def badge_of(status: str) -> str:
    """Return the kind of badge that a message's status is shown with."""
    return KINDS.get(status, "over")


class ReplayForm(forms.Form):
    """Dead letters to be sent once more, and why that is right now."""

    message = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Messages"),
        coerce=int,
        error_messages={"required": gettext_lazy("Tick at least one message.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why may they be sent now?"),
        help_text=gettext_lazy("For example: the provider has lifted the limit on our account."),
        min_length=5,
        max_length=200,
    )
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["message"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        given = self.data.getlist("message") if self.is_bound else self.initial.get("message", [])  # type: ignore[attr-defined]
        # Which of them are dead letters is the service's to judge, under its lock.
        field.choices = [(pk, pk) for pk in given if str(pk).isdecimal() and len(str(pk)) < 19]


class TryForm(forms.Form):
    """What was mended, before a stopped gateway is tried."""

    mended = forms.CharField(
        label=gettext_lazy("What did you mend?"),
        help_text=gettext_lazy("For example: the account has credit again."),
        min_length=5,
        max_length=200,
    )
    key = KeyField()


@for_watchers
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show how the messages are doing."""
    return _page(request)


@for_watchers
@require_POST
def try_again(request: HttpRequest) -> HttpResponse:
    """Let one message of a stopped gateway be tried now instead of at its next try."""
    gateway = request.POST.get("gateway", "")[:32]
    breaker = Breaker.objects.filter(pk=gateway).first()
    if breaker is None:
        raise Http404
    form = TryForm(request.POST)
    if not form.is_valid():
        return _page(request, trying={gateway: form})
    said = form.cleaned_data
    try:
        fresh = once(
            request,
            lambda: breakers.try_now(breaker=breaker, by=request.user, reason=said["mended"]),
            form="messages-try-again",
            key=said["key"],
            asked={"gateway": gateway, "mended": said["mended"]},
        )
    except KeyMisused:
        messages.warning(request, _("This form was sent before. Look at the page and try again."))
    except Refusal as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(
            request,
            _("One message is being tried now. If it goes through, the rest follows.")
            if fresh
            else _("This was sent before; it was done once."),
        )
    return redirect("admin:notifications_operations")


@for_watchers
@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Put dead letters back into the queue, for a reason that is kept."""
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    said = form.cleaned_data
    chosen = sorted(set(said["message"]))[:DEAD_SHOWN]
    refused: list[str] = []
    try:
        fresh = once(
            request,
            lambda: refused.extend(_replay(chosen, request, said["reason"])),
            form="messages-replay",
            key=said["key"],
            asked={"messages": chosen, "reason": said["reason"]},
        )
    except KeyMisused:
        messages.warning(request, _("This form was sent before. Look at the page and try again."))
        return redirect("admin:notifications_operations")
    _tell(request, fresh=fresh, replayed=len(chosen) - len(refused), refused=refused)
    return redirect("admin:notifications_operations")


def _replay(chosen: list[int], request: HttpRequest, reason: str) -> list[str]:
    """Replay each that can be; return a sentence for each that cannot."""
    refused = []
    for row in Message.objects.filter(pk__in=chosen).order_by("pk"):
        try:
            dead_letters.replay(message=row, by=request.user, reason=reason)
        except Overtaken:
            refused.append(_("Message %d is no dead letter any more.") % row.pk)
        except Refusal as problem:
            refused.append(
                _("Message %(number)d: %(why)s") % {"number": row.pk, "why": str(problem)}
            )
    return refused


def _tell(request: HttpRequest, *, fresh: bool, replayed: int, refused: list[str]) -> None:
    if not fresh:
        messages.info(request, _("This was sent before; it was done once."))
        return
    if replayed:
        words = ngettext(
            "%(count)s message is queued once more.",
            "%(count)s messages are queued once more.",
            replayed,
        )
        messages.success(request, words % {"count": indian_number(replayed)})
    for sentence in refused:
        messages.warning(request, sentence)


def _page(
    request: HttpRequest,
    form: ReplayForm | None = None,
    *,
    trying: Mapping[str, "TryForm"] | None = None,
) -> HttpResponse:
    days = next((n for n in PERIODS if str(n) == request.GET.get("days")), PERIODS[0])
    now = state(days=days)
    stopped = [row for row in now.breakers if row.state == Breaker.State.OPEN]
    context = {
        **page_context(request),
        "title": _("Are the messages going out?"),
        "state": now,
        "days": days,
        "periods": PERIODS,
        "lanes": [_lane(lane) for lane in now.lanes],
        # Six times stand side by side on a phone: without the part of the day.
        "chart": [(f"{in_india(at):%-I:%M}", count) for at, count in now.accepted],
        "failures": [_failure(row) for row in now.failures],
        "stopped": [(row, (trying or {}).get(row.pk) or TryForm()) for row in stopped],
        "working": [row for row in now.breakers if row not in stopped],
        "dead": [(row, masked(row)) for row in now.dead],
        "ticked": set(request.POST.getlist("message")),
        "marks": [(NumberMark.Kind(row["kind"]).label, row["count"]) for row in now.marks],
        "form": form or ReplayForm(),
    }
    return render(request, "admin/notifications/operations.html", context)


def masked(message: Message) -> str:
    """Return the address so that its owner would know it and nobody else learns it."""
    if message.channel == Channel.SMS:
        return masked_phone(message.to)
    name, _at, host = message.to.partition("@")
    return f"{name[:1]}…@{host}"


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "label": lane.klass.label,
        "figure": duration(lane.seconds) if lane.due else _("Nothing waits"),
        "note": _note(lane),
        "kind": lane.kind if lane.due else "done",
    }


def _note(lane: Lane) -> str:
    parts = []
    if lane.due:
        words = ngettext("%(count)s is due", "%(count)s are due", lane.due)
        parts.append(words % {"count": indian_number(lane.due)})
    if lane.later:
        words = ngettext(
            "%(count)s waits for its time", "%(count)s wait for their time", lane.later
        )
        parts.append(words % {"count": indian_number(lane.later)})
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return how long the oldest has waited: seconds while that is what counts."""
    if seconds < 120:
        return _("%d s") % seconds
    if seconds < 7200:
        return _("%d min") % (seconds // 60)
    return _("%d h") % (seconds // 3600)


def _failure(row: dict[str, Any]) -> dict[str, Any]:
    kind = row["error_class"]
    return {
        **row,
        "klass": MessageClass(row["klass"]).label,
        "channel": Channel(row["channel"]).label,
        "status": Message.Status(row["status"]).label,
        "kind": ErrorClass(kind).label if kind else "",
    }
