"""My appointments, and one of them."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from appointments import access
from appointments.forms.changes import VersionForm
from appointments.models import Offer, Request
from appointments.phone_codes import grouped, phone_code_of
from appointments.services import timeline
from appointments.standing import standing_of
from appointments.views import earlier
from appointments.views.after_meeting import after_meeting_of
from appointments.views.citizens_only import for_households, signed_in
from appointments.views.draw_wishes import shown_wishes
from appointments.views.summaries import rows_of
from esachivalaya.common import registry
from esachivalaya.common.clock import now
from esachivalaya.common.paging import page_of
from esachivalaya.common.references import normalise

SHOWN = 20
MOVABLE = {Request.Status.REQUESTED, Request.Status.CONFIRMED}
NEVER_CONFIRMED = {
    Request.Status.REQUESTED,
    Request.Status.DECLINED,
    Request.Status.WITHDRAWN,
    Request.Status.RELEASED,
}


@login_not_required
@never_cache
@require_safe
@for_households
def mine(request: HttpRequest) -> HttpResponse:
    """The household's requests: open ones first, then past ones, newest first."""
    moment = now()
    offers = Offer.objects.filter(
        request=OuterRef("pk"), status=Offer.Status.OPEN, expires_at__gt=moment
    )
    rows = (
        Request.objects.visible_to(signed_in(request))
        .select_related("post", "citizen")
        .annotate(
            past=Case(
                When(status__in=MOVABLE, then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            ),
            # Then the household's answer is waited for, not the office's.
            offered_until=Subquery(offers.values("expires_at")[:1]),
        )
    )
    page = page_of(rows, by=["past", "-id"], token=request.GET.get("after", ""), size=SHOWN)
    context = {
        "open": [row for row in page.rows if row.is_open],
        "past": [row for row in page.rows if not row.is_open],
        "page": page,
        "now": moment,
        "draw_wishes": shown_wishes(signed_in(request), moment) if page.first else [],
    }
    return render(request, "appointments/list.html", context)


@login_not_required
@never_cache
@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One request of the household; right after sending also its acknowledgement."""
    known = normalise(reference)
    if known and known != reference:
        return redirect("appointments:detail", known)
    moment = now()
    try:
        reached = access.reach(request, reference, moment=moment)
    except access.SignInFirst:
        return access.sign_in_first(request)
    if reached.tracked:
        return redirect(reached.url)
    return render(request, "appointments/detail.html", context_of(request, reached, moment))


def may_ask_anew(row: Request, reached: access.Reached) -> bool:
    """Whether the page of a closed request leads to a new one with the same office.

    Not after a meeting: the office's pause comes first. A released one of one's own has a better
    way, which keeps its turn.
    """
    keeps_turn = row.status == Request.Status.RELEASED and reached.own
    closed = not row.is_open and row.status != Request.Status.MET
    return closed and not keeps_turn and row.post.active


def context_of(request: HttpRequest, reached: access.Reached, moment: Any) -> dict[str, Any]:
    """Return what the page of one request shows, for the household and behind a PIN alike."""
    row = reached.row
    offer = None
    if row.status == Request.Status.REQUESTED:
        offer = row.offers.filter(status=Offer.Status.OPEN, expires_at__gt=moment).first()
    begun = row.starts_at is not None and row.starts_at <= moment
    pin = access.remembered_pin(request, row.reference, moment=moment)
    waiting = row.status == Request.Status.REQUESTED
    # As soon as something has happened, the page says that and thanks no longer.
    just_sent = bool(pin) and waiting and offer is None and moment < row.due_at
    after = after_meeting_of(reached, moment)
    return {
        "row": row,
        "now": moment,
        "after": after,
        "standing": standing_of(row, offer=offer, moment=moment),
        "offer": offer,
        "form": VersionForm(initial={"version": row.version}),
        "tracked": reached.tracked,
        "own": reached.own,
        "rows": rows_of(row) if reached.own else [],
        "papers": list(row.attachments.select_related("stored")) if reached.own else [],
        "pin": pin,
        "just_sent": just_sent,
        "phone_code": grouped(phone_code_of(row.pk)),
        "events": [
            {"at": entry.at, "what": entry.title, "words": entry.words, "kind": entry.tone}
            for entry in timeline.entries(row)
        ],
        "waiting": waiting,
        # Until an office confirms it, a time is no more than a wish.
        "was_confirmed": row.status not in NEVER_CONFIRMED,
        "can_withdraw": row.is_open and not begun,
        "can_move": row.is_open and not begun and row.post.active,
        "can_ask_again": row.status == Request.Status.RELEASED and reached.own,
        "can_ask_anew": may_ask_anew(row, reached) and not after.get("followed_by"),
        "has_time": row.starts_at is not None and row.is_open,
        **earlier.context_of(row, moment=moment),
        "back": reverse("appointments:track" if reached.tracked else "appointments:list"),
        "buttons": [
            button for found in registry.buttons("appointments.request", row.pk) for button in found
        ],
    }
