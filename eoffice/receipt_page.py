"""The page of a receipt: particulars, papers, movements, and the forms of what can be done."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from eoffice.forms.desk_field import suggested
from eoffice.forms.receipts import (
    ActForm,
    CopyForm,
    MarkForm,
    ParkForm,
    ParticularsForm,
    PutInForm,
    ReturnForm,
    WordsForm,
)
from eoffice.models import Correspondence, Holding, Item, Movement, Nature, Receipt
from eoffice.permissions import Seat, visible_at
from eoffice.services import copying, ledger_words, openings
from eoffice.services.versions import version_of

Came = Holding.Came
CANCELLED = Item.Status.CANCELLED


@dataclass(frozen=True)
class Act:
    """One thing that can be done: its word in the address, its form and what its button says."""

    slug: str
    title: str | Promise
    form: type[ActForm]
    done: str | Promise
    key: str = ""


ACTS = {
    act.slug: act
    for act in (
        Act("receive", _("The paper is here"), ActForm, _("Received.")),
        Act("mark", _("Mark to another desk"), MarkForm, _("Sent."), "m"),
        Act("put-in", _("Put in a file"), PutInForm, _("It is in the file now."), "f"),
        Act("return", _("Return"), ReturnForm, _("Returned."), "r"),
        Act("pull-back", _("Pull back"), ActForm, _("Pulled back: it lies here again."), "b"),
        Act("park", _("Park"), ParkForm, _("Parked. It comes back by itself on that day."), "p"),
        Act("take-up", _("Take up again"), ActForm, _("It is in the inbox again.")),
        Act("particulars", _("Change particulars"), ParticularsForm, _("Changed.")),
        Act("close", pgettext_lazy("receipt or file", "Close"), WordsForm, _("Closed.")),
        Act("reopen", _("Reopen"), WordsForm, _("Reopened: it lies here.")),
        Act("cancel", _("Cancel the number"), WordsForm, _("The number is cancelled.")),
    )
}


def possible(
    seat: Seat, item: Item, holding: Holding | None, movements: list[Movement]
) -> list[str]:
    """Return what can be done from ``seat`` as things stand; each service asks anew."""
    if holding is None:
        closed_by = item.closed_by_desk
        if item.status != Item.Status.CLOSED or closed_by is None:
            return []
        above = closed_by.section_id == seat.desk.section_id and seat.desk.rank > closed_by.rank
        return ["reopen"] if closed_by.pk == seat.desk.pk or above else []
    if holding.desk_id != seat.desk.pk:
        sent = holding.from_desk_id == seat.desk.pk and holding.came in {Came.MARKED, Came.RETURNED}
        return ["pull-back"] if sent and holding.read_at is None else []
    if item.nature == Nature.PHYSICAL and holding.received_at is None:
        return ["receive"]
    found = ["mark", "put-in"]
    if holding.from_desk_id is not None:
        found.append("return")
    found += ["take-up" if holding.parked_until else "park", "particulars", "close"]
    if [row.act for row in movements] == [Movement.Act.MADE]:
        found.append("cancel")
    return found


def form_of(act: Act, seat: Seat, row: Receipt, data: Any = None, *, version: int = 0) -> ActForm:
    """Return the form of ``act``, with what it offers at ``seat``; ids never meet on one page."""
    # Each form has ids of its own, so that several stand on one page.
    form = act.form(data, initial={"version": version}, auto_id=f"{act.slug}_%s")
    if isinstance(form, PutInForm):
        form.offer(seat)
    if isinstance(form, ParticularsForm):
        form.offer(seat, row)
    return form


def page_of(
    request: HttpRequest,
    seat: Seat,
    row: Receipt,
    *,
    slug: str = "",
    form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; ``form`` is the one of ``slug`` as it was sent, with what is wrong in it."""
    item = row.item
    # Also where a form was refused: the page shows as much of the receipt.
    openings.opened(item=item, seat=seat, what=openings.RECEIPT)
    holding = (
        Holding.objects.open().filter(item=item).select_related("desk__post", "from_desk").first()
    )
    movements = list(
        item.movements.select_related("from_desk__post", "to_desk__post", "by").order_by("seq")
    )
    version = movements[-1].seq if movements else version_of(item)
    acts = [
        (
            ACTS[name],
            form if name == slug and form else form_of(ACTS[name], seat, row, version=version),
        )
        for name in possible(seat, item, holding, movements)
    ]
    request_row = row.request if row.request_id else None
    context = {
        "seat": seat,
        "receipt": row,
        "item": item,
        "holding": holding,
        "here": holding is not None and holding.desk_id == seat.desk.pk,
        "papers": list(row.enclosures.select_related("stored")),
        "movements": [(one, ledger_words.changes(one)) for one in movements],
        "copy_form": CopyForm(auto_id="copy_%s") if item.status != CANCELLED else None,
        "original": copying.original_of(row, seat=seat),
        "copies": copying.copies_of(row, seat=seat),
        "acts": acts,
        "slug": slug,
        "form": form,
        "desks": suggested(seat) if any(act.slug == "mark" for act, _form in acts) else [],
        "in_file": _in_file(seat, row),
        "meeting": request_row,
        "outcome": getattr(request_row, "outcome", None),
    }
    return render(request, "eoffice/receipts/detail.html", context, status=status)


def _in_file(seat: Seat, row: Receipt) -> Correspondence | None:
    """Return where it lies in a file, if that file may be seen here."""
    inside = Correspondence.objects.filter(receipt=row, removed_at__isnull=True)
    return inside.filter(file__item__in=visible_at(seat)).select_related("file__item").first()
