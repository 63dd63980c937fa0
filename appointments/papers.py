"""The papers of a draft: adding and removing them. Sending the request makes them the request's."""

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Attachment, Draft
from esachivalaya.common import uploads
from esachivalaya.common.clock import ClockTimestamp

MOST = 3


@transaction.atomic
def add_to_draft(*, draft: Draft, paper: uploads.Paper) -> Attachment:
    """Add a checked paper to ``draft``, at the lowest free of its three places.

    The same paper added twice stands once. A fourth is refused (domain rule: the application and
    up to two more). The file of a transaction that is rolled back is an orphan of at most 5 MB.
    """
    Draft.objects.select_for_update().get(pk=draft.pk)
    there = list(draft.attachments.all())
    for attachment in there:
        if attachment.sha256 == paper.sha256:
            return attachment
    taken = {attachment.position for attachment in there}
    position = next((place for place in range(1, MOST + 1) if place not in taken), None)
    if position is None:
        raise ValidationError(
            _("Three papers are the most. Remove one before you add another."), code="too_many"
        )
    Draft.objects.filter(pk=draft.pk).update(changed_at=ClockTimestamp())
    return Attachment.objects.create(
        draft=draft,
        position=position,
        name=paper.name,
        content_type=paper.content_type,
        size=len(paper.content),
        sha256=paper.sha256,
        file=uploads.keep(paper),
    )


@transaction.atomic
def remove_from_draft(*, draft: Draft, position: int) -> None:
    """Remove one paper from ``draft``; removing it again changes nothing."""
    for attachment in draft.attachments.select_for_update().filter(position=position):
        forget(attachment)
        attachment.delete()


def forget(attachment: Attachment) -> None:
    """Delete the file of ``attachment`` once this transaction is committed."""
    name = attachment.file.name
    transaction.on_commit(lambda: default_storage.delete(str(name)))
