"""What is typed and attached before a request is sent, and the papers of a request."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.requests import Request
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.models import StoredFile
from esachivalaya.common.typed import TypedLine
from officials.models import Post


class Draft(models.Model):
    """A request being typed. It belongs to one browser's session, holds no slot and expires."""

    # Digest of the token that the session carries: whoever reads the table cannot open a draft.
    owner_digest = models.CharField(max_length=64)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    data = models.JSONField(default=dict)
    changed_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_digest", "post"], name="draft_once_per_post")
        ]
        indexes = [models.Index(fields=["changed_at"], name="draft_changed_at")]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class Attachment(models.Model):
    """A paper: the application (प्रार्थना पत्र) and up to two more, checked by content."""

    draft = models.ForeignKey(
        Draft, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments"
    )
    request = models.ForeignKey(
        Request, null=True, blank=True, on_delete=models.PROTECT, related_name="attachments"
    )
    position = models.PositiveSmallIntegerField()
    name = TypedLine(_("file name"), max_length=120)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(draft__isnull=False, request__isnull=True)
                | Q(draft__isnull=True, request__isnull=False),
                name="attachment_of_draft_or_request",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=3), name="attachment_at_most_three"
            ),
            models.UniqueConstraint(fields=["draft", "position"], name="attachment_draft_position"),
            models.UniqueConstraint(
                fields=["request", "position"], name="attachment_request_position"
            ),
        ]

    def __str__(self) -> str:
        return self.name
