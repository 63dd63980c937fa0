"""Who did what when: append-only, chained by hash per subject.

A chain holds salted digests; the words themselves stand in :class:`Detail` rows that retention may
erase, so that deletion and an unbroken chain live together.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp


class Entry(models.Model):
    """One act on one subject. The database refuses to change or delete it."""

    subject_kind = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=40)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    act = models.CharField(max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # The post for which the actor acted, by its code: the audit stands below the offices.
    post_code = models.CharField(_("post"), max_length=32, blank=True)
    detail_digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("entry of the record")
        verbose_name_plural = _("who did what")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "seq"], name="audit_entry_dense"
            )
        ]
        indexes = [models.Index(fields=["at"], name="audit_entry_at")]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} #{self.seq}: {self.act}"


class Detail(models.Model):
    """The words of an entry, with the salt of its digest. Erasable; the chain stays whole."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT)
    salt = models.CharField(max_length=32)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"detail of {self.entry_id}"


class Anchor(models.Model):
    """A daily Merkle root over the heads of all chains; its signed copy is kept outside."""

    day = models.DateField(unique=True)
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    heads = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.day}: {self.root[:12]}"
