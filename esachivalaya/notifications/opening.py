"""Seeing the number behind a message: for a purpose, one message at a time, and on record."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from esachivalaya.audit import services as audit
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from esachivalaya.notifications.permissions import may_watch


@transaction.atomic
def open_address(*, message: Message, by: Any, purpose: str) -> str:
    """Return the full address of ``message`` and record who saw it and what for.

    Only the role *messages* may, and never without a purpose: phones belong to households, and a
    list of them is worth stealing.
    """
    if not may_watch(by):
        raise PermissionDenied
    if not purpose.strip():
        raise ValueError("A number is opened for a purpose.")
    locked: Message = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    audit.record(locked, "address_opened", at=clock.now(), by=by, data={"purpose": purpose.strip()})
    return locked.to
