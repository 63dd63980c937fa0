"""The dispatch desk: what waits to be sent, the register, and what is done with a sending."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from eoffice.door import at_the_desk
from eoffice.forms.dispatch import SHOWS, DispatchFilter, PostedForm
from eoffice.forms.drafts import (
    AgainForm,
    DeliveredForm,
    SendWaitingForm,
    VersionForm,
    WhyForm,
)
from eoffice.models import Classification, Dispatch
from eoffice.permissions import Seat
from eoffice.services import dispatch_register, dispatching
from eoffice.services.dispatch_register import HANDED, REGISTER, WAITING, Outcome
from eoffice.views.drafts import SEE_OTHER, as_it_is_now, done_once, status_of
from esachivalaya.common import paper_answers
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.paging import page_of

SHOWN = 50
Status = Dispatch.Status
FORMS: dict[str, type[VersionForm]] = {
    "send": SendWaitingForm,
    "cancel": WhyForm,
    "delivered": DeliveredForm,
    "came-back": WhyForm,
    "again": AgainForm,
}
OFFERED: dict[str, tuple[str, ...]] = {
    Status.WAITING: ("send", "cancel"),
    Status.SENT: ("delivered", "came-back"),
    Status.RETURNED: ("again",),
}
# The sign that stands beside the word of each state.
TONES = {
    Status.WAITING: "waiting",
    Status.SENT: "info",
    Status.DELIVERED: "done",
    Status.RETURNED: "refused",
    Status.CANCELLED: "over",
}


@at_the_desk
@require_safe
def desk(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Show what waits here to be sent, or the register of what was sent."""
    return _page(request, seat)


@at_the_desk
@require_POST
def act(request: HttpRequest, seat: Seat, pk: int, name: str) -> HttpResponse:
    """Do one thing with a dispatch of this desk, once."""
    row = get_object_or_404(dispatch_register.rows_of(seat), pk=pk)
    if name not in FORMS:
        raise Http404
    form = FORMS[name](request.POST, auto_id=f"{name}_{pk}_%s")
    if form.is_valid() and done_once(
        request, form, lambda: _act(name, seat, row, form.cleaned_data), f"dispatch-{name}:{pk}"
    ):
        messages.success(request, _("Done."))
        return _back(request, seat)
    row.refresh_from_db(fields=["version"])
    as_it_is_now(form, row.version)
    return _page(request, seat, failed=(pk, name, form), status=status_of(form))


