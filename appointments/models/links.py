"""Short links in messages: each does one thing about one request, once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.changes import FreedTime
from appointments.models.meeting_day import Action
from appointments.models.requests import Offer, Request
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField


class ShortLink(models.Model):
    """One link: what it does, to which version of which request, until when.

    Its token stands in the message alone; here is the digest of it. A link that was used, revoked,
    has expired or no longer fits its request reads like one that never was.
    """

    class Purpose(models.TextChoices):
        ACCEPT_OFFER = "accept_offer", _("Accept an offered time")
        WITHDRAW = "withdraw", _("Say that one cannot come")
        LATE = "late", _("Say that one comes late")
        EARLIER = "earlier", _("Take an earlier time")
        ACTION = "action", _("Say whether it was done")

    digest = models.CharField(max_length=64, unique=True)
    purpose = ChoiceField(_("purpose"), choices=Purpose.choices)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="short_links")
    version = models.PositiveIntegerField()
    offer = models.ForeignKey(Offer, null=True, on_delete=models.PROTECT, related_name="+")
    freed = models.ForeignKey(FreedTime, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.ForeignKey(Action, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("short link")
        verbose_name_plural = _("short links")
        constraints = [
            models.CheckConstraint(
                condition=Q(offer__isnull=False, purpose="accept_offer")
                | (Q(offer__isnull=True) & ~Q(purpose="accept_offer")),
                name="short_link_offer_when_it_accepts_one",
            ),
            models.CheckConstraint(
                condition=Q(freed__isnull=False, purpose="earlier")
                | (Q(freed__isnull=True) & ~Q(purpose="earlier")),
                name="short_link_freed_when_earlier",
            ),
            models.CheckConstraint(
                condition=Q(action__isnull=False, purpose="action")
                | (Q(action__isnull=True) & ~Q(purpose="action")),
                name="short_link_action_when_it_asks_of_one",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True),
                name="short_link_used_or_revoked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["request"],
                name="short_link_live",
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
            ),
            models.Index(fields=["expires_at"], name="short_link_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"
