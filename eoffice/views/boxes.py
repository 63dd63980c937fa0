"""The lists of a desk: inbox, sent, created, parked, closed. One page shows them all."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from eoffice.door import at_the_desk
from eoffice.forms.boxes import BoxForm, SearchForm, ViewForm
from eoffice.list_rows import table
from eoffice.models import SavedView
from eoffice.permissions import Seat
from eoffice.services import boxes

TITLES = {
    "inbox": gettext_lazy("Inbox"),
    "sent": gettext_lazy("Sent"),
    "created": gettext_lazy("Created here"),
    "parked": gettext_lazy("Parked"),
    "closed": gettext_lazy("Closed here"),
}
EMPTY = {
    "inbox": gettext_lazy("What is marked to this desk, diarised or opened here, lies here."),
    "sent": gettext_lazy("What this desk sends is listed here, with where it lies now."),
    "created": gettext_lazy("Receipts diarised and files opened here are listed here."),
    "parked": gettext_lazy("What was laid aside comes back into the inbox on its day."),
    "closed": gettext_lazy("What this desk closes is listed here."),
}


def _listed(name: str) -> Callable[..., Any]:
    @at_the_desk
    @require_safe
    def listed(request: HttpRequest, seat: Seat) -> HttpResponse:
        form = BoxForm(request.GET)
        wanted = form.wanted()
        head = boxes.head(seat)
        token = request.GET.get("after", "")
        box = boxes.box(seat, name, today=head.today, wanted=wanted, token=token)
        context = {
            "seat": seat,
            "box": box,
            "table": table(name, box.lines, seat),
            "title": TITLES[name],
            "empty": EMPTY[name],
            "form": BoxForm(initial=wanted),
            "wanted": wanted,
            "search_form": SearchForm(auto_id="head_%s"),
            "counts": head.counts,
            "views": head.views,
            "view_form": ViewForm(
                initial={"box": name, "query": _query(wanted)}, auto_id="view_%s"
            ),
            "acts": name in {"inbox", "parked"},
        }
        return render(request, "eoffice/boxes/box.html", context)

    return listed


inbox = _listed("inbox")
sent = _listed("sent")
created = _listed("created")
parked = _listed("parked")
closed = _listed("closed")


def _query(wanted: dict[str, Any]) -> str:
    """Return the filters as an address writes them, without anything else that stood there."""
    query = QueryDict(mutable=True)
    for name in sorted(wanted):
        query[name] = "on" if wanted[name] is True else str(wanted[name])
    return query.urlencode()


@at_the_desk
@require_POST
def keep_view(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep a list with its filters under a name; the same name again is the newer view."""
    form = ViewForm(request.POST)
    if not form.is_valid() or form.cleaned_data["box"] not in boxes.BOXES:
        messages.error(request, _("Write a name for the view."))
        return redirect("eoffice:inbox", seat.desk.post.code)
    name, box = form.cleaned_data["name"], form.cleaned_data["box"]
    query = _query(BoxForm(QueryDict(form.cleaned_data["query"])).wanted())
    own = SavedView.objects.filter(by=request.user.pk)
    # Two tabs at once: the second one finds the first one's row.
    try:
        with transaction.atomic():
            if not own.filter(name=name).update(box=box, query=query):
                _add_view(request, seat, name=name, box=box, query=query)
    except IntegrityError:
        own.filter(name=name).update(box=box, query=query)
    return redirect(f"{reverse(f'eoffice:{box}', args=[seat.desk.post.code])}?{query}")


def _add_view(request: HttpRequest, seat: Seat, **fields: str) -> None:
    own = SavedView.objects.filter(by=seat.charge.user)
    if own.count() >= boxes.MOST_VIEWS:
        messages.error(request, _("You keep 20 views already: remove one first."))
        return
    last = own.aggregate(found=Max("position"))["found"] or 0
    SavedView.objects.create(by=seat.charge.user, position=last + 1, **fields)
    messages.success(request, _("The view is kept."))


@at_the_desk
@require_POST
def forget_view(request: HttpRequest, seat: Seat, pk: int) -> HttpResponse:
    """Remove one's own view; what lies in it stays where it is."""
    view = get_object_or_404(SavedView, pk=pk, by=request.user.pk)
    box = view.box
    view.delete()
    return redirect(f"eoffice:{box}", seat.desk.post.code)
