"""Drafts on a file: the page of one with its versions, and what is done with it."""

import io
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from eoffice import pdf
from eoffice.door import at_the_desk
from eoffice.forms.drafts import (
    EditForm,
    IssueForm,
    ReturnForm,
    SendForm,
    ThroughForm,
    VersionForm,
)
from eoffice.models import Draft, File, Holding, Issue
from eoffice.permissions import Seat, visible_at
from eoffice.services import differences, dispatching, drafts, issuing, openings
from eoffice.services.refusals import Elsewhere, Refused
from esachivalaya.common import paper_answers
from esachivalaya.common.idempotency import KeyMisused, new_key, once
from esachivalaya.common.states import Overtaken

SEE_OTHER = 303
Status = Draft.Status
# Which acts the page offers in which state; the services decide.
OFFERED: dict[str, tuple[str, ...]] = {
    Status.BEING_WRITTEN: ("edit", "put-up", "discard"),
    Status.RETURNED: ("edit", "put-up", "discard"),
    Status.PUT_UP: ("approve", "return", "edit"),
    Status.APPROVED: ("issue", "edit"),
    Status.ISSUED: ("send-all", "send"),
}
FORMS: dict[str, type[VersionForm]] = {
    "edit": EditForm,
    "put-up": VersionForm,
    "discard": VersionForm,
    "approve": VersionForm,
    "return": ReturnForm,
    "issue": IssueForm,
    "send": SendForm,
    "send-all": ThroughForm,
}
SENDING = ("send", "send-all")


@at_the_desk
@require_safe
def draft(request: HttpRequest, seat: Seat, pk: int, number: int) -> HttpResponse:
    """Show a draft: its words, what changed between two versions, and what can be done."""
    row = draft_or_404(seat, pk, number)
    openings.opened(item=row.file.item, seat=seat, what=f"draft {row.ordinal}")
    return page_of(request, seat, row)


@at_the_desk
@sensitive_post_parameters("passphrase")
@require_POST
def act(request: HttpRequest, seat: Seat, pk: int, number: int, name: str) -> HttpResponse:
    """Do one thing with a draft, once, if it still is as it was shown."""
    row = draft_or_404(seat, pk, number)
    if name not in FORMS:
        raise Http404
    form = _form(name, row, request.POST)
    if form.is_valid() and done_once(
        request, form, lambda: _act(name, seat, row, form.cleaned_data), f"draft-{name}:{row.pk}"
    ):
        messages.success(request, _("Done."))
        return to_draft(seat, row)
    again = draft_or_404(seat, pk, number)
    openings.opened(item=again.file.item, seat=seat, what=f"draft {again.ordinal}")
    as_it_is_now(form, again.version)
    return page_of(request, seat, again, failed=(name, form), status=status_of(form))


@at_the_desk
@never_cache
@require_safe
def letter(request: HttpRequest, seat: Seat, pk: int, number: int) -> FileResponse:
    """Hand out the letter: as it was issued, or as the draft would look."""
    row = draft_or_404(seat, pk, number)
    openings.opened(item=row.file.item, seat=seat, what=f"draft {row.ordinal}")
    issued = Issue.objects.filter(draft=row).select_related("stored").first()
    if issued is not None:
        return paper_answers.download(issued.stored, "letter.pdf")
    content = io.BytesIO(pdf.letter(issuing.sheet_of(row)))
    return FileResponse(
        content, as_attachment=True, filename="draft.pdf", content_type="application/pdf"
    )


