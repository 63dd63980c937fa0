"""The wish to be called back: asked for on the telephone line, done by the office."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from appointments.models import CallBack, Request
from appointments.permissions import may_answer
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.states import Overtaken


@transaction.atomic
def ask(*, request: Request, phone: str, language: str) -> CallBack:
    """Put the wish to be called back on the office's desk; asked again, it stands there once."""
    row = Request.objects.select_related("post").select_for_update(of=("self",)).get(pk=request.pk)
    moment = now()
    asked, made = CallBack.objects.get_or_create(
        request=row,
        done_at=None,
        defaults={"phone": phone, "language": language, "asked_at": moment},
    )
    if made:
        record(row, "call_back_asked", at=moment, post_code=row.post.code)
    return asked


@transaction.atomic
def done(*, call_back: CallBack, by: User) -> CallBack:
    """Take it off the desk: ``by``, who has a live charge of the post, has called.

    The number to call is not kept any longer.
    Of two who press at once the second learns that it was done (:class:`Overtaken`).
    """
    row = (
        Request.objects.select_related("post")
        .select_for_update(of=("self",))
        .get(pk=call_back.request_id)
    )
    if not may_answer(by, row.post):
        raise PermissionDenied
    moment = now()
    open_ = CallBack.objects.filter(pk=call_back.pk, done_at=None)
    if open_.update(done_at=moment, done_by=by, phone="") != 1:
        raise Overtaken(CallBack.objects.get(pk=call_back.pk))
    call_back.done_at, call_back.done_by = moment, by
    record(row, "call_back_done", at=moment, by=by, post_code=row.post.code)
    return call_back
