"""What is done with a receipt: marked, returned, pulled back, parked, put in a file, closed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from eoffice.door import at_the_desk
from eoffice.forms.receipts import ActForm
from eoffice.models import Desk, Holding, Receipt
from eoffice.permissions import Seat, visible_at
from eoffice.receipt_page import ACTS, form_of, page_of
from eoffice.services import closing, filing, moving, particulars
from eoffice.services.moving import Sent
from eoffice.services.refusals import Elsewhere, Refused
from eoffice.services.versions import as_shown
from eoffice.views.receipts import receipt_at
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.refusals import refusal
from esachivalaya.common.states import Overtaken
from officials.models import Charge

SEE_OTHER = 303


@at_the_desk
@require_POST
def act(request: HttpRequest, seat: Seat, pk: int, slug: str) -> HttpResponse:
    """Do one thing with a receipt, once, if it still is as it was shown."""
    row = receipt_at(seat, pk)
    if slug not in ACTS:
        raise Http404
    form = form_of(ACTS[slug], seat, row, request.POST)
    if not form.is_valid():
        return page_of(request, seat, row, slug=slug, form=form, status=422)
    try:
        done = _once(request, seat, row, slug, form)
    except PermissionDenied as problem:
        raise Http404 from problem
    except (Overtaken, Elsewhere):
        return _moved_on(request, seat, row, form)
    except Refused as refused:
        field = refused.field if refused.field in form.fields else None
        form.add_error(field, str(refused.message))
        return page_of(request, seat, row, slug=slug, form=form, status=422)
    except KeyMisused:
        messages.error(request, _("This page was sent before with other words. Please look again."))
        done = False
    if done:
        messages.success(request, str(ACTS[slug].done))
        _warn_of_vacancy(request, form.cleaned_data.get("to"))
    response = redirect("eoffice:receipt", seat.desk.post.code, pk)
    response.status_code = SEE_OTHER
    return response


def _once(request: HttpRequest, seat: Seat, row: Receipt, slug: str, form: ActForm) -> bool:
    said = dict(form.cleaned_data)
    key, version = said.pop("key"), said.pop("version")
    asked = {name: getattr(value, "pk", value) for name, value in said.items()}
    service = _service(seat, row, slug, said, form)

    def do() -> None:
        as_shown(row.item, version)
        service()

    name = f"eoffice.receipt-{slug}:{row.pk}"
    return once(request, do, form=name, key=key, asked={**asked, "version": version})


def _service(
    seat: Seat, row: Receipt, slug: str, said: dict[str, Any], form: Any
) -> Callable[[], object]:
    """Return the service of this act with what the form says."""
    at: dict[str, Any] = {"item": row.item, "desk": seat.desk, "by": seat.charge.user}
    words = said.get("words", "")
    services: dict[str, Callable[[], object]] = {
        "receive": lambda: moving.receive(**at),
        "mark": lambda: moving.mark(
            **at, to=said["to"], sent=Sent(said["action"], words, said["due_on"])
        ),
        "return": lambda: moving.give_back(**at, sent=Sent(words=words)),
        "pull-back": lambda: moving.pull_back(**at),
        "park": lambda: moving.park(**at, until=said["until"], words=words),
        "take-up": lambda: moving.take_up(**at),
        "put-in": lambda: filing.put_in(
            receipt=row, file=said["file"], desk=seat.desk, by=seat.charge.user
        ),
        "particulars": lambda: particulars.change(
            receipt=row, desk=seat.desk, by=seat.charge.user, wanted=form.wanted(), words=words
        ),
        "close": lambda: closing.close(**at, words=words),
        "reopen": lambda: closing.reopen(**at, words=words),
        "cancel": lambda: closing.cancel_number(**at, words=words),
    }
    return services[slug]


def _moved_on(request: HttpRequest, seat: Seat, row: Receipt, form: ActForm) -> HttpResponse:
    """Say where it lies now, with what was typed, to be copied."""
    text = _("It has moved on or was changed meanwhile. Please look at it as it is now.")
    holding = Holding.objects.open().filter(item=row.item).select_related("desk__post").first()
    seen = visible_at(seat).filter(pk=row.pk).exists()
    if holding is not None and seen:
        text = f"{text} {_('It lies at this desk now: %(desk)s.') % {'desk': holding.desk}}"
    typed = (form.cleaned_data.get(name) for name in ("words", "action"))
    return refusal(
        request,
        409,
        text=text,
        kept=[str(words) for words in typed if words],
        url=reverse("eoffice:receipt", args=[seat.desk.post.code, row.pk]),
        action=_("Open the receipt"),
    )


def _warn_of_vacancy(request: HttpRequest, desk: Desk | None) -> None:
    if desk is not None and not Charge.objects.live().filter(post=desk.post_id).exists():
        messages.warning(
            request, _("Nobody holds this post at present. It waits there for who comes.")
        )