def page_of(
    request: HttpRequest,
    seat: Seat,
    row: Draft,
    *,
    failed: tuple[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page of a draft, with the form that was refused as it was sent."""
    versions = list(row.versions.select_related("desk__post", "by").order_by("number"))
    old, new_one = _two(request, versions)
    here = is_here(row, seat)
    offered = OFFERED.get(row.status, ())
    if not drafts.may_approve(seat):
        offered = tuple(one for one in offered if one != "approve")
    forms = {name: _form(name, row) for name in offered} if here else {}
    issued = Issue.objects.filter(draft=row).first()
    sends = issued and seat.desk.pk in {issued.desk_id, row.made_at_desk_id}
    if row.status == Status.ISSUED:
        forms = {name: _form(name, row) for name in SENDING} if sends else {}
    if failed:
        forms[failed[0]] = failed[1]
    context = {
        "seat": seat,
        "draft": row,
        "issued": issued,
        "latest": versions[-1],
        "versions": versions,
        "old": old,
        "new": new_one,
        "changes": differences.between(old, new_one) if old else None,
        "approval": drafts.approval_of(row),
        "dispatches": dispatching.of_issue(issued) if issued else [],
        "addresses": here and row.status in drafts.OPEN,
        "forms": {name.replace("-", "_"): form for name, form in forms.items()},
        "form": failed[1] if failed else None,
    }
    return render(request, "eoffice/drafts/draft.html", context, status=status)


def _act(name: str, seat: Seat, row: Draft, data: dict[str, Any]) -> None:
    who: dict[str, Any] = {"desk": seat.desk, "by": seat.charge.user}
    more = {key: value for key, value in data.items() if key not in {"key", "version"}}
    if name in SENDING:
        send = dispatching.send if name == "send" else dispatching.send_to_all
        send(issue=row.issue, **who, **more)
        return
    acts: dict[str, Callable[..., object]] = {
        "edit": drafts.edit,
        "put-up": drafts.put_up,
        "discard": drafts.discard,
        "approve": drafts.approve,
        "return": drafts.give_back,
        "issue": issuing.issue,
    }
    acts[name](draft=row, version=data["version"], **who, **more)


def done_once(request: HttpRequest, form: Any, act: Callable[[], object], name: str) -> bool:
    """Act once; what is refused stands in the form, with everything that was typed."""
    # The passphrase is not even kept as part of a digest.
    asked = {key: str(value) for key, value in form.cleaned_data.items() if key != "passphrase"}
    try:
        once(request, act, form=name, key=form.cleaned_data["key"], asked=asked)
    except PermissionDenied as problem:
        raise Http404 from problem
    except Overtaken:
        form.stale = True
        form.add_error(None, _("Somebody changed it meanwhile. What you wrote is kept below."))
    except Elsewhere as moved:
        form.stale = True
        form.add_error(None, str(moved.message))
    except Refused as refused:
        form.add_error(
            refused.field if refused.field in form.fields else None, str(refused.message)
        )
    except KeyMisused:
        form.stale = True
        form.add_error(None, _("This page was sent before with other words. Please look again."))
    return not form.errors


def status_of(form: Any) -> int:
    """Return 409 for a page that others overtook, 422 for what the rules refuse."""
    return 409 if getattr(form, "stale", False) else 422


def as_it_is_now(form: Any, version: int) -> None:
    """Let a form that others overtook be sent again: its reader now sees what they did."""
    if getattr(form, "stale", False):
        form.data = form.data.copy()
        form.data["version"], form.data["key"] = str(version), new_key()


def _form(name: str, row: Draft, data: Any = None) -> Any:
    more: dict[str, Any] = {"draft": row} if name in SENDING else {}
    initial: dict[str, Any] = {"version": row.version}
    if name == "edit":
        latest = drafts.latest_of(row)
        initial |= {"subject": latest.subject, "body": latest.body}
    return FORMS[name](data, initial=initial, auto_id=f"{name}_%s", **more)


def _two(request: HttpRequest, versions: list[Any]) -> tuple[Any, Any]:
    """Return the versions to compare: those asked for, else the last two."""
    by_number = {str(one.number): one for one in versions}
    newer = by_number.get(request.GET.get("to", ""), versions[-1])
    before = [one for one in versions if one.number < newer.number]
    older = by_number.get(request.GET.get("from", ""), before[-1] if before else None)
    return older, newer


def is_here(row: Draft, seat: Seat) -> bool:
    """Whether the draft's file lies at this desk."""
    return Holding.objects.open().filter(item=row.file_id, desk=seat.desk).exists()


def file_or_404(seat: Seat, pk: int) -> File:
    """Return a file that may be seen in this seat."""
    seen = visible_at(seat).filter(pk=pk)
    return get_object_or_404(File.objects.select_related("item"), pk__in=seen.values("pk"))


def draft_or_404(seat: Seat, pk: int, number: int) -> Draft:
    """Return a draft on a file that may be seen in this seat."""
    rows = Draft.objects.select_related(
        "file__item", "signatory__post", "made_at_desk__section__department", "template", "issue"
    ).prefetch_related("addressees__correspondent")
    return get_object_or_404(rows, file=file_or_404(seat, pk), ordinal=number)


def to_draft(seat: Seat, row: Draft) -> HttpResponse:
    """Lead to the page of a draft."""
    response = redirect("eoffice:draft", seat.desk.post.code, row.file_id, row.ordinal)
    response.status_code = SEE_OTHER
    return response
