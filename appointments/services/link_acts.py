"""What a short link does when its button is pressed: once, by the service that the page uses."""

from django.db import transaction

from appointments.models import Action, Request, ShortLink
from appointments.services import actions, earlier, lateness, links, wishes
from appointments.services.refusals import Refused
from esachivalaya.common import idempotency
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken

FORM = "appointments.link"
Purpose = ShortLink.Purpose


class Gone(Exception):
    """The link does nothing (any more); why is nobody's business."""


class Outrun(Gone):
    """The earlier time that the link was for is taken; the link itself is not used up by that."""


def use(*, token: str, key: str, said: str = "") -> str:
    """Do what ``token`` stands for and return its purpose.

    ``said`` is the answer where the link asks a question ("done", "not_done").
    Guarantees: once, whoever presses how often and however many at a time; only while the request
    is as it was when the message was written; the same ``key`` again returns the same. Everything
    else raises :class:`Gone`.
    """
    try:
        return _use(token, key, said)
    except idempotency.AlreadySent as before:
        return before.result
    except earlier.TimeGone as problem:
        raise Outrun from problem
    except (idempotency.KeyMisused, Overtaken, Refused) as problem:
        raise Gone from problem


@on_deadlock
@transaction.atomic
def _use(token: str, key: str, said: str) -> str:
    digest = links.digest_of(token)
    found = ShortLink.objects.filter(digest=digest).values_list("request_id", "purpose").first()
    if found is None:
        raise Gone
    request_id, purpose = found
    idempotency.claim(
        principal=f"link:{digest[:40]}",
        form=FORM,
        key=key,
        digest=idempotency.digest_of({"link": digest, "said": said}),
        result=purpose,
    )
    # The request's lock first, as everybody takes it who ends links.
    Request.objects.select_for_update().get(pk=request_id)
    moment = now()
    link = links.find(token, moment=moment)
    if link is None:
        raise Gone
    ShortLink.objects.filter(pk=link.pk).update(used_at=moment)
    request = link.request
    if link.offer is not None:
        wishes.accept_offer(offer=link.offer, by=None)
    elif link.freed is not None:
        earlier.take(request=request, freed=link.freed, by=None, version=link.version)
    elif link.action is not None:
        _say(link.action, said, link.version)
    elif link.purpose == Purpose.WITHDRAW:
        wishes.withdraw(request=request, by=None, version=link.version)
    else:
        lateness.say_late(request=request, by=None, version=link.version)
    return str(purpose)


def _say(action: Action, said: str, version: int) -> None:
    """Say whether an action was done, as one of the two buttons does."""
    if said not in {"done", "not_done"}:
        raise Gone
    actions.say(action=action, done=said == "done", by=None, version=version)
