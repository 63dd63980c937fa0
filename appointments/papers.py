"""The papers of a draft: adding and removing them. Sending the request makes them the request's."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Attachment, Draft
from esachivalaya.common import stored_files, uploads
from esachivalaya.common.clock import ClockTimestamp

MOST = 3


@transaction.atomic
def add_to_draft(*, draft: Draft, paper: uploads.Paper) -> Attachment:
    """Add a checked paper to ``draft``, at the lowest free of its three places.

    The same paper added twice stands once. A fourth is refused (domain rule: the application and
    up to two more). Of the same content one copy is kept, whoever added it.
    """
    Draft.objects.select_for_update().get(pk=draft.pk)
    there = list(draft.attachments.select_related("stored"))
    for attachment in there:
        if attachment.stored.sha256 == paper.sha256:
            return attachment
    taken = {attachment.position for attachment in there}
    position = next((place for place in range(1, MOST + 1) if place not in taken), None)
    if position is None:
        raise ValidationError(
            _("Three papers are the most. Remove one before you add another."), code="too_many"
        )
    Draft.objects.filter(pk=draft.pk).update(changed_at=ClockTimestamp())
    try:
        stored = stored_files.keep(paper)
    except stored_files.StoreAway as problem:
        # A full disk stops papers; the request goes on without them.
        raise uploads.not_kept(paper.name) from problem
    return Attachment.objects.create(draft=draft, position=position, name=paper.name, stored=stored)


@transaction.atomic
def remove_from_draft(*, draft: Draft, position: int) -> None:
    """Remove one paper from ``draft``; removing it again changes nothing."""
    removed = list(draft.attachments.select_for_update().filter(position=position))
    Attachment.objects.filter(pk__in=[paper.pk for paper in removed]).delete()
    stored_files.forget(*(paper.stored_id for paper in removed))
