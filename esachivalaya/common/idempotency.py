"""Forms that act once, however often they are sent.

Every form that creates or moves something carries a key made when the form was shown. The key is
claimed in the transaction that acts: same key and same data give the same result, the same key
with other data is refused as a misuse.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import connection, transaction
from django.http import HttpRequest

from esachivalaya.common.models import SentForm
from esachivalaya.common.retry import on_deadlock


class KeyMisused(Exception):
    """A key came again with other data: two different wishes under one key."""


class AlreadySent(Exception):
    """The form was sent before with the same data; ``result`` is what it led to."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


def new_key() -> str:
    """Return a key for one showing of a form."""
    return secrets.token_urlsafe(18)


def digest_of(data: Mapping[str, Any]) -> str:
    """Return a digest of what was asked, independent of the order of the fields."""
    text = json.dumps(data, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Claim:
    """A claimed key, to be closed with the result of the act."""

    pk: int

    def finish(self, result: str) -> None:
        """Remember ``result`` (an address or reference of at most 300 characters)."""
        SentForm.objects.filter(pk=self.pk).update(result=result)


def claim(*, principal: str, form: str, key: str, digest: str, result: str = "") -> Claim:
    """Claim ``key`` for this act, inside the transaction that acts.

    A second sender of the same key waits until the first has ended: then
    :class:`AlreadySent` is raised when the first succeeded with the same data,
    :class:`KeyMisused` when its data were others, and the claim is granted when it rolled back.
    ``result`` may be given at once where it is known beforehand (a reference).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A key is claimed in the transaction that acts.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_sentform (principal, form, key, digest, result) "
            "VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (principal, form, key) DO NOTHING RETURNING id",
            [principal[:80], form, key[:64], digest, result],
        )
        row = cursor.fetchone()
    if row is not None:
        return Claim(row[0])
    earlier = SentForm.objects.get(principal=principal[:80], form=form, key=key[:64])
    if earlier.digest != digest:
        raise KeyMisused
    raise AlreadySent(earlier.result)


def earlier_result(*, principal: str, form: str, key: str) -> str | None:
    """Return what the form with this key led to, or None when it was not sent before.

    For a repeated sending whose data are gone with the first one (a draft that became a request).
    """
    return (
        SentForm.objects.filter(principal=principal[:80], form=form, key=key[:64])
        .values_list("result", flat=True)
        .first()
    )


@on_deadlock
def once(
    request: HttpRequest,
    act: Callable[[], object],
    *,
    form: str,
    key: str,
    asked: Mapping[str, Any],
    principal: str = "",
) -> bool:
    """Do ``act`` and remember its key, both or neither; return whether it was done just now.

    ``principal`` is whose form it is where nobody has signed in.

    The same key with the same ``asked`` counts as done already and does nothing; with other data
    it raises :class:`KeyMisused`. What ``act`` refuses leaves the
    key free, so that the mended form can be sent again.
    """
    try:
        with transaction.atomic():
            claim(
                principal=principal or f"user:{request.user.pk}",
                form=form[:64],
                key=key,
                digest=digest_of(asked),
                result="done",
            )
            act()
    except AlreadySent:
        return False
    return True


class KeyField(forms.CharField):
    """The hidden field that carries a form's key; a new key each time the form is shown."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("initial", new_key)
        super().__init__(min_length=16, max_length=64, **kwargs)
