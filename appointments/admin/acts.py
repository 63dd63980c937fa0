"""An answer of the office, done once: the key of its form is claimed in the act's transaction."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from esachivalaya.common.idempotency import AlreadySent, claim, digest_of
from esachivalaya.common.models import SentForm
from esachivalaya.common.retry import on_deadlock


@on_deadlock
def once(
    request: HttpRequest,
    act: Callable[[], object],
    *,
    form: str,
    key: str,
    asked: Mapping[str, Any],
) -> bool:
    """Do ``act`` and remember its key, both or neither; return whether it was done just now.

    The same key with the same ``asked`` counts as done already and does nothing; with other data
    it raises :class:`~esachivalaya.common.idempotency.KeyMisused`. What ``act`` refuses leaves the
    key free, so that the mended form can be sent again.
    """
    try:
        with transaction.atomic():
            claim(
                principal=f"user:{request.user.pk}",
                form=form,
                key=key,
                digest=digest_of(asked),
                result="done",
            )
            act()
    except AlreadySent:
        return False
    return True


def was_sent(request: HttpRequest, *, form: str, key: str) -> bool:
    """Whether this person has sent this very form before, and it acted."""
    key = key.replace("\x00", "")[:64]
    return SentForm.objects.filter(principal=f"user:{request.user.pk}", form=form, key=key).exists()
