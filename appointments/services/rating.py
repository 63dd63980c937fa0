"""What a citizen thought of a meeting: said once, never changed, shown only in averages."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Rating, Request
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock

WORST, BEST = 1, 5


@on_deadlock
@transaction.atomic
def rate(*, request: Request, by: User | None, stars: int, words: str = "") -> Rating:
    """Rate a meeting that was held, once; ``by`` is None for reference and PIN.

    The record says that it was rated and not how: the office reads the record.
    """
    if not WORST <= stars <= BEST:
        raise ValueError(stars)
    row = Request.objects.select_related("post").select_for_update(of=("self",)).get(pk=request.pk)
    if row.status != Request.Status.MET:
        raise Refused("not_met", _("Only a meeting that was held can be rated."))
    if Rating.objects.filter(request=row).exists():
        raise Refused("rated", _("You have rated this meeting already. Thank you."))
    moment = now()
    rating = Rating.objects.create(request=row, stars=stars, words=words.strip(), at=moment)
    record(row, "rated", at=moment, by=by, post_code=row.post.code)
    return rating