@at_the_desk
@require_POST
def posted(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Record that the chosen letters were taken to the post today; each by itself, once."""
    form = PostedForm(request.POST)
    chosen, tracking = form.chosen()
    if not chosen:
        form.add_error(None, _("Choose at least one letter."))
    outcomes: list[Outcome] = []
    if form.is_valid():
        outcomes = _posted(request, seat, form, chosen, tracking)
    for one in (one for one in outcomes if one.refused):
        form.add_error(None, f"{one.row.issue.number}: {one.refused}")
    gone = [one.row.number for one in outcomes if not one.refused]
    if gone:
        words = ngettext(
            "%(count)d letter was sent: %(numbers)s",
            "%(count)d letters were sent: %(numbers)s",
            len(gone),
        )
        told = gone if len(gone) < 3 else [gone[0], "…", gone[-1]]
        messages.success(request, words % {"count": len(gone), "numbers": " ".join(told)})
    if form.errors:
        return _page(request, seat, together=form, status=422)
    return _back(request, seat)


@at_the_desk
@never_cache
@require_safe
def letter(request: HttpRequest, seat: Seat, pk: int) -> FileResponse:
    """Hand the letter to the desk that sends it; staff do not open a confidential one."""
    rows = dispatch_register.rows_of(seat).select_related(
        "issue__stored", "issue__draft__file__item"
    )
    row = get_object_or_404(rows, pk=pk)
    grade = row.issue.draft.file.item.classification
    if grade >= Classification.CONFIDENTIAL and not seat.is_officer:
        raise Http404
    dispatch_register.opened(row, seat)
    return paper_answers.download(row.issue.stored, "letter.pdf")


def _act(name: str, seat: Seat, row: Dispatch, data: dict[str, Any]) -> None:
    who: dict[str, Any] = {"dispatch": row, "desk": seat.desk, "by": seat.charge.user}
    more = {key: value for key, value in data.items() if key != "key"}
    if name == "again":
        dispatching.send_again(**who, mode=data["mode"], tracking=data["tracking"])
    elif name == "send":
        dispatching.send_waiting(**who, **more)
    elif name == "cancel":
        dispatching.cancel(**who, **more)
    elif name == "delivered":
        dispatching.delivered(**who, **more)
    else:
        dispatching.came_back(**who, **more)


def _posted(
    request: HttpRequest,
    seat: Seat,
    form: PostedForm,
    chosen: dict[int, int],
    tracking: dict[int, str],
) -> list[Outcome]:
    """Send each of them, the form once: sent again, it does nothing and says so."""
    outcomes: list[Outcome] = []

    def do() -> None:
        outcomes[:] = dispatch_register.posted_today(
            chosen=chosen, tracking=tracking, desk=seat.desk, by=seat.charge.user
        )

    asked = {"chosen": sorted(chosen.items()), "tracking": sorted(tracking.items())}
    key = form.cleaned_data["key"]
    try:
        once(request, do, form=f"dispatch-posted:{seat.desk.pk}", key=key, asked=asked)
    except KeyMisused:
        form.add_error(None, _("This page was sent before with other words. Please look again."))
    return outcomes


def _page(
    request: HttpRequest,
    seat: Seat,
    *,
    failed: tuple[int, str, Any] | None = None,
    together: PostedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    filters = DispatchFilter(request.GET)
    wanted = filters.wanted()
    show = wanted.get("show") or (_show_of(failed) if failed else WAITING)
    found = dispatch_register.listed(seat, show, wanted)
    # What waits longest first; of what went, the latest.
    order = ["id"] if show == WAITING else ["-id"]
    page = page_of(found, by=order, token=request.GET.get("after", ""), size=SHOWN)
    for row in page.rows:
        names = OFFERED.get(row.status, ()) if show != HANDED else ()
        acts = [(name, _labels()[name], _fresh(name, row, failed)) for name in names]
        row.acts = acts  # type: ignore[attr-defined]
        row.tone = TONES[Status(row.status)]  # type: ignore[attr-defined]
    context = {
        "seat": seat,
        "show": show,
        "shows": SHOWS,
        "filters": filters,
        "narrowed": bool(wanted.keys() - {"show"}),
        "page": page,
        "waiting": dispatch_register.waiting_count(seat),
        "posting": together or PostedForm(),
        "form": failed[2] if failed else together,
        "by_post": Dispatch.Mode.POST,
    }
    return render(request, "eoffice/drafts/dispatch.html", context, status=status)


def _show_of(failed: tuple[int, str, Any]) -> str:
    return WAITING if failed[1] in OFFERED[Status.WAITING] else REGISTER


def _fresh(name: str, row: Dispatch, failed: tuple[int, str, Any] | None) -> Any:
    if failed and failed[:2] == (row.pk, name):
        return failed[2]
    initial = {"version": row.version, "mode": row.mode}
    return FORMS[name](initial=initial, auto_id=f"{name}_{row.pk}_%s")


def _labels() -> dict[str, str]:
    return {
        "send": _("Send"),
        "cancel": _("Give back unsent"),
        "delivered": _("Delivered"),
        "came-back": _("Came back"),
        "again": _("Send again"),
    }


def _back(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Back to the list as it was filtered."""
    response = redirect("eoffice:dispatch", seat.desk.post.code)
    filters = request.GET.urlencode()
    if filters:
        response["Location"] += f"?{filters}"
    response.status_code = SEE_OTHER
    return response
